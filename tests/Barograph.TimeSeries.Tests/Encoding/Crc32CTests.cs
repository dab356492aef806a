using System.Text;

namespace Barograph.TimeSeries.Tests;

public sealed class Crc32CTests
{
    [Fact]
    public void The_check_value_of_the_algorithm_is_met() => Assert.Equal(0xE3069283u, Crc32C.Compute(Encoding.ASCII.GetBytes("123456789")));

    [Fact]
    public void Every_length_equals_the_plain_definition()
    {
        var bytes = new byte[300];
        new Random(7).NextBytes(bytes);
        for (var length = 0; length <= bytes.Length; length++)
            Assert.Equal(Plain(bytes.AsSpan(0, length)), Crc32C.Compute(bytes.AsSpan(0, length)));
    }

    [Fact]
    public void A_checksum_may_be_continued()
    {
        var bytes = new byte[100];
        new Random(8).NextBytes(bytes);
        for (var cut = 0; cut <= bytes.Length; cut++)
            Assert.Equal(Crc32C.Compute(bytes), Crc32C.Append(Crc32C.Compute(bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
    }

    static uint Plain(ReadOnlySpan<byte> bytes)
    {
        var state = uint.MaxValue;
        foreach (var next in bytes)
        {
            state ^= next;
            for (var bit = 0; bit < 8; bit++)
                state = (state >> 1) ^ ((state & 1) * 0x82F63B78u);
        }

        return ~state;
    }
}
