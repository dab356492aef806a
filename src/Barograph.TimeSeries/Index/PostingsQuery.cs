using System.Numerics;
using System.Text;

namespace Barograph.TimeSeries;

/// <summary>Finds the series that pass all matchers: intersects what must hold, then takes away what must not.</summary>
internal static class PostingsQuery
{
    /// <summary>The series among the first <paramref name="seriesCount"/>, ascending.</summary>
    public static int[] Find(LabelIndex index, int seriesCount, IReadOnlyList<Matcher> matchers)
    {
        SeriesSet? found = null;
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

            var members = Union(column, matcher, passing: !excludes, seriesCount);
            if (excludes)
                (found ??= SeriesSet.All(seriesCount)).Except(members);
            else if (found is null)
                found = members;
            else
                found.Intersect(members);
            if (found is { IsEmpty: true })
                return [];
        }

        return (found ?? SeriesSet.All(seriesCount)).ToArray();
    }

    static SeriesSet Union(LabelColumn column, Matcher matcher, bool passing, int seriesCount)
    {
        var union = new SeriesSet(seriesCount);
        if (matcher.Pattern.Literals is { } literals && matcher.IsNegative != passing)
        {
            foreach (var literal in literals)
            {
                var value = column.Values.Find(literal);
                if (value >= 0)
                    union.Add(column.Series(value));
            }

            return union;
        }

        var count = column.Values.Count;
        for (var value = 0; value < count; value++)
        {
            if (matcher.Matches(column.Values[value]) == passing)
                union.Add(column.Series(value));
        }

        return union;
    }

    /// <summary>One bit a series: a million series are 125 KB, and set operations run 64 series at a time.</summary>
    sealed class SeriesSet(int seriesCount)
    {
        readonly ulong[] _bits = new ulong[(seriesCount + 63) / 64];

        public bool IsEmpty => !_bits.AsSpan().ContainsAnyExcept(0ul);

        public static SeriesSet All(int seriesCount)
        {
            var all = new SeriesSet(seriesCount);
            all._bits.AsSpan().Fill(ulong.MaxValue);
            if (seriesCount % 64 != 0)
                all._bits[^1] = (1ul << (seriesCount % 64)) - 1;
            return all;
        }

        public void Add(ReadOnlySpan<int> ascending)
        {
            foreach (var series in ascending)
            {
                if (series >= seriesCount)
                    return; // added after this query began
                _bits[series >> 6] |= 1ul << (series & 63);
            }
        }

        public void Intersect(SeriesSet other)
        {
            for (var i = 0; i < _bits.Length; i++)
                _bits[i] &= other._bits[i];
        }

        public void Except(SeriesSet other)
        {
            for (var i = 0; i < _bits.Length; i++)
                _bits[i] &= ~other._bits[i];
        }

        public int[] ToArray()
        {
            var members = new int[_bits.Sum(static word => BitOperations.PopCount(word))];
            var next = 0;
            for (var i = 0; i < _bits.Length; i++)
            {
                for (var word = _bits[i]; word != 0; word &= word - 1)
                    members[next++] = (i << 6) + BitOperations.TrailingZeroCount(word);
            }

            return members;
        }
    }
}
