using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>
/// How many values fell into buckets that grow by 2 %, after "DDSketch" (VLDB 2019): any quantile is known with a relative
/// error of at most <see cref="RelativeError"/>, whatever the distribution, and sketches of parts add up to that of the
/// whole without a further error. Immutable.
/// </summary>
internal sealed class QuantileSketch
{
    /// <summary>The promise: an answer is at most this far from a value of that rank, as a share of it.</summary>
    public const double RelativeError = 0.01;

    const double Growth = (1 + RelativeError) / (1 - RelativeError);

    /// <summary>Distance of the keys of positive values from 0, the key of zero; the doubles span ±37,300 buckets.</summary>
    const int KeyOfOne = 40_000;

    const int KeyOfInfinity = 2 * KeyOfOne;

    static readonly double s_logGrowth = Math.Log(Growth);

    readonly (int Key, int Count)[] _buckets; // ascending; negative values have negative keys

    QuantileSketch((int Key, int Count)[] buckets) => _buckets = buckets;

    /// <summary>How many values it has seen.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            foreach (var bucket in _buckets)
                count += bucket.Count;
            return count;
        }
    }

    public ReadOnlySpan<(int Key, int Count)> Buckets => _buckets;

    /// <summary>Sums up values; NaN has no rank and is left out.</summary>
    public static QuantileSketch Of(ReadOnlySpan<double> values)
    {
        using var scratch = new Scratch<int>(values.Length);
        var count = 0;
        foreach (var value in values)
        {
            if (!double.IsNaN(value))
                scratch.Span[count++] = KeyOf(value);
        }

        var keys = scratch.Span[..count];
        keys.Sort();
        List<(int Key, int Count)> buckets = [];
        foreach (var key in keys)
            AddTo(buckets, key, 1);
        return new QuantileSketch([.. buckets]);
    }

    /// <summary>A value that came so many times.</summary>
    public static QuantileSketch Of(double value, long count) => new([(KeyOf(value), (int)Math.Min(count, int.MaxValue - 1))]);

    public static QuantileSketch Merge(QuantileSketch left, QuantileSketch right)
    {
        List<(int Key, int Count)> merged = [];
        int i = 0, j = 0;
        while (i < left._buckets.Length || j < right._buckets.Length)
        {
            var takeLeft = j == right._buckets.Length || (i < left._buckets.Length && left._buckets[i].Key <= right._buckets[j].Key);
            var (key, count) = takeLeft ? left._buckets[i++] : right._buckets[j++];
            AddTo(merged, key, count);
        }

        return new QuantileSketch([.. merged]);
    }

    /// <summary>The value of rank <c>q · (count - 1)</c>, q from 0 to 1; NaN when there are no values.</summary>
    public double Quantile(double q)
    {
        var rank = q * (Count - 1);
        long seen = 0;
        foreach (var (key, count) in _buckets)
        {
            seen += count;
            if (seen > rank)
                return ValueOf(key);
        }

        return double.NaN;
    }

    /// <summary>
    /// varint buckets, zigzag key of the first - that of the sketch before (0); then for each bucket varint
    /// 2 · (count - 1) + (1 when the next key is not the neighbour, and then varint empty keys between). No buckets stand for
    /// no sketch, and change no key.
    /// </summary>
    public static void Write(GrowingBytes bytes, QuantileSketch? sketch, ref int lastFirstKey)
    {
        var buckets = sketch is null ? [] : sketch.Buckets;
        bytes.WriteVarint((ulong)buckets.Length);
        if (buckets.Length == 0)
            return;
        bytes.WriteZigzag(buckets[0].Key - lastFirstKey); // neighbouring windows begin at neighbouring keys
        lastFirstKey = buckets[0].Key;
        for (var i = 0; i < buckets.Length; i++)
        {
            var between = i + 1 < buckets.Length ? buckets[i + 1].Key - buckets[i].Key - 1 : 0;
            bytes.WriteVarint(2 * ((ulong)buckets[i].Count - 1) + (between > 0 ? 1u : 0u));
            if (between > 0)
                bytes.WriteVarint((ulong)between);
        }
    }

    public static QuantileSketch? Read(ref ByteReader reader, ref int lastFirstKey)
    {
        var buckets = new (int Key, int Count)[reader.ReadCount(Math.Min(reader.Remaining.Length, 2 * KeyOfInfinity + 1))];
        if (buckets.Length == 0)
            return null;
        var key = lastFirstKey + reader.ReadZigzag();
        for (var i = 0; i < buckets.Length; i++)
        {
            if (Math.Abs(key) > KeyOfInfinity)
                CorruptChunkException.Throw("a sketch has a bucket beyond infinity");
            var token = reader.ReadVarint();
            if (token >> 1 >= int.MaxValue)
                CorruptChunkException.Throw("a bucket has too many values");
            buckets[i] = ((int)key, 1 + (int)(token >> 1));
            key += 1L + ((token & 1) != 0 ? reader.ReadCount(2 * KeyOfInfinity) : 0);
        }

        lastFirstKey = buckets[0].Key;
        return new QuantileSketch(buckets);
    }

    static void AddTo(List<(int Key, int Count)> buckets, int key, int count)
    {
        var span = CollectionsMarshal.AsSpan(buckets);
        if (span.Length > 0 && span[^1].Key == key)
            span[^1].Count += count;
        else
            buckets.Add((key, count));
    }

    static int KeyOf(double value)
    {
        if (value == 0)
            return 0;
        var key = double.IsInfinity(value) ? KeyOfInfinity : KeyOfOne + (int)Math.Ceiling(Math.Log(Math.Abs(value)) / s_logGrowth);
        return value < 0 ? -key : key;
    }

    static double ValueOf(int key)
    {
        if (key == 0)
            return 0;
        var magnitude = Math.Abs(key);
        var value = magnitude == KeyOfInfinity ? double.PositiveInfinity : 2 * Math.Exp((magnitude - KeyOfOne) * s_logGrowth) / (Growth + 1);
        return key < 0 ? -value : value;
    }
}
