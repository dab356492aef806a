namespace Barograph.Server.Collect;

/// <summary>
/// One walk over the sources of a tick on a pool thread. A source that hangs keeps that thread: the collector then abandons the pass
/// and starts another behind it, so that one dead file system costs its own numbers and no others.
/// </summary>
internal sealed class SourcePass(SourceState[] sources, int first, Tick tick)
{
    readonly Lock _progress = new(); // guards _current and _isAbandoned
    int _current = -1;
    bool _isAbandoned;

    /// <summary>Reads the sources one after the other until the end, or until abandoned.</summary>
    public void Run()
    {
        for (var i = first; i < sources.Length; i++)
        {
            lock (_progress)
            {
                if (_isAbandoned)
                    return;
                _current = i;
            }

            if (!sources[i].TryBegin(tick))
                continue;
            var succeeded = sources[i].Read(tick);
            lock (_progress)
            {
                if (_isAbandoned)
                    return; // too late: the tick is stored without it
                if (succeeded)
                    sources[i].CompletedTimestampMs = tick.TimestampMs;
            }
        }

        lock (_progress)
            _current = sources.Length;
    }

    /// <summary>Leaves the pass to itself.</summary>
    /// <returns>The source in which it hangs, or null when it has not even begun (the pool is busy) or has just ended.</returns>
    public int? Abandon()
    {
        lock (_progress)
        {
            if (_current < 0 || _current == sources.Length)
                return null;
            _isAbandoned = true;
            return _current;
        }
    }

    /// <summary>Reads all sources, going round those that hang.</summary>
    /// <param name="sources">In the order of reading.</param>
    /// <param name="tick">The moment.</param>
    /// <param name="patience">How long one pass may take.</param>
    /// <param name="clock">For the patience.</param>
    public static async Task ReadAllAsync(SourceState[] sources, Tick tick, TimeSpan patience, TimeProvider clock)
    {
        for (var next = 0; next < sources.Length;)
        {
            var pass = new SourcePass(sources, next, tick);
            var run = Task.Run(pass.Run);
            int? hanging = null;
            while (!run.IsCompleted && hanging is null)
            {
                await ((Task)run.WaitAsync(patience, clock)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!run.IsCompleted)
                    hanging = pass.Abandon();
            }

            if (hanging is not { } index)
                return;
            sources[index].GiveUp(tick);
            next = index + 1;
        }
    }
}
