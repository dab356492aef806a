namespace Barograph.Client;

/// <summary>
/// The events that wait to be sent, each as its JSON. Bounded by count and by bytes: when it is full the oldest go, since what happens now says more
/// about an application than what happened while nobody could be told.
/// </summary>
internal sealed class EventBuffer(int countMax, long bytesMax)
{
    readonly Lock _lock = new(); // guards all below
    readonly Queue<byte[]> _events = new();
    long _bytes;
    long _added;
    bool _closed;

    /// <summary>How many there are now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _events.Count;
        }
    }

    /// <summary>How many were ever added.</summary>
    public long Added
    {
        get
        {
            lock (_lock)
                return _added;
        }
    }

    /// <summary>How many were ever taken or dropped: the place of the oldest one that waits.</summary>
    public long Removed
    {
        get
        {
            lock (_lock)
                return _added - _events.Count;
        }
    }

    /// <summary>Adds one unless the buffer is closed; says how many wait now and how many had to go for it.</summary>
    public bool TryAdd(byte[] json, out int count, out int dropped)
    {
        lock (_lock)
        {
            dropped = 0;
            count = _events.Count;
            if (_closed)
                return false;
            while (_events.Count > 0 && (_events.Count >= countMax || _bytes + json.Length > bytesMax))
            {
                _bytes -= _events.Dequeue().Length;
                dropped++;
            }

            _events.Enqueue(json);
            _bytes += json.Length;
            _added++;
            count = _events.Count;
            return true;
        }
    }

    /// <summary>Takes nothing more, and gives up what waits; says how many that were.</summary>
    public int Close()
    {
        lock (_lock)
        {
            var left = _events.Count;
            _events.Clear();
            _bytes = 0;
            _closed = true;
            return left;
        }
    }

    /// <summary>Moves the oldest ones into a batch: at least one if there is one, at most so many and so many bytes.</summary>
    public void Take(List<byte[]> batch, int batchCountMax, long batchBytesMax)
    {
        lock (_lock)
        {
            long bytes = 0;
            while (batch.Count < batchCountMax && _events.TryPeek(out var next) && (batch.Count == 0 || bytes + next.Length <= batchBytesMax))
            {
                bytes += next.Length;
                _bytes -= next.Length;
                batch.Add(_events.Dequeue());
            }
        }
    }
}
