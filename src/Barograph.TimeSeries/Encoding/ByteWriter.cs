namespace Barograph.TimeSeries;

/// <summary>Writes into a span from its start. The caller has sized the span; running over its end is a bug of ours.</summary>
internal ref struct ByteWriter(Span<byte> destination)
{
    readonly Span<byte> _destination = destination;

    /// <summary>The longest varint.</summary>
    public const int MaxVarintBytes = 10;

    /// <summary>How many bytes have been written.</summary>
    public int Position { get; private set; }

    public void WriteByte(byte value) => _destination[Position++] = value;

    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_destination[Position..]);
        Position += bytes.Length;
    }

    /// <summary>Skips bytes for the caller to fill.</summary>
    public Span<byte> Reserve(int count)
    {
        var reserved = _destination.Slice(Position, count);
        Position += count;
        return reserved;
    }

    /// <summary>Seven bits a byte, the low ones first; the top bit says that more follow (LEB128).</summary>
    public void WriteVarint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            WriteByte((byte)(value | 0x80));
        WriteByte((byte)value);
    }

    /// <summary>How many bytes a length takes as a varint.</summary>
    public static int VarintBytes(int value) => value < 0x80 ? 1 : 1 + VarintBytes(value >> 7);

    /// <summary>A signed number as a varint whose low bit is the sign: 0, -1, 1, -2 … become 0, 1, 2, 3 …</summary>
    public void WriteZigzag(long value) => WriteVarint(Zigzag.Encode(value));
}

/// <summary>Signed numbers of small magnitude as unsigned numbers of small magnitude.</summary>
internal static class Zigzag
{
    public static ulong Encode(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static long Decode(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
