using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Barograph.Server.Events;

/// <summary>
/// A 64-bit hash that is the same in every process, for what is kept in files and for sketches: multiply and rotate over eight bytes at a time,
/// with the finish of MurmurHash3. Not for secrets.
/// </summary>
internal static class StableHash
{
    const ulong Odd1 = 0x9E3779B97F4A7C15, Odd2 = 0xC2B2AE3D27D4EB4F;

    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var hash = Odd1 ^ (ulong)bytes.Length * Odd2;
        while (bytes.Length >= 8)
        {
            hash = BitOperations.RotateLeft(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes) * Odd2, 31) * Odd1;
            bytes = bytes[8..];
        }

        ulong rest = 0;
        for (var i = bytes.Length - 1; i >= 0; i--)
            rest = rest << 8 | bytes[i];
        return Finish(BitOperations.RotateLeft(hash ^ rest * Odd2, 31) * Odd1);
    }

    public static ulong Of(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[1024];
        return Encoding.UTF8.TryGetBytes(text, bytes, out var length) ? Of(bytes[..length]) : Of(Encoding.UTF8.GetBytes(text.ToString()));
    }

    public static ulong Join(ulong left, ulong right) => Finish(BitOperations.RotateLeft(left, 27) * Odd1 ^ right * Odd2);

    static ulong Finish(ulong hash)
    {
        hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53;
        return hash ^ hash >> 33;
    }
}
