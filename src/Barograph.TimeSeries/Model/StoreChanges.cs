namespace Barograph.TimeSeries;

/// <summary>
/// What a cache of answers has to know of a store: since a moment, from which time on may samples have come or gone? Noted after a change
/// can be seen and before who made it is told so. Safe from many threads.
/// </summary>
public sealed class StoreChanges
{
    // Samples come in the order of time, more or less, so that there is an entry for each append. Beyond this many, older ones are
    // taken together, two by two: what is said of them is then a little earlier than it was, never later.
    const int MaxEntries = 2048;

    readonly Lock _gate = new(); // guards the fields below
    readonly List<(long Version, long OldestMs)> _entries = []; // both ascending: an entry stands for all before it that were not older
    long _version;

    /// <summary>The number of the newest change.</summary>
    public long Version
    {
        get
        {
            lock (_gate)
                return _version;
        }
    }

    /// <summary>The oldest time (Unix milliseconds) of which something changed after a version; <see cref="long.MaxValue"/> for none.</summary>
    public long OldestSince(long version)
    {
        lock (_gate)
        {
            var (low, high) = (0, _entries.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (_entries[middle].Version > version)
                    high = middle;
                else
                    low = middle + 1;
            }

            return low == _entries.Count ? long.MaxValue : _entries[low].OldestMs;
        }
    }

    /// <summary>Notes that samples from a time on came or went.</summary>
    public void Note(long oldestMs)
    {
        lock (_gate)
        {
            while (_entries.Count > 0 && _entries[^1].OldestMs >= oldestMs)
                _entries.RemoveAt(_entries.Count - 1);
            _entries.Add((++_version, oldestMs));
            if (_entries.Count > MaxEntries)
                Halve();
        }
    }

    void Halve()
    {
        var kept = 0;
        for (var i = 0; i + 1 < _entries.Count; i += 2)
            _entries[kept++] = (_entries[i + 1].Version, _entries[i].OldestMs);
        if (_entries.Count % 2 == 1)
            _entries[kept++] = _entries[^1];
        _entries.RemoveRange(kept, _entries.Count - kept);
    }
}
