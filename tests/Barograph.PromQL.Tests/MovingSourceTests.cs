using Barograph.TimeSeries;

namespace Barograph.PromQL.Tests;

/// <summary>What is evaluated from tick to tick over samples that are kept gives the same as an evaluation that reads the store.</summary>
public sealed class MovingSourceTests : IAsyncLifetime
{
    const long BeginMs = 1_763_710_000_000;

    static readonly string[] Selectors = ["m", "m{host=\"a\"}", "m{host=~\"a|b\"}", "n", "n{device!=\"d1\"}", "{__name__=~\"m|n\"}", "m offset 7s", "absent_metric"];

    static readonly string[] Windows = ["5s", "20s", "1m"];

    static readonly string[] RangeFunctions =
        ["rate", "increase", "delta", "irate", "resets", "changes", "sum_over_time", "avg_over_time", "max_over_time", "min_over_time", "count_over_time", "last_over_time", "stddev_over_time", "deriv"];

    static readonly string[] Aggregations = ["sum", "avg", "min", "max", "count", "stddev", "group"];

    readonly string _folder = Directory.CreateTempSubdirectory("barograph-moving-").FullName;
    MetricStore _store = null!;

    public ValueTask InitializeAsync()
    {
        _store = MetricStore.Open(_folder, new StoreOptions { Retention = null, MaxFuture = null, OutOfOrderWindow = null });
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20261121)]
    public async Task Evaluated_from_tick_to_tick_an_expression_gives_what_a_fresh_evaluation_gives(int seed)
    {
        var random = new Random(seed);
        var source = new MovingSource(_store);
        var expressions = Enumerable.Range(0, 25).Select(_ => Expression(random, depth: 3)).Distinct().Select(static text => new Watched(text)).ToArray();
        var nowMs = BeginMs;
        for (var tick = 0; tick < 50; tick++)
        {
            nowMs += random.Next(20) == 0 ? 45_000 : 1000;
            await AppendAsync(random, nowMs, tick);
            if (random.Next(15) == 0)
                await _store.DeleteAsync([new Matcher(MatchType.Equal, "host", random.Next(2) == 0 ? "a" : "b")], new TimeRange(nowMs - random.Next(90_000), nowMs - random.Next(10_000)), TestContext.Current.CancellationToken);
            foreach (var watched in expressions)
            {
                // Not all are asked at every tick: some have longer steps.
                if (random.Next(10) > 0)
                    AssertSame(watched, source, nowMs, $"seed {seed}, tick {tick}");
            }
        }
    }

    [Fact]
    public async Task A_tick_reads_only_what_came_since()
    {
        var (counting, source) = Counted();
        var rate = new Watched("sum(rate(m[1m]))");
        for (var tick = 0; tick < 5; tick++)
        {
            await AppendAsync(("m", "a", BeginMs + tick * 1000, tick));
            rate.Evaluate(source.At(BeginMs + tick * 1000), BeginMs + tick * 1000);
        }

        Assert.Equal([BeginMs - 60_000, BeginMs + 1, BeginMs + 1001, BeginMs + 2001, BeginMs + 3001], counting.StartsMs);
    }

    [Fact]
    public async Task What_comes_late_is_read_again_from_its_time_on()
    {
        var (counting, source) = Counted();
        var newest = new Watched("m");
        await AppendAsync(("m", "a", BeginMs, 1), ("m", "b", BeginMs - 3000, 1));
        Assert.Equal(2, newest.Evaluate(source.At(BeginMs), BeginMs).Series.Count);
        await AppendAsync(("m", "b", BeginMs - 2000, 5));
        Assert.Equal([1, 5], newest.Evaluate(source.At(BeginMs + 1000), BeginMs + 1000).Series.Select(static series => series.Values[0]));
        Assert.Equal(BeginMs - 2000, counting.StartsMs[^1]);
    }

    [Fact]
    public async Task Who_watches_the_same_shares_what_is_read()
    {
        var (counting, source) = Counted();
        Watched[] expressions = [new("sum(m)"), new("max(m) - min(m)"), new("count(m) > 0"), new("topk(1, m)")];
        await AppendAsync(("m", "a", BeginMs, 1), ("m", "b", BeginMs, 2));
        foreach (var watched in expressions)
            watched.Evaluate(source.At(BeginMs), BeginMs);
        Assert.Equal([BeginMs - 300_000], counting.StartsMs);
    }

    [Fact]
    public async Task What_would_take_too_much_memory_is_read_from_the_store()
    {
        var source = new MovingSource(_store, maxSamples: 100);
        var wide = new Watched("sum_over_time(m[5m])");
        for (var tick = 0; tick < 80; tick++)
        {
            await AppendAsync(("m", "a", BeginMs + tick * 1000, 1), ("m", "b", BeginMs + tick * 1000, 1));
            AssertSame(wide, source, BeginMs + tick * 1000, $"tick {tick}");
        }
    }

    [Fact]
    public async Task An_earlier_moment_is_answered_too()
    {
        var source = new MovingSource(_store);
        var newest = new Watched("m");
        await AppendAsync(("m", "a", BeginMs, 1), ("m", "a", BeginMs + 1000, 2));
        Assert.Equal(2, newest.Evaluate(source.At(BeginMs + 1000), BeginMs + 1000).Series[0].Values[0]);
        Assert.Equal(1, newest.Evaluate(source.At(BeginMs), BeginMs).Series[0].Values[0]);
    }

    void AssertSame(Watched watched, MovingSource source, long nowMs, string when)
    {
        var (kept, keptError) = Try(() => watched.Evaluate(source.At(nowMs), nowMs));
        var (fresh, freshError) = Try(() => new PromQLEngine().Evaluate(watched.Text, new MetricStoreSource(_store), QueryTimes.Instant(nowMs), TestContext.Current.CancellationToken));
        Assert.True(keptError == freshError, $"{when}: {watched.Text}: {keptError ?? "no error"} instead of {freshError ?? "no error"}");
        if (fresh is not null)
            Assert.True(Text(fresh) == Text(kept!), $"{when}: {watched.Text}\nkept  {Text(kept!)}\nfresh {Text(fresh)}");
    }

    static string Text(QueryResult result) => result.Kind == ResultKind.Scalar
        ? $"{result.Scalar:R}"
        : string.Join(" ", result.Series.Select(static series => $"{series.Labels}={series.Values[0]:R}").Order(StringComparer.Ordinal));

    static (QueryResult? Result, string? Error) Try(Func<QueryResult> evaluate)
    {
        try
        {
            return (evaluate(), null);
        }
        catch (QueryException failure)
        {
            return (null, failure.Message);
        }
    }

    static string Expression(Random random, int depth)
    {
        string Any(string[] choices) => choices[random.Next(choices.Length)];
        string Range() => Any(Selectors) is var selector && selector.Contains(" offset", StringComparison.Ordinal)
            ? $"m[{Any(Windows)}] offset 7s" : $"{selector}[{Any(Windows)}]";
        return depth == 0 ? Any(Selectors) : random.Next(11) switch
        {
            0 or 1 => Any(Selectors),
            2 or 3 => $"{Any(RangeFunctions)}({Range()})",
            4 => $"{Any(Aggregations)} by (host) ({Expression(random, depth - 1)})",
            5 => $"topk(2, {Expression(random, depth - 1)})",
            6 => $"sum by (host) ({Expression(random, depth - 1)}) / on (host) group_right sum by (host, device) ({Expression(random, depth - 1)})",
            7 => $"{Expression(random, depth - 1)} {Any(["and", "or", "unless"])} {Expression(random, depth - 1)}",
            8 => $"max_over_time(({Expression(random, depth - 1)})[30s:5s])",
            9 => $"label_replace({Expression(random, depth - 1)}, \"place\", \"$1\", \"host\", \"(.*)\") * 2",
            _ => $"abs({Expression(random, depth - 1)}) > 1",
        };
    }

    // Six series that come and go, some of their samples late, some stale, at times of their own.
    async Task AppendAsync(Random random, long nowMs, int tick)
    {
        var samples = new List<(string, string, long, double)>();
        foreach (var host in (string[])["a", "b", "c"])
        {
            if (tick / 7 % 3 == host[0] - 'a')
                continue;
            foreach (var name in (string[])["m", "n"])
            {
                var lateMs = random.Next(6) switch { 0 => random.Next(40_000), 1 => -random.Next(5000), _ => random.Next(900) };
                samples.Add((name, host, nowMs - lateMs, random.Next(12) == 0 ? StaleMarker.Value : random.Next(9) == 0 ? 0 : tick * 10 + random.Next(10)));
            }
        }

        await AppendAsync([.. samples]);
    }

    async Task AppendAsync(params (string Name, string Host, long TimeMs, double Value)[] samples)
    {
        var batch = new SampleBatch();
        foreach (var (name, host, timeMs, value) in samples)
            batch.Add(batch.AddSeries(Labels.Of("__name__", name, "device", host == "a" ? "d1" : "d2", "host", host)), timeMs, value);
        await _store.AppendAsync(batch, TestContext.Current.CancellationToken);
    }

    (CountingStore Store, MovingSource Source) Counted()
    {
        var store = new CountingStore(_store);
        return (store, new MovingSource(store));
    }

    sealed class Watched(string text)
    {
        readonly RepeatedQuery _query = new(new PromQLEngine().Prepare(text), QueryOptions.Default);

        public string Text => text;

        public QueryResult Evaluate(ISeriesSource source, long nowMs) => _query.Evaluate(source, nowMs);
    }

    /// <summary>Notes from when on it was asked.</summary>
    sealed class CountingStore(MetricStore store) : IMetricStore
    {
        public List<long> StartsMs { get; } = [];

        public IReadOnlyDictionary<string, MetricMetadata> Metadata => store.Metadata;

        public StoreChanges Changes => store.Changes;

        public StoreStatus Status => store.Status;

        public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range)
        {
            StartsMs.Add(range.StartMs);
            return store.Select(matchers, range);
        }

        public IReadOnlyList<SeriesExemplars> SelectExemplars(IReadOnlyList<Matcher> matchers, TimeRange range) => store.SelectExemplars(matchers, range);

        public IReadOnlyList<string> LabelNames(IReadOnlyList<Matcher> matchers, TimeRange range) => store.LabelNames(matchers, range);

        public IReadOnlyList<string> LabelValues(string name, IReadOnlyList<Matcher> matchers, TimeRange range) => store.LabelValues(name, matchers, range);

        public ValueTask<AppendResult> AppendAsync(SampleBatch batch, CancellationToken cancel = default) => store.AppendAsync(batch, cancel);

        public void SetMetadata(string metric, MetricMetadata metadata) => store.SetMetadata(metric, metadata);

        public ValueTask DisposeAsync() => store.DisposeAsync();
    }
}
