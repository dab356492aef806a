namespace Barograph.Server.Live;

/// <summary>
/// What one socket has still to be sent, in order. Control messages and histories wait; of ticks only the newest few are kept:
/// a slow viewer skips ticks and is told so, it never slows the others.
/// </summary>
internal sealed class Outbox(TimeProvider clock)
{
    const int MaxTicks = 4;

    readonly Lock _gate = new(); // guards the queues and the counters
    readonly Queue<Outgoing> _items = new();
    readonly Queue<Outgoing> _ticks = new();
    readonly SemaphoreSlim _arrived = new(0);
    readonly SemaphoreSlim _drained = new(0, 1);
    long _pendingBytes;
    bool _gap;

    /// <summary>Queues a text message.</summary>
    public void Text(byte[] message) => Enqueue(new Outgoing(message, IsText: true));

    /// <summary>Queues a binary message that must not be lost.</summary>
    public void Binary(byte[] message) => Enqueue(new Outgoing(message, IsText: false));

    /// <summary>Queues a tick; the oldest waiting one makes room, and the next to be sent says so.</summary>
    public void Tick(byte[] frame)
    {
        lock (_gate)
        {
            if (_gap)
            {
                LiveFrames.MarkGap(frame);
                _gap = false;
            }

            var item = new Outgoing(frame, IsText: false);
            _ticks.Enqueue(item);
            Add(item);
            if (_ticks.Count > MaxTicks)
            {
                var dropped = _ticks.Dequeue();
                _pendingBytes -= dropped.Message.Length;
                dropped.Dropped = true;
                LiveFrames.MarkGap(_ticks.Peek().Message);
            }
        }

        _arrived.Release();
    }

    /// <summary>Frames were not even queued (paused, or time jumped): the next tick says so.</summary>
    public void MarkGap()
    {
        lock (_gate)
            _gap = true;
    }

    /// <summary>The next message, or null when none came in time.</summary>
    public async ValueTask<Outgoing?> NextAsync(TimeSpan patience, CancellationToken cancel)
    {
        var deadline = clock.GetTimestamp();
        while (true)
        {
            var left = patience - clock.GetElapsedTime(deadline);
            if (!await _arrived.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, cancel))
                return null;
            if (TryTake() is { } item)
                return item;
        }
    }

    /// <summary>Waits until little is queued, so that histories are not piled up for a client that does not read.</summary>
    public async Task WaitUntilBelowAsync(long bytes, CancellationToken cancel)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_pendingBytes <= bytes)
                    return;
            }

            await _drained.WaitAsync(cancel);
        }
    }

    void Enqueue(Outgoing item)
    {
        lock (_gate)
            Add(item);
        _arrived.Release();
    }

    void Add(Outgoing item)
    {
        _items.Enqueue(item);
        _pendingBytes += item.Message.Length;
    }

    Outgoing? TryTake()
    {
        lock (_gate)
        {
            var item = _items.Dequeue(); // one for each release
            if (item.Dropped)
                return null;
            if (_ticks.TryPeek(out var tick) && ReferenceEquals(tick, item))
                _ticks.Dequeue();
            _pendingBytes -= item.Message.Length;
            if (_drained.CurrentCount == 0)
                _drained.Release();
            return item;
        }
    }
}

/// <summary>A message on its way out.</summary>
internal sealed record Outgoing(byte[] Message, bool IsText)
{
    /// <summary>Its place was given to a newer tick.</summary>
    public bool Dropped { get; set; }
}
