namespace Barograph.Server.Collect;

/// <summary>How collecting itself fares. Read after all other sources, so that it shows this tick's durations.</summary>
internal sealed class SelfSource(SourceSeries series, CollectStatistics statistics) : ISource
{
    readonly int _ticks = series.Add(HostMetrics.CollectTicks);
    readonly int _missed = series.Add(HostMetrics.CollectTicksMissed);
    readonly int _duration = series.Add(HostMetrics.CollectTickDuration);
    readonly int _seriesCount = series.Add(HostMetrics.CollectSeries);
    readonly int _appendErrors = series.Add(HostMetrics.CollectAppendErrors);
    readonly int _rejected = series.Add(HostMetrics.CollectRejected);
    (SourceState State, int Duration, int Errors, int Silence, int Available)[] _sources = [];

    public string Name => "collect";

    public SourceSeries Series => series;

    /// <summary>Names the sources to report on.</summary>
    public void Watch(IEnumerable<SourceState> sources) =>
        _sources = [.. sources.Select(state => (state,
            series.Add(HostMetrics.SourceDuration, state.Source.Name),
            series.Add(HostMetrics.SourceErrors, state.Source.Name),
            series.Add(HostMetrics.SourceSilence, state.Source.Name),
            series.Add(HostMetrics.SourceAvailable, state.Source.Name)))];

    public void Read(Tick tick)
    {
        series.Set(_ticks, statistics.TickCount);
        series.Set(_missed, statistics.MissedCount);
        series.Set(_duration, statistics.TickDurationSeconds);
        series.Set(_seriesCount, statistics.SeriesCount);
        series.Set(_appendErrors, statistics.AppendErrorCount);
        series.Set(_rejected, statistics.RejectedCount);
        foreach (var (state, duration, errors, silence, available) in _sources)
        {
            series.Set(duration, state.DurationSeconds);
            series.Set(errors, state.ErrorCount);
            series.Set(silence, state.SilentMs(tick) / 1000.0);
            series.Set(available, state.IsAvailable ? 1 : 0);
        }
    }

    public void Dispose()
    {
    }
}

/// <summary>What the collector counts of itself.</summary>
internal sealed class CollectStatistics
{
    public long TickCount { get; set; }
    public long MissedCount { get; set; }
    public double TickDurationSeconds { get; set; }
    public int SeriesCount { get; set; }
    public long AppendErrorCount { get; set; }
    public long RejectedCount { get; set; }
}
