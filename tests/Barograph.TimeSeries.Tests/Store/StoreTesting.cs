namespace Barograph.TimeSeries.Tests;

/// <summary>Short words for what tests do with a store.</summary>
internal static class StoreTesting
{
    /// <summary>Takes any time and any order, so that a test's times are its own.</summary>
    public static readonly StoreOptions AnyTime = new() { Retention = null, RollupRetention = RollupRetention.Unlimited, OutOfOrderWindow = null, MaxFuture = null };

    public static async Task<AppendResult> Append(this IMetricStore store, Labels labels, params (long TimestampMs, double Value)[] samples)
    {
        var batch = new SampleBatch();
        var series = batch.AddSeries(labels);
        foreach (var (timestampMs, value) in samples)
            batch.Add(series, timestampMs, value);
        return await store.AppendAsync(batch);
    }

    public static async Task<AppendResult> Append(this IMetricStore store, Labels labels, params (long TimestampMs, NativeHistogram Histogram)[] samples)
    {
        var batch = new SampleBatch();
        var series = batch.AddSeries(labels);
        foreach (var (timestampMs, histogram) in samples)
            batch.Add(series, timestampMs, histogram);
        return await store.AppendAsync(batch);
    }

    /// <summary>Floats and histograms.</summary>
    public static List<(long TimestampMs, object Value)> ReadAny(this IMetricStore store, Labels labels, TimeRange? range = null)
    {
        using var selection = store.Select([.. labels.Select(static label => new Matcher(MatchType.Equal, label.Name, label.Value))], range ?? TimeRange.All);
        return selection.Series.SingleOrDefault(series => series.Labels.Equals(labels))?.ReadAny() ?? [];
    }

    public static List<(long TimestampMs, object Value)> ReadAny(this Series series)
    {
        using var reader = series.OpenReader();
        return ReadAny(reader);
    }

    public static List<(long TimestampMs, object Value)> ReadAny(SampleReader reader)
    {
        var samples = new List<(long, object)>();
        while (reader.MoveNext())
        {
            Assert.True(reader.Histograms.IsEmpty || reader.Histograms.Length == reader.TimestampsMs.Length);
            Assert.Equal(reader.TimestampsMs.Length, reader.Values.Length);
            for (var i = 0; i < reader.TimestampsMs.Length; i++)
                samples.Add((reader.TimestampsMs[i], reader.Histograms.IsEmpty ? reader.Values[i] : reader.Histograms[i]));
        }

        return samples;
    }

    public static List<Sample> Read(this IMetricStore store, Labels labels, TimeRange? range = null)
    {
        using var selection = store.Select([.. labels.Select(static label => new Matcher(MatchType.Equal, label.Name, label.Value))], range ?? TimeRange.All);
        var series = selection.Series.SingleOrDefault(series => series.Labels.Equals(labels));
        return series is null ? [] : series.Read();
    }

    public static List<Sample> Read(this Series series)
    {
        var samples = new List<Sample>();
        using var reader = series.OpenReader();
        while (reader.MoveNext())
        {
            for (var i = 0; i < reader.TimestampsMs.Length; i++)
                samples.Add(new Sample(reader.TimestampsMs[i], reader.Values[i]));
        }

        return samples;
    }

    /// <summary>Equal bit for bit: NaN equals itself, 0 and -0 differ.</summary>
    public static void AssertSame(IEnumerable<(long TimestampMs, double Value)> expected, IEnumerable<Sample> actual) =>
        Assert.Equal(
            expected.Select(static sample => (sample.TimestampMs, BitConverter.DoubleToInt64Bits(sample.Value))),
            actual.Select(static sample => (sample.TimestampMs, BitConverter.DoubleToInt64Bits(sample.Value))));
}
