namespace Barograph.TimeSeries;

/// <summary>What a chunk holds; the first byte of it.</summary>
internal enum ChunkKind : byte
{
    /// <summary>Times and doubles.</summary>
    Floats = 1,

    /// <summary>Times and native histograms.</summary>
    Histograms = 2,

    /// <summary>Windows of a rollup; only in blocks.</summary>
    Rollup = 3,
}

/// <summary>What a chunk says of itself without being decoded.</summary>
internal readonly record struct ChunkHeader(ChunkKind Kind, int Count, long FirstMs, long LastMs);

/// <summary>
/// Samples of one series as bytes. A chunk has no checksum of its own: where it lies (a block, the log) it has one.
/// <code>
/// byte    kind
/// varint  count, 1 … 4096
/// times   <see cref="TimeColumn"/>
/// values  <see cref="ValueColumn"/>
/// </code>
/// Blocks keep the two columns apart, since thousands of series of one scrape share their times.
/// </summary>
internal static class ChunkCodec
{
    /// <summary>
    /// The most samples of a chunk. It bounds what one damaged byte costs and what a reader must have room for.
    /// </summary>
    public const int MaxSamples = 4096;

    /// <summary>Room that always suffices for a chunk.</summary>
    public static int MaxSizeBytes(int count) =>
        1 + ByteWriter.MaxVarintBytes + TimeColumn.MaxSizeBytes(count) + ValueColumn.MaxSizeBytes(count);

    /// <summary>Encodes samples, 1 to <see cref="MaxSamples"/> with ascending times.</summary>
    /// <param name="timestampsMs">Unix milliseconds.</param>
    /// <param name="values">As many; every bit is kept.</param>
    /// <param name="chunk">At least <see cref="MaxSizeBytes"/> long.</param>
    /// <returns>How many bytes the chunk has.</returns>
    public static int Encode(ReadOnlySpan<long> timestampsMs, ReadOnlySpan<double> values, Span<byte> chunk)
    {
        Invariant.Holds(timestampsMs.Length == values.Length);
        Invariant.Holds(timestampsMs.Length is >= 1 and <= MaxSamples);
        var writer = new ByteWriter(chunk);
        writer.WriteByte((byte)ChunkKind.Floats);
        writer.WriteVarint((ulong)timestampsMs.Length);
        TimeColumn.Encode(timestampsMs, ref writer);
        ValueColumn.Encode(values, ref writer);
        return writer.Position;
    }

    /// <summary>Reads kind, count and bounds, a few nanoseconds.</summary>
    /// <exception cref="CorruptChunkException">The bytes do not begin as a chunk does.</exception>
    public static ChunkHeader ReadHeader(ReadOnlySpan<byte> chunk)
    {
        var reader = new ByteReader(chunk);
        var (kind, count) = ReadKindAndCount(ref reader);
        var (firstMs, lastMs) = TimeColumn.ReadBounds(ref reader);
        return new ChunkHeader(kind, count, firstMs, lastMs);
    }

    /// <summary>Decodes a chunk of floats.</summary>
    /// <param name="chunk">The whole chunk and nothing more.</param>
    /// <param name="timestampsMs">Room for the chunk's count; <see cref="MaxSamples"/> always suffices.</param>
    /// <param name="values">Likewise.</param>
    /// <returns>The count.</returns>
    /// <exception cref="CorruptChunkException">The bytes are not a chunk of floats, or the room is too small.</exception>
    public static int Decode(ReadOnlySpan<byte> chunk, Span<long> timestampsMs, Span<double> values)
    {
        var reader = new ByteReader(chunk);
        var (kind, count) = ReadKindAndCount(ref reader);
        if (kind != ChunkKind.Floats)
            CorruptChunkException.Throw($"floats were expected, it holds {kind}");
        if (count > timestampsMs.Length || count > values.Length)
            CorruptChunkException.Throw($"it claims {count} samples");
        TimeColumn.Decode(ref reader, timestampsMs[..count]);
        ValueColumn.Decode(ref reader, values[..count]);
        if (reader.Remaining.Length > 0)
            CorruptChunkException.Throw($"{reader.Remaining.Length} bytes follow its end");
        return count;
    }

    static (ChunkKind Kind, int Count) ReadKindAndCount(ref ByteReader reader)
    {
        var kind = (ChunkKind)reader.ReadByte();
        if (kind is not (ChunkKind.Floats or ChunkKind.Histograms))
            CorruptChunkException.Throw($"no chunk is of kind {(byte)kind}");
        var count = reader.ReadCount(MaxSamples);
        if (count == 0)
            CorruptChunkException.Throw("it has no samples");
        return (kind, count);
    }
}
