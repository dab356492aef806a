using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

public sealed class HistogramStoreTests : IDisposable
{
    static readonly Labels Latency = Labels.Of("__name__", "request_seconds", "host", "a");

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static NativeHistogram Of(double count) => new()
    {
        Schema = 3,
        Count = count,
        Sum = count * 0.3,
        ZeroThreshold = 0.001,
        PositiveSpans = [new BucketSpan(-3, 2), new BucketSpan(4, 1)],
        PositiveBuckets = [count / 2, count / 2, 0],
    };

    [Fact]
    public async Task Histograms_are_read_as_they_were_appended_now_after_a_restart_and_from_blocks()
    {
        var random = new Random(7);
        var written = new Dictionary<Labels, NativeHistogram[]>();
        for (var i = 0; i < 12; i++)
            written.Add(Labels.Of("__name__", "request_seconds", "i", $"{i:D2}"), HistogramShapes.Growing(random, 400));
        var store = MetricStore.Open(_folder.Path, AnyTime);
        foreach (var (labels, histograms) in written)
        {
            var result = await store.Append(labels, [.. histograms.Select(static (histogram, i) => (i * 1000L, histogram))]);
            Assert.Equal((400, 0, 400), (result.Accepted, result.Rejected, result.AcceptedHistograms));
        }

        Check();
        await store.DisposeAsync();
        store = MetricStore.Open(_folder.Path, AnyTime);
        Check();
        await store.FlushAsync();
        Check();
        foreach (var (labels, _) in written)
            await store.Append(labels, (400_000, 5));
        await store.CompactAsync();
        foreach (var (labels, _) in written)
            Assert.Equal((400_000, (object)5.0), store.ReadAny(labels)[^1]);
        await store.BackupAsync(_folder.In("copy"));
        await store.DisposeAsync();
        store = MetricStore.Open(_folder.In("copy"), AnyTime);
        Check();
        Assert.Empty(store.Damage);
        await store.DisposeAsync();

        void Check()
        {
            foreach (var (labels, histograms) in written)
            {
                Assert.Equal(histograms.Select(static (histogram, i) => (i * 1000L, (object)histogram)), store.ReadAny(labels).Take(400));
                Assert.Equal(histograms[150..160].Select(static (histogram, i) => ((150 + i) * 1000L, (object)histogram)),
                    store.ReadAny(labels, new TimeRange(150_000, 159_001)));
            }
        }
    }

    [Fact]
    public async Task A_series_may_change_between_floats_and_histograms_and_back()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await store.Append(Latency, (1000, 1), (2000, 2));
        await store.Append(Latency, (3000, Of(3)), (4000, Of(4)));
        await store.Append(Latency, (5000, 5));
        await store.Append(Latency, (6000, NativeHistogram.Stale));
        List<(long, object)> expected = [(1000, 1.0), (2000, 2.0), (3000, Of(3)), (4000, Of(4)), (5000, 5.0), (6000, NativeHistogram.Stale)];
        Assert.Equal(expected, store.ReadAny(Latency));
        await store.FlushAsync();
        Assert.Equal(expected, store.ReadAny(Latency));
        await store.Append(Latency, (4500, Of(4.5)));
        expected.Insert(4, (4500, Of(4.5)));
        Assert.Equal(expected, store.ReadAny(Latency));
        await store.CompactAsync();
        Assert.Equal(expected, store.ReadAny(Latency));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_same_histogram_again_changes_nothing_and_another_at_its_time_is_refused(bool fromBlock)
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await store.Append(Latency, (1000, Of(1)), (3000, Of(3)));
        await store.Append(Latency, (2000, Of(2))); // late
        await store.Append(Latency, (500, 0.5));
        if (fromBlock)
            await store.FlushAsync();
        var again = await store.Append(Latency, (1000, Of(1)), (2000, Of(2)), (3000, Of(3)), (3000, Of(3)));
        Assert.Equal((4, 0, 4), (again.Accepted, again.Rejected, again.AcceptedHistograms));
        var others = await store.Append(Latency, (1000, Of(10)), (2000, Of(10)), (3000, Of(10)), (500, Of(10)));
        Assert.Equal((0, 4, RejectReason.DuplicateTimestamp), (others.Accepted, others.Rejected, others.FirstReason));
        var floats = await store.Append(Latency, (1000, 1), (2000, 2), (3000, 3), (500, 0.5));
        Assert.Equal((1, 3, RejectReason.DuplicateTimestamp), (floats.Accepted, floats.Rejected, floats.FirstReason));
        Assert.Equal([(500, (object)0.5), (1000, Of(1)), (2000, Of(2)), (3000, Of(3))], store.ReadAny(Latency));
    }

    [Fact]
    public async Task Late_histograms_are_read_in_order_and_those_behind_the_window_are_refused()
    {
        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
        {
            for (var i = 0; i < 300; i++)
                await store.Append(Latency, (i * 7919 % 300 * 10, Of(i * 7919 % 300)));
            Assert.Equal(Enumerable.Range(0, 300).Select(static i => (i * 10L, (object)Of(i))), store.ReadAny(Latency));
        }

        await using var strict = MetricStore.Open(_folder.Path, AnyTime with { OutOfOrderWindow = TimeSpan.FromSeconds(1) });
        Assert.Equal(300, strict.ReadAny(Latency).Count);
        var result = await strict.Append(Latency, (1500, Of(7)), (2005, Of(8)));
        Assert.Equal((1, 1, RejectReason.TooOld), (result.Accepted, result.Rejected, result.FirstReason));
    }

    [Fact]
    public async Task What_is_no_histogram_is_refused_and_the_rest_stays()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        var result = await store.Append(Latency, (1000, Of(1)), (2000, Of(2) with { PositiveBuckets = [1] }), (3000, Of(3) with { Schema = 20 }));
        Assert.Equal((1, 2, RejectReason.InvalidHistogram), (result.Accepted, result.Rejected, result.FirstReason));
        Assert.Contains("spans for 3 buckets, and 1 buckets", result.FirstExample, StringComparison.Ordinal);
        Assert.Single(store.ReadAny(Latency));
    }

    [Fact]
    public async Task A_hint_that_tells_of_the_sample_before_is_not_kept()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await store.Append(Latency, (1000, Of(1) with { CounterResetHint = CounterResetHint.NotReset }), (2000, Of(2) with { CounterResetHint = CounterResetHint.Reset }));
        Assert.Equal([(1000, (object)Of(1)), (2000, Of(2) with { CounterResetHint = CounterResetHint.Reset })], store.ReadAny(Latency));
    }

    [Fact]
    public async Task Histograms_are_deleted_with_the_rest_of_a_range()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await store.Append(Latency, [.. Enumerable.Range(0, 100).Select(static i => (i * 1000L, Of(i)))]);
        await store.DeleteAsync([new Matcher(MatchType.Equal, "host", "a")], new TimeRange(10_000, 90_000));
        Assert.Equal(20, store.ReadAny(Latency).Count);
        await store.CompactAsync();
        Assert.Equal(20, store.ReadAny(Latency).Count);
    }

    [Fact]
    public async Task Many_large_histograms_fill_the_window_which_is_cut_by_itself()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime with { HeadBytesLimit = 1 << 20 });
        var random = new Random(3);
        var wide = Of(0) with { PositiveSpans = [new BucketSpan(0, 1000)] };
        for (var i = 0; i < 600; i++)
        {
            var buckets = Enumerable.Range(0, 1000).Select(_ => random.NextDouble()).ToArray();
            await store.Append(Latency, (i, wide with { PositiveBuckets = buckets }));
        }

        Assert.Equal(600, store.ReadAny(Latency).Count);
        Assert.NotEmpty(Directory.GetFiles(_folder.In("blocks")));
    }
}
