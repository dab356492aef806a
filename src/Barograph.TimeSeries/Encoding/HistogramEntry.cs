using System.Buffers.Binary;

namespace Barograph.TimeSeries;

/// <summary>
/// One native histogram as bytes: by itself, or as what differs from one before it. What neighbouring scrapes differ in are small
/// whole numbers: a byte a bucket, usually.
/// <code>
/// byte     bit 0 layout as before   bit 1 counts are integers   bit 2 staleness marker: nothing follows   bits 4, 5 reset hint
/// [ bit 0 clear ]  zigzag schema, 8 bytes zero threshold, positive spans, negative spans, varint bounds × 8 bytes
///                  a list of spans: varint spans × { zigzag offset, varint length }
/// 8 bytes  sum
/// numbers  count, zero count, positive buckets, negative buckets (as many as the spans say)
///          integers: zigzag difference from the same number of the histogram before (bit 0), or from the number before it (of the first: 0)
///          otherwise 8 bytes each
/// </code>
/// </summary>
internal static class HistogramEntry
{
    /// <summary>The most bytes that one takes: each bucket, span and bound at its worst.</summary>
    public const int MaxBytes = 1 + 10 + 8 + 3 * 10 + NativeHistogram.MaxBuckets * (10 + 8 + 9) + 3 * 9;

    const int SameLayout = 1, Integers = 2, IsStale = 4, HintShift = 4;

    const double LargestExact = 1L << 53;

    /// <param name="before">What a reader will have read just before, or null. Never a staleness marker.</param>
    public static void Write(NativeHistogram? before, NativeHistogram histogram, GrowingBytes bytes)
    {
        if (histogram.IsStale)
        {
            bytes.WriteByte(IsStale);
            return;
        }

        var integers = HasIntegers(histogram);
        if (before is not null && (!before.HasLayoutOf(histogram) || (integers && !HasIntegers(before))))
            before = null;
        bytes.WriteByte((byte)((before is null ? 0 : SameLayout) | (integers ? Integers : 0) | ((int)histogram.CounterResetHint << HintShift)));
        if (before is null)
            WriteLayout(histogram, bytes);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.Reserve(sizeof(double)), histogram.Sum);
        long previous = 0;
        WriteNumber(histogram.Count, before?.Count, integers, ref previous, bytes);
        WriteNumber(histogram.ZeroCount, before?.ZeroCount, integers, ref previous, bytes);
        WriteNumbers(histogram.PositiveBuckets, before?.PositiveBuckets, integers, ref previous, bytes);
        WriteNumbers(histogram.NegativeBuckets, before?.NegativeBuckets, integers, ref previous, bytes);
    }

    /// <param name="before">As it was given to <see cref="Write"/>.</param>
    /// <exception cref="CorruptChunkException">The bytes are no histogram.</exception>
    public static NativeHistogram Read(NativeHistogram? before, ref ByteReader reader)
    {
        var flags = reader.ReadByte();
        if ((flags & IsStale) != 0)
            return NativeHistogram.Stale;
        if ((flags & SameLayout) == 0)
            before = null;
        else if (before is null)
            CorruptChunkException.Throw("a histogram has the layout of one that is not there");
        var layout = before ?? ReadLayout(ref reader);
        var integers = (flags & Integers) != 0;
        var sum = BinaryPrimitives.ReadDoubleLittleEndian(reader.Read(sizeof(double)));
        long previous = 0;
        return new NativeHistogram
        {
            Schema = layout.Schema,
            ZeroThreshold = layout.ZeroThreshold,
            PositiveSpans = layout.PositiveSpans,
            NegativeSpans = layout.NegativeSpans,
            CustomBounds = layout.CustomBounds,
            CounterResetHint = (CounterResetHint)((flags >> HintShift) & 3),
            Sum = sum,
            Count = ReadNumber(before?.Count, integers, ref previous, ref reader),
            ZeroCount = ReadNumber(before?.ZeroCount, integers, ref previous, ref reader),
            PositiveBuckets = ReadNumbers(layout.PositiveBuckets.Length, before?.PositiveBuckets, integers, ref previous, ref reader),
            NegativeBuckets = ReadNumbers(layout.NegativeBuckets.Length, before?.NegativeBuckets, integers, ref previous, ref reader),
        };
    }

    static bool HasIntegers(NativeHistogram histogram) =>
        IsInteger(histogram.Count) && IsInteger(histogram.ZeroCount) && AreIntegers(histogram.PositiveBuckets) && AreIntegers(histogram.NegativeBuckets);

    static bool AreIntegers(double[] values)
    {
        foreach (var value in values)
        {
            if (!IsInteger(value))
                return false;
        }

        return true;
    }

    static bool IsInteger(double value) =>
        Math.Abs(value) <= LargestExact && BitConverter.DoubleToInt64Bits((long)value) == BitConverter.DoubleToInt64Bits(value);

    static void WriteLayout(NativeHistogram histogram, GrowingBytes bytes)
    {
        bytes.WriteZigzag(histogram.Schema);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.Reserve(sizeof(double)), histogram.ZeroThreshold);
        HistogramColumn.WriteSpans(histogram.PositiveSpans, bytes);
        HistogramColumn.WriteSpans(histogram.NegativeSpans, bytes);
        bytes.WriteVarint((ulong)histogram.CustomBounds.Length);
        foreach (var bound in histogram.CustomBounds)
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.Reserve(sizeof(double)), bound);
    }

    /// <summary>A histogram with buckets of which only the number counts.</summary>
    static NativeHistogram ReadLayout(ref ByteReader reader)
    {
        var schema = reader.ReadZigzag();
        if (schema is < int.MinValue or > int.MaxValue)
            CorruptChunkException.Throw("a histogram's schema is none");
        var zeroThreshold = BinaryPrimitives.ReadDoubleLittleEndian(reader.Read(sizeof(double)));
        var positive = HistogramColumn.ReadSpans(ref reader);
        var negative = HistogramColumn.ReadSpans(ref reader);
        var bounds = new double[reader.ReadCount(NativeHistogram.MaxBuckets)];
        foreach (ref var bound in bounds.AsSpan())
            bound = BinaryPrimitives.ReadDoubleLittleEndian(reader.Read(sizeof(double)));
        return new NativeHistogram
        {
            Schema = (int)schema,
            ZeroThreshold = zeroThreshold,
            Count = 0,
            Sum = 0,
            PositiveSpans = positive,
            NegativeSpans = negative,
            CustomBounds = bounds,
            PositiveBuckets = new double[BucketsOf(positive, reader.Remaining.Length)],
            NegativeBuckets = new double[BucketsOf(negative, reader.Remaining.Length)],
        };
    }

    // A bucket has a byte or more: nothing is sized by a number that the bytes cannot hold.
    static int BucketsOf(BucketSpan[] spans, int most)
    {
        long buckets = 0;
        foreach (var span in spans)
            buckets += span.Length;
        if (buckets > most)
            CorruptChunkException.Throw($"a histogram of {buckets} buckets in {most} bytes");
        return (int)buckets;
    }

    static void WriteNumbers(double[] values, double[]? before, bool integers, ref long previous, GrowingBytes bytes)
    {
        for (var i = 0; i < values.Length; i++)
            WriteNumber(values[i], before?[i], integers, ref previous, bytes);
    }

    static void WriteNumber(double value, double? before, bool integers, ref long previous, GrowingBytes bytes)
    {
        if (!integers)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.Reserve(sizeof(double)), value);
            return;
        }

        bytes.WriteZigzag((long)value - (before is { } same ? (long)same : previous));
        previous = (long)value;
    }

    static double[] ReadNumbers(int count, double[]? before, bool integers, ref long previous, ref ByteReader reader)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++)
            values[i] = ReadNumber(before?[i], integers, ref previous, ref reader);
        return values;
    }

    static double ReadNumber(double? before, bool integers, ref long previous, ref ByteReader reader)
    {
        if (!integers)
            return BinaryPrimitives.ReadDoubleLittleEndian(reader.Read(sizeof(double)));
        previous = reader.ReadZigzag() + (before is { } same ? (long)same : previous);
        return previous;
    }
}
