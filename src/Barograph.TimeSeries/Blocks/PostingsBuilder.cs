namespace Barograph.TimeSeries;

/// <summary>
/// Builds the postings section: for each value a list of series, ascending. A label that nearly all series have alike is a
/// few runs.
/// <code>
/// varint 2 · runs + 1, runs × { varint gap since the end of the run before, varint length - 1 }     or
/// varint 2 · series, series × varint gap since the end of the series before (0 for its neighbour)   whichever is fewer
/// </code>
/// Both count from 0. Members are gathered for a few columns at a time: all together are as many numbers as the series have labels.
/// </summary>
internal static class PostingsBuilder
{
    const int MembersAtOnce = 256 << 10;

    /// <summary>Says that a series has a value.</summary>
    internal delegate void Member(int column, int value, int series);

    /// <param name="counts">For each column and value how many series have it.</param>
    /// <param name="forEach">Tells of every label of every series, the series ascending; it may be asked several times.</param>
    /// <returns>The section, and for each column and value the offset of its list in it; both are the caller's to dispose.</returns>
    public static (OffHeapBytes Section, ColumnNumbers Offsets) Build(ColumnNumbers counts, Action<Member> forEach)
    {
        var members = new int[counts.ColumnCount];
        for (var column = 0; column < members.Length; column++)
        {
            foreach (var count in counts[column])
                members[column] += count;
        }

        var section = new OffHeapBytes((int)Math.Min(members.Sum(static count => (long)count) * 3 / 2 + 256, 1 << 30));
        var offsets = new ColumnNumbers(counts.ValueCounts());
        using var next = new ColumnNumbers(counts.ValueCounts()); // for each value where its next series goes
        using var gathered = new OffHeap<int>(Math.Max(MembersAtOnce, members.Append(0).Max()));
        var list = new GrowingBytes();
        for (int first = 0, end; first < members.Length; first = end)
        {
            var size = members[first];
            for (end = first + 1; end < members.Length && size + (long)members[end] <= gathered.Length; end++)
                size += members[end];
            Gather(counts, first, end, next, gathered, forEach);
            for (var column = first; column < end; column++)
            {
                for (var value = 0; value < counts[column].Length; value++)
                {
                    offsets.At(column, value) = section.Length;
                    var count = counts.At(column, value);
                    list.Clear();
                    WriteList(list, gathered.Span.Slice(next.At(column, value) - count, count));
                    section.Write(list.Written);
                }
            }
        }

        return (section, offsets);
    }

    static void Gather(ColumnNumbers counts, int first, int end, ColumnNumbers next, OffHeap<int> gathered, Action<Member> forEach)
    {
        var start = 0;
        for (var column = first; column < end; column++)
        {
            for (var value = 0; value < counts[column].Length; value++)
            {
                next.At(column, value) = start;
                start += counts.At(column, value);
            }
        }

        forEach((column, value, series) =>
        {
            if (column >= first && column < end)
                gathered.Span[next.At(column, value)++] = series;
        });
    }

    static void WriteList(GrowingBytes section, ReadOnlySpan<int> series)
    {
        var runs = 1;
        for (var i = 1; i < series.Length; i++)
            runs += series[i] == series[i - 1] + 1 ? 0 : 1;
        if (runs > series.Length / 2)
        {
            section.WriteVarint(2 * (ulong)series.Length);
            var next = 0;
            foreach (var member in series)
            {
                section.WriteVarint((ulong)(member - next));
                next = member + 1;
            }

            return;
        }

        section.WriteVarint(2 * (ulong)runs + 1);
        var end = 0;
        for (var i = 0; i < series.Length;)
        {
            var start = i;
            while (++i < series.Length && series[i] == series[i - 1] + 1)
            {
                // still the same run
            }

            section.WriteVarint((ulong)(series[start] - end));
            section.WriteVarint((ulong)(i - start - 1));
            end = series[i - 1] + 1;
        }
    }

    /// <summary>Adds the series of a list to a set.</summary>
    public static void ReadList(ReadOnlySpan<byte> list, SeriesSet set)
    {
        var reader = new ByteReader(list);
        var head = reader.ReadVarint();
        var series = 0;
        for (var left = head >> 1; left > 0; left--)
        {
            series += (int)reader.ReadVarint();
            var end = series + 1 + ((head & 1) != 0 ? (int)reader.ReadVarint() : 0);
            for (; series < end; series++)
                set.Add(series);
        }
    }
}
