namespace Barograph.TimeSeries.Tests;

public sealed class HistogramEntryTests
{
    public static TheoryData<int> Seeds => new(Enumerable.Range(0, 40));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_is_written_is_read_alone_and_after_another(int seed)
    {
        var random = new Random(seed);
        var written = HistogramShapes.Growing(random, 50).Concat(HistogramShapes.Growing(random, 20)).ToArray();
        var bytes = new GrowingBytes();
        NativeHistogram? before = null;
        foreach (var histogram in written)
        {
            HistogramEntry.Write(null, histogram, bytes);
            HistogramEntry.Write(before, histogram, bytes);
            before = histogram.IsStale ? before : histogram;
        }

        var reader = new ByteReader(bytes.Written);
        before = null;
        foreach (var histogram in written)
        {
            Assert.Equal(histogram, HistogramEntry.Read(null, ref reader));
            Assert.Equal(histogram, HistogramEntry.Read(before, ref reader));
            before = histogram.IsStale ? before : histogram;
        }

        Assert.Equal(0, reader.Remaining.Length);
    }

    [Fact]
    public void Counts_at_the_edge_of_what_doubles_count_are_exact()
    {
        double[] odd = [0, -0.0, 1L << 53, (1L << 53) - 1, 1e300, 0.1, double.NaN, double.PositiveInfinity];
        foreach (var count in odd)
        {
            var histogram = new NativeHistogram { Schema = 8, Count = count, Sum = -0.0, ZeroCount = count };
            var bytes = new GrowingBytes();
            HistogramEntry.Write(histogram with { Count = 1 << 30 }, histogram, bytes);
            var reader = new ByteReader(bytes.Written);
            Assert.Equal(histogram, HistogramEntry.Read(histogram with { Count = 1 << 30 }, ref reader));
        }
    }

    [Fact]
    public void The_largest_one_fits_into_a_chunk()
    {
        const int half = NativeHistogram.MaxBuckets / 2;
        var spans = Enumerable.Repeat(new BucketSpan(int.MaxValue, 1), half).ToArray();
        var buckets = Enumerable.Range(0, half).Select(static i => i % 2 == 0 ? 1L << 53 : 0.0).ToArray();
        var largest = new NativeHistogram
        {
            Schema = int.MinValue,
            Count = 1L << 53,
            Sum = 1,
            ZeroCount = -(1L << 53),
            PositiveSpans = spans,
            NegativeSpans = spans,
            PositiveBuckets = buckets,
            NegativeBuckets = buckets,
            CustomBounds = new double[NativeHistogram.MaxBuckets],
        };
        var bytes = new GrowingBytes();
        HistogramEntry.Write(null, largest, bytes);
        Assert.InRange(bytes.Length, 40_000, HistogramEntry.MaxBytes);
        Assert.InRange(HistogramEntry.MaxBytes + HistogramChunk.HeaderBytes + ByteWriter.MaxVarintBytes, 0, HistogramChunk.MaxBytes);
    }

    [Fact]
    public void A_quiet_histogram_costs_a_byte_a_bucket()
    {
        var before = new NativeHistogram { Schema = 3, Count = 1000, Sum = 77.7, PositiveSpans = [new BucketSpan(5, 3)], PositiveBuckets = [100, 800, 100] };
        var bytes = new GrowingBytes();
        HistogramEntry.Write(before, before with { Count = 1020, Sum = 80.1, PositiveBuckets = [110, 805, 105] }, bytes);
        Assert.Equal(1 + 8 + 2 + 3, bytes.Length); // flags, sum, two counts, three buckets
    }

    [Fact]
    public void Any_bytes_give_a_histogram_or_our_own_error()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var histogram = HistogramShapes.Growing(random, 1)[0];
            var bytes = new GrowingBytes();
            HistogramEntry.Write(null, histogram, bytes);
            bytes.WrittenFrom(0)[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                var reader = new ByteReader(bytes.Written[..random.Next(bytes.Length + 1)]);
                HistogramEntry.Read(random.Next(2) == 0 || histogram.IsStale ? null : histogram, ref reader);
            }
            catch (CorruptChunkException)
            {
                continue;
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}: {error}");
            }
        }
    }
}
