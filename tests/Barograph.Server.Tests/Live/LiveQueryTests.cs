using Barograph.PromQL;
using Barograph.Server.Live;
using Barograph.Server.Tests.Ingest;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Live;

public sealed class LiveQueryTests : IAsyncLifetime
{
    const long StartMs = 1_763_710_000_000;

    readonly TemporaryFolder _folder = new();
    MetricStore _store = null!;
    MovingSource _recent = null!;

    public ValueTask InitializeAsync()
    {
        _store = MetricStore.Open(_folder.Path, new StoreOptions { Retention = null, MaxFuture = null });
        _recent = new MovingSource(_store);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_series_without_a_sample_keeps_its_place()
    {
        var query = Query("m");
        await AppendAsync(0, ("a", 1), ("b", 2));
        Evaluate(query, 0);
        var version = query.Latest.Version;
        await AppendAsync(1, ("b", 3));
        Evaluate(query, 1);
        Assert.Equal(version, query.Latest.Version);
        Assert.Equal([double.NaN, 3], query.Latest.Values);
    }

    [Fact]
    public async Task A_new_series_changes_the_version_and_nobodys_place()
    {
        var query = Query("m");
        await AppendAsync(0, ("b", 2));
        Evaluate(query, 0);
        await AppendAsync(1, ("a", 1), ("b", 3));
        Evaluate(query, 1);
        Assert.Equal(["b", "a"], query.Latest.Series.Select(static series => series.Get("device")));
        Assert.Equal([3, 1], query.Latest.Values);
    }

    [Fact]
    public async Task Series_that_come_and_go_do_not_pile_up()
    {
        var query = Query("m");
        for (var tick = 0; tick < 300; tick++)
        {
            await AppendAsync(tick, ($"process-{tick}", tick));
            Evaluate(query, tick);
            Assert.InRange(query.Latest.Series.Length, 1, 70);
            Assert.Equal(tick, query.Latest.Values[Array.FindIndex(query.Latest.Series, series => series.Get("device") == $"process-{tick}")]);
        }
    }

    [Fact]
    public async Task Trouble_is_told_and_passes()
    {
        var query = Query("m / on() m");
        await AppendAsync(0, ("a", 1), ("b", 2));
        Evaluate(query, 0);
        Assert.Equal("execution", query.Trouble?.Code);
        await AppendAsync(5, ("a", 1));
        Evaluate(query, 5);
        Assert.Null(query.Trouble);
        Assert.Equal([1], query.Latest.Values);
    }

    [Fact]
    public async Task A_short_lookback_shows_a_gap_where_a_long_one_bridges_it()
    {
        await AppendAsync(0, ("a", 1));
        Assert.Equal(0, LiveExpression.Parse("m", QueryOptions.Default, 1000).Instant(new MetricStoreSource(_store), StartMs + 2000, default).Count);
        Assert.Equal(1, LiveExpression.Parse("m", QueryOptions.Default).Instant(new MetricStoreSource(_store), StartMs + 2000, default).Count);
    }

    [Fact]
    public void The_same_text_with_another_lookback_is_another_query() =>
        Assert.NotEqual(LiveExpression.Parse("m", QueryOptions.Default, 1000).Key, LiveExpression.Parse("m", QueryOptions.Default).Key);

    static LiveQuery Query(string expression) => new(LiveExpression.Parse(expression, QueryOptions.Default, lookbackMs: 1000), stepMs: 1000);

    void Evaluate(LiveQuery query, int tick) => query.Evaluate(_recent.At(StartMs + tick * 1000), StartMs + tick * 1000, TimeProvider.System, default);

    async Task AppendAsync(int tick, params (string Device, double Value)[] samples)
    {
        var batch = new SampleBatch();
        foreach (var (device, value) in samples)
            batch.Add(batch.AddSeries(Labels.Of("__name__", "m", "device", device)), StartMs + tick * 1000, value);
        Assert.Equal(samples.Length, (await _store.AppendAsync(batch)).Accepted);
    }
}
