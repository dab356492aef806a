namespace Barograph.TimeSeries.Tests;

public sealed class HistogramColumnTests
{
    public static TheoryData<int> Seeds => new(Enumerable.Range(0, 40));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_is_written_is_read(int seed)
    {
        var written = Histograms(new Random(seed), 1 + seed * 5);
        var read = new NativeHistogram[written.Length];
        var bytes = Encode(written);
        var reader = new ByteReader(bytes);
        HistogramColumn.Decode(ref reader, read);
        Assert.Equal(0, reader.Remaining.Length);
        for (var i = 0; i < written.Length; i++)
            AssertSame(written[i], read[i]);
    }

    [Fact]
    public void A_quiet_histogram_costs_little()
    {
        var quiet = Enumerable.Repeat(Histograms(new Random(1), 1)[0], 120).ToArray();
        Assert.InRange(Encode(quiet).Length, 0, 600);
    }

    [Fact]
    public void Any_bytes_give_histograms_or_our_own_error()
    {
        for (var seed = 0; seed < 1500; seed++)
        {
            var random = new Random(seed);
            var bytes = Encode(Histograms(random, 20));
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                var reader = new ByteReader(bytes);
                HistogramColumn.Decode(ref reader, new NativeHistogram[20]);
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

    [Fact]
    public void Blocks_keep_histograms_beside_values_and_merge_them()
    {
        using var model = new BlockModel();
        var histograms = Histograms(new Random(5), 300);
        var times = Enumerable.Range(0, 300).Select(static i => i * 1000L).ToArray();
        Write("old", ..200);
        Write("new", 150..); // the first source wins where they overlap
        using var old = model.Open("old");
        using var late = model.Open("new");
        BlockMerge.Merge([old, late], model.PathOf("merged"), new BlockMeta(TimeRange.All), TimeRange.All);
        using var merged = model.Open("merged");
        AssertReads(merged.OpenReader(0, TimeRange.All));
        AssertReads(new MergedReader([old.OpenReader(0, TimeRange.All), late.OpenReader(0, TimeRange.All)]));
        Assert.Empty(BlockVerification.Verify(merged.Path).Damage);

        void Write(string name, Range part)
        {
            BlockModel.Write(model.PathOf(name), new BlockMeta(TimeRange.All), [BlockModel.LabelsOf(1)], (_, writer) =>
            {
                writer.AppendHistograms(times[part], histograms[part]);
                writer.Append([times[part][^1] + 500_000], [7]);
            });
        }

        void AssertReads(SampleReader reader)
        {
            using var _ = reader;
            var read = 0;
            var values = 0;
            while (reader.MoveNext())
            {
                Assert.True(reader.Histograms.IsEmpty || reader.Histograms.Length == reader.TimestampsMs.Length);
                values += reader.Histograms.IsEmpty ? reader.Values.Length : 0;
                for (var i = 0; i < reader.Histograms.Length; i++, read++)
                {
                    Assert.Equal(times[read], reader.TimestampsMs[i]);
                    AssertSame(histograms[read], reader.Histograms[i]);
                }
            }

            Assert.Equal((300, 2), (read, values));
        }
    }

    static byte[] Encode(NativeHistogram[] histograms)
    {
        var bytes = new GrowingBytes();
        HistogramColumn.Encode(histograms, bytes);
        return bytes.Written.ToArray();
    }

    /// <summary>Growing counters whose layout changes now and then.</summary>
    static NativeHistogram[] Histograms(Random random, int count)
    {
        var histograms = new NativeHistogram[count];
        var (schema, positive, negative) = (random.Next(-4, 9), new double[random.Next(1, 12)], new double[random.Next(0, 3)]);
        for (var i = 0; i < count; i++)
        {
            if (random.Next(30) == 0)
                (schema, positive) = (random.Next(-4, 9), new double[random.Next(1, 12)]);
            foreach (ref var bucket in positive.AsSpan())
                bucket += random.Next(4);
            histograms[i] = new NativeHistogram
            {
                Schema = schema,
                ZeroThreshold = 1e-128,
                ZeroCount = i,
                Count = positive.Sum() + i,
                Sum = random.Next(20) == 0 ? StaleMarker.Value : random.NextDouble() * 100,
                PositiveSpans = [new BucketSpan(-2, 1), new BucketSpan(3, positive.Length - 1)],
                PositiveBuckets = [.. positive],
                NegativeSpans = negative.Length == 0 ? [] : [new BucketSpan(0, negative.Length)],
                NegativeBuckets = [.. negative],
                CustomBounds = schema == 3 ? [0.1, 0.5] : [],
                CounterResetHint = (CounterResetHint)random.Next(4),
            };
        }

        return histograms;
    }

    static void AssertSame(NativeHistogram expected, NativeHistogram read)
    {
        Assert.Equal((expected.Schema, expected.ZeroThreshold, expected.ZeroCount, expected.Count, expected.CounterResetHint),
            (read.Schema, read.ZeroThreshold, read.ZeroCount, read.Count, read.CounterResetHint));
        Assert.Equal(BitConverter.DoubleToInt64Bits(expected.Sum), BitConverter.DoubleToInt64Bits(read.Sum));
        Assert.Equal(expected.PositiveSpans, read.PositiveSpans);
        Assert.Equal(expected.NegativeSpans, read.NegativeSpans);
        Assert.Equal(expected.PositiveBuckets, read.PositiveBuckets);
        Assert.Equal(expected.NegativeBuckets, read.NegativeBuckets);
        Assert.Equal(expected.CustomBounds, read.CustomBounds);
    }
}
