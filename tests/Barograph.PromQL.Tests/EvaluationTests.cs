using Barograph.TimeSeries;

namespace Barograph.PromQL.Tests;

public sealed class EvaluationTests
{
    static readonly PromQLEngine Engine = new();

    [Fact]
    public void Absent_and_NaN_are_two_things()
    {
        var source = new InMemorySource();
        source.Add(Labels.Of("__name__", "m"), 0, double.NaN);
        source.Add(Labels.Of("__name__", "m"), 60_000, StaleMarker.Value);
        var series = Assert.Single(Engine.Evaluate("m", source, QueryTimes.Range(0, 120_000, 60_000)).Series);
        Assert.True(series.HasFloat(0) && double.IsNaN(series.Values[0]));
        Assert.False(series.Has(1));
        Assert.False(series.Has(2));
    }

    [Theory]
    [InlineData("c_total")]
    [InlineData("sum by (g) (rate(c_total[5m]))")]
    [InlineData("histogram_quantile(0.9, sum by (le) (rate(c_total[5m])))")]
    [InlineData("topk(2, quantile_over_time(0.5, c_total[5m]))")]
    [InlineData("c_total[5m:1m]")]
    public async Task Nothing_holds_what_a_query_read_after_its_answer(string expression)
    {
        var read = await Task.Run(() => Evaluate(expression), TestContext.Current.CancellationToken); // on a thread of the pool, which stays
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(read.IsAlive);

        static WeakReference Evaluate(string expression)
        {
            var source = Counters(30, 100);
            Engine.Evaluate(expression, source, expression.EndsWith(']') ? QueryTimes.Instant(6_000_000) : Range(100));
            return new WeakReference(source.LastSelection);
        }
    }

    [Fact]
    public void Equal_parts_of_an_expression_are_read_once()
    {
        var source = Counters(3, 20);
        var result = Engine.Evaluate("sum(rate(c_total[2m])) / sum(rate(c_total[2m])) + sum(rate(c_total[2m]))", source, Range(20));
        Assert.Equal(1, source.Selects);
        Assert.Single(result.Series);
    }

    [Fact]
    public void A_very_long_window_is_left_when_the_time_is_up()
    {
        var samples = new InMemorySource();
        for (var i = 0; i < 2000; i++)
            samples.Add(Labels.Of("__name__", "m"), i * 1000, i % 97);
        var options = QueryOptions.Default with { Timeout = TimeSpan.FromMilliseconds(200) };
        Assert.Throws<QueryTimeoutException>(() => PromQLEngine.Evaluate(
            Engine.Prepare("quantile_over_time(0.5, m[1h])"), new SlowlyReadSource(samples), QueryTimes.Range(1000, 2_000_000, 10_000), options));
    }

    [Fact]
    public void Series_take_memory_before_their_samples_do()
    {
        var source = Counters(100, 1);
        var options = QueryOptions.Default with { MaxMemoryBytes = 20_000 };
        var passed = Assert.Throws<LimitExceededException>(() => PromQLEngine.Evaluate(Engine.Prepare("count(c_total)"), source, Range(1), options));
        Assert.Equal(nameof(QueryOptions.MaxMemoryBytes), passed.Limit);
    }

    [Fact]
    public void A_prepared_query_is_evaluated_many_times_at_once()
    {
        var source = Counters(50, 100);
        var query = Engine.Prepare("sum by (g) (rate(c_total[5m]))");
        var expected = Flat(Engine.Evaluate(query, source, Range(100)));
        Parallel.For(0, 8, _ => Assert.Equal(expected, Flat(Engine.Evaluate(query, source, Range(100)))));
    }

    [Fact]
    public void One_core_and_many_give_the_same()
    {
        var source = Counters(300, 120);
        foreach (var text in (string[])[
            "sum by (g) (c_total)", "avg(rate(c_total[5m]))", "max by (g) (c_total)", "stdvar(c_total)", "count(c_total)", "topk(3, c_total)",
            "quantile by (g) (0.9, c_total)", "c_total / on (i, g) c_total", "sum without (i) (increase(c_total[10m]))", "absent(c_total)", "c_total and on (g) c_total"])
        {
            var single = Flat(PromQLEngine.Evaluate(Engine.Prepare(text), source, Range(120), QueryOptions.Default with { Parallelism = 1 }));
            var several = Flat(PromQLEngine.Evaluate(Engine.Prepare(text), source, Range(120), QueryOptions.Default with { Parallelism = 3 }));
            Assert.Equal(single.Count, several.Count);
            for (var i = 0; i < single.Count; i++)
                Assert.True(single[i].Labels == several[i].Labels && (single[i].Value.Equals(several[i].Value) || Math.Abs(single[i].Value - several[i].Value) <= 1e-9 * Math.Abs(single[i].Value)), text);
        }
    }

    [Fact]
    public async Task A_store_is_read_on_several_cores()
    {
        var folder = Directory.CreateTempSubdirectory("barograph-promql-").FullName;
        await using (var store = MetricStore.Open(folder, new StoreOptions { Retention = null, OutOfOrderWindow = null }))
        {
            var batch = new SampleBatch();
            foreach (var (labels, points) in Counters(400, 150).All)
            {
                var series = batch.AddSeries(labels);
                foreach (var (time, point) in points)
                    batch.Add(series, time, point.Value);
            }

            await store.AppendAsync(batch);
            var (query, source) = (Engine.Prepare("sum by (g) (rate(c_total[5m]))"), new MetricStoreSource(store));
            var single = Flat(PromQLEngine.Evaluate(query, source, Range(150), QueryOptions.Default with { Parallelism = 1 }));
            var several = Flat(PromQLEngine.Evaluate(query, source, Range(150), QueryOptions.Default with { Parallelism = 4 }));
            Assert.Equal(4 * 149, single.Count);
            Assert.Equal(single.Select(static one => (one.Labels, one.Step, Math.Round(one.Value, 9))), several.Select(static one => (one.Labels, one.Step, Math.Round(one.Value, 9))));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Every_function_is_in_the_catalogue()
    {
        var rate = Assert.Single(FunctionSignature.All, static function => function.Name == "rate");
        Assert.Equal([ExpressionType.RangeVector], rate.Parameters);
        Assert.True(FunctionSignature.All.Count > 80);
    }

    [Theory]
    [InlineData("rate(n[{0}s])")]
    [InlineData("increase(n[{0}s])")]
    [InlineData("delta(n[{0}s])")]
    [InlineData("min_over_time(n[{0}s])")]
    [InlineData("max_over_time(n[{0}s])")]
    [InlineData("count_over_time(n[{0}s])")]
    [InlineData("sum_over_time(n[{0}s])")]
    [InlineData("avg_over_time(n[{0}s])")]
    [InlineData("sum_over_time(n[{0}0s])")]
    [InlineData("avg_over_time(n[{0}0s])")]
    [InlineData("stdvar_over_time(n[{0}s])")]
    [InlineData("resets(n[{0}s])")]
    [InlineData("deriv(n[{0}s])")]
    [InlineData("quantile_over_time(0.3, n[{0}s])")]
    [InlineData("n")]
    [InlineData("sum_over_time(n[{0}s:13s])")]
    public void A_range_query_is_the_instant_query_at_each_step(string pattern)
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var random = new Random(seed);
            var source = new InMemorySource();
            var time = 0L;
            var value = 0.0;
            for (var i = 0; i < 150; i++)
            {
                time += random.Next(10) == 0 ? random.Next(1, 400_000) : 10_000;
                value = random.Next(12) switch { 0 => 0, 1 => double.NaN, 2 => StaleMarker.Value, _ => (double.IsFinite(value) ? value : 0) + random.Next(5) };
                source.Add(Labels.Of("__name__", "n"), time, value);
            }

            var query = Engine.Prepare(string.Format(null, pattern, random.Next(5, 600)));
            var step = random.Next(1, 90) * 1000L;
            var range = Engine.Evaluate(query, source, QueryTimes.Range(-60_000, time + 600_000, step));
            for (var i = 0; i < range.Steps; i++)
            {
                var instant = Engine.Evaluate(query, source, QueryTimes.Instant(range.TimestampMs(i)));
                var expected = instant.Series.Count == 0 ? StaleMarker.Value : instant.Series[0].Values[0];
                var actual = range.Series.Count == 0 ? StaleMarker.Value : range.Series[0].Values[i];
                var agree = expected.Equals(actual) || Math.Abs(expected - actual) <= 1e-12 * Math.Abs(expected); // sums are put together otherwise
                Assert.True(agree && StaleMarker.Is(expected) == StaleMarker.Is(actual), $"seed {seed}, step {i}, {query.Text}: {expected} {actual}");
            }
        }
    }

    [Theory]
    [InlineData("sum(c_total)", nameof(QueryOptions.MaxSamples))]
    [InlineData("c_total", nameof(QueryOptions.MaxMemoryBytes))]
    [InlineData("count(c_total)", nameof(QueryOptions.MaxSeries))]
    [InlineData("sum_over_time(vector(1)[1d:1ms])", nameof(QueryOptions.MaxSteps))]
    public void A_limit_that_is_passed_is_named(string text, string limit)
    {
        var options = limit switch
        {
            nameof(QueryOptions.MaxSamples) => QueryOptions.Default with { MaxSamples = 100 },
            nameof(QueryOptions.MaxMemoryBytes) => QueryOptions.Default with { MaxMemoryBytes = 1000 },
            nameof(QueryOptions.MaxSeries) => QueryOptions.Default with { MaxSeries = 5 },
            _ => QueryOptions.Default with { MaxSteps = 10_000 },
        };
        var exception = Assert.Throws<LimitExceededException>(() => new PromQLEngine(options).Evaluate(text, Counters(10, 50), Range(50)));
        Assert.Equal(limit, exception.Limit);
        Assert.Contains(limit, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_query_stops()
    {
        using var cancel = new CancellationTokenSource();
        var source = new CancellingSource(Counters(200, 50), cancel);
        Assert.ThrowsAny<OperationCanceledException>(() => Engine.Evaluate("sum(c_total)", source, Range(50), cancel.Token));
    }

    [Fact]
    public void A_slow_query_is_stopped_by_its_time_limit()
    {
        var engine = new PromQLEngine(QueryOptions.Default with { Timeout = TimeSpan.FromMilliseconds(1) });
        var exception = Assert.Throws<QueryTimeoutException>(() =>
            engine.Evaluate("sum(x)", new SlowSource(), QueryTimes.Range(0, 900_000, 1000)));
        Assert.Equal(TimeSpan.FromMilliseconds(1), exception.Limit);
    }

    [Fact]
    public void Statistics_count_what_was_read()
    {
        var result = Engine.Evaluate("sum(c_total)", Counters(4, 10), Range(10));
        Assert.Equal(4, result.Statistics.SeriesSelected);
        Assert.Equal(40, result.Statistics.SamplesRead);
        Assert.Equal(10, result.Statistics.SamplesReturned);
        Assert.Equal(10, result.Statistics.Steps);
    }

    [Fact]
    public void An_explanation_tells_what_is_evaluated_once()
    {
        var text = Engine.Prepare("sum by (g) (rate(a[5m])) / sum by (g) (rate(a[5m])) + on () group_left () (b @ 60)").Explain().ToString();
        Assert.Contains("shared as #0", text, StringComparison.Ordinal);
        Assert.Contains("b @ 60.000  [same at every step: evaluated once]", text, StringComparison.Ordinal);
        Assert.Contains("slide windows over each series: rate(a[5m])", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sort_by_label(up, \"a\")")]
    [InlineData("limitk(1, up)")]
    [InlineData("rate(up[5m] smoothed)")]
    [InlineData("up smoothed")]
    [InlineData("up + fill(0) up")]
    [InlineData("sum(info(up))")]
    public void Experimental_parts_are_refused_unless_switched_on(string text)
    {
        Assert.Contains("experimental", Assert.Throws<PromQLSyntaxException>(() => Engine.Prepare(text)).Error.Message, StringComparison.Ordinal);
        new PromQLEngine(QueryOptions.Default with { Experimental = true }).Prepare(text);
    }

    [Fact]
    public void Without_delayed_removal_a_name_is_gone_at_once()
    {
        var source = new InMemorySource();
        source.Add(Labels.Of("__name__", "a_total", "x", "1"), 0, 1);
        source.Add(Labels.Of("__name__", "b_total", "x", "1"), 0, 2);
        source.Add(Labels.Of("__name__", "b_total", "x", "2"), 0, 4);
        Assert.Equal("{}", Assert.Single(Engine.Evaluate("sum by (__name__) (abs(b_total))", source, QueryTimes.Instant(0)).Series).Labels.ToString());
        Assert.Throws<QueryException>(() => Engine.Evaluate("count(abs({x=\"1\"}))", source, QueryTimes.Instant(0)));
        Assert.Equal(2, Engine.Evaluate("abs(b_total)", source, QueryTimes.Instant(0)).Series.Count);
        var joined = Engine.Evaluate("label_replace(abs(b_total), \"y\", \"$1\", \"__name__\", \"(.*)\")", source, QueryTimes.Instant(0));
        Assert.Equal(["{x=\"1\"}", "{x=\"2\"}"], joined.Series.Select(static one => one.Labels.ToString()));
    }

    [Fact]
    public void Samples_may_be_read_from_before_the_epoch_and_queries_asked_there()
    {
        var source = new InMemorySource();
        source.Add(Labels.Of("__name__", "m"), -90_000, 7);
        Assert.Equal(7, Assert.Single(Engine.Evaluate("m", source, QueryTimes.Instant(-60_000)).Series).Values[0]);
        Assert.Equal(7, Assert.Single(Engine.Evaluate("max_over_time(m[1m:10s])", source, QueryTimes.Instant(-75_000)).Series).Values[0]);
    }

    static QueryTimes Range(int minutes) => QueryTimes.Range(0, (minutes - 1) * 60_000L, 60_000);

    static InMemorySource Counters(int series, int samples)
    {
        var source = new InMemorySource();
        for (var s = 0; s < series; s++)
        {
            for (var i = 0; i < samples; i++)
                source.Add(Labels.Of("__name__", "c_total", "i", $"{s}", "g", $"{s % 4}"), i * 60_000L, i * (s + 1.5) % 97);
        }

        return source;
    }

    static List<(string Labels, int Step, double Value)> Flat(QueryResult result) =>
        [.. result.Series.SelectMany(series => Enumerable.Range(0, result.Steps).Where(series.Has).Select(step => (series.Labels.ToString(), step, series.Values[step])))];

    sealed class CancellingSource(InMemorySource inner, CancellationTokenSource cancel) : ISeriesSource
    {
        public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range, SelectHints hints, CancellationToken token)
        {
            var selection = inner.Select(matchers, range, hints, token);
            cancel.Cancel();
            return selection;
        }
    }

    /// <summary>Finds nothing until it is told to stop.</summary>
    sealed class SlowSource : ISeriesSource
    {
        public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range, SelectHints hints, CancellationToken cancel)
        {
            Assert.True(cancel.WaitHandle.WaitOne(TimeSpan.FromMinutes(2)));
            throw new OperationCanceledException(cancel);
        }
    }

    /// <summary>Its only series has been read when the time is up, so that all that could stop the query is still to come.</summary>
    sealed class SlowlyReadSource(InMemorySource samples) : ISeriesSource
    {
        public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range, SelectHints hints, CancellationToken cancel) =>
            new Selection(samples.Select(matchers, range, hints, cancel), cancel);

        sealed class Selection(SeriesSelection inner, CancellationToken cancel) : SeriesSelection
        {
            public override IReadOnlyList<Series> Series { get; } = [new OneSeries(inner.Series.Single(), cancel)];

            public override void Dispose() => inner.Dispose();
        }

        sealed class OneSeries(Series inner, CancellationToken cancel) : Series
        {
            public override Labels Labels => inner.Labels;

            public override SampleReader OpenReader()
            {
                var reader = inner.OpenReader();
                Assert.True(cancel.WaitHandle.WaitOne(TimeSpan.FromMinutes(2)));
                return reader;
            }
        }
    }
}
