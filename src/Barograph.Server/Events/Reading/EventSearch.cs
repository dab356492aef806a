using System.Text;
using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>Which events are asked for.</summary>
internal sealed record EventFilter
{
    public TimeRange Range { get; init; } = TimeRange.All;

    /// <summary>Types, or beginnings of types that end in <c>*</c>; none for all.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>Fields and the value that they must have; "" for a field that must be missing.</summary>
    public IReadOnlyList<(string Path, string Value)> Where { get; init; } = [];

    /// <summary>A text that must be somewhere in the event, or "".</summary>
    public string Text { get; init; } = "";
}

/// <summary>Where a page of results ended: what comes next is older, or as old and lies before.</summary>
internal readonly record struct EventCursor(long TimeMs, RecordPlace Place, int Ordinal)
{
    /// <summary>By time, then by the order of arrival.</summary>
    public static readonly IComparer<EventCursor> Order = Comparer<EventCursor>.Create(static (left, right) =>
        (left.TimeMs, left.Place.Segment, left.Place.OffsetBytes, left.Ordinal).CompareTo((right.TimeMs, right.Place.Segment, right.Place.OffsetBytes, right.Ordinal)));

    public override string ToString() => $"{TimeMs:x}-{Place.Segment:x}-{Place.OffsetBytes:x}-{Ordinal:x}";

    public static bool TryParse(string text, out EventCursor cursor)
    {
        cursor = default;
        var parts = text.Split('-');
        Span<long> numbers = stackalloc long[4];
        if (parts.Length != 4)
            return false;
        for (var i = 0; i < 4; i++)
        {
            if (!long.TryParse(parts[i], System.Globalization.NumberStyles.AllowHexSpecifier, null, out numbers[i]))
                return false;
        }

        cursor = new EventCursor(numbers[0], new RecordPlace(numbers[1], numbers[2]), (int)numbers[3]);
        return true;
    }
}

/// <summary>Reads events out of the log.</summary>
internal sealed class EventSearch(EventLog log)
{
    /// <summary>How many events one request reads at most.</summary>
    public const int ReadMax = 5_000_000;

    /// <summary>Hands over every event that passes, segment by segment; false from <paramref name="take"/> ends it.</summary>
    /// <returns>Whether everything was read.</returns>
    public bool Scan(EventFilter filter, bool newestSegmentFirst, Func<EventRecord, EventCursor, bool> take, CancellationToken stop = default)
    {
        var segments = log.Book.Segments(filter.Range);
        if (!newestSegmentFirst)
            segments.Reverse();
        var left = ReadMax;
        var wanted = new WantedEvents(filter);
        foreach (var (number, _, _) in segments)
        {
            if (!Scan(number, wanted, take, ref left, stop))
                return left > 0;
        }

        return true;
    }

    /// <summary>The newest events that pass and come before a cursor, in descending time.</summary>
    public (List<EventRecord> Events, EventCursor? Next) Page(EventFilter filter, EventCursor? before, int limit, CancellationToken stop)
    {
        var best = new PriorityQueue<EventRecord, EventCursor>(EventCursor.Order);
        var wanted = new WantedEvents(before is { } limitTo && limitTo.TimeMs < long.MaxValue
            ? filter with { Range = filter.Range with { EndMs = Math.Min(filter.Range.EndMs, limitTo.TimeMs + 1) } }
            : filter);
        var left = ReadMax;
        // By the latest event in a segment, so that the search can end as soon as no other can have a later one than the worst that is kept.
        foreach (var (number, _, maxMs) in log.Book.Segments(wanted.Filter.Range).OrderByDescending(static segment => segment.MaxMs))
        {
            if (best.Count > limit && best.TryPeek(out _, out var worst) && worst.TimeMs > maxMs)
                break;
            Scan(number, wanted, (one, at) =>
            {
                if (before is { } end && EventCursor.Order.Compare(at, end) >= 0)
                    return true;
                best.Enqueue(one, at);
                if (best.Count > limit + 1)
                    best.Dequeue();
                return true;
            }, ref left, stop);
        }

        return Sorted(best, limit);
    }

    /// <summary>One event by its id, or null.</summary>
    public EventRecord? Find(string id)
    {
        if (log.Book.TryFind(StableHash.Of(id) | 1, out var place, out var entry)
            && log.Records.TryRead(place) is { } record && EventBlock.Decode(record) is var entries && entry.Ordinal < entries.Length
            && entries[entry.Ordinal].Restore() is var found && found.Id == id)
            return found;
        if (!OurId.TryRead(id, out var timeMs))
            return null;
        EventRecord? ours = null;
        Scan(new EventFilter { Range = new TimeRange(timeMs, timeMs + 1) }, newestSegmentFirst: true, (one, _) =>
        {
            ours = one.Id == id ? one : null;
            return ours is null;
        });
        return ours;
    }

    static (List<EventRecord>, EventCursor?) Sorted(PriorityQueue<EventRecord, EventCursor> best, int limit)
    {
        var sorted = new List<(EventRecord Event, EventCursor At)>(best.Count);
        while (best.TryDequeue(out var one, out var at))
            sorted.Add((one, at));
        sorted.Reverse();
        EventCursor? next = sorted.Count > limit ? sorted[limit - 1].At : null;
        return ([.. sorted.Take(limit).Select(static one => one.Event)], next);
    }

    bool Scan(long segment, WantedEvents wanted, Func<EventRecord, EventCursor, bool> take, ref int left, CancellationToken stop)
    {
        var remaining = left;
        var goesOn = true;
        log.Records.Read(new RecordPlace(segment, 0), (place, record) =>
        {
            stop.ThrowIfCancellationRequested();
            if (!EventBlock.TryReadHead(record, out var head) || !wanted.MayBeIn(head))
                return true;
            var entries = EventBlock.Decode(record);
            for (var i = 0; i < entries.Length; i++)
            {
                if (wanted.Filter.Range.Contains(entries[i].TimeMs) && wanted.MayBe(entries[i]) && entries[i].Restore() is var one && wanted.Is(one))
                    goesOn = take(one, new EventCursor(one.TimeMs, place, i)) && --remaining > 0;
                if (!goesOn)
                    return false;
            }

            return true;
        });
        left = remaining;
        return goesOn;
    }
}

/// <summary>A filter made ready for reading: what can be told from a block's head, from an entry, and only from the event.</summary>
internal sealed class WantedEvents
{
    readonly ulong _mask;
    readonly HashSet<uint>? _typeHashes;

    public WantedEvents(EventFilter filter)
    {
        Filter = filter;
        if (filter.Types.Count == 0 || filter.Types.Any(static type => type.EndsWith('*')))
            return;
        _typeHashes = [.. filter.Types.Select(EventBlock.TypeHash)];
        _mask = filter.Types.Aggregate(0UL, static (mask, type) => mask | EventBlock.MaskOf(type));
    }

    public EventFilter Filter { get; }

    public bool MayBeIn(BlockHead head) =>
        head.MinMs < Filter.Range.EndMs && head.MaxMs >= Filter.Range.StartMs && (_typeHashes is null || (head.TypeMask & _mask) != 0);

    public bool MayBe(BlockEntry entry) => _typeHashes is null || _typeHashes.Contains(entry.TypeHash);

    public bool Is(EventRecord one)
    {
        if (Filter.Types.Count > 0 && !Filter.Types.Any(type => type.EndsWith('*') ? one.Type.StartsWith(type[..^1], StringComparison.Ordinal) : one.Type == type))
            return false;
        foreach (var (path, value) in Filter.Where)
        {
            if (one.Text(path) != value)
                return false;
        }

        return Filter.Text.Length == 0 || Encoding.UTF8.GetString(one.Json.Span).Contains(Filter.Text, StringComparison.OrdinalIgnoreCase);
    }
}
