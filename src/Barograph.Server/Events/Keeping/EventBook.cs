using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>What is in the log: its segments with their times, types and ids. Written by the log's thread, read by any.</summary>
internal sealed class EventBook(RecordLog log) : IDisposable
{
    /// <summary>What the filters of all sealed segments may take; beyond it the oldest go, and look-ups there read the disk.</summary>
    const long FilterBytesMax = 64 << 20;

    const string IdsExtension = ".ids";

    readonly Lock _gate = new(); // guards everything below
    readonly List<EventSegment> _segments = []; // ascending
    readonly Dictionary<string, TypeCount> _types = new(StringComparer.Ordinal);

    /// <summary>Learns what is in the log when it is opened.</summary>
    public void Open()
    {
        foreach (var segment in log.Segments)
        {
            var path = log.BesideSegment(segment.Number, IdsExtension);
            var known = EventSegment.Load(segment.Number, path);
            if (known is null)
            {
                known = ReadAgain(segment.Number);
                known.Seal(path);
            }

            _segments.Add(known);
            foreach (var (type, count) in known.Types)
                _types[type] = _types.GetValueOrDefault(type).Plus(count);
        }

        LimitFilters();
    }

    /// <summary>Finds an event by the hash of its id, the newest segment first.</summary>
    public bool TryFind(ulong idHash, out RecordPlace place, out IdEntry entry)
    {
        lock (_gate)
        {
            for (var i = _segments.Count - 1; i >= 0; i--)
            {
                if (_segments[i].TryFind(idHash, out entry))
                {
                    place = new RecordPlace(_segments[i].Number, entry.Offset);
                    return true;
                }
            }
        }

        (place, entry) = (default, default);
        return false;
    }

    /// <summary>Notes the events of a record that is on disk.</summary>
    public void Add(RecordPlace place, ReadOnlySpan<EventRecord> events)
    {
        lock (_gate)
        {
            if (_segments.Count == 0 || _segments[^1].Number != place.Segment)
                Begin(place.Segment);
            for (var i = 0; i < events.Length; i++)
            {
                var one = events[i];
                _segments[^1].Add(one.Type, one.TimeMs, new IdEntry(one.IdHash, one.ContentHash, place.OffsetBytes, i));
                _types[one.Type] = _types.GetValueOrDefault(one.Type).Plus(new TypeCount(1, one.TimeMs));
            }
        }
    }

    /// <summary>How many events there are of each type.</summary>
    public Dictionary<string, TypeCount> Types()
    {
        lock (_gate)
            return new Dictionary<string, TypeCount>(_types, StringComparer.Ordinal);
    }

    /// <summary>Whether a type is known already, or there is room for another.</summary>
    public bool HasRoomFor(string type, int typesMax)
    {
        lock (_gate)
            return _types.ContainsKey(type) || _types.Count < typesMax + EventTypes.All.Count;
    }

    /// <summary>The segments that may hold events of a time, the newest first: number, earliest, latest.</summary>
    public List<(long Number, long MinMs, long MaxMs)> Segments(TimeRange range)
    {
        lock (_gate)
        {
            return [.. _segments.Where(segment => segment.Count > 0 && segment.MinMs < range.EndMs && segment.MaxMs >= range.StartMs)
                .Reverse().Select(static segment => (segment.Number, segment.MinMs, segment.MaxMs))];
        }
    }

    /// <summary>Deletes the segments whose events are all too old, and the oldest ones while there is too much. Never the one that is written, nor what follows a place.</summary>
    public void Forget(long oldestMs, long sizeBytesMax, long keepFromSegment)
    {
        while (true)
        {
            EventSegment oldest;
            lock (_gate)
            {
                if (_segments.Count < 2 || _segments[0].Number >= keepFromSegment || (_segments[0].MaxMs >= oldestMs && log.SizeBytes <= sizeBytesMax))
                    return;
                oldest = _segments[0];
                _segments.RemoveAt(0);
                foreach (var (type, count) in oldest.Types)
                {
                    var left = _types[type].Count - count.Count;
                    if (left > 0)
                        _types[type] = _types[type] with { Count = left };
                    else
                        _types.Remove(type);
                }
            }

            log.Delete(oldest.Number);
            oldest.Dispose();
            File.Delete(log.BesideSegment(oldest.Number, IdsExtension));
        }
    }

    public void Dispose()
    {
        foreach (var segment in _segments)
            segment.Dispose();
    }

    void Begin(long number)
    {
        var kept = log.Segments.Select(static segment => segment.Number).ToHashSet();
        foreach (var segment in _segments.Where(segment => kept.Contains(segment.Number)))
        {
            try
            {
                segment.SealOnce(log.BesideSegment(segment.Number, IdsExtension));
            }
            catch (Exception full) when (full is IOException or UnauthorizedAccessException)
            {
                break; // the ids stay in memory until the next segment begins
            }
        }

        _segments.Add(new EventSegment(number));
        LimitFilters();
    }

    void LimitFilters()
    {
        long bytes = 0;
        for (var i = _segments.Count - 1; i >= 0; i--)
        {
            bytes += _segments[i].FilterBytes;
            if (bytes > FilterBytesMax)
                _segments[i].DropFilter();
        }
    }

    EventSegment ReadAgain(long number)
    {
        var segment = new EventSegment(number);
        log.Read(new RecordPlace(number, 0), (place, record) =>
        {
            var entries = EventBlock.Decode(record);
            for (var i = 0; i < entries.Length; i++)
            {
                var entry = entries[i];
                segment.Add(TypeOf(entry), entry.TimeMs, new IdEntry(entry.IdHash, entry.ContentHash, place.OffsetBytes, i));
            }

            return true;
        });
        return segment;
    }

    static string TypeOf(BlockEntry entry) => NamePool.Get(entry.RestoreOrStandIn().Type);
}
