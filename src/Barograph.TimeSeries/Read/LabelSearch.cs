using System.Text;

namespace Barograph.TimeSeries;

/// <summary>Names and values of labels: of all series from the indexes as they stand, of some from the series themselves.</summary>
internal static class LabelSearch
{
    public static IReadOnlyList<string> AllNames(Timeline timeline, DamageLog damage, TimeRange range)
    {
        var names = new TextSet();
        EachIndex(timeline, damage, range, index =>
        {
            foreach (var name in index.Names)
                names.Add(name);
        });
        return names.Sorted();
    }

    public static IReadOnlyList<string> AllValues(Timeline timeline, DamageLog damage, string name, TimeRange range)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        var values = new TextSet();
        EachIndex(timeline, damage, range, index =>
        {
            if (index.Find(utf8) is not { } column)
                return;
            var count = column.Count;
            for (var value = 0; value < count; value++)
                values.Add(column[value]);
        });
        return values.Sorted();
    }

    public static IReadOnlyList<string> Names(StoreSelection selection)
    {
        using var found = selection;
        var names = new TextSet();
        foreach (var series in found.Found)
        {
            var labels = new SeriesKey(series.Key);
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
        foreach (var series in found.Found)
        {
            var value = SeriesKey.Find(series.Key, utf8);
            if (!value.IsEmpty)
                values.Add(value);
        }

        return values.Sorted();
    }

    static void EachIndex(Timeline timeline, DamageLog damage, TimeRange range, Action<ILabelColumns> look)
    {
        using var pinned = PinnedView.Open(timeline, range);
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

    // What comes from one block is in order already.
    static bool IsSorted(string[] texts)
    {
        for (var i = 1; i < texts.Length; i++)
        {
            if (string.CompareOrdinal(texts[i - 1], texts[i]) > 0)
                return false;
        }

        return true;
    }

    /// <summary>All of them, by their UTF-16 units.</summary>
    public string[] Sorted()
    {
        var texts = new string[_texts.Count];
        _texts.CopyTo(texts);
        if (!IsSorted(texts))
            Array.Sort(texts, StringComparer.Ordinal);
        return texts;
    }
}
