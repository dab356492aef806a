using Barograph.PromQL;
using Barograph.Server.Collect;
using Barograph.Server.Processes;
using Barograph.Server.Storage;
using Barograph.TimeSeries;

namespace Barograph.Server.Live;

/// <summary>
/// The beat of the live stream: once a second it evaluates every distinct query that anyone watches and hands the results to
/// the sockets. Asleep while nobody watches. When this host is measured at that second, it waits for the measurement first.
/// </summary>
internal sealed class LiveTicker(OpenedStore opened, CollectionTicks collection, TimeProvider clock, Workers workers, ILogger<LiveTicker> log)
    : SupervisedService(Worker, workers)
{
    /// <summary>The beat among the workers.</summary>
    const string Worker = "live-ticker";

    /// <summary>The evaluations among the workers.</summary>
    public const string Queries = "live-queries";

    /// <summary>Distance of ticks.</summary>
    public const long TickMs = 1000;

    /// <summary>How many sockets may be open at once.</summary>
    public const int MaxConnections = 2000;

    // A measurement that is later than this is seen one tick later instead of delaying everyone.
    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    // What takes longer is evaluated beside the beat, so that it delays nobody but its own watchers.
    static readonly TimeSpan SlowQuery = TimeSpan.FromMilliseconds(30);

    // The samples of queries with longer steps are read anew each time.
    const long KeptStepMs = 60_000;

    // Further off than this, the clock was set or the machine slept: start anew rather than catch up.
    const long JumpMs = 5000;

    readonly Lock _gate = new(); // guards the fields below
    readonly Dictionary<((string Text, long LookbackMs) Expression, long StepMs), LiveQuery> _queries = [];
    readonly HashSet<LiveConnection> _connections = [];
    readonly SemaphoreSlim _wanted = new(0);
    long _lastTickMs;
    bool _beating;

    /// <summary>Since when the server runs, Unix milliseconds.</summary>
    public long StartedMs { get; } = clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Whether another socket may be opened.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_gate)
                return _connections.Count < MaxConnections;
        }
    }

    /// <summary>Begins to send to a socket.</summary>
    public void Add(LiveConnection connection)
    {
        lock (_gate)
        {
            _connections.Add(connection);
            if (_beating)
                return;
            _beating = true;
            _lastTickMs = SettledMs();
        }

        _wanted.Release();
    }

    /// <summary>Stops sending to a socket and forgets what only it watched.</summary>
    public void Remove(LiveConnection connection, IEnumerable<LiveQuery> watched)
    {
        lock (_gate)
        {
            _connections.Remove(connection);
            foreach (var query in watched)
                Release(query);
        }
    }

    /// <summary>Watches an expression. The first tick it will get is the first multiple of the step after the returned time.</summary>
    public (LiveQuery Query, long LastTickMs) Watch(LiveExpression expression, long stepMs)
    {
        lock (_gate)
        {
            if (!_queries.TryGetValue((expression.Key, stepMs), out var query))
                _queries[(expression.Key, stepMs)] = query = new LiveQuery(expression, stepMs);
            query.Watchers++;
            return (query, _lastTickMs);
        }
    }

    /// <summary>Stops watching.</summary>
    public void Unwatch(LiveQuery query)
    {
        lock (_gate)
            Release(query);
    }

    /// <summary>The last whole second of which everything is measured.</summary>
    public long SettledMs()
    {
        var secondMs = clock.GetUtcNow().ToUnixTimeMilliseconds() / TickMs * TickMs;
        return IsMeasuredAt(secondMs) && collection.LastCompletedMs < secondMs ? secondMs - TickMs : secondMs;
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stopping)
    {
        var store = await opened.Task.WaitAsync(stopping);
        while (true)
        {
            await BeatWhileWantedAsync(store, stopping); // first: after a failure those who watched still do
            await _wanted.WaitAsync(stopping);
        }
    }

    async Task BeatWhileWantedAsync(IMetricStore store, CancellationToken stopping)
    {
        var recent = new MovingSource(store);
        while (StillWanted())
        {
            if (!await BeatAsync(store, recent, stopping))
                recent = new MovingSource(store);
        }
    }

    bool StillWanted()
    {
        lock (_gate)
            return _beating = _connections.Count > 0;
    }

    /// <returns>False when time jumped.</returns>
    async Task<bool> BeatAsync(IMetricStore store, MovingSource recent, CancellationToken stopping)
    {
        var tickMs = _lastTickMs + TickMs;
        var waitMs = tickMs - clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (Math.Abs(waitMs) > JumpMs)
        {
            StartAnew();
            return false;
        }

        if (IsMeasuredAt(tickMs))
            await collection.WaitForAsync(tickMs, TimeSpan.FromMilliseconds(Math.Max(0, waitMs)) + Patience, stopping);
        else if (waitMs > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(waitMs), clock, stopping);

        LiveQuery[] due;
        LiveConnection[] connections;
        lock (_gate)
        {
            _lastTickMs = tickMs;
            due = [.. _queries.Values.Where(query => query.IsDue(tickMs) && !query.Busy)];
            connections = [.. _connections];
        }

        var source = recent.At(tickMs);
        foreach (var query in due)
        {
            // What is read once a minute and reaches back for hours is not worth the memory to keep.
            var reads = query.StepMs > KeptStepMs ? new MetricStoreSource(store) : source;
            if (query.Cost > SlowQuery)
                _ = EvaluateBesideAsync(query, store, reads, tickMs, stopping);
            else
                Evaluate(query, reads, tickMs, stopping);
        }

        Offer(connections, tickMs, store.Status);
        return true;
    }

    /// <summary>Whatever goes wrong at one query is told to those who watch it, and to nobody else.</summary>
    void Evaluate(LiveQuery query, ISeriesSource source, long tickMs, CancellationToken stopping)
    {
        try
        {
            query.Evaluate(source, tickMs, clock, stopping);
        }
#pragma warning disable CA1031 // the edge of one viewer's query
        catch (Exception failure) when (failure is not OperationCanceledException || !stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            query.Fail(LiveTrouble.Of(failure));
            Workers.Survived(Queries, failure);
        }
    }

    void Offer(LiveConnection[] connections, long tickMs, StoreStatus status)
    {
        foreach (var connection in connections)
        {
            try
            {
                connection.Offer(tickMs, status);
            }
#pragma warning disable CA1031 // the edge of one viewer's socket
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Workers.Survived(Worker, failure);
                connection.Abort(); // the viewer connects again, and begins anew
            }
        }
    }

    async Task EvaluateBesideAsync(LiveQuery query, IMetricStore store, ISeriesSource source, long tickMs, CancellationToken stopping)
    {
        lock (_gate)
            query.Busy = true;
        try
        {
            await Task.Run(() => Evaluate(query, source, tickMs, stopping), stopping);
            LiveConnection[] connections;
            lock (_gate)
                connections = [.. _connections];
            Offer(connections, tickMs, store.Status);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The program stops.
        }
#pragma warning disable CA1031 // nobody waits for this
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Workers.Survived(Worker, failure);
        }
        finally
        {
            lock (_gate)
                query.Busy = false;
        }
    }

    void StartAnew()
    {
        lock (_gate)
        {
            LiveLog.ClockJumped(log, clock.GetUtcNow().ToUnixTimeMilliseconds() - _lastTickMs);
            _lastTickMs = SettledMs();
            foreach (var connection in _connections)
                connection.MarkGap();
        }
    }

    void Release(LiveQuery query)
    {
        if (--query.Watchers == 0)
            _queries.Remove((query.Expression.Key, query.StepMs));
    }

    bool IsMeasuredAt(long secondMs) =>
        collection.Interval is { } interval && secondMs % (long)interval.TotalMilliseconds == 0;
}

internal static partial class LiveLog
{
    [LoggerMessage(LogLevel.Information, "The clock moved by {JumpMs} ms; live viewers were told to ask for the gap.")]
    public static partial void ClockJumped(ILogger logger, long jumpMs);

    [LoggerMessage(LogLevel.Information, "A live viewer took nothing for {Seconds} s and was disconnected.")]
    public static partial void SlowViewer(ILogger logger, double seconds);
}
