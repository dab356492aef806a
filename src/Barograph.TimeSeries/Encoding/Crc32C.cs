using System.Buffers.Binary;
using System.Numerics;

namespace Barograph.TimeSeries;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) as every file of the store uses it: all bits set before and inverted after.
/// The runtime uses the processor's instruction (SSE 4.2, ARMv8) and falls back to a table.
/// </summary>
internal static class Crc32C
{
    /// <summary>The checksum of the bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The checksum of what <paramref name="checksum"/> was computed of, followed by the bytes; 0 stands for nothing.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        var state = ~checksum;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var tail in bytes)
            state = BitOperations.Crc32C(state, tail);
        return ~state;
    }
}
