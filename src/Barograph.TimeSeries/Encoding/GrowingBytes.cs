using System.Buffers.Binary;

namespace Barograph.TimeSeries;

/// <summary>Bytes that grow at the end: what <see cref="ByteWriter"/> writes, where the size is not known before.</summary>
/// <param name="capacity">About how many there will be: large ones that grow step by step leave much for the collector.</param>
internal sealed class GrowingBytes(int capacity = 256)
{
    byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>What was written from an offset on, to be written over.</summary>
    public Span<byte> WrittenFrom(int offset) => _bytes.AsSpan(offset, Length - offset);

    /// <summary>Forgets the content, keeps the memory.</summary>
    public void Clear() => Length = 0;

    /// <summary>Room at the end, which counts as written.</summary>
    public Span<byte> Reserve(int count)
    {
        if (Length + count > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(Length + count, (int)Math.Min(Array.MaxLength, _bytes.Length * 2L)));
        var reserved = _bytes.AsSpan(Length, count);
        Length += count;
        return reserved;
    }

    /// <summary>Takes bytes back from the end.</summary>
    public void Shrink(int count) => Length -= count;

    public void WriteByte(byte value) => Reserve(1)[0] = value;

    public void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Reserve(sizeof(uint)), value);

    /// <summary>Overwrites four bytes that were written before.</summary>
    public void SetUInt32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(offset, sizeof(uint)), value);

    public void WriteVarint(ulong value)
    {
        var writer = new ByteWriter(Reserve(ByteWriter.MaxVarintBytes));
        writer.WriteVarint(value);
        Length -= ByteWriter.MaxVarintBytes - writer.Position;
    }

    public void WriteZigzag(long value) => WriteVarint(Zigzag.Encode(value));
}
