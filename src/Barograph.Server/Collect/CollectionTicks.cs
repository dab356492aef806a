namespace Barograph.Server.Collect;

/// <summary>Tells who reads the newest samples when those of a tick are in the store.</summary>
public sealed class CollectionTicks(TimeSpan? interval, TimeProvider clock)
{
    TaskCompletionSource _next = NewSource();
    long _lastCompletedMs = long.MinValue;

    /// <summary>The distance of ticks; null when the host is not collected.</summary>
    public TimeSpan? Interval => interval;

    /// <summary>
    /// The tick that was finished last, Unix milliseconds, a whole multiple of the interval; <see cref="long.MinValue"/> before the
    /// first. Finished means stored, or refused by the store: nothing more will come for it. It goes back when the host's clock does.
    /// </summary>
    public long LastCompletedMs => Volatile.Read(ref _lastCompletedMs);

    /// <summary>Waits until a tick, or one after it, is finished.</summary>
    /// <param name="timestampMs">The tick, Unix milliseconds.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancel">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <returns>False when the time ran out first.</returns>
    public ValueTask<bool> WaitForAsync(long timestampMs, TimeSpan timeout, CancellationToken cancel) =>
        LastCompletedMs >= timestampMs ? new ValueTask<bool>(true) : WaitAsync(timestampMs, timeout, cancel);

    internal void Publish(long timestampMs)
    {
        // The time before the signal: who wakes up by it must see it.
        Volatile.Write(ref _lastCompletedMs, timestampMs);
        Interlocked.Exchange(ref _next, NewSource()).TrySetResult();
    }

    async ValueTask<bool> WaitAsync(long timestampMs, TimeSpan timeout, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            // The signal before the time: a tick that is published in between completes the very task we wait for.
            var next = Volatile.Read(ref _next).Task;
            if (LastCompletedMs >= timestampMs)
                return true;
            var left = timeout - clock.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
                return false;
            var wait = next.WaitAsync(left, clock, cancel);
            await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancel.ThrowIfCancellationRequested();
            if (wait.IsFaulted)
                return LastCompletedMs >= timestampMs;
        }
    }

    static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
