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

    /// <summary>A field of the event itself, not of an object in it, that must be there, or "".</summary>
    public string Has { get; init; } = "";

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
    /// <summary>How many events of the asked types and time one request looks at, at most.</summary>
    public const int ReadMax = 5_000_000;

    /// <summary>
    /// Hands over every event that passes, segment by segment; false from <paramref name="take"/> ends it. The JSON of an event is valid during the call only, all else
    /// of it for ever.
    /// </summary>
    /// <returns>Whether everything was read.</returns>
    public bool Scan(EventFilter filter, bool newestSegmentFirst, Func<EventRecord, EventCursor, bool> take, CancellationToken stop = default)
    {
        var segments = log.Book.Segments(filter.Range);
        if (!newestSegmentFirst)
            segments.Reverse();
        var left = ReadMax;
        var wanted = Wanted(filter);
        foreach (var (number, _, _) in segments)
        {
            if (!Scan(number, wanted, take, ref left, stop))
                return left > 0;
        }

        return true;
    }

    /// <summary>
    /// The newest events that pass and come before a cursor, in descending time, where the next page begins, and whether everything was read that could have been among
    /// them.
    /// </summary>
    public (List<EventRecord> Events, EventCursor? Next, bool IsWhole) Page(EventFilter filter, EventCursor? before, int limit, CancellationToken stop)
    {
        var best = new NewestEvents(before, limit + 1);
        var wanted = Wanted(before is { } limitTo && limitTo.TimeMs < long.MaxValue
            ? filter with { Range = filter.Range with { EndMs = Math.Min(filter.Range.EndMs, limitTo.TimeMs + 1) } }
            : filter);
        var left = ReadMax;
        // Segments, and blocks in them, by their latest event: the search ends as soon as none that is left can have a later one than the worst that is kept.
        foreach (var (number, _, maxMs) in log.Book.Segments(wanted.Filter.Range).OrderByDescending(static segment => segment.MaxMs))
        {
            if (best.IsBefore(maxMs))
                break;
            Page(number, wanted, best, ref left, stop);
        }

        var (found, next) = best.Sorted(limit);
        return (found, next, left > 0);
    }

    /// <summary>One event by its id, or null.</summary>
    public EventRecord? Find(string id, CancellationToken stop)
    {
        if (log.Book.TryFind(StableHash.Of(id) | 1, out var place, out var entry)
            && log.Records.TryRead(place) is { } record && EventBlock.Decode(record) is var entries && entry.Ordinal < entries.Length
            && entries[entry.Ordinal].RestoreOrStandIn() is var found && found.Id == id)
            return found;
        if (!OurId.TryRead(id, out var timeMs))
            return null;
        var (ours, _, _) = Page(new EventFilter { Range = new TimeRange(timeMs, timeMs + 1), Where = [("id", id)] }, null, 1, stop);
        return ours is [var one, ..] ? one : null;
    }

    WantedEvents Wanted(EventFilter filter) => new(filter, log.Book.Types().Keys);

    bool Scan(long segment, WantedEvents wanted, Func<EventRecord, EventCursor, bool> take, ref int left, CancellationToken stop)
    {
        var remaining = left;
        var goesOn = true;
        byte[] room = [];
        log.Records.Read(new RecordPlace(segment, 0), (place, record) =>
        {
            stop.ThrowIfCancellationRequested();
            if (!EventBlock.TryReadHead(record, out var head) || !wanted.MayBeIn(head))
                return true;
            var entries = EventBlock.Decode(record, ref room);
            for (var i = 0; i < entries.Length && goesOn; i++)
            {
                if (!wanted.IsOfTypeAndTime(entries[i]))
                    continue;
                goesOn = --remaining > 0;
                if (wanted.MayBe(entries[i]) && entries[i].RestoreOrStandIn() is var one && wanted.Is(one))
                    goesOn &= take(one, new EventCursor(one.TimeMs, place, i));
            }

            return goesOn;
        });
        left = remaining;
        return goesOn;
    }

    void Page(long segment, WantedEvents wanted, NewestEvents best, ref int left, CancellationToken stop)
    {
        var blocks = new List<(RecordPlace Place, long MaxMs, byte[] Record)>(); // together at most as large as a segment
        log.Records.Read(new RecordPlace(segment, 0), (place, record) =>
        {
            if (EventBlock.TryReadHead(record, out var head) && wanted.MayBeIn(head) && !best.IsBefore(head.MaxMs))
                blocks.Add((place, head.MaxMs, record.ToArray()));
            return !stop.IsCancellationRequested;
        });
        stop.ThrowIfCancellationRequested(); // what was not read must not look like what is not there
        blocks.Sort(static (left, right) => right.MaxMs.CompareTo(left.MaxMs));
        foreach (var (place, maxMs, record) in blocks)
        {
            stop.ThrowIfCancellationRequested();
            if (best.IsBefore(maxMs) || left <= 0)
                return;
            var entries = EventBlock.Decode(record);
            for (var i = 0; i < entries.Length; i++)
            {
                if (!wanted.IsOfTypeAndTime(entries[i]))
                    continue;
                left--;
                var at = new EventCursor(entries[i].TimeMs, place, i);
                if (best.HasRoomFor(at) && wanted.MayBe(entries[i]) && entries[i].RestoreOrStandIn() is var one && wanted.Is(one))
                    best.Add(one, at);
            }
        }
    }
}

/// <summary>The newest events of all that were seen, at most so many, and none that lies at or behind a cursor.</summary>
internal sealed class NewestEvents(EventCursor? before, int most)
{
    readonly PriorityQueue<EventRecord, EventCursor> _kept = new(EventCursor.Order); // the oldest first

    /// <summary>Whether all that is kept is later than a time, and nothing more fits.</summary>
    public bool IsBefore(long timeMs) => _kept.Count == most && _kept.TryPeek(out _, out var worst) && worst.TimeMs > timeMs;

    public bool HasRoomFor(EventCursor at) =>
        (before is not { } end || EventCursor.Order.Compare(at, end) < 0)
        && (_kept.Count < most || (_kept.TryPeek(out _, out var worst) && EventCursor.Order.Compare(at, worst) > 0));

    public void Add(EventRecord one, EventCursor at)
    {
        if (_kept.Count == most)
            _kept.Dequeue();
        _kept.Enqueue(one, at);
    }

    /// <summary>The newest first; where the page after them begins when there are more than a limit.</summary>
    public (List<EventRecord> Events, EventCursor? Next) Sorted(int limit)
    {
        var sorted = new List<(EventRecord Event, EventCursor At)>(_kept.Count);
        while (_kept.TryDequeue(out var one, out var at))
            sorted.Add((one, at));
        sorted.Reverse();
        EventCursor? next = sorted.Count > limit ? sorted[limit - 1].At : null;
        return ([.. sorted.Take(limit).Select(static one => one.Event)], next);
    }
}

/// <summary>A filter made ready for reading: what can be told from a block's head, from an entry, from its bytes, and only from the event.</summary>
internal sealed class WantedEvents
{
    readonly ulong _mask;
    readonly HashSet<uint>? _typeHashes;
    readonly byte[]? _asciiText;
    readonly byte[][] _values;

    /// <param name="filter">What is asked for.</param>
    /// <param name="types">All types that there are.</param>
    public WantedEvents(EventFilter filter, IEnumerable<string> types)
    {
        Filter = filter;
        _asciiText = filter.Text.Length > 0 && Ascii.IsValid(filter.Text) ? Encoding.ASCII.GetBytes(filter.Text) : null;
        // A number may be written in many ways; any other value is there as it is, unless there is an escape.
        _values = [.. filter.Where.Select(static where => where.Value).Where(static value => value.Length > 0 && !double.TryParse(value, out _))
            .Concat(filter.Has.Length > 0 ? [$"\"{filter.Has}\":"] : []).Select(Encoding.UTF8.GetBytes)];
        if (filter.Types.Count == 0)
            return;
        var wanted = types.Where(IsOfTypes).ToList();
        _typeHashes = [.. wanted.Select(EventBlock.TypeHash)];
        _mask = wanted.Aggregate(0UL, static (mask, type) => mask | EventBlock.MaskOf(type));
    }

    public EventFilter Filter { get; }

    public bool MayBeIn(BlockHead head) =>
        head.MinMs < Filter.Range.EndMs && head.MaxMs >= Filter.Range.StartMs && (_typeHashes is null || (head.TypeMask & _mask) != 0);

    /// <summary>Whether an event has the type (one in four billion only seems to) and the time.</summary>
    public bool IsOfTypeAndTime(BlockEntry entry) => Filter.Range.Contains(entry.TimeMs) && (_typeHashes is null || _typeHashes.Contains(entry.TypeHash));

    /// <summary>Whether the bytes have what the event must have.</summary>
    public bool MayBe(BlockEntry entry)
    {
        var json = entry.Json.Span;
        if (_asciiText is not null && !Has(json, _asciiText))
            return false;
        foreach (var value in _values)
        {
            if (json.IndexOf(value) < 0 && !json.Contains((byte)'\\'))
                return false;
        }

        return true;
    }

    /// <summary>Whether an event that <see cref="MayBe"/> is one.</summary>
    public bool Is(EventRecord one)
    {
        if (Filter.Types.Count > 0 && !IsOfTypes(one.Type))
            return false;
        foreach (var (path, value) in Filter.Where)
        {
            if (one.Text(path) != value)
                return false;
        }

        if (Filter.Has.Length > 0 && one[Filter.Has].IsMissing)
            return false;
        return Filter.Text.Length == 0 || _asciiText is not null || Encoding.UTF8.GetString(one.Json.Span).Contains(Filter.Text, StringComparison.OrdinalIgnoreCase);
    }

    bool IsOfTypes(string type) => Filter.Types.Any(wanted => wanted.EndsWith('*') ? type.AsSpan().StartsWith(wanted.AsSpan(0, wanted.Length - 1), StringComparison.Ordinal) : type == wanted);

    /// <summary>Whether a text of ASCII is there, without regard to case.</summary>
    static bool Has(ReadOnlySpan<byte> json, ReadOnlySpan<byte> text)
    {
        var first = text[0];
        var other = char.IsAsciiLetter((char)first) ? (byte)(first ^ 0x20) : first;
        while (true)
        {
            var at = json.IndexOfAny(first, other);
            if (at < 0 || json.Length - at < text.Length)
                return false;
            if (Ascii.EqualsIgnoreCase(json.Slice(at, text.Length), text))
                return true;
            json = json[(at + 1)..];
        }
    }
}
