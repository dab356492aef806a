namespace Barograph.Server.Tests.Ingest;

/// <summary>Builds remote-write requests of both versions.</summary>
internal static class RemoteWriteMessage
{
    public sealed record TestSeries((string Name, string Value)[] Labels, params (double Value, long TimestampMs)[] Samples);

    public static TestSeries Series(string metric, params (double, long)[] samples) => new([("__name__", metric), ("job", "test")], samples);

    public static byte[] V1(params IEnumerable<TestSeries> series)
    {
        var request = new ProtobufWriter();
        foreach (var one in series)
        {
            request.Message(1, message =>
            {
                foreach (var (name, value) in one.Labels)
                    message.Message(1, label => label.Text(1, name).Text(2, value));
                foreach (var (value, timestampMs) in one.Samples)
                    message.Message(2, sample => sample.Double(1, value).Varint(2, (ulong)timestampMs));
            });
        }

        return request.ToArray();
    }

    public static byte[] V2(params IEnumerable<TestSeries> series) => V2(series, static (_, _) => { });

    public static byte[] V2(IEnumerable<TestSeries> series, Action<ProtobufWriter, Func<string, ulong>> more)
    {
        var symbols = new List<string> { "" };
        ulong Symbol(string text)
        {
            if (!symbols.Contains(text))
                symbols.Add(text);
            return (ulong)symbols.IndexOf(text);
        }

        var body = new ProtobufWriter();
        foreach (var one in series)
        {
            body.Message(5, message =>
            {
                message.Packed(1, one.Labels.SelectMany(label => new[] { Symbol(label.Name), Symbol(label.Value) }));
                foreach (var (value, timestampMs) in one.Samples)
                    message.Message(2, sample => sample.Double(1, value).Varint(2, (ulong)timestampMs));
                more(message, Symbol);
            });
        }

        var request = new ProtobufWriter();
        foreach (var symbol in symbols)
            request.Text(4, symbol);
        return [.. request.ToArray(), .. body.ToArray()];
    }

    public static byte[] Snappy(byte[] message) => IronSnappy.Snappy.Encode(message);
}
