using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Barograph.Server.Ingest.Wire;

/// <summary>
/// Reads Snappy's block format (google/snappy, format_description.txt): a varint length, then literals and copies from what was
/// written before. The declared length is known before anything is decoded, so that the caller decides what it pays for.
/// </summary>
internal static class SnappyBlock
{
    /// <summary>No element makes more of less: three bytes make 64. A header that claims more lies.</summary>
    const int BytesPerByteMax = 22;

    /// <summary>Reads the length that the block claims to have decoded.</summary>
    /// <param name="block">The whole block.</param>
    /// <param name="length">The claimed length in bytes; up to 4 GiB.</param>
    /// <param name="problem">What is wrong, when there is no believable length.</param>
    public static bool TryReadLength(ReadOnlySpan<byte> block, out long length, [NotNullWhen(false)] out string? problem)
    {
        length = 0;
        problem = null;
        for (var i = 0; i < 5 && i < block.Length; i++)
        {
            length |= (long)(block[i] & 0x7F) << (7 * i);
            if (block[i] >= 0x80)
                continue;
            if (length > uint.MaxValue)
                break;
            if (length <= (long)block.Length * BytesPerByteMax)
                return true;
            problem = $"snappy: {block.Length} bytes cannot hold the {length} that their header claims";
            return false;
        }

        problem = "snappy: the block does not begin with a length";
        return false;
    }

    /// <summary>Decodes a block.</summary>
    /// <param name="block">The whole block.</param>
    /// <param name="output">Exactly as long as <see cref="TryReadLength"/> says.</param>
    /// <param name="problem">What is wrong, when it cannot be decoded; the output then holds rubbish.</param>
    public static bool TryDecode(ReadOnlySpan<byte> block, Span<byte> output, [NotNullWhen(false)] out string? problem)
    {
        var read = 0;
        while (read < block.Length && block[read] >= 0x80)
            read++;
        read++;
        var written = 0;
        while (true)
        {
            DecodeFast(block, ref read, output, ref written);
            if (read >= block.Length)
                break;
            int tag = block[read++];
            var taken = (tag & 3) == 0
                ? Literal(block, ref read, tag, output, ref written)
                : Copy(block, ref read, tag, output, ref written);
            if (!taken)
            {
                problem = $"snappy: broken at byte {read} of {block.Length}";
                return false;
            }
        }

        problem = written == output.Length ? null : $"snappy: {written} bytes decoded, the header claims {output.Length}";
        return problem is null;
    }

    /// <summary>
    /// The elements that nearly all blocks consist of, as long as there is room to read and write beyond each: literals up to 16 bytes, and
    /// copies from at least 16 bytes back. What is written beyond an element is written again by what follows. Stops before any other.
    /// </summary>
    static void DecodeFast(ReadOnlySpan<byte> block, ref int read, Span<byte> output, ref int written)
    {
        const int ReadBeyond = 1 + 16, WriteBeyond = 64;
        ref var from = ref MemoryMarshal.GetReference(block);
        ref var to = ref MemoryMarshal.GetReference(output);
        var (next, end) = (read, written);
        var (lastRead, lastWritten) = (block.Length - ReadBeyond, output.Length - WriteBeyond);
        while (next <= lastRead && end <= lastWritten)
        {
            int tag = Unsafe.Add(ref from, next);
            int length = (tag >> 2) + 1, offset, taken;
            switch (tag & 3)
            {
                case 0 when length <= 16:
                    Vector128.LoadUnsafe(ref from, (nuint)(next + 1)).StoreUnsafe(ref to, (nuint)end);
                    next += 1 + length;
                    end += length;
                    continue;
                case 1:
                    (length, offset, taken) = (4 + ((tag >> 2) & 7), ((tag >> 5) << 8) | Unsafe.Add(ref from, next + 1), 2);
                    break;
                case 2:
                    (offset, taken) = (Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref from, next + 1)), 3);
                    break;
                default:
                    (offset, taken) = (0, 0);
                    break;
            }

            if (offset < 16 || offset > end)
                break;
            var source = (nuint)(end - offset);
            Vector128.LoadUnsafe(ref to, source).StoreUnsafe(ref to, (nuint)end);
            for (var at = 16; at < length; at += 16) // the source of each step was written before it
                Vector128.LoadUnsafe(ref to, source + (nuint)at).StoreUnsafe(ref to, (nuint)(end + at));
            next += taken;
            end += length;
        }

        (read, written) = (next, end);
    }

    static bool Literal(ReadOnlySpan<byte> block, ref int read, int tag, Span<byte> output, ref int written)
    {
        var length = (tag >> 2) + 1;
        if (length > 60)
        {
            var lengthBytes = length - 60;
            if (block.Length - read < lengthBytes)
                return false;
            uint longer = 0;
            for (var i = 0; i < lengthBytes; i++)
                longer |= (uint)block[read++] << (8 * i);
            if (longer >= int.MaxValue)
                return false;
            length = (int)longer + 1;
        }

        if (length > block.Length - read || length > output.Length - written)
            return false;
        block.Slice(read, length).CopyTo(output[written..]);
        read += length;
        written += length;
        return true;
    }

    static bool Copy(ReadOnlySpan<byte> block, ref int read, int tag, Span<byte> output, ref int written)
    {
        var length = (tag >> 2) + 1;
        long offset;
        switch (tag & 3)
        {
            case 1 when block.Length - read >= 1:
                length = 4 + ((tag >> 2) & 7);
                offset = ((tag >> 5) << 8) | block[read];
                read += 1;
                break;
            case 2 when block.Length - read >= 2:
                offset = block[read] | (block[read + 1] << 8);
                read += 2;
                break;
            case 3 when block.Length - read >= 4:
                offset = (uint)(block[read] | (block[read + 1] << 8) | (block[read + 2] << 16) | (block[read + 3] << 24));
                read += 4;
                break;
            default:
                return false;
        }

        if (offset == 0 || offset > written || length > output.Length - written)
            return false;
        Repeat(output, written, (int)offset, length);
        written += length;
        return true;
    }

    /// <summary>Copies forward within the output; source and target overlap when the offset is shorter than the length.</summary>
    static void Repeat(Span<byte> output, int written, int offset, int length)
    {
        if (offset >= length)
        {
            output.Slice(written - offset, length).CopyTo(output[written..]);
            return;
        }

        for (var i = 0; i < length; i++)
            output[written + i] = output[written - offset + i];
    }
}
