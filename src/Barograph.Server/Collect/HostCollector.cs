using Barograph.Server.Measures;
using Barograph.Server.Processes;
using Barograph.Server.Sources;
using Barograph.TimeSeries;

namespace Barograph.Server.Collect;

/// <summary>Reads all sources once per interval, stores what they gave as one batch, and says so to who waits for it.</summary>
internal sealed class HostCollector : SupervisedService
{
    readonly Task<ISampleSink> _opening;
    readonly CollectionTicks _ticks;
    readonly TimeProvider _clock;
    readonly ILogger _log;
    readonly TickSchedule _schedule;
    readonly TimeSpan _look;
    readonly SourceState[] _sources;
    readonly SourceLedger? _senders; // null in an agent, whose queue refuses nothing: the server behind it does
    readonly string _instance;
    readonly TickBatch _batch = new();
    readonly CollectStatistics _statistics = new();
    long _lostTicks;

    public HostCollector(
        Task<ISampleSink> opening, CollectOptions options, OwnMeasures measures, SourceLedger senders, CollectionTicks ticks,
        TimeProvider clock, Workers workers, ILogger<HostCollector> log)
        : this(
            opening, options,
            [.. HostSources.Create(options, clock), new MeasuresSource(new SourceSeries(options.OwnJob, options.Instance), measures)],
            ticks, clock, workers, log)
    {
        _senders = senders;
        if (!HostSources.IsComplete)
            log.OnlyPortable(System.Runtime.InteropServices.RuntimeInformation.OSDescription);
    }

    internal HostCollector(
        Task<ISampleSink> opening, CollectOptions options, IReadOnlyList<ISource> sources, CollectionTicks ticks, TimeProvider clock,
        Workers workers, ILogger log)
        : base("collector", workers)
    {
        var interval = options.Interval ?? throw new ArgumentException("Without an interval there is nothing to collect.", nameof(options));
        (_opening, _ticks, _clock, _log, _instance) = (opening, ticks, clock, log, options.Instance);
        _schedule = new TickSchedule(interval, clock);
        _look = interval / 4;
        var self = new SelfSource(new SourceSeries(options.OwnJob, options.Instance), _statistics);
        _sources = [.. sources.Append(self).Select(source => new SourceState(source, clock, log))];
        self.Watch(_sources);
    }

    /// <summary>The sources and how they fare, in the order of reading.</summary>
    internal IReadOnlyList<SourceState> Sources => _sources;

    public override void Dispose()
    {
        foreach (var source in _sources)
            source.Dispose();
        base.Dispose();
    }

    protected override async Task WorkAsync(CancellationToken stopping)
    {
        // Whoever opens the store says why it does not open.
        await ((Task)_opening).WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_opening.IsCompletedSuccessfully)
            return;
        var store = await _opening;
        Describe(store, HostMetrics.All);
        while (true)
        {
            var tick = await _schedule.NextAsync(stopping);
            _statistics.MissedCount = _schedule.MissedCount;
            await CollectAsync(store, tick, stopping);
        }
    }

    /// <summary>Collects one tick.</summary>
    internal async Task CollectAsync(ISampleSink store, Tick tick, CancellationToken stopping)
    {
        var began = _clock.GetTimestamp();
        await SourcePass.ReadAllAsync(_sources, tick, _look, _clock);
        _batch.Begin(tick.TimestampMs);
        _statistics.SeriesCount = 0;
        foreach (var source in _sources)
        {
            var succeeded = source.CompletedTimestampMs == tick.TimestampMs;
            _statistics.SeriesCount += source.Source.Series.WriteTo(_batch, succeeded);
            if (succeeded)
                Describe(store, source.Source.TakeNewMetrics());
        }

        await AppendAsync(store, stopping);
        _statistics.TickCount++;
        _statistics.TickDurationSeconds = _clock.GetElapsedTime(began).TotalSeconds;
        _ticks.Publish(tick.TimestampMs);
    }

    static void Describe(ISampleSink store, IEnumerable<MetricDefinition> metrics)
    {
        foreach (var metric in metrics)
            store.SetMetadata(metric.Name, new MetricMetadata(metric.Type, metric.Unit, metric.Help));
    }

    async Task AppendAsync(ISampleSink store, CancellationToken stopping)
    {
        try
        {
            var result = await store.AppendAsync(_batch.Samples, stopping);
            _statistics.RejectedCount += result.Rejected;
            if (result.Rejected > 0)
                _senders?.Count(SourceLedger.OwnDoor, _instance, result.Accepted, Refused.By(result));
            if (_lostTicks > 0)
                _log.AppendWorksAgain(_lostTicks);
            _lostTicks = 0;
        }
        catch (StoreUnavailableException unavailable)
        {
            _statistics.AppendErrorCount++;
            if (_lostTicks++ == 0)
                _log.AppendFailed(unavailable.Message);
        }
    }
}
