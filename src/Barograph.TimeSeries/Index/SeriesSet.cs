using System.Numerics;

namespace Barograph.TimeSeries;

/// <summary>One bit a series: a million series are 125 KB, and set operations run 64 series at a time.</summary>
internal sealed class SeriesSet(int seriesCount)
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

    public void Add(int series) => _bits[series >> 6] |= 1ul << (series & 63);

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
