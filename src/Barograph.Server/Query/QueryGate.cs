namespace Barograph.Server.Query;

/// <summary>
/// How many queries compute at once. One that finds no room waits a little, and is then told to come back: many queries that
/// each get a sliver of a core all end in their timeouts.
/// </summary>
internal sealed class QueryGate : IDisposable
{
    /// <summary>How long one waits for its turn.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>How many may wait: 100 viewers with ten panels each, who all refresh at once.</summary>
    public const int MaxWaiting = 1000;

    readonly SemaphoreSlim _turns;
    readonly TimeSpan _longestWait;
    readonly int _concurrency;
    int _waiting;

    public QueryGate(int concurrency)
        : this(concurrency, LongestWait)
    {
    }

    internal QueryGate(int concurrency, TimeSpan longestWait)
    {
        (_concurrency, _longestWait) = (concurrency, longestWait);
        _turns = new SemaphoreSlim(concurrency);

        // Queries compute on the pool's threads. The pool adds threads beyond its minimum slowly; writers and viewers must
        // have theirs at once while every query that is let in holds one.
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, concurrency + Environment.ProcessorCount), completions);
    }

    /// <summary>How many wait now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>How many have a turn now.</summary>
    public int Computing => _concurrency - _turns.CurrentCount;

    /// <summary>Waits for a turn; disposing it ends it.</summary>
    /// <exception cref="ApiErrorException">There are too many others.</exception>
    public async ValueTask<Turn> EnterAsync(CancellationToken hungUp)
    {
        if (_turns.Wait(0, hungUp))
            return new Turn(_turns);
        try
        {
            if (Interlocked.Increment(ref _waiting) > MaxWaiting)
                throw new ApiErrorException(ApiError.Overloaded($"{MaxWaiting} queries are waiting, which is the limit; ask again"));
            if (!await _turns.WaitAsync(_longestWait, hungUp))
            {
                throw new ApiErrorException(ApiError.Overloaded(
                    $"the query waited {_longestWait.TotalSeconds:0.###} s for one of {_concurrency} turns; ask again, or raise query-concurrency"));
            }

            return new Turn(_turns);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public void Dispose() => _turns.Dispose();

    /// <summary>Room for one query.</summary>
    internal sealed class Turn(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release();
    }
}
