using System.Buffers;
using System.Numerics;

namespace Barograph.TimeSeries;

/// <summary>
/// One bit a series: a million series are 125 KB, and set operations run 64 series at a time. The bits are borrowed: a query of one series
/// would otherwise make more garbage by finding it than by reading a day of it.
/// </summary>
internal sealed class SeriesSet : IDisposable
{
    readonly int _seriesCount;
    readonly int _length;
    readonly ulong[] _bits;

    public SeriesSet(int seriesCount)
    {
        (_seriesCount, _length) = (seriesCount, (seriesCount + 63) / 64);
        _bits = ArrayPool<ulong>.Shared.Rent(_length);
        Bits.Clear();
    }

    public bool IsEmpty => !Bits.ContainsAnyExcept(0ul);

    Span<ulong> Bits => _bits.AsSpan(0, _length);

    public static SeriesSet All(int seriesCount)
    {
        var all = new SeriesSet(seriesCount);
        all.Bits.Fill(ulong.MaxValue);
        if (seriesCount % 64 != 0)
            all.Bits[^1] = (1ul << (seriesCount % 64)) - 1;
        return all;
    }

    public void Add(ReadOnlySpan<int> ascending)
    {
        foreach (var series in ascending)
        {
            if (series >= _seriesCount)
                return; // added after this query began
            Add(series);
        }
    }

    public void Add(int series) => _bits[series >> 6] |= 1ul << (series & 63);

    public void Intersect(SeriesSet other)
    {
        var bits = Bits;
        var others = other.Bits;
        for (var i = 0; i < bits.Length; i++)
            bits[i] &= others[i];
    }

    public void Except(SeriesSet other)
    {
        var bits = Bits;
        var others = other.Bits;
        for (var i = 0; i < bits.Length; i++)
            bits[i] &= ~others[i];
    }

    public int[] ToArray()
    {
        var bits = Bits;
        var count = 0;
        foreach (var word in bits)
            count += BitOperations.PopCount(word);
        var members = new int[count];
        var next = 0;
        for (var i = 0; i < bits.Length; i++)
        {
            for (var word = bits[i]; word != 0; word &= word - 1)
                members[next++] = (i << 6) + BitOperations.TrailingZeroCount(word);
        }

        return members;
    }

    public void Dispose() => ArrayPool<ulong>.Shared.Return(_bits);
}
