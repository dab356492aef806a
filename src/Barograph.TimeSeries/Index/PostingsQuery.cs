using System.Text;

namespace Barograph.TimeSeries;

/// <summary>Finds the series that pass all matchers: intersects what must hold, then takes away what must not.</summary>
internal static class PostingsQuery
{
    /// <summary>The series among the first <paramref name="seriesCount"/>, ascending.</summary>
    public static int[] Find(ILabelColumns index, int seriesCount, IReadOnlyList<Matcher> matchers)
    {
        using var found = SeriesSet.All(seriesCount);
        foreach (var matcher in matchers.OrderBy(static matcher => matcher.Pattern.Literals is null)) // cheap ones first
        {
            // A matcher that the empty value passes is one of all series but those with a value that fails.
            var excludes = matcher.Matches("");
            var column = index.Find(Encoding.UTF8.GetBytes(matcher.Name));
            if (column is null)
            {
                if (!excludes)
                    return [];
                continue;
            }

            using var members = Union(column, matcher, passing: !excludes, seriesCount);
            if (excludes)
                found.Except(members);
            else
                found.Intersect(members);
            if (found.IsEmpty)
                return [];
        }

        return found.ToArray();
    }

    static SeriesSet Union(ILabelColumn column, Matcher matcher, bool passing, int seriesCount)
    {
        var union = new SeriesSet(seriesCount);
        if (matcher.IsNegative != passing && TryLookUp(column, matcher.Pattern, union))
            return union;
        var count = column.Count;
        for (var value = 0; value < count; value++)
        {
            if (matcher.Matches(column[value]) == passing)
                column.AddSeries(value, union);
        }

        return union;
    }

    /// <summary>Finds values that fit a pattern without looking at all of them, if it says what they are or what they begin with.</summary>
    static bool TryLookUp(ILabelColumn column, Re2 pattern, SeriesSet union)
    {
        // With more of them than there are values, looking at each value is cheaper.
        var wanted = pattern.Literals ?? pattern.Prefixes;
        if (wanted.Count > Math.Max(1, column.Count / 4))
            return false;
        if (pattern.Literals is { } literals)
        {
            foreach (var literal in literals)
            {
                var value = column.Find(literal);
                if (value >= 0)
                    column.AddSeries(value, union);
            }

            return true;
        }

        if (pattern.Prefixes is [{ Length: 0 }, ..])
            return false;
        var order = column.Order;
        var count = order?.Length ?? column.Count;
        foreach (var prefix in pattern.Prefixes)
        {
            for (var i = FirstNotBelow(column, order, count, prefix); i < count; i++)
            {
                var number = order is null ? i : order[i];
                var value = column[number];
                if (!value.StartsWith(prefix))
                    break;
                if (pattern.IsMatch(value))
                    column.AddSeries(number, union);
            }
        }

        return true;
    }

    static int FirstNotBelow(ILabelColumn column, int[]? order, int count, ReadOnlySpan<byte> text)
    {
        var (low, high) = (0, count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (column[order is null ? middle : order[middle]].SequenceCompareTo(text) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}

/// <summary>An index of labels that can be asked: the head's or a block's.</summary>
internal interface ILabelColumns
{
    /// <summary>The labels that occur.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>The column of a label, or null when no series has it.</summary>
    ILabelColumn? Find(ReadOnlySpan<byte> name);
}

/// <summary>The values of one label, numbered from 0, and the series that have them.</summary>
internal interface ILabelColumn
{
    int Count { get; }

    /// <summary>A value, in UTF-8.</summary>
    ReadOnlySpan<byte> this[int value] { get; }

    /// <summary>The numbers of the values in the order of their bytes; null when they are numbered so.</summary>
    int[]? Order => null;

    /// <summary>The number of a value, or -1.</summary>
    int Find(ReadOnlySpan<byte> value);

    /// <summary>Adds the series with a value to a set.</summary>
    void AddSeries(int value, SeriesSet set);
}
