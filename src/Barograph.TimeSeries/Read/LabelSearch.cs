using System.Text;

namespace Barograph.TimeSeries;

/// <summary>Names and values of labels: of all series from the indexes as they stand, of some from the series themselves.</summary>
internal static class LabelSearch
{
    public static IReadOnlyList<string> AllNames(Timeline timeline, DamageLog damage, TimeRange range)
    {
        using var pinned = PinnedView.Open(timeline, range);
        var names = new TextSet();
        EachIndex(pinned, damage, range, index =>
        {
            foreach (var name in index.Names)
                names.Add(name);
        });
        return names.Sorted();
    }

    /// <summary>The columns of all indexes merged, each in its order.</summary>
    public static TextList AllValues(Timeline timeline, DamageLog damage, string name, TimeRange range)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        var columns = new List<ColumnWalk>();
        using var pinned = PinnedView.Open(timeline, range);
        EachIndex(pinned, damage, range, index =>
        {
            // The windows in memory may share an index.
            if (index.Find(utf8) is { } column && !columns.Exists(known => known.Column == column))
                columns.Add(new ColumnWalk(column));
        });
        return Merge(columns);
    }

    static TextList Merge(List<ColumnWalk> columns)
    {
        var merged = new TextList();
        while (true)
        {
            ReadOnlySpan<byte> least = default;
            foreach (var column in columns)
            {
                if (!column.AtEnd && (least.IsEmpty || column.Value.SequenceCompareTo(least) < 0))
                    least = column.Value;
            }

            if (least.IsEmpty)
                return merged; // a value is never empty
            merged.Add(least);
            foreach (var column in columns)
            {
                if (!column.AtEnd && column.Value.SequenceEqual(least))
                    column.MoveNext();
            }
        }
    }

    public static IReadOnlyList<string> Names(StoreSelection selection)
    {
        using var found = selection;
        var names = new TextSet();
        for (var series = 0; series < found.Count; series++)
        {
            var labels = new SeriesKey(found.Key(series));
            while (labels.MoveNext())
                names.Add(LabelNames.Text(labels.Name));
        }

        return names.Sorted();
    }

    public static IReadOnlyList<string> Values(string name, StoreSelection selection)
    {
        using var found = selection;
        var utf8 = Encoding.UTF8.GetBytes(name);
        var values = new TextSet();
        for (var series = 0; series < found.Count; series++)
        {
            var value = SeriesKey.Find(found.Key(series), utf8);
            if (!value.IsEmpty)
                values.Add(value);
        }

        return values.Sorted();
    }

    static void EachIndex(PinnedView pinned, DamageLog damage, TimeRange range, Action<ILabelColumns> look)
    {
        foreach (var head in pinned.View.Windows)
        {
            var (minMs, maxMs) = head.Bounds;
            if (minMs < range.EndMs && maxMs >= range.StartMs)
                look(head.Index.Labels);
        }

        foreach (var block in pinned.Blocks)
        {
            try
            {
                look(block.Labels);
            }
            catch (CorruptBlockException cause)
            {
                damage.Add(new Damage(Path.GetFileName(block.Path), $"cannot be read: {cause.Message}"));
            }
        }
    }

    /// <summary>Goes through the values of a column in the order of their bytes.</summary>
    sealed class ColumnWalk(ILabelColumn column)
    {
        readonly int[]? _order = column.Order;
        readonly int _count = column.Count;
        int _next;

        public ILabelColumn Column => column;

        public bool AtEnd => _next == (_order?.Length ?? _count);

        public ReadOnlySpan<byte> Value => column[_order is null ? _next : _order[_next]];

        public void MoveNext() => _next++;
    }
}

/// <summary>Texts, each once. Sorted at the end: keeping them in order on the way costs several times as much.</summary>
internal sealed class TextSet
{
    readonly HashSet<string> _texts = new(StringComparer.Ordinal);
    readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    char[] _room = new char[256];

    public TextSet() => _bySpan = _texts.GetAlternateLookup<ReadOnlySpan<char>>();

    public void Add(string text) => _texts.Add(text);

    /// <summary>Adds a text in UTF-8; one that is there already costs no string.</summary>
    public void Add(ReadOnlySpan<byte> utf8)
    {
        if (_room.Length < utf8.Length) // a character is a byte at least
            _room = new char[Math.Max(utf8.Length, 2 * _room.Length)];
        _bySpan.Add(_room.AsSpan(0, Encoding.UTF8.GetChars(utf8, _room)));
    }

    /// <summary>All of them, in the order of their UTF-8.</summary>
    public string[] Sorted()
    {
        var texts = new string[_texts.Count];
        _texts.CopyTo(texts);
        Array.Sort(texts, Compare);
        return texts;
    }

    // The order of UTF-16 units is the same but for surrogates, which stand for what comes last.
    static int Compare(string left, string right)
    {
        var same = left.AsSpan().CommonPrefixLength(right);
        if (same == left.Length || same == right.Length)
            return left.Length - right.Length;
        var (a, b) = (left[same], right[same]);
        return char.IsSurrogate(a) == char.IsSurrogate(b) ? a - b : char.IsSurrogate(a) ? 1 : -1;
    }
}
