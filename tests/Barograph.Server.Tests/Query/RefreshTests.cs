using Barograph.PromQL;
using Barograph.Server.Query;
using Barograph.TimeSeries;
using MatchType = Barograph.TimeSeries.MatchType;

namespace Barograph.Server.Tests.Query;

/// <summary>What a dashboard that refreshes gets, with all that is kept from one refresh to the next, is what a query gets that nobody asked before.</summary>
public sealed class RefreshTests : IAsyncLifetime
{
    const long StepMs = 15_000, BeginMs = 1_700_000_000_000 / StepMs * StepMs;

    static readonly string[] Expressions =
    [
        "sum by (job) (rate(c_total[5m]))", "histogram_quantile(0.9, sum by (le) (rate(c_total[2m])))", "c_total{host=~\"h.*\"}", "topk(3, c_total)", "count(c_total)",
        "sum without (host) (increase(c_total[1m])) / on (job, le) group_right sum by (job, le) (c_total)", "c_total > 100 or c_total{job=\"j1\"}",
        "label_replace(max by (host) (c_total), \"x\", \"$1\", \"host\", \"h(.*)\")", "absent(c_total{job=\"none\"})", "max_over_time(sum by (job) (c_total)[3m:30s])", "-c_total",
    ];

    readonly string _folder = Directory.CreateTempSubdirectory("barograph-refresh-").FullName;
    readonly PromQLEngine _engine = new();
    readonly LabelMemory _labels = new(20_000);
    readonly ResultCache _cache = new(64 << 20);
    MetricStore _store = null!;

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
    public async Task Refreshes_that_move_on_answer_to_the_bit_what_a_new_query_answers_while_samples_and_series_come_and_go()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var queries = Expressions.Select(_engine.Prepare).ToArray();
        for (var (round, hosts) = (0, 3); round < 40; round++)
        {
            if (random.Next(4) == 0)
                hosts += random.Next(1, 8);
            await ChangeAsync(random, round, hosts);
            foreach (var query in queries)
            {
                var times = QueryTimes.Range(BeginMs + Math.Max(0, round - 40) * StepMs, BeginMs + round * StepMs, StepMs);
                var fresh = Fresh(query.Text, times);
                var what = $"{query.Text}, round {round}, seed {seed}";
                AssertSame(fresh, Remembering(query, times), what);
                AssertSame(Fresh(query.Text, QueryTimes.Instant(times.EndMs)), Remembering(query, QueryTimes.Instant(times.EndMs)), $"{what}, instant");
                AssertSame(fresh, await _cache.AnswerAsync(query, times, "", _store.Changes, some => new(Remembering(query, some))), $"{what}, cached");
            }
        }

        Assert.True(_labels.SeriesCount > 0);
    }

    [Fact]
    public async Task The_same_query_asked_on_many_threads_at_once_answers_each_as_if_it_were_alone()
    {
        await ChangeAsync(new Random(1), 0, 30, whole: true);
        var query = _engine.Prepare(Expressions[0]);
        var times = QueryTimes.Range(BeginMs, BeginMs + 10 * StepMs, StepMs);
        var fresh = Fresh(query.Text, times);
        Parallel.For(0, 200, _ => AssertSame(fresh, Remembering(query, times), "at once"));
    }

    [Fact]
    public void What_labels_are_kept_for_is_bounded_by_series_and_the_query_asked_longest_ago_goes_first()
    {
        var memory = new LabelMemory(maxSeries: 100);
        var queries = Enumerable.Range(0, 12).Select(i => _engine.Prepare($"m{i}")).ToArray();
        var works = queries.Select(memory.Take).ToArray();
        for (var i = 0; i < queries.Length; i++)
        {
            memory.Return(queries[i], works[i], 10);
            Assert.InRange(memory.SeriesCount, 10, 100);
        }

        Assert.NotSame(works[1], memory.Take(queries[1]));
        Assert.Same(works[2], memory.Take(queries[2]));
        memory.Return(queries[0], works[0], 51);
        Assert.NotSame(works[0], memory.Take(queries[0]));
    }

    async Task ChangeAsync(Random random, int round, int hosts, bool whole = false)
    {
        if (random.Next(8) == 0 && !whole)
            await _store.FlushAsync();
        if (random.Next(8) == 0 && !whole)
        {
            await _store.DeleteAsync(
                [new Matcher(MatchType.Equal, "host", $"h{random.Next(hosts)}")],
                new TimeRange(BeginMs + random.Next(round + 1) * StepMs, BeginMs + (round + 1) * StepMs));
        }

        var batch = new SampleBatch();
        for (var host = 0; host < hosts; host++)
        {
            if (random.Next(6) == 0 && !whole)
                continue; // it misses a scrape
            foreach (var le in new[] { "0.1", "1", "+Inf" })
            {
                var series = batch.AddSeries(Labels.Of("__name__", "c_total", "host", $"h{host}", "job", $"j{host % 3}", "le", le));
                var lateMs = random.Next(10) == 0 ? random.Next(20) * StepMs + 1 : 0;
                batch.Add(series, BeginMs + round * StepMs - lateMs, random.Next(20) == 0 ? StaleMarker.Value : round * 10 + random.Next(9));
            }
        }

        await _store.AppendAsync(batch);
    }

    QueryResult Remembering(PreparedQuery query, QueryTimes times) =>
        PromQLEngine.Evaluate(query, new MetricStoreSource(_store), times, _engine.Options, _labels, TestContext.Current.CancellationToken);

    // Matchers that are new are not known to any memory.
    QueryResult Fresh(string expression, QueryTimes times) => _engine.Evaluate(expression, new MetricStoreSource(_store), times, TestContext.Current.CancellationToken);

    static void AssertSame(QueryResult expected, QueryResult actual, string what)
    {
        Assert.True(expected.Series.Select(static series => series.Labels).SequenceEqual(actual.Series.Select(static series => series.Labels)), $"{what}: other series");
        Assert.Equal((expected.StartMs, expected.Steps), (actual.StartMs, actual.Steps));
        for (var i = 0; i < expected.Series.Count; i++)
        {
            for (var step = 0; step < expected.Steps; step++)
            {
                var (a, b) = (expected.Series[i].Values[step], actual.Series[i].Values[step]);
                Assert.True(BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b), $"{what}: step {step} of {expected.Series[i].Labels} is {b} and not {a}");
            }
        }
    }
}
