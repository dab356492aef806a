using FsCheck;
using FsCheck.Fluent;

namespace Barograph.TimeSeries.Tests;

public sealed class ChunkCodecTests
{
    [Fact]
    public void What_is_written_is_read_bit_for_bit() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), static seed =>
        {
            var random = new Random(seed);
            var count = random.Next(4) == 0 ? random.Next(1, ChunkCodec.MaxSamples + 1) : random.Next(1, 300);
            var shape = random.Next(SampleShapes.Mix.Count * 2);
            var values = shape < SampleShapes.Mix.Count ? SampleShapes.Mix[shape].Values(random, count) : SampleShapes.Ugly(random, count);
            RoundTrip(SampleShapes.Times(random, count, random.Next(4)), values);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Every_shape_of_the_mix_is_read_back()
    {
        foreach (var (_, _, shape) in SampleShapes.Mix)
            RoundTrip(SampleShapes.Times(new Random(1), 720, 1), shape(new Random(2), 720));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(ChunkCodec.MaxSamples)]
    public void Constants_cost_a_few_bytes_whatever_their_count(int count)
    {
        var size = RoundTrip(SampleShapes.Times(new Random(1), count, 0), Enumerable.Repeat(12.5, count).ToArray());
        Assert.InRange(size, 1, 24);
    }

    [Fact]
    public void A_chunk_of_one_kind_of_NaN_costs_a_few_bytes() =>
        Assert.InRange(RoundTrip(SampleShapes.Times(new Random(1), 720, 0), Enumerable.Repeat(double.NaN, 720).ToArray()), 1, 40);

    [Fact]
    public void A_stale_marker_amid_decimals_costs_little()
    {
        var values = SampleShapes.Mix[6].Values(new Random(3), 720);
        var times = SampleShapes.Times(new Random(1), 720, 0);
        var without = RoundTrip(times, values);
        values[300] = StaleMarker.Value;
        Assert.InRange(RoundTrip(times, values), without - 40, without + 40);
    }

    [Fact]
    public void The_header_tells_count_and_bounds()
    {
        var chunk = Encode([1000, 2000, 5000], [1, 2, 3]);
        Assert.Equal(new ChunkHeader(ChunkKind.Floats, 3, 1000, 5000), ChunkCodec.ReadHeader(chunk));
    }

    [Fact]
    public void Extreme_times_are_kept() => RoundTrip([long.MinValue, -1, 0, 1, long.MaxValue], [1, 2, 3, 4, 5]);

    [Fact]
    public void Any_bytes_give_values_or_our_own_error()
    {
        Span<long> times = new long[ChunkCodec.MaxSamples];
        Span<double> values = new double[ChunkCodec.MaxSamples];
        for (var seed = 0; seed < 8000; seed++)
        {
            var random = new Random(seed);
            var bytes = seed % 2 == 0 ? new byte[random.Next(80)] : Encode(SampleShapes.Times(random, 200, 1), SampleShapes.Ugly(random, 200));
            if (seed % 2 == 0)
                random.NextBytes(bytes);
            else
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            if (bytes.Length > 0 && seed % 4 == 0)
                bytes[0] = (byte)ChunkKind.Floats;
            try
            {
                ChunkCodec.ReadHeader(bytes);
                ChunkCodec.Decode(bytes, times, values);
            }
            catch (CorruptChunkException)
            {
                continue; // our own error, which is one of the two answers
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}: {error}");
            }
        }
    }

    [Fact]
    public void A_chunk_cut_anywhere_is_refused()
    {
        var chunk = Encode(SampleShapes.Times(new Random(1), 200, 1), SampleShapes.Mix[7].Values(new Random(1), 200));
        for (var length = 0; length < chunk.Length; length++)
        {
            var cut = chunk[..length];
            Assert.Throws<CorruptChunkException>(() => ChunkCodec.Decode(cut, new long[200], new double[200]));
        }
    }

    [Fact]
    public void Too_little_room_is_an_error_and_not_an_overrun() =>
        Assert.Throws<CorruptChunkException>(static () => ChunkCodec.Decode(Encode([1, 2, 3], [1, 2, 3]), new long[2], new double[2]));

    static byte[] Encode(long[] times, double[] values)
    {
        var chunk = new byte[ChunkCodec.MaxSizeBytes(times.Length)];
        return chunk[..ChunkCodec.Encode(times, values, chunk)];
    }

    static int RoundTrip(long[] times, double[] values)
    {
        var chunk = Encode(times, values);
        var (readTimes, readValues) = (new long[times.Length], new double[values.Length]);
        Assert.Equal(times.Length, ChunkCodec.Decode(chunk, readTimes, readValues));
        Assert.Equal(times, readTimes);
        Assert.Equal(values.Select(BitConverter.DoubleToInt64Bits), readValues.Select(BitConverter.DoubleToInt64Bits));
        Assert.Equal((times[0], times[^1]), (ChunkCodec.ReadHeader(chunk).FirstMs, ChunkCodec.ReadHeader(chunk).LastMs));
        return chunk.Length;
    }
}
