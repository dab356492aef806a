using System.Text;

namespace Barograph.TimeSeries;

/// <summary>Names and values of labels: of all series from the indexes as they stand, of some from the series themselves.</summary>
internal static class LabelSearch
{
    public static IReadOnlyList<string> AllNames(Timeline timeline, DamageLog damage, TimeRange range)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        EachIndex(timeline, damage, range, index =>
        {
            foreach (var name in index.Names)
                names.Add(name);
        });
        return [.. names];
    }

    public static IReadOnlyList<string> AllValues(Timeline timeline, DamageLog damage, string name, TimeRange range)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        var values = new SortedSet<string>(StringComparer.Ordinal);
        EachIndex(timeline, damage, range, index =>
        {
            if (index.Find(utf8) is not { } column)
                return;
            var count = column.Count;
            for (var value = 0; value < count; value++)
                values.Add(Encoding.UTF8.GetString(column[value]));
        });
        return [.. values];
    }

    public static IReadOnlyList<string> Names(StoreSelection selection)
    {
        using var found = selection;
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var series in found.Found)
        {
            var labels = new SeriesKey(series.Key);
            while (labels.MoveNext())
                names.Add(LabelNames.Text(labels.Name));
        }

        return [.. names];
    }

    public static IReadOnlyList<string> Values(string name, StoreSelection selection)
    {
        using var found = selection;
        var utf8 = Encoding.UTF8.GetBytes(name);
        var values = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var series in found.Found)
        {
            var value = SeriesKey.Find(series.Key, utf8);
            if (!value.IsEmpty)
                values.Add(Encoding.UTF8.GetString(value));
        }

        return [.. values];
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
