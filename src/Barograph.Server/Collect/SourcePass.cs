namespace Barograph.Server.Collect;

/// <summary>
/// One walk over the sources of a tick on a pool thread. A source that hangs keeps that thread: another pass then goes on behind it, so
/// that one dead file system costs its own numbers and no others.
/// </summary>
internal sealed class SourcePass(SourceState[] sources, int first, Tick tick)
{
    readonly Lock _progress = new(); // guards all below
    int _current = -1;
    bool _isOvertaken; // another pass has the sources behind the current one
    bool _isClosed; // the tick is being stored

    /// <summary>The source that it is in; -1 before it has begun (the pool is busy), their number when it has ended.</summary>
    int Current
    {
        get
        {
            lock (_progress)
                return _current;
        }
    }

    /// <summary>Reads the sources one after the other until the end, or until overtaken.</summary>
    void Run()
    {
        for (var i = first; i < sources.Length; i++)
        {
            lock (_progress)
            {
                if (_isOvertaken)
                    break;
                _current = i;
            }

            if (!sources[i].TryBegin(tick))
                continue;
            var succeeded = sources[i].Read(tick);
            lock (_progress)
            {
                if (_isClosed)
                    return; // too late: the tick is stored without it
                sources[i].AnsweredInTime();
                if (succeeded)
                    sources[i].CompletedTimestampMs = tick.TimestampMs;
            }
        }

        lock (_progress)
            _current = sources.Length;
    }

    /// <summary>Lets another pass go on behind the current source, which may still answer until <see cref="Close"/>.</summary>
    /// <returns>The source that it is in, or null when it is in none.</returns>
    int? Overtake()
    {
        lock (_progress)
        {
            if (_current < 0 || _current == sources.Length)
                return null;
            _isOvertaken = true;
            return _current;
        }
    }

    /// <summary>Takes no answer any more.</summary>
    /// <returns>The source that has not answered, or null.</returns>
    int? Close()
    {
        lock (_progress)
        {
            _isClosed = true;
            return _current == sources.Length ? null : _current;
        }
    }

    /// <summary>Reads all sources, going round those that hang.</summary>
    /// <remarks>
    /// On a busy machine everything is slow and nothing hangs, so it is not the time that counts but whether anything moves: a source is
    /// gone round when it was the same one at two looks, and has time to answer as long as the others are read, and a look more.
    /// </remarks>
    /// <param name="sources">In the order of reading.</param>
    /// <param name="tick">The moment.</param>
    /// <param name="look">How long to wait from look to look.</param>
    /// <param name="clock">For the waits.</param>
    public static async Task ReadAllAsync(SourceState[] sources, Tick tick, TimeSpan look, TimeProvider clock)
    {
        List<(SourcePass Pass, Task Run)> slow = [];
        for (int? next = 0; next is { } first && first < sources.Length;)
        {
            var pass = new SourcePass(sources, first, tick);
            var run = Task.Run(pass.Run);
            next = await WatchAsync(pass, run, look, clock) + 1;
            if (next is not null)
                slow.Add((pass, run));
        }

        if (slow.Count == 0)
            return;
        await Task.WhenAll(slow.Select(static one => one.Run)).WaitAsync(look, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var (pass, _) in slow)
        {
            if (pass.Close() is { } silent)
                sources[silent].GiveUp(tick);
        }
    }

    /// <returns>The source in which the pass does not move, or null when the pass has ended.</returns>
    static async Task<int?> WatchAsync(SourcePass pass, Task run, TimeSpan look, TimeProvider clock)
    {
        for (var seen = -1; ; seen = pass.Current)
        {
            await run.WaitAsync(look, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (run.IsCompleted)
                return null;
            if (pass.Current == seen && pass.Overtake() is { } silent)
                return silent;
        }
    }
}
