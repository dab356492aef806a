using System.Buffers.Binary;

namespace Barograph.TimeSeries;

/// <summary>
/// Native histograms of a chunk, in runs that share their layout; each bucket is a column over the run, as neighbouring
/// scrapes differ in few of them. The reader knows the count.
/// <code>
/// until the count is reached:
///   varint  histograms in this run
///   zigzag  schema
///   8 bytes zero threshold
///   varint  spans, spans × { zigzag offset, varint length }      positive
///   varint  spans, spans × { zigzag offset, varint length }      negative
///   varint  custom bounds, each 8 bytes
///   varint  positive buckets, varint negative buckets
///   column  integers: reset hints
///   columns values: count, sum, zero count, then each positive and each negative bucket
/// </code>
/// </summary>
internal static class HistogramColumn
{
    /// <summary>More spans, bounds or buckets than this are not a histogram anyone measures.</summary>
    public const int MaxBuckets = 65_536;

    public static void Encode(ReadOnlySpan<NativeHistogram> histograms, GrowingBytes bytes)
    {
        while (histograms.Length > 0)
        {
            var length = 1;
            while (length < histograms.Length && histograms[0].HasLayoutOf(histograms[length]))
                length++;
            WriteRun(histograms[..length], bytes);
            histograms = histograms[length..];
        }
    }

    /// <summary>Reads as many histograms as there is room for.</summary>
    public static void Decode(ref ByteReader reader, Span<NativeHistogram> histograms)
    {
        while (histograms.Length > 0)
        {
            var length = reader.ReadCount(histograms.Length);
            if (length == 0)
                CorruptChunkException.Throw("a run has no histograms");
            ReadRun(ref reader, histograms[..length]);
            histograms = histograms[length..];
        }
    }

    static void WriteRun(ReadOnlySpan<NativeHistogram> run, GrowingBytes bytes)
    {
        var layout = run[0];
        bytes.WriteVarint((ulong)run.Length);
        bytes.WriteZigzag(layout.Schema);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.Reserve(sizeof(double)), layout.ZeroThreshold);
        WriteSpans(layout.PositiveSpans, bytes);
        WriteSpans(layout.NegativeSpans, bytes);
        bytes.WriteVarint((ulong)layout.CustomBounds.Length);
        foreach (var bound in layout.CustomBounds)
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.Reserve(sizeof(double)), bound);
        bytes.WriteVarint((ulong)layout.PositiveBuckets.Length);
        bytes.WriteVarint((ulong)layout.NegativeBuckets.Length);

        var hints = new ByteWriter(bytes.Reserve(IntegerColumn.MaxSizeBytes(run.Length)));
        IntegerColumn.Encode(Select(run, static histogram => (long)histogram.CounterResetHint), ref hints);
        bytes.Shrink(IntegerColumn.MaxSizeBytes(run.Length) - hints.Position);
        WriteValues(Select(run, static histogram => histogram.Count), bytes);
        WriteValues(Select(run, static histogram => histogram.Sum), bytes);
        WriteValues(Select(run, static histogram => histogram.ZeroCount), bytes);
        for (var i = 0; i < layout.PositiveBuckets.Length; i++)
            WriteValues(Select(run, histogram => histogram.PositiveBuckets[i]), bytes);
        for (var i = 0; i < layout.NegativeBuckets.Length; i++)
            WriteValues(Select(run, histogram => histogram.NegativeBuckets[i]), bytes);
    }

    static void ReadRun(ref ByteReader reader, Span<NativeHistogram> run)
    {
        var schema = reader.ReadZigzag();
        var zeroThreshold = BinaryPrimitives.ReadDoubleLittleEndian(reader.Read(sizeof(double)));
        var positiveSpans = ReadSpans(ref reader);
        var negativeSpans = ReadSpans(ref reader);
        var bounds = new double[reader.ReadCount(Math.Min(MaxBuckets, reader.Remaining.Length / sizeof(double)))];
        foreach (ref var bound in bounds.AsSpan())
            bound = BinaryPrimitives.ReadDoubleLittleEndian(reader.Read(sizeof(double)));
        // A column has three bytes or more: nothing is sized by a count that the bytes cannot hold.
        var positive = reader.ReadCount(Math.Min(MaxBuckets, reader.Remaining.Length / 3));
        var negative = reader.ReadCount(Math.Min(MaxBuckets, reader.Remaining.Length / 3));

        var hints = new long[run.Length];
        IntegerColumn.Decode(ref reader, hints);
        var columns = new double[3 + positive + negative][];
        for (var i = 0; i < columns.Length; i++)
            ValueColumn.Decode(ref reader, columns[i] = new double[run.Length]);
        for (var i = 0; i < run.Length; i++)
        {
            if (hints[i] is < 0 or > (long)CounterResetHint.Gauge || schema is < int.MinValue or > int.MaxValue)
                CorruptChunkException.Throw("a histogram's schema or hint is none");
            run[i] = new NativeHistogram
            {
                Schema = (int)schema,
                ZeroThreshold = zeroThreshold,
                PositiveSpans = positiveSpans,
                NegativeSpans = negativeSpans,
                CustomBounds = bounds,
                CounterResetHint = (CounterResetHint)hints[i],
                Count = columns[0][i],
                Sum = columns[1][i],
                ZeroCount = columns[2][i],
                PositiveBuckets = Row(columns.AsSpan(3, positive), i),
                NegativeBuckets = Row(columns.AsSpan(3 + positive, negative), i),
            };
        }
    }

    static T[] Select<T>(ReadOnlySpan<NativeHistogram> run, Func<NativeHistogram, T> field)
    {
        var column = new T[run.Length];
        for (var i = 0; i < column.Length; i++)
            column[i] = field(run[i]);
        return column;
    }

    static double[] Row(ReadOnlySpan<double[]> columns, int row)
    {
        var values = new double[columns.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = columns[i][row];
        return values;
    }

    static void WriteValues(double[] values, GrowingBytes bytes)
    {
        var room = ValueColumn.MaxSizeBytes(values.Length);
        var writer = new ByteWriter(bytes.Reserve(room));
        ValueColumn.Encode(values, ref writer);
        bytes.Shrink(room - writer.Position);
    }

    internal static void WriteSpans(BucketSpan[] spans, GrowingBytes bytes)
    {
        bytes.WriteVarint((ulong)spans.Length);
        foreach (var span in spans)
        {
            bytes.WriteZigzag(span.Offset);
            bytes.WriteVarint((ulong)span.Length);
        }
    }

    internal static BucketSpan[] ReadSpans(ref ByteReader reader)
    {
        var spans = new BucketSpan[reader.ReadCount(Math.Min(MaxBuckets, reader.Remaining.Length / 2))];
        foreach (ref var span in spans.AsSpan())
            span = new BucketSpan((int)reader.ReadZigzag(), reader.ReadCount(int.MaxValue));
        return spans;
    }
}
