using FsCheck;
using FsCheck.Fluent;

namespace Barograph.TimeSeries.Tests;

public sealed class HeadChunkTests
{
    static readonly Config Cases = Config.QuickThrowOnFailure.WithMaxTest(500);

    [Fact]
    public void Any_bits_at_any_times_are_read_back_as_they_were_written() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(long, long)[]>(), static written => Holds([.. written])).Check(Cases);

    [Fact]
    public void Life_like_values_are_read_back_as_they_were_written() =>
        Prop.ForAll(LifeLike.ToArbitrary(), static written => Holds(written)).Check(Cases);

    [Fact]
    public void A_regular_constant_costs_a_byte_and_a_decimal_gauge_two_or_three()
    {
        Assert.Equal(HeadChunk.HeaderBytes + 1 + 4 + 98, Size(static i => 5.25));
        Assert.InRange(Size(static i => 20 + i * 37 % 100 / 10.0), HeadChunk.HeaderBytes + 198, HeadChunk.HeaderBytes + 310);

        static int Size(Func<int, double> valueAt)
        {
            var (bytes, used) = Write([.. Enumerable.Range(0, 100).Select(i => (i * 1000L, BitConverter.DoubleToInt64Bits(valueAt(i))))]);
            Assert.True(bytes.Length >= used);
            return used;
        }
    }

    static bool Holds((long TimestampMs, long Bits)[] written)
    {
        if (written.Length == 0)
            return true;
        var (bytes, used) = Write(written);
        var times = new long[HeadChunk.LargestCount(used)];
        var values = new double[times.Length];
        var count = HeadChunk.Decode(bytes, used, times, values);
        return count == written.Length && Enumerable.Range(0, count).All(i =>
            times[i] == written[i].TimestampMs && BitConverter.DoubleToInt64Bits(values[i]) == written[i].Bits);
    }

    static (byte[] Bytes, int Used) Write((long TimestampMs, long Bits)[] samples)
    {
        var bytes = new byte[HeadChunk.HeaderBytes + samples.Length * HeadChunk.LargestEntryBytes];
        var state = new ChunkState { Exponent = HeadChunk.NoExponent };
        HeadChunk.Begin(bytes, 0, samples[0].TimestampMs, samples[0].Bits, ref state);
        var used = HeadChunk.HeaderBytes;
        foreach (var (timestampMs, bits) in samples[1..])
            used += HeadChunk.Append(bytes.AsSpan(used), timestampMs, bits, ref state);
        return (bytes, used);
    }

    static Gen<(long, long)[]> LifeLike =>
        from kind in Gen.Choose(0, 5)
        from count in Gen.Choose(1, 400)
        from seed in Gen.Choose(0, int.MaxValue - 1)
        select Samples(kind, count, seed);

    static (long, long)[] Samples(int kind, int count, int seed)
    {
        var random = new Random(seed);
        var counter = 0.0;
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            counter += random.Next(1000);
            var value = kind switch
            {
                0 => counter,
                1 => Math.Round(random.NextDouble() * 100, 2),
                2 => random.NextDouble(),
                3 => random.Next(20) == 0 ? StaleMarker.Value : 1,
                4 => Math.Round(counter / 1000, random.Next(4)),
                _ => (float)random.NextDouble(),
            };
            return (1_700_000_000_000 + i * 10_000L + random.Next(3) * random.Next(40), BitConverter.DoubleToInt64Bits(value));
        })];
    }
}
