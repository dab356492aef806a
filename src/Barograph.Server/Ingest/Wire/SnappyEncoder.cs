using System.Buffers.Binary;

namespace Barograph.Server.Ingest.Wire;

/// <summary>
/// Writes Snappy's block format (google/snappy, format_description.txt): greedy matching with one table of the last place of each
/// run of four bytes, in fragments of 64 KiB, so that every distance fits two bytes. Reusable, not thread-safe.
/// </summary>
internal sealed class SnappyEncoder
{
    const int FragmentBytes = 1 << 16;
    const int TableBits = 14;
    const int CopyBytesMax = 64;

    readonly ushort[] _places = new ushort[1 << TableBits];

    /// <summary>Room that a block of so many bytes never exceeds: a literal of 60 bytes costs one more.</summary>
    public static int MaxLength(int bytes) => 32 + bytes + bytes / 6;

    /// <summary>Encodes.</summary>
    /// <param name="input">Any bytes.</param>
    /// <param name="output">At least <see cref="MaxLength"/>.</param>
    /// <returns>How many bytes were written.</returns>
    public int Encode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        var written = 0;
        var length = (uint)input.Length;
        for (; length >= 0x80; length >>= 7)
            output[written++] = (byte)(length | 0x80);
        output[written++] = (byte)length;
        for (; !input.IsEmpty; input = input[Math.Min(FragmentBytes, input.Length)..])
            written += EncodeFragment(input[..Math.Min(FragmentBytes, input.Length)], output[written..]);
        return written;
    }

    int EncodeFragment(ReadOnlySpan<byte> input, Span<byte> output)
    {
        Array.Clear(_places);
        int written = 0, at = 1, literal = 0;
        while (at + 4 <= input.Length)
        {
            var run = BinaryPrimitives.ReadUInt32LittleEndian(input[at..]);
            ref var place = ref _places[(run * 0x1E35A7BD) >> (32 - TableBits)];
            var candidate = place;
            place = (ushort)at;
            if (candidate >= at || BinaryPrimitives.ReadUInt32LittleEndian(input[candidate..]) != run)
            {
                at += 1 + ((at - literal) >> 5); // what does not repeat is looked at ever less closely
                continue;
            }

            written += WriteLiteral(input[literal..at], output[written..]);
            var length = 4 + input[(at + 4)..].CommonPrefixLength(input[(candidate + 4)..]);
            written += WriteCopies(at - candidate, length, output[written..]);
            at += length;
            literal = at;
        }

        return written + WriteLiteral(input[literal..], output[written..]);
    }

    static int WriteLiteral(ReadOnlySpan<byte> bytes, Span<byte> output)
    {
        if (bytes.IsEmpty)
            return 0;
        var header = 1;
        if (bytes.Length <= 60)
        {
            output[0] = (byte)((bytes.Length - 1) << 2);
        }
        else
        {
            output[0] = 61 << 2; // two bytes of length follow
            BinaryPrimitives.WriteUInt16LittleEndian(output[1..], (ushort)(bytes.Length - 1));
            header = 3;
        }

        bytes.CopyTo(output[header..]);
        return header + bytes.Length;
    }

    static int WriteCopies(int distance, int length, Span<byte> output)
    {
        var written = 0;
        for (; length > 0; length -= CopyBytesMax)
        {
            output[written] = (byte)(((Math.Min(length, CopyBytesMax) - 1) << 2) | 2);
            BinaryPrimitives.WriteUInt16LittleEndian(output[(written + 1)..], (ushort)distance);
            written += 3;
        }

        return written;
    }
}
