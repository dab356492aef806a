using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Barograph.Client;

/// <summary>
/// Makes <c>db.client.operation.duration</c> of the database spans of named sources, as OpenTelemetry's semantic conventions for database clients describe it. Libraries
/// that measure this themselves (Npgsql, for one) are not listened to, so that nothing counts twice.
/// </summary>
internal sealed class DatabaseDurations : IDisposable
{
    /// <summary>Attributes that may become labels, the newer name first. Not the query: it has too many values, and may hold secrets.</summary>
    static readonly (string Name, string? Older)[] Attributes =
    [
        ("db.system.name", "db.system"), ("db.namespace", "db.name"), ("db.operation.name", "db.operation"), ("db.collection.name", "db.sql.table"), ("server.address", null), ("error.type", null),
    ];

    readonly Histogram<double> _durations;
    readonly ActivityListener _listener;

    public DatabaseDurations(Meter meter, IEnumerable<string> sources)
    {
        var names = sources.ToHashSet(StringComparer.Ordinal);
        _durations = meter.CreateHistogram("db.client.operation.duration", "s", "Duration of database client operations.", tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] });
        _listener = new ActivityListener
        {
            ShouldListenTo = source => names.Contains(source.Name),
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = Record,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    void Record(Activity span)
    {
        if (span.Kind != ActivityKind.Client || (span.GetTagItem("db.system.name") ?? span.GetTagItem("db.system")) is null)
            return;
        var labels = default(TagList);
        foreach (var (name, older) in Attributes)
        {
            if ((span.GetTagItem(name) ?? (older is null ? null : span.GetTagItem(older))) is { } value)
                labels.Add(name, value);
        }

        if (span.Status == ActivityStatusCode.Error && span.GetTagItem("error.type") is null)
            labels.Add("error.type", "_OTHER");
        _durations.Record(span.Duration.TotalSeconds, labels);
    }
}
