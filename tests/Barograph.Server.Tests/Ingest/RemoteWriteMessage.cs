using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Ingest;

/// <summary>Builds remote-write requests of both versions.</summary>
internal static class RemoteWriteMessage
{
    public sealed record TestSeries((string Name, string Value)[] Labels, params (double Value, long TimestampMs)[] Samples)
    {
        public (NativeHistogram Histogram, long TimestampMs)[] Histograms { get; init; } = [];

        public Exemplar[] Exemplars { get; init; } = [];
    }

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
                foreach (var exemplar in one.Exemplars)
                {
                    message.Message(3, body =>
                    {
                        foreach (var (name, value) in exemplar.Labels)
                            body.Message(1, label => label.Text(1, name).Text(2, value));
                        body.Double(2, exemplar.Value).Varint(3, (ulong)exemplar.TimestampMs);
                    });
                }

                foreach (var (histogram, timestampMs) in one.Histograms)
                    message.Message(4, body => Write(body, histogram, timestampMs));
            });
        }

        return request.ToArray();
    }

    /// <summary>Whole counts as deltas, as Prometheus sends what it scraped; broken ones as they are.</summary>
    public static void Write(ProtobufWriter message, NativeHistogram histogram, long timestampMs)
    {
        var isWhole = histogram.PositiveBuckets.Concat(histogram.NegativeBuckets).Concat([histogram.Count, histogram.ZeroCount]).All(static count => count >= 0 && count == Math.Floor(count))
            && histogram.PositiveBuckets.Sum() + histogram.NegativeBuckets.Sum() + histogram.ZeroCount == histogram.Count && !double.IsNaN(histogram.Sum);
        if (isWhole)
            message.Varint(1, (ulong)histogram.Count).Varint(6, (ulong)histogram.ZeroCount);
        else
            message.Double(2, histogram.Count).Double(7, histogram.ZeroCount);
        message.Double(3, histogram.Sum).Zigzag(4, histogram.Schema).Double(5, histogram.ZeroThreshold);
        WriteBuckets(message, 8, histogram.NegativeSpans, histogram.NegativeBuckets, isWhole);
        WriteBuckets(message, 11, histogram.PositiveSpans, histogram.PositiveBuckets, isWhole);
        message.Varint(14, (ulong)histogram.CounterResetHint).Varint(15, (ulong)timestampMs);
        message.PackedFixed64(16, histogram.CustomBounds.Select(BitConverter.DoubleToUInt64Bits));
    }

    static void WriteBuckets(ProtobufWriter message, int field, BucketSpan[] spans, double[] counts, bool isWhole)
    {
        foreach (var (offset, length) in spans)
            message.Message(field, span => span.Zigzag(1, offset).Varint(2, (ulong)length));
        if (!isWhole)
            message.PackedFixed64(field + 2, counts.Select(BitConverter.DoubleToUInt64Bits));
        else
            message.Packed(field + 1, counts.Select((count, i) => (long)count - (i == 0 ? 0 : (long)counts[i - 1])).Select(static delta => (ulong)((delta << 1) ^ (delta >> 63))));
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
                foreach (var (histogram, timestampMs) in one.Histograms)
                    message.Message(3, body => Write(body, histogram, timestampMs));
                foreach (var exemplar in one.Exemplars)
                {
                    message.Message(4, body => body.Packed(1, exemplar.Labels.SelectMany(label => new[] { Symbol(label.Name), Symbol(label.Value) }))
                        .Double(2, exemplar.Value).Varint(3, (ulong)exemplar.TimestampMs));
                }

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
