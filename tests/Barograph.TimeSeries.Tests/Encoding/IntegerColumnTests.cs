namespace Barograph.TimeSeries.Tests;

public sealed class IntegerColumnTests
{
    public static TheoryData<int> Seeds => new(Enumerable.Range(0, 400));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Any_column_is_read_as_it_was_written(int seed)
    {
        var random = new Random(seed);
        var numbers = new long[random.Next(1, 700)];
        var (bits, outliers, factor, order) = (random.Next(0, 64), random.Next(0, 8), 1L << random.Next(0, 20), random.Next(3));
        long value = random.Next(), step = random.Next();
        for (var i = 0; i < numbers.Length; i++)
        {
            var noise = random.NextInt64(-(1L << bits) >> 1, Math.Max(1, (1L << bits) >> 1)) * factor;
            if (random.Next(100) < outliers)
                noise = random.NextInt64(long.MinValue, long.MaxValue);
            numbers[i] = order == 0 ? noise : order == 1 ? value += noise : value += step += noise;
        }

        RoundTrip(numbers);
    }

    [Fact]
    public void The_ends_of_the_range_side_by_side_are_kept()
    {
        RoundTrip([long.MinValue, long.MaxValue, 0, long.MinValue, -1, long.MaxValue]);
        RoundTrip([0, long.MinValue, 0, long.MinValue]);
        RoundTrip([long.MaxValue]);
    }

    [Fact]
    public void The_example_of_the_format_page_is_what_is_written()
    {
        var bytes = new byte[IntegerColumn.MaxSizeBytes(5)];
        var writer = new ByteWriter(bytes);
        IntegerColumn.Encode([1000, 1003, 1006, 1010, 1013], ref writer);
        Assert.Equal("03D00F010604", Convert.ToHexString(bytes[..writer.Position]));
    }

    [Fact]
    public void A_straight_line_costs_a_few_bytes() =>
        Assert.InRange(RoundTrip(Enumerable.Range(0, 4096).Select(static i => 1000L + 7 * i).ToArray()), 1, 8);

    [Fact]
    public void A_reset_of_a_counter_costs_a_patch_and_not_its_neighbours()
    {
        var random = new Random(1);
        long total = 1_000_000_000;
        var numbers = Enumerable.Range(0, 256).Select(_ => total += random.Next(16)).ToArray();
        var without = RoundTrip(numbers);
        for (var i = 100; i < numbers.Length; i++)
            numbers[i] -= 1_000_000_000;
        Assert.InRange(RoundTrip(numbers), without, without + 12);
    }

    [Fact]
    public void A_common_factor_is_not_paid_for()
    {
        var random = new Random(1);
        var small = Enumerable.Range(0, 256).Select(_ => (long)random.Next(16)).ToArray();
        var size = RoundTrip(small);
        Assert.InRange(RoundTrip(small.Select(static number => number * 4096).ToArray()), size, size + 8);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(33)]
    [InlineData(57)]
    [InlineData(58)]
    [InlineData(63)]
    [InlineData(64)]
    public void Packed_numbers_of_any_width_and_count_equal_the_plain_way(int width)
    {
        var random = new Random(width);
        for (var count = 1; count <= 140; count++)
        {
            var mask = width == 0 ? 0 : ulong.MaxValue >> (64 - width);
            var numbers = Enumerable.Range(0, count).Select(_ => (long)((ulong)random.NextInt64(long.MinValue, long.MaxValue) & mask)).ToArray();
            var packed = new byte[BitPacking.SizeBytes(count, width)];
            BitPacking.Pack(numbers, 0, width, packed);
            for (var i = 0; i < count; i++)
                Assert.Equal(numbers[i], PlainRead(packed, (long)i * width, width));
            var read = new long[count];
            BitPacking.Unpack(packed, width, 5, read);
            Assert.Equal(numbers.Select(static number => number + 5), read);
        }
    }

    static long PlainRead(byte[] packed, long bit, int width)
    {
        long value = 0;
        for (var i = 0; i < width; i++)
            value |= (long)(packed[(bit + i) / 8] >> (int)((bit + i) % 8) & 1) << i;
        return value;
    }

    static int RoundTrip(long[] numbers)
    {
        var bytes = new byte[IntegerColumn.MaxSizeBytes(numbers.Length)];
        var writer = new ByteWriter(bytes);
        IntegerColumn.Encode(numbers, ref writer);
        var read = new long[numbers.Length];
        var reader = new ByteReader(bytes.AsSpan(0, writer.Position));
        IntegerColumn.Decode(ref reader, read);
        Assert.Equal(numbers, read);
        Assert.Equal(writer.Position, reader.Position);
        return writer.Position;
    }
}
