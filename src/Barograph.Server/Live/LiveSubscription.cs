namespace Barograph.Server.Live;

/// <summary>One subscription of one socket. Guarded by its connection.</summary>
internal sealed class LiveSubscription(int id, LiveQuery? query, long lastTickMs)
{
    // A history that takes longer than this many ticks to compute is followed by a gap, which the client asks for again.
    const int MaxHeld = 60;

    readonly List<LiveResult> _held = [];
    bool _historySent;
    int _sentVersion = -1;
    string? _trouble;

    public int Id => id;

    /// <summary>What it watches; null for a window of the past, which gets its history only.</summary>
    public LiveQuery? Query => query;

    /// <summary>The last tick that was queued, or that the history covers.</summary>
    public long LastTickMs { get; private set; } = lastTickMs;

    /// <summary>Counts the series lists that were sent.</summary>
    public int Generation { get; private set; }

    /// <summary>
    /// Takes the query's newest result if it is of this tick and new to this subscription; one that comes before the history is held
    /// back.
    /// </summary>
    public LiveResult? Take(long tickMs)
    {
        if (query?.Latest is not { } result || result.TickMs != tickMs || tickMs <= LastTickMs)
            return null;
        LastTickMs = tickMs;
        if (_historySent)
            return result;
        if (_held.Count < MaxHeld)
            _held.Add(result);
        return null;
    }

    /// <summary>Whether the series of this result have still to be listed; counts up the generation when so.</summary>
    public bool StartsGeneration(LiveResult result)
    {
        if (_sentVersion == result.Version)
            return false;
        _sentVersion = result.Version;
        Generation++;
        return true;
    }

    /// <summary>The generation of the history's own list.</summary>
    public int StartHistory() => ++Generation;

    /// <summary>From now on ticks go out; the held ones first.</summary>
    public IReadOnlyList<LiveResult> FinishHistory()
    {
        _historySent = true;
        return _held;
    }

    /// <summary>The trouble to tell, once each time it changes.</summary>
    public LiveTrouble? NewTrouble()
    {
        var trouble = query?.Trouble;
        if (trouble?.Message == _trouble)
            return null;
        _trouble = trouble?.Message;
        return trouble;
    }
}
