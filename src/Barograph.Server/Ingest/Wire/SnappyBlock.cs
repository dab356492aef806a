using System.Diagnostics.CodeAnalysis;
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
        while (read < block.Length)
        {
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

    static bool Literal(ReadOnlySpan<byte> block, ref int read, int tag, Span<byte> output, ref int written)
    {
        var length = (tag >> 2) + 1;
        if (length <= 16 && block.Length - read >= 16 && output.Length - written >= 16)
        {
            // What is written beyond the literal is written again by what follows.
            Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(block), (nuint)read)
                .StoreUnsafe(ref MemoryMarshal.GetReference(output), (nuint)written);
            read += length;
            written += length;
            return true;
        }

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
        if (offset >= 16 && output.Length - written >= 64)
        {
            // At most 64 bytes, 16 at a time: the source of each step was written before it.
            ref var bytes = ref MemoryMarshal.GetReference(output);
            for (var at = 0; at < length; at += 16)
                Vector128.LoadUnsafe(ref bytes, (nuint)(written - offset + at)).StoreUnsafe(ref bytes, (nuint)(written + at));
        }
        else if (offset >= length)
        {
            output.Slice(written - offset, length).CopyTo(output[written..]);
        }
        else
        {
            for (var i = 0; i < length; i++)
                output[written + i] = output[written - offset + i];
        }
    }
}
