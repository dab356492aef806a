namespace Barograph.TimeSeries;

/// <summary>Reads what <see cref="ByteWriter"/> writes; running over the end is a <see cref="CorruptChunkException"/>.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> source)
{
    readonly ReadOnlySpan<byte> _source = source;

    /// <summary>How many bytes have been read.</summary>
    public int Position { get; private set; }

    /// <summary>What has not been read yet.</summary>
    public readonly ReadOnlySpan<byte> Remaining => _source[Position..];

    public byte ReadByte()
    {
        if ((uint)Position >= (uint)_source.Length)
            CorruptChunkException.Throw("it ends too early");
        return _source[Position++];
    }

    public ReadOnlySpan<byte> Read(int count)
    {
        if ((uint)count > (uint)(_source.Length - Position))
            CorruptChunkException.Throw("it ends too early");
        var bytes = _source.Slice(Position, count);
        Position += count;
        return bytes;
    }

    public ulong ReadVarint()
    {
        var first = ReadByte();
        if (first < 0x80)
            return first;
        ulong value = first & 0x7Fu;
        for (var shift = 7; shift < 64; shift += 7)
        {
            var next = ReadByte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        CorruptChunkException.Throw("a varint is longer than ten bytes");
        return 0;
    }

    public long ReadZigzag() => Zigzag.Decode(ReadVarint());

    /// <summary>A varint that must lie in 0 … <paramref name="max"/>: counts and lengths, checked before anything is sized by them.</summary>
    public int ReadCount(int max)
    {
        var value = ReadVarint();
        if (value > (ulong)max)
            CorruptChunkException.Throw($"a count of {value} where at most {max} is possible");
        return (int)value;
    }
}
