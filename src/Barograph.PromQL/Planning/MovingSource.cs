using System.Collections.Concurrent;
using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>
/// Reads a store for queries that are asked again and again at moments that move on, as the live stream asks them: what their selectors
/// read is kept in memory, shared by all that select the same, and each moment reads only what came since. What cannot be kept is read
/// from the store: windows that end long ago or in the future, native histograms, and what would take too much memory. Safe from many threads.
/// </summary>
/// <param name="store">Where the samples are.</param>
/// <param name="maxSamples">How many samples are held, 16 bytes each.</param>
public sealed class MovingSource(IMetricStore store, long maxSamples = 8_000_000)
{
    const long FarMs = 600_000;
    const long IdleMs = 90_000;

    // Windows whose beginning wanders, as those of subqueries do, share what is kept when they differ by less.
    const long GrainMs = 15_000;

    readonly ConcurrentDictionary<Wanted, MovingWindow> _windows = new();
    readonly MetricStoreSource _fresh = new(store);
    readonly SampleBudget _budget = new(maxSamples);
    long _nowMs = long.MinValue;

    /// <summary>The store as of a moment; only for evaluating at this moment. Moments mostly move on; an earlier one is read from the store.</summary>
    public ISeriesSource At(long nowMs)
    {
        if (nowMs > Interlocked.Exchange(ref _nowMs, nowMs))
            ForgetIdle(nowMs);
        return new Moment(this, nowMs);
    }

    void ForgetIdle(long nowMs)
    {
        foreach (var (wanted, window) in _windows)
        {
            if (window.AskedMs < nowMs - IdleMs && _windows.TryRemove(wanted, out _))
                window.Forget();
        }
    }

    sealed class Moment(MovingSource source, long nowMs) : ISeriesSource
    {
        public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range, SelectHints hints, CancellationToken cancel)
        {
            cancel.ThrowIfCancellationRequested();
            var endsNow = range.EndMs == nowMs + 1;
            if (range.EndMs <= nowMs + 1 && range.EndMs > nowMs - FarMs && !hints.Extended)
            {
                var spanMs = (nowMs - range.StartMs + GrainMs - 1) / GrainMs * GrainMs;
                var wanted = new Wanted(string.Join(',', matchers), spanMs, OnlyNewest: endsNow && hints is { RangeMs: 0, StepMs: 0 });
                var window = source._windows.GetOrAdd(wanted, static (wanted, at) => new MovingWindow(at.Store, at.Matchers, wanted.SpanMs, wanted.OnlyNewest, at.Budget),
                    (Store: source.Store, Matchers: matchers, Budget: source._budget));
                if (window.Select(nowMs, cancel) is { } kept)
                    return kept;
            }

            return source._fresh.Select(matchers, range, hints, cancel);
        }
    }

    IMetricStore Store => store;

    readonly record struct Wanted(string Matchers, long SpanMs, bool OnlyNewest);
}

/// <summary>How many samples several windows may hold together.</summary>
internal sealed class SampleBudget(long most)
{
    long _held;

    /// <summary>Takes (or, when negative, gives back) room; false when there is not enough.</summary>
    public bool TryTake(long samples)
    {
        if (Interlocked.Add(ref _held, samples) <= most || samples <= 0)
            return true;
        Interlocked.Add(ref _held, -samples);
        return false;
    }
}
