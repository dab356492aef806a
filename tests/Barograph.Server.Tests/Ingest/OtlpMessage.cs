namespace Barograph.Server.Tests.Ingest;

/// <summary>Builds OTLP requests by hand.</summary>
internal static class OtlpMessage
{
    public const ulong Time = 1_790_000_000_000_000_000;
    public const long TimeMs = 1_790_000_000_000;

    /// <summary>A request with one resource and one scope.</summary>
    public static byte[] Request(Action<ProtobufWriter> metrics, Action<ProtobufWriter>? resource = null, Action<ProtobufWriter>? scope = null) =>
        new ProtobufWriter().Message(1, resourceMetrics =>
        {
            if (resource is not null)
                resourceMetrics.Message(1, resource);
            resourceMetrics.Message(2, scopeMetrics =>
            {
                if (scope is not null)
                    scopeMetrics.Message(1, scope);
                metrics(scopeMetrics);
            });
        }).ToArray();

    public static ProtobufWriter Metric(this ProtobufWriter scope, string name, string unit, int dataField, Action<ProtobufWriter> data) =>
        scope.Message(2, metric => metric.Text(1, name).Text(2, $"About {name}.").Text(3, unit).Message(dataField, data));

    public static ProtobufWriter Gauge(this ProtobufWriter scope, string name, double value, Action<ProtobufWriter>? more = null, string unit = "") =>
        scope.Metric(name, unit, 5, data => data.Message(1, point =>
        {
            point.Fixed64(3, Time).Double(4, value);
            more?.Invoke(point);
        }));

    public static ProtobufWriter Sum(
        this ProtobufWriter scope, string name, double value, ulong temporality = 2, bool isMonotonic = true, ulong time = Time, string unit = "") =>
        scope.Metric(name, unit, 7, data => data
            .Message(1, point => point.Fixed64(3, time).Double(4, value)).Varint(2, temporality).Varint(3, isMonotonic ? 1UL : 0));

    public static ProtobufWriter Attribute(this ProtobufWriter owner, int field, string key, Action<ProtobufWriter> value) =>
        owner.Message(field, attribute => attribute.Text(1, key).Message(2, value));

    public static ProtobufWriter Attribute(this ProtobufWriter owner, int field, string key, string value) =>
        owner.Attribute(field, key, any => any.Text(1, value));
}
