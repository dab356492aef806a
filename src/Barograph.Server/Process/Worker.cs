namespace Barograph.Server.Processes;

/// <summary>What a worker does now.</summary>
internal enum WorkerState
{
    /// <summary>It works, or has never failed in a way that ended its work.</summary>
    Running,

    /// <summary>It failed and waits for its next try.</summary>
    Waiting,

    /// <summary>Its work is done, or it was told to stop.</summary>
    Ended,
}

/// <summary>What is known of one worker.</summary>
internal sealed class Worker(string name)
{
    // A message with a time or an address in it makes each failure another one: the log must not grow with them.
    const int ToldMax = 50;

    readonly Lock _gate = new(); // guards all below
    readonly HashSet<(Type, string)> _told = [];
    WorkerState _state;
    long _failures;
    (string Text, DateTimeOffset At)? _last;

    public string Name => name;

    public bool IsVital { get; set; }

    public WorkerState State
    {
        get
        {
            lock (_gate)
                return _state;
        }

        set
        {
            lock (_gate)
                _state = value;
        }
    }

    public WorkerStatus Status
    {
        get
        {
            lock (_gate)
                return new WorkerStatus(name, _state.ToString().ToLowerInvariant(), _failures, _last?.Text, _last?.At);
        }
    }

    /// <summary>Why the server is not ready, or null.</summary>
    public string? Obstacle => IsVital && Status is { State: "waiting" } now ? $"{name} failed and is tried again: {now.LastFailure}" : null;

    /// <summary>Counts a failure.</summary>
    /// <returns>Whether it is one that was not told yet.</returns>
    public bool Note(Exception failure, DateTimeOffset now)
    {
        lock (_gate)
        {
            _failures++;
            _last = ($"{failure.GetType().Name}: {failure.Message}", now);
            return _told.Count < ToldMax && _told.Add((failure.GetType(), failure.Message));
        }
    }
}
