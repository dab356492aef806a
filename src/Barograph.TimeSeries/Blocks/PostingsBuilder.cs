namespace Barograph.TimeSeries;

/// <summary>
/// Builds the postings section: for each value a list of series, ascending. A label that nearly all series have alike is a
/// few runs.
/// <code>
/// varint 2 · runs + 1, runs × { varint gap since the end of the run before, varint length - 1 }     or
/// varint 2 · series, series × varint gap since the end of the series before (0 for its neighbour)   whichever is fewer
/// </code>
/// Both count from 0. Members are counted first and added then: an index of a million labels is gathered in as many numbers.
/// </summary>
internal sealed class PostingsBuilder
{
    readonly int[] _columnStart; // values are counted through, column after column
    readonly int[] _countOf;
    int[]? _series; // value after value
    int[] _next = []; // for each value where its next series goes

    /// <param name="valueCounts">For each column how many values it has.</param>
    public PostingsBuilder(ReadOnlySpan<int> valueCounts)
    {
        _columnStart = new int[valueCounts.Length + 1];
        for (var column = 0; column < valueCounts.Length; column++)
            _columnStart[column + 1] = _columnStart[column] + valueCounts[column];
        _countOf = new int[_columnStart[^1]];
    }

    /// <summary>Says that some series has a value. All are counted before the first is added.</summary>
    public void Count(int column, int value) => _countOf[_columnStart[column] + value]++;

    /// <summary>Says which series has a value. Series come ascending.</summary>
    public void Add(int column, int value, int series)
    {
        if (_series is null)
            Allot();
        _series![_next[_columnStart[column] + value]++] = series;
    }

    /// <summary>The section, and for each column and value the offset of its list in it.</summary>
    public (GrowingBytes Section, uint[][] Offsets) Build()
    {
        if (_series is null)
            Allot();
        var section = new GrowingBytes(_series!.Length * 2);
        var offsets = new uint[_columnStart.Length - 1][];
        for (var column = 0; column < offsets.Length; column++)
        {
            offsets[column] = new uint[_columnStart[column + 1] - _columnStart[column]];
            for (var i = 0; i < offsets[column].Length; i++)
            {
                offsets[column][i] = (uint)section.Length;
                var value = _columnStart[column] + i;
                WriteList(section, _series.AsSpan(_next[value] - _countOf[value], _countOf[value]));
            }
        }

        return (section, offsets);
    }

    void Allot()
    {
        _next = new int[_countOf.Length];
        for (var value = 1; value < _next.Length; value++)
            _next[value] = _next[value - 1] + _countOf[value - 1];
        _series = new int[_countOf.Sum()];
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
