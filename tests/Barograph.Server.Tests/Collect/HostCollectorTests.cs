using Barograph.Server.Collect;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Collect;

public sealed class HostCollectorTests : IAsyncDisposable
{
    const long StartMs = 1_700_000_000_000;

    readonly RecordingStore _store = new();
    readonly TaskCompletionSource<ISampleSink> _opening = new();
    readonly ManualClock _clock = new(DateTimeOffset.FromUnixTimeMilliseconds(StartMs));
    readonly CollectionTicks _ticks;
    readonly ScriptedSource _good = new("good");
    readonly ScriptedSource _odd = new("odd");
    readonly ScriptedSource _last = new("last");
    readonly CollectingLog _log = new();
    readonly HostCollector _collector;

    public HostCollectorTests()
    {
        _ticks = new CollectionTicks(TimeSpan.FromSeconds(1), _clock);
        _collector = new HostCollector(
            _opening.Task, new CollectOptions(TimeSpan.FromSeconds(1)), [_good, _odd, _last], _ticks, _clock, SomeWorkers.New(_clock), _log);
    }

    public async ValueTask DisposeAsync()
    {
        _odd.Release();
        await _collector.StopAsync(CancellationToken.None);
        _collector.Dispose();
    }

    /// <summary>Has one series, the number of its reads, and does in a read what a test wants.</summary>
    sealed class ScriptedSource(string name) : ISource
    {
        static readonly MetricDefinition Metric = new("reads", MetricType.Counter, "", "Reads.", "source");
        readonly ManualResetEventSlim _released = new(initialState: true);
        int _reads = -1;

        public string Name => name;
        public SourceSeries Series { get; } = new("host", "here");
        public Action? Act { get; set; }
        int Reads => _reads < 0 ? _reads = Series.Add(Metric, name) : _reads;
        public int Count { get; private set; }

        /// <summary>How many reads came back.</summary>
        public int Finished { get; private set; }

        public void Read(Tick tick)
        {
            Count++;
            Act?.Invoke();
            _released.Wait(TestContext.Current.CancellationToken);
            Series.Set(Reads, Count);
            Finished++;
        }

        public void Hang() => _released.Reset();
        public void Release() => _released.Set();
        public void Dispose() => _released.Set();
    }

    /// <summary>Collects a tick so many milliseconds after the start and gives what was stored.</summary>
    async Task<Dictionary<string, double>> TickAsync(long milliseconds)
    {
        await CollectAsync(milliseconds);
        return (await _store.NextAsync()).Values;
    }

    Task CollectAsync(long milliseconds) =>
        _collector.CollectAsync(_store, new Tick(StartMs + milliseconds, milliseconds), TestContext.Current.CancellationToken);

    [Fact]
    public async Task Nothing_is_read_before_the_store_is_open()
    {
        await _collector.StartAsync(CancellationToken.None);
        Assert.Equal(0, _good.Count);
        _opening.SetResult(_store);
        Assert.Equal(StartMs, (await _store.NextAsync()).TimestampMs);
    }

    [Fact]
    public async Task A_store_that_does_not_open_ends_collecting_quietly()
    {
        _opening.SetException(new IOException("no"));
        await _collector.StartAsync(CancellationToken.None);
        await _collector.ExecuteTask!;
    }

    [Fact]
    public async Task A_tick_is_one_batch_and_is_published_after_it()
    {
        await TickAsync(0);
        Assert.Equal(StartMs, _ticks.LastCompletedMs);
        var read = await TickAsync(1000);
        Assert.Equal(2, read["""reads{source="good"}"""]);
        Assert.Equal(2, read["""reads{source="last"}"""]);
        Assert.Equal(1, read["barograph_collect_ticks_total"]);
        Assert.Equal(0, read["""barograph_collect_source_errors_total{source="good"}"""]);
    }

    [Fact]
    public async Task It_runs_by_the_clock_until_the_server_stops()
    {
        _opening.SetResult(_store);
        await _collector.StartAsync(CancellationToken.None);
        Assert.Equal(StartMs, (await _store.NextAsync()).TimestampMs);
        Assert.True(SpinWait.SpinUntil(() => _ticks.LastCompletedMs == StartMs, TimeSpan.FromMinutes(2)));
        _clock.WaitForTimers(1);
        _clock.Advance(1000);
        Assert.Equal(StartMs + 1000, (await _store.NextAsync()).TimestampMs);
        await _collector.StopAsync(CancellationToken.None);
        Assert.True(_collector.ExecuteTask!.IsCompleted);
    }

    [Fact]
    public async Task What_is_known_of_every_metric_is_set_once()
    {
        _opening.SetResult(_store);
        await _collector.StartAsync(CancellationToken.None);
        await _store.NextAsync();
        Assert.Equal(HostMetrics.All.Count(), _store.Known.Count);
        Assert.Equal(MetricType.Counter, _store.Known["system_cpu_time_seconds_total"].Type);
    }

    [Fact]
    public async Task A_source_that_fails_loses_its_own_values_and_is_counted()
    {
        await TickAsync(0);
        _odd.Act = static () => throw new InvalidDataException("damaged");
        var read = await TickAsync(1000);
        Assert.Equal(2, read["""reads{source="last"}"""]);
        Assert.True(StaleMarker.Is(read["""reads{source="odd"}"""]));
        Assert.Equal(1, read["""barograph_collect_source_errors_total{source="odd"}"""]);
        _odd.Act = null;
        Assert.Equal(3, (await TickAsync(2000))["""reads{source="odd"}"""]);
    }

    [Fact]
    public async Task A_source_this_host_does_not_have_is_no_error_and_is_looked_for_again_later()
    {
        _odd.Act = static () => throw new SourceUnavailableException("not here");
        await TickAsync(0);
        var read = await TickAsync(1000);
        Assert.Equal(0, read["""barograph_collect_source_available{source="odd"}"""]);
        Assert.Equal(0, read["""barograph_collect_source_errors_total{source="odd"}"""]);
        Assert.Equal(1, _odd.Count);
        _odd.Act = null;
        Assert.Contains("""reads{source="odd"}""", await TickAsync(SourceState.PauseMs));
    }

    [Fact]
    public async Task A_source_that_hangs_holds_nobody_back()
    {
        await TickAsync(0);
        _odd.Hang();
        var collecting = CollectAsync(1000);
        Assert.True(SpinWait.SpinUntil(() => _odd.Count == 2, TimeSpan.FromMinutes(2)));
        await LookUntilAsync(collecting);
        var read = (await _store.NextAsync()).Values;
        Assert.Equal(2, read["""reads{source="last"}"""]);
        Assert.True(StaleMarker.Is(read["""reads{source="odd"}"""]));

        // It is neither read nor waited for while it hangs, and loses those ticks too.
        read = await TickAsync(2000);
        Assert.Equal(2, read["""barograph_collect_source_errors_total{source="odd"}"""]);
        Assert.Equal(1, read["""barograph_collect_source_silent_seconds{source="odd"}"""]);
        Assert.Empty(_log.Lines);
        await TickAsync(7000);
        Assert.Equal(2, _odd.Count);
        Assert.Contains("Reading odd has not come back for 5 s", Assert.Single(_log.Lines), StringComparison.Ordinal);

        // Once it is back, it is read with the next tick: nothing is left out for having been slow once.
        _odd.Release();
        Assert.True(SpinWait.SpinUntil(() => _log.Lines.Count == 2, TimeSpan.FromSeconds(30)));
        Assert.Contains("Reading odd works again", _log.Lines[1], StringComparison.Ordinal);
        var again = await TickAsync(8000);
        for (var tick = 9; tick < 1000 && !again.ContainsKey("""reads{source="odd"}"""); tick++)
            again = await TickAsync(tick * 1000); // the thread it kept may need a moment to come back
        Assert.Equal(3, again["""reads{source="odd"}"""]);
        Assert.Equal(0, again["""barograph_collect_source_silent_seconds{source="odd"}"""]);
    }

    [Fact]
    public async Task A_source_that_answers_while_the_others_are_read_has_lost_nothing()
    {
        await TickAsync(0);
        _odd.Hang();
        _last.Act = () =>
        {
            _last.Act = null;
            _odd.Release();
            Assert.True(SpinWait.SpinUntil(() => _odd.Finished == 2, TimeSpan.FromSeconds(30)));
        };
        var collecting = CollectAsync(1000);
        Assert.True(SpinWait.SpinUntil(() => _odd.Count == 2, TimeSpan.FromSeconds(30)));
        await LookUntilAsync(collecting);
        var read = (await _store.NextAsync()).Values;
        Assert.Equal(2, read["""reads{source="odd"}"""]);
        Assert.Equal(0, read["""barograph_collect_source_errors_total{source="odd"}"""]);
    }

    [Fact]
    public async Task A_source_that_is_slow_again_and_again_is_tried_less_and_less_often_from_seconds_on()
    {
        await TickAsync(0);
        List<int> readAt = [];
        for (var second = 1; second <= 40; second++)
        {
            _odd.Hang();
            var reads = _odd.Count;
            var collecting = CollectAsync(second * 1000);
            await LookUntilAsync(collecting);
            await _store.NextAsync();
            if (_odd.Count > reads)
                readAt.Add(second);
            _odd.Release();
            Assert.True(SpinWait.SpinUntil(() => _odd.Finished == _odd.Count, TimeSpan.FromSeconds(30)));
            Assert.True(SpinWait.SpinUntil(() => _collector.Sources[1].SilentMs(default) == 0, TimeSpan.FromSeconds(30)));
        }

        Assert.Equal([1, 2, 4, 8, 16, 32], readAt);
        Assert.Contains(_log.Lines, static line => line.Contains("Reading odd took longer than a tick 3 times in a row; it is tried again in 4 s", StringComparison.Ordinal));
    }

    /// <summary>Lets the collector look again and again, until its tick is done.</summary>
    async Task LookUntilAsync(Task collecting)
    {
        while (!collecting.IsCompleted)
        {
            if (_clock.WaitingCount > 0)
                _clock.Advance(250);
            await Task.Delay(1);
        }

        await collecting;
    }

    [Fact]
    public async Task A_full_disk_costs_the_ticks_that_it_lasts_and_is_counted()
    {
        await TickAsync(0);
        _store.IsFull = true;
        await CollectAsync(1000);
        Assert.Equal(StartMs + 1000, _ticks.LastCompletedMs);
        _store.IsFull = false;
        var read = await TickAsync(2000);
        Assert.Equal(1, read["barograph_collect_append_errors_total"]);
        Assert.Equal(3, read["""reads{source="good"}"""]);
    }

    [Fact]
    public async Task Batches_keep_their_series_and_forget_the_ended_ones_in_time()
    {
        await TickAsync(0);
        var ended = Enumerable.Range(0, 1500).Select(i => _good.Series.Add(HostMetrics.CpuUtilization, $"mode{i}")).ToArray();
        _good.Act = () =>
        {
            foreach (var series in ended)
                _good.Series.Set(series, 1);
        };
        var full = await TickAsync(1000);
        _good.Act = () =>
        {
            foreach (var series in ended)
                _good.Series.Remove(series);
            _good.Act = null;
        };
        Assert.Equal(1500, (await TickAsync(2000)).Values.Count(StaleMarker.Is));
        var after = await TickAsync(3000);
        Assert.Equal(full.Count - 1500, after.Count);
        Assert.Equal(4, after["""reads{source="last"}"""]);
    }
}
