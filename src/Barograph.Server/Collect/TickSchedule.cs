namespace Barograph.Server.Collect;

/// <summary>One moment of collection.</summary>
/// <param name="TimestampMs">What the samples are stamped with: Unix milliseconds, a whole multiple of the interval.</param>
/// <param name="MonotonicMs">When it began, on a clock that is never set: for durations and cadences.</param>
internal readonly record struct Tick(long TimestampMs, long MonotonicMs);

/// <summary>
/// Ticks at whole multiples of the interval by the wall clock, so that they never drift and the ticks of many hosts fall together.
/// Late ticks are skipped, never made up for.
/// </summary>
internal sealed class TickSchedule(TimeSpan interval, TimeProvider clock)
{
    readonly long _intervalMs = (long)interval.TotalMilliseconds;
    long _lastMs = long.MinValue;

    /// <summary>Ticks that were skipped because the one before took too long or the host slept.</summary>
    public long MissedCount { get; private set; }

    /// <summary>Waits for the next tick.</summary>
    public async ValueTask<Tick> NextAsync(CancellationToken stopping)
    {
        while (true)
        {
            var nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
            var tickMs = nowMs - nowMs % _intervalMs;

            // A tick that is a little late is better than none. Past half an interval it would be stamped further from its truth
            // than from the next one's, and every rate over it would be wrong: after a long tick, a suspend or a step of the clock.
            if (tickMs != _lastMs && nowMs - tickMs <= _intervalMs / 2)
                return Begin(tickMs);
            await Task.Delay(TimeSpan.FromMilliseconds(tickMs + _intervalMs - nowMs), clock, stopping);
        }
    }

    Tick Begin(long tickMs)
    {
        if (_lastMs != long.MinValue && tickMs > _lastMs)
            MissedCount += (tickMs - _lastMs) / _intervalMs - 1;
        _lastMs = tickMs;
        return new Tick(tickMs, (long)clock.GetElapsedTime(0).TotalMilliseconds);
    }
}
