namespace Barograph.TimeSeries.Tests;

public sealed class RollupCodecTests
{
    public static TheoryData<int> Seeds => new(Enumerable.Range(0, 120));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_is_written_is_read_bit_for_bit(int seed)
    {
        var windows = RandomWindows(new Random(seed), seed % 2 == 0);
        var read = Decode(RollupCodec.Encode(windows), windows);
        Assert.Equal(windows.Counts.ToArray(), read.Counts.ToArray());
        AssertBits(windows.Sums, read.Sums);
        AssertBits(windows.Mins, read.Mins);
        AssertBits(windows.Maxes, read.Maxes);
        AssertBits(windows.Lasts, read.Lasts);
        AssertBits(windows.Increases, read.Increases);
        for (var i = 0; i < windows.Count; i++)
            Assert.Equal(windows.Sketches[i]?.Buckets.ToArray(), read.Sketches[i]?.Buckets.ToArray());
    }

    [Fact]
    public void Any_bytes_give_windows_or_our_own_error()
    {
        for (var seed = 0; seed < 800; seed++)
        {
            var random = new Random(seed);
            var windows = RandomWindows(random, seed % 2 == 0);
            var bytes = RollupCodec.Encode(windows);
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Decode(bytes, windows);
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
    public void A_counter_costs_a_few_bytes_a_window()
    {
        var windows = Windows(SampleShapes.Mix[2].Values(new Random(1), 24 * 360), 3_600_000);
        Assert.InRange(RollupCodec.Encode(windows).Length / (double)windows.Count, 0, 8);
    }

    [Fact]
    public void A_constant_costs_nearly_nothing()
    {
        var windows = Windows(Enumerable.Repeat(12.5, 24 * 360).ToArray(), 3_600_000);
        Assert.InRange(RollupCodec.Encode(windows).Length, 0, 40);
    }

    internal static RollupColumns RandomWindows(Random random, bool usual)
    {
        var count = random.Next(1, 3000);
        var values = usual ? SampleShapes.Mix[random.Next(SampleShapes.Mix.Count)].Values(random, count) : SampleShapes.Ugly(random, count);
        return Windows(values, random.Next(2) == 0 ? 60_000 : 3_600_000);
    }

    static RollupColumns Windows(double[] values, long resolution)
    {
        if (StaleMarker.Is(values[0]))
            values[0] = 1; // at least one window
        var builder = new RollupBuilder(resolution);
        builder.Begin();
        builder.Add(SampleShapes.Times(new Random(1), values.Length, 1), values);
        var windows = builder.Finish();
        if (windows.Increases.ContainsAnyExcept(double.NaN) && windows.Increases.ToArray().Any(double.IsNaN))
            windows.Increases.Fill(double.NaN); // a chunk has increases or has none
        return windows;
    }

    static RollupColumns Decode(byte[] bytes, RollupColumns like)
    {
        var read = new RollupColumns();
        read.Resize(like.Count);
        like.StartsMs.CopyTo(read.StartsMs);
        RollupCodec.Decode(bytes, read);
        return read;
    }

    static void AssertBits(ReadOnlySpan<double> expected, ReadOnlySpan<double> read)
    {
        for (var i = 0; i < expected.Length; i++)
            Assert.True(BitConverter.DoubleToInt64Bits(expected[i]) == BitConverter.DoubleToInt64Bits(read[i]) || (double.IsNaN(expected[i]) && double.IsNaN(read[i])),
                $"window {i}: {expected[i]:R} became {read[i]:R}");
    }
}
