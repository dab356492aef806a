using Barograph.PromQL;
using Barograph.Server.Query;
using Barograph.TimeSeries;
using MatchType = Barograph.TimeSeries.MatchType;

namespace Barograph.Server.Tests.Query;

public sealed class ResultCacheTests : IAsyncLifetime
{
    const long StepMs = 15_000, HourMs = 3_600_000, BeginMs = 1_700_000_000_000 / StepMs * StepMs;

    static readonly QueryOptions Options = QueryOptions.Default with { Experimental = true };

    readonly string _folder = Directory.CreateTempSubdirectory("barograph-cache-").FullName;
    readonly PromQLEngine _engine = new(Options);
    readonly ResultCache _cache = new(64 << 20);
    MetricStore _store = null!;
    int _evaluatedSteps;

    public ValueTask InitializeAsync()
    {
        _store = MetricStore.Open(_folder, new StoreOptions { Retention = null, OutOfOrderWindow = null, MaxFuture = null });
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_repeated_query_is_not_evaluated_and_a_later_one_only_where_it_is_new()
    {
        await AppendCounters(0, 240);
        var first = await Ask("sum(rate(c_total[5m]))", 0, 200);
        Assert.Equal(201, _evaluatedSteps);
        var again = await Ask("sum(rate(c_total[5m]))", 0, 200);
        Assert.Equal((201, 0L, 201), (_evaluatedSteps, again.Statistics.SamplesRead, again.Statistics.CachedSteps));
        AssertSame(first, again, "again");
        var later = await Ask("sum(rate(c_total[5m]))", 20, 220);
        Assert.Equal((221, 181), (_evaluatedSteps, later.Statistics.CachedSteps));
        await Ask("sum(rate(c_total[5m]))", 50, 210);
        Assert.Equal(221, _evaluatedSteps);
    }

    [Fact]
    public async Task What_a_late_sample_or_a_delete_touches_is_evaluated_anew_and_nothing_before_it()
    {
        await AppendCounters(0, 240);
        await Ask("sum(rate(c_total[5m]))", 0, 200);
        await Append(Labels.Of("__name__", "c_total", "host", "late"), (BeginMs + 150 * StepMs, 1), (BeginMs + 151 * StepMs, 90));
        var late = await Ask("sum(rate(c_total[5m]))", 0, 200);
        Assert.Equal(150, late.Statistics.CachedSteps);
        AssertSame(Fresh("sum(rate(c_total[5m]))", 0, 200), late, "late");
        await _store.DeleteAsync([new Matcher(MatchType.Equal, "host", "late")], new TimeRange(BeginMs + 100 * StepMs, BeginMs + 400 * StepMs));
        var deleted = await Ask("sum(rate(c_total[5m]))", 0, 200);
        Assert.Equal(100, deleted.Statistics.CachedSteps);
        AssertSame(Fresh("sum(rate(c_total[5m]))", 0, 200), deleted, "deleted");
    }

    [Fact]
    public async Task A_negative_offset_looks_ahead_and_what_it_saw_may_change_later()
    {
        await AppendCounters(0, 200);
        await Ask("c_total offset -5m", 0, 200);
        await AppendCounters(200, 220);
        var answer = await Ask("c_total offset -5m", 0, 200);
        Assert.Equal(180, answer.Statistics.CachedSteps);
        AssertSame(Fresh("c_total offset -5m", 0, 200), answer, "ahead");
    }

    [Theory]
    [InlineData("c_total @ end()")]
    [InlineData("rate(c_total[1h] @ 1700000300)")]
    [InlineData("sum_over_time(c_total[range()])")]
    [InlineData("limitk(1, c_total)")]
    [InlineData("c_total smoothed")]
    public async Task What_depends_on_more_than_its_step_is_always_evaluated(string expression)
    {
        await AppendCounters(0, 100);
        await Ask(expression, 0, 50);
        await Ask(expression, 0, 50);
        Assert.Equal(102, _evaluatedSteps);
    }

    [Fact]
    public async Task Another_phase_step_or_lookback_is_another_answer()
    {
        await AppendCounters(0, 100);
        var query = _engine.Prepare("c_total");
        foreach (var (startMs, stepMs, variant) in new[] { (0L, StepMs, "a"), (1, StepMs, "a"), (0, StepMs / 3, "a"), (0, StepMs, "b") })
            await _cache.AnswerAsync(query, QueryTimes.Range(BeginMs + startMs, BeginMs + HourMs / 10, stepMs), variant, _store.Changes, Evaluate(query));
        Assert.Equal(25 + 24 + 73 + 25, _evaluatedSteps);
    }

    [Fact]
    public async Task No_more_is_kept_than_the_limit_and_what_was_used_longest_ago_goes_first()
    {
        await AppendCounters(0, 10);
        var small = new ResultCache(6000);
        for (var i = 0; i < 20; i++)
        {
            foreach (var expression in new[] { "c_total * 0", $"c_total * {i}" })
            {
                var query = _engine.Prepare(expression);
                await small.AnswerAsync(query, Times(0, 20), "", _store.Changes, Evaluate(query));
            }

            Assert.InRange(small.SizeBytes, 1, 6000);
        }

        Assert.Equal(20 * 21, _evaluatedSteps); // the first expression was evaluated once only: it is one of the twenty
    }

    [Fact]
    public async Task After_any_writes_and_deletes_an_answer_is_the_one_that_evaluating_gives()
    {
        string[] expressions =
        [
            "c_total", "sum by (host) (rate(c_total[2m]))", "topk(2, g)", "g offset 3m", "g offset -2m", "max_over_time(rate(c_total[1m])[4m:30s])",
            "avg_over_time(g[3m]) > 2", "absent(g{host=\"h1\"})", "count_values(\"v\", round(g))", "g - on (host) c_total", "sum(g) or vector(time())",
            "quantile_over_time(0.5, g[2m])", "changes(g[5m])", "histogram_quantile(0.5, h)", "label_replace(g, \"x\", \"$1\", \"host\", \"(.).*\")", "sort_desc(g)",
        ];
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 30; round++)
        {
            var newest = round * 12;
            switch (random.Next(8))
            {
                case 0:
                    await _store.DeleteAsync(
                        [new Matcher(MatchType.Equal, "host", $"h{random.Next(3)}")],
                        new TimeRange(BeginMs + random.Next(newest + 1) * StepMs, BeginMs + random.Next(newest + 1) * StepMs + 1));
                    break;
                case 1:
                    await _store.FlushAsync();
                    break;
                default:
                    await AppendSome(random, newest);
                    break;
            }

            foreach (var expression in expressions)
            {
                var (from, to) = (Math.Max(0, newest - random.Next(120)), newest + random.Next(4));
                AssertSame(Fresh(expression, from, to), await Ask(expression, from, to), $"{expression}, round {round}, seed {seed}");
            }
        }
    }

    async Task AppendSome(Random random, int newest)
    {
        var batch = new SampleBatch();
        for (var host = 0; host < 3; host++)
        {
            var (gauge, counter) = (batch.AddSeries(Labels.Of("__name__", "g", "host", $"h{host}")), batch.AddSeries(Labels.Of("__name__", "c_total", "host", $"h{host}")));
            for (var at = newest; at < newest + 8; at++)
            {
                var timeMs = BeginMs + at * StepMs - random.Next(3) * 5000 - (random.Next(20) == 0 ? random.Next(at + 1) * StepMs : 0);
                batch.Add(gauge, timeMs, random.Next(10) switch { 0 => double.NaN, 1 => StaleMarker.Value, 2 => double.PositiveInfinity, var small => small });
                batch.Add(counter, timeMs, at * 10 + random.Next(9));
            }
        }

        await _store.AppendAsync(batch);
    }

    async Task AppendCounters(int from, int to)
    {
        var batch = new SampleBatch();
        for (var host = 0; host < 2; host++)
        {
            var series = batch.AddSeries(Labels.Of("__name__", "c_total", "host", $"h{host}"));
            for (var at = from; at < to; at++)
                batch.Add(series, BeginMs + at * StepMs, at * (host + 1));
        }

        await _store.AppendAsync(batch);
    }

    async Task Append(Labels labels, params (long TimestampMs, double Value)[] samples)
    {
        var batch = new SampleBatch();
        var series = batch.AddSeries(labels);
        foreach (var (timestampMs, value) in samples)
            batch.Add(series, timestampMs, value);
        await _store.AppendAsync(batch);
    }

    static QueryTimes Times(int from, int to) => QueryTimes.Range(BeginMs + from * StepMs, BeginMs + to * StepMs, StepMs);

    ValueTask<QueryResult> Ask(string expression, int from, int to)
    {
        var query = _engine.Prepare(expression);
        return _cache.AnswerAsync(query, Times(from, to), "", _store.Changes, Evaluate(query));
    }

    QueryResult Fresh(string expression, int from, int to) => _engine.Evaluate(expression, new MetricStoreSource(_store), Times(from, to), TestContext.Current.CancellationToken);

    Func<QueryTimes, ValueTask<QueryResult>> Evaluate(PreparedQuery query) => times =>
    {
        var result = _engine.Evaluate(query, new MetricStoreSource(_store), times, TestContext.Current.CancellationToken);
        _evaluatedSteps += result.Steps;
        return new(result);
    };

    // Sums of a part add in another order: the last digit may differ.
    static void AssertSame(QueryResult expected, QueryResult actual, string what)
    {
        Assert.True(expected.Series.Select(static series => series.Labels).SequenceEqual(actual.Series.Select(static series => series.Labels)), $"{what}: other series");
        Assert.Equal((expected.StartMs, expected.Steps, expected.StepMs), (actual.StartMs, actual.Steps, actual.StepMs));
        for (var i = 0; i < expected.Series.Count; i++)
        {
            for (var step = 0; step < expected.Steps; step++)
            {
                var (a, b) = (expected.Series[i].Values[step], actual.Series[i].Values[step]);
                Assert.True(
                    BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b) || Math.Abs(a - b) <= 1e-12 * Math.Abs(a) || (double.IsNaN(a) && double.IsNaN(b) && StaleMarker.Is(a) == StaleMarker.Is(b)),
                    $"{what}: step {step} of {expected.Series[i].Labels} is {b} and not {a}");
            }
        }
    }
}
