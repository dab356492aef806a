using Barograph.TimeSeries;

namespace Barograph.PromQL.Tests;

public sealed class RollupQueryTests : IClassFixture<RollupQueryTests.SummedUp>, IAsyncLifetime
{
    const long MinuteMs = 60_000, HourMs = 60 * MinuteMs, DayMs = 24 * HourMs;
    const long BeginMs = 1_700_006_400_000; // a midnight
    const int Days = 10, Seed = 20261121;

    static readonly StoreOptions AnyTime = new() { Retention = null, RollupRetention = RollupRetention.Unlimited, RollupMinSamples = 0, OutOfOrderWindow = null, MaxFuture = null };

    readonly string _folder = Directory.CreateTempSubdirectory("barograph-rollups-").FullName;
    readonly SummedUp _summedUp;
    MetricStore _store = null!;

    public RollupQueryTests(SummedUp summedUp) => _summedUp = summedUp;

    public ValueTask InitializeAsync()
    {
        _summedUp.CopyTo(_folder);
        _store = MetricStore.Open(_folder, AnyTime);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("min_over_time", 0)]
    [InlineData("max_over_time", 0)]
    [InlineData("count_over_time", 0)]
    [InlineData("last_over_time", 0)]
    [InlineData("present_over_time", 0)]
    [InlineData("sum_over_time", 1e-9)]
    [InlineData("avg_over_time", 1e-9)]
    public void A_function_of_rollups_gives_what_the_samples_gave_a_millisecond_earlier(string function, double bound)
    {
        foreach (var (window, stepMs) in new[] { ("1h", HourMs), ("5m", HourMs), ("10m", 30 * MinuteMs), ("1d", DayMs), ("3h", 2 * HourMs) })
        {
            var times = QueryTimes.Range(BeginMs + DayMs, BeginMs + (Days - 1) * DayMs, stepMs);
            var rollups = Evaluate($"{function}(g[{window}])", times, QueryResolution.Auto);
            var raw = Evaluate($"{function}(g[{window}] offset 1ms)", times, QueryResolution.Raw);
            Assert.Single(rollups.Statistics.Rollups);
            Assert.Empty(raw.Statistics.Rollups);
            Assert.True(rollups.Statistics.SamplesRead < raw.Statistics.SamplesRead || window is "5m" or "10m", $"{rollups.Statistics.SamplesRead} windows");
            AssertNear(raw, rollups, (a, b) => Math.Abs(a - b) <= bound * Math.Max(1, Math.Abs(a)), $"{function}[{window}]");
        }
    }

    [Theory]
    [InlineData("increase", 1)]
    [InlineData("rate", 3600)]
    public void What_a_counter_counted_differs_by_no_more_than_an_interval_at_each_edge(string function, double seconds)
    {
        var times = QueryTimes.Range(BeginMs + DayMs, BeginMs + (Days - 1) * DayMs, HourMs);
        var rollups = Evaluate($"{function}(c_total{{host=\"h0\"}}[1h])", times, QueryResolution.Auto);
        var raw = Evaluate($"{function}(c_total{{host=\"h0\"}}[1h])", times, QueryResolution.Raw);
        Assert.Equal(["1h"], rollups.Statistics.Rollups);
        AssertNear(raw, rollups, (a, b) => Math.Abs(a - b) <= 2 * 100 / seconds, function); // an interval counts less than 100
    }

    [Fact]
    public void A_quantile_is_within_one_percent_of_a_value_of_that_rank()
    {
        var times = QueryTimes.Range(BeginMs + DayMs, BeginMs + (Days - 1) * DayMs, DayMs);
        var forced = Evaluate("quantile_over_time(0.9, g[1d])", times, new QueryResolution(TimeSpan.FromHours(1)));
        var raw = Evaluate("quantile_over_time(0.9, g[1d] offset 1ms)", times, QueryResolution.Raw);
        Assert.Equal(["1h"], forced.Statistics.Rollups);
        AssertNear(raw, forced, static (a, b) => Math.Abs(a - b) <= 0.01 * Math.Abs(a) + 0.5, "quantile"); // neighbours of 720 in 1000 tenths are near
        Assert.Empty(Evaluate("quantile_over_time(0.9, g[1d])", times, QueryResolution.Auto).Statistics.Rollups);
    }

    [Fact]
    public void The_newest_sample_within_the_lookback_is_the_last_of_its_windows()
    {
        var times = QueryTimes.Range(BeginMs + DayMs, BeginMs + (Days - 1) * DayMs, HourMs);
        var rollups = Evaluate("g", times, QueryResolution.Auto);
        Assert.Equal(["5m"], rollups.Statistics.Rollups);
        AssertNear(Evaluate("g offset 1ms", times, QueryResolution.Raw), rollups, static (a, b) => a == b, "g");
    }

    [Theory]
    [InlineData("avg_over_time(g[1h])", 7, HourMs, 0)] // a short range
    [InlineData("avg_over_time(g[90s])", 9, HourMs, 0)] // no whole windows
    [InlineData("avg_over_time(g[1h])", 9, HourMs, 1)] // steps beside the edges of windows
    [InlineData("avg_over_time(g[1h])", 9, 90_000, 0)]
    [InlineData("stddev_over_time(g[1h])", 9, HourMs, 0)] // not in the windows
    [InlineData("avg_over_time(g[1h] @ 1700100000)", 9, HourMs, 0)]
    [InlineData("rate(g[1h])", 9, HourMs, 0)] // no counter
    public void Every_sample_is_read_where_rollups_would_say_something_else(string expression, int days, long stepMs, long startMs)
    {
        var times = QueryTimes.Range(BeginMs + DayMs + startMs, BeginMs + days * DayMs - HourMs, stepMs);
        var result = Evaluate(expression, times, QueryResolution.Auto);
        Assert.Empty(result.Statistics.Rollups);
        AssertNear(Evaluate(expression, times, QueryResolution.Raw), result, static (a, b) => a.Equals(b), expression);
    }

    [Fact]
    public async Task Steps_that_are_not_summed_up_yet_read_samples_and_the_statistics_say_from_when_on()
    {
        var batch = new SampleBatch();
        batch.Add(batch.AddSeries(Labels.Of("__name__", "g", "host", "h0")), BeginMs + Days * DayMs - DayMs + 1, 1000);
        batch.Add(batch.AddSeries(Labels.Of("__name__", "g", "host", "new")), BeginMs + Days * DayMs, 5);
        await _store.AppendAsync(batch);
        var times = QueryTimes.Range(BeginMs + DayMs, BeginMs + Days * DayMs, HourMs);
        var rollups = Evaluate("max_over_time(g[1h])", times, QueryResolution.Auto);
        Assert.StartsWith("1h before ", Assert.Single(rollups.Statistics.Rollups), StringComparison.Ordinal);
        var raw = Evaluate("max_over_time(g[1h] offset 1ms)", times, QueryResolution.Raw);
        AssertNear(raw, rollups, static (_, _) => true, "series", series => series.Labels.Get("host") != "new");
        var late = rollups.Series.Single(static series => series.Labels.Get("host") == "h0");
        Assert.Equal(1000, late.Values[(Days - 2) * 24 + 1]);
        Assert.Equal(5, rollups.Series.Single(static series => series.Labels.Get("host") == "new").Values[^1]);
    }

    [Fact]
    public async Task Where_samples_are_gone_a_short_range_is_answered_from_what_was_summed_up()
    {
        await _store.DisposeAsync();
        _store = MetricStore.Open(_folder, AnyTime with { Retention = TimeSpan.FromDays(3), Clock = new FixedClock(BeginMs + Days * DayMs) });
        var gone = QueryTimes.Range(BeginMs + 2 * DayMs, BeginMs + 3 * DayMs, HourMs);
        Assert.Empty(Evaluate("max_over_time(g[1h])", gone, QueryResolution.Raw).Series);
        var result = Evaluate("max_over_time(g[1h])", gone, QueryResolution.Auto);
        Assert.Equal(["1h"], result.Statistics.Rollups);
        Assert.Equal(2, result.Series.Count);
        var half = Evaluate("count_over_time(g[1h])", QueryTimes.Range(BeginMs + (Days - 4) * DayMs, BeginMs + (Days - 2) * DayMs, HourMs), QueryResolution.Auto);
        Assert.StartsWith("1h before ", Assert.Single(half.Statistics.Rollups), StringComparison.Ordinal);
        Assert.All(half.Series.Single(static series => series.Labels.Get("host") == "h0").Values, static value => Assert.InRange(value, 28, 31));
    }

    [Fact]
    public async Task A_series_of_histograms_is_not_left_out()
    {
        var batch = new SampleBatch();
        batch.Add(batch.AddSeries(Labels.Of("__name__", "g", "host", "histogram")), BeginMs + 5 * DayMs + 1, new NativeHistogram { Schema = 0, Count = 3, Sum = 6 });
        await _store.AppendAsync(batch);
        await _store.CompactAsync();
        var result = Evaluate("count_over_time(g[1h])", QueryTimes.Range(BeginMs + DayMs, BeginMs + (Days - 1) * DayMs, HourMs), QueryResolution.Auto);
        Assert.Equal((0, 3), (result.Statistics.Rollups.Count, result.Series.Count));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("raw")]
    [InlineData("1m")]
    [InlineData("5m")]
    [InlineData("1h")]
    [InlineData("1d")]
    public void A_resolution_is_read_as_it_is_written(string text) => Assert.True(QueryResolution.TryParse(text, out _));

    [Fact]
    public void What_is_no_resolution_is_not_read() => Assert.False(QueryResolution.TryParse("2h", out _));

    QueryResult Evaluate(string expression, QueryTimes times, QueryResolution resolution) =>
        new PromQLEngine(QueryOptions.Default with { Resolution = resolution })
            .Evaluate(expression, new MetricStoreSource(_store), times, TestContext.Current.CancellationToken);

    static void AssertNear(QueryResult expected, QueryResult actual, Func<double, double, bool> isNear, string what, Func<ResultSeries, bool>? counts = null)
    {
        var (left, right) = (expected.Series.Where(counts ?? (static _ => true)).ToList(), actual.Series.Where(counts ?? (static _ => true)).ToList());
        Assert.Equal(left.Select(static series => series.Labels), right.Select(static series => series.Labels));
        for (var i = 0; i < left.Count; i++)
        {
            for (var step = 0; step < expected.Steps; step++)
            {
                var (a, b) = (left[i].Values[step], right[i].Values[step]);
                Assert.True(left[i].HasFloat(step) == right[i].HasFloat(step) && (!left[i].HasFloat(step) || isNear(a, b)),
                    $"{what}: step {step} ({expected.TimestampMs(step) - BeginMs} ms) of {left[i].Labels} is {b} and not {a}; seed {Seed}");
            }
        }
    }

    sealed class FixedClock(long nowMs) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(nowMs);
    }

    /// <summary>The folder of a store that everything is in and summed up, made once.</summary>
    public sealed class SummedUp : IAsyncLifetime
    {
        readonly string _folder = Directory.CreateTempSubdirectory("barograph-rollups-").FullName;

        public async ValueTask InitializeAsync()
        {
            await using var store = MetricStore.Open(_folder, AnyTime);
            var random = new Random(Seed);
            var batch = new SampleBatch();
            for (var host = 0; host < 2; host++)
            {
                var (counter, gauge) = (batch.AddSeries(Labels.Of("__name__", "c_total", "host", $"h{host}")), batch.AddSeries(Labels.Of("__name__", "g", "host", $"h{host}")));
                double count = 0;
                for (var timeMs = BeginMs; timeMs < BeginMs + Days * DayMs; timeMs += 2 * MinuteMs)
                {
                    if (host == 1 && timeMs / DayMs % 5 == 0)
                        continue; // a day without samples
                    var jitterMs = random.Next(3) == 0 ? random.Next(5000) : 0; // many lie on the edge of windows
                    count = random.Next(2000) == 0 ? 0 : count + random.Next(100);
                    batch.Add(counter, timeMs + jitterMs, count);
                    batch.Add(gauge, timeMs + jitterMs, random.Next(-500, 500) / 10.0);
                }
            }

            await store.AppendAsync(batch);
            await store.CompactAsync();
        }

        public void CopyTo(string folder)
        {
            foreach (var path in Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(folder, Path.GetRelativePath(_folder, path));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(path, copy);
            }
        }

        public ValueTask DisposeAsync()
        {
            Directory.Delete(_folder, recursive: true);
            return default;
        }
    }
}
