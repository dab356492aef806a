using System.Text;
using Barograph.Server.Ingest.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace Barograph.Server.Tests.Ingest;

public sealed class SnappyBlockTests
{
    [Fact]
    public void What_another_encoder_wrote_is_read() =>
        Prop.ForAll(Texts().ToArbitrary(), text => Decode(IronSnappy.Snappy.Encode(text)).AsSpan().SequenceEqual(text)).QuickCheckThrowOnFailure();

    [Fact]
    public void What_our_encoder_writes_is_read_by_both_and_no_longer_than_it_says()
    {
        var encoder = new SnappyEncoder();
        Prop.ForAll(Texts().ToArbitrary(), text =>
        {
            var block = new byte[SnappyEncoder.MaxLength(text.Length)];
            block = block[..encoder.Encode(text, block)];
            return Decode(block).AsSpan().SequenceEqual(text) && IronSnappy.Snappy.Decode(block).AsSpan().SequenceEqual(text);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>Bytes that repeat themselves at every distance, as requests do, and some that do not.</summary>
    static Gen<byte[]> Texts() =>
        from seed in Gen.Choose(0, int.MaxValue)
        from length in Gen.OneOf(Gen.Choose(0, 100), Gen.Choose(0, 200_000))
        from repetition in Gen.Elements(0, 30, 90, 100)
        select Text(seed, length, repetition);

    static byte[] Text(int seed, int length, int repetition)
    {
        var random = new Random(seed);
        var text = new byte[length];
        for (var at = 0; at < length;)
        {
            var run = Math.Min(random.Next(1, 120), length - at);
            var distance = random.Next(1, Math.Max(2, Math.Min(at, random.Next(2) == 0 ? 30 : 70_000)));
            for (var i = 0; i < run; i++, at++)
                text[at] = at >= distance && random.Next(100) < repetition ? text[at - distance] : (byte)random.Next(256);
        }

        return text;
    }

    [Theory]
    [InlineData(1, "aaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData(3, "abcabcabcabcabcabcabcabc")]
    [InlineData(7, "abcdefgabcdefgabcdefgabc")]
    public void A_copy_may_overlap_itself(int offset, string expected)
    {
        // a literal of the first letters, then one copy (two-byte offset) for the rest
        byte[] block =
        [
            24, (byte)((offset - 1) << 2), .. Encoding.ASCII.GetBytes(expected[..offset]),
            (byte)(((24 - offset - 1) << 2) | 2), (byte)offset, 0,
        ];
        Assert.Equal(expected, Encoding.ASCII.GetString(Decode(block)));
    }

    [Fact]
    public void All_three_kinds_of_copies_are_read()
    {
        byte[] block = [16, 3 << 2, .. "abcd"u8, 0b0000_0001, 4, (3 << 2) | 2, 4, 0, (3 << 2) | 3, 4, 0, 0, 0];
        Assert.Equal("abcdabcdabcdabcd", Encoding.ASCII.GetString(Decode(block)));
    }

    [Fact]
    public void A_header_that_claims_more_than_any_block_can_hold_is_refused_before_anything_is_allocated()
    {
        Assert.False(SnappyBlock.TryReadLength([0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0], out _, out var problem));
        Assert.Equal("snappy: 6 bytes cannot hold the 4294967295 that their header claims", problem);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 })]
    public void A_block_without_a_length_is_refused(byte[] block) => Assert.False(SnappyBlock.TryReadLength(block, out _, out _));

    [Theory]
    [InlineData(new byte[] { 4, 3 << 2, 1, 2, 3 }, "the literal ends early")]
    [InlineData(new byte[] { 4, 62 << 2, 255, 255 }, "the literal's length ends early")]
    [InlineData(new byte[] { 4, 63 << 2, 255, 255, 255, 255 }, "a literal of 4 GiB")]
    [InlineData(new byte[] { 4, 1, 1 }, "a copy from before the start")]
    [InlineData(new byte[] { 4, 0, 1, 1, 0 }, "a copy from nowhere")]
    [InlineData(new byte[] { 4, 0, 1, 2 }, "a copy without its offset")]
    [InlineData(new byte[] { 2, 0, 1, 1, 1 }, "a copy beyond the end")]
    [InlineData(new byte[] { 4, 0, 1 }, "too little in all")]
    public void A_broken_block_is_refused(byte[] block, string why)
    {
        Assert.True(SnappyBlock.TryReadLength(block, out var length, out _));
        Assert.False(SnappyBlock.TryDecode(block, new byte[length], out var problem), why);
        Assert.StartsWith("snappy: ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_bytes_give_a_text_or_a_refusal()
    {
        const int Seed = 20261121;
        var random = new Random(Seed);
        for (var round = 0; round < 20_000; round++)
        {
            var block = IronSnappy.Snappy.Encode(Text(random.Next(), random.Next(300), 60));
            for (var flips = random.Next(1, 5); flips > 0; flips--)
                block[random.Next(block.Length)] = (byte)random.Next(256);
            if (SnappyBlock.TryReadLength(block, out var length, out _))
                SnappyBlock.TryDecode(block, new byte[length], out _);
        }
    }

    static byte[] Decode(byte[] block)
    {
        Assert.True(SnappyBlock.TryReadLength(block, out var length, out var problem), problem);
        var text = new byte[length];
        Assert.True(SnappyBlock.TryDecode(block, text, out problem), problem);
        return text;
    }
}
