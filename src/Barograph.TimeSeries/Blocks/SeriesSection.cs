using System.Buffers.Binary;

namespace Barograph.TimeSeries;

/// <summary>
/// The series of a block: for each its labels and its chunks. Most series have one of a few sets of label names, so these
/// stand apart.
/// <code>
/// series × u32 offset of the series' entry, from the first byte behind the sets
/// varint sets, sets × { varint names, names × varint column }
/// entries: varint set, one varint value a name,
///          varint chunks, chunks × { varint times, zigzag offset - expected, varint size }
/// </code>
/// Expected is the end of the chunk before, and 0 for the first one of a series. In the spare copy the offsets of the
/// entries are left out, and expected goes on from series to series: both follow, and compress to nothing.
/// </summary>
internal sealed class SeriesSection
{
    readonly ReadOnlyMemory<byte> _section;
    readonly int[][] _sets;
    readonly int _entriesAt;

    public SeriesSection(ReadOnlyMemory<byte> section, int seriesCount)
    {
        _section = section;
        var reader = new ByteReader(section.Span[(seriesCount * sizeof(uint))..]);
        _sets = ReadSets(ref reader);
        _entriesAt = seriesCount * sizeof(uint) + reader.Position;
    }

    /// <summary>The labels of a series: numbers of column and value, in the order of the names.</summary>
    public void ReadLabels(int series, List<(int Column, int Value)> labels)
    {
        labels.Clear();
        var reader = Entry(series);
        foreach (var column in _sets[(int)reader.ReadVarint()])
            labels.Add((column, (int)reader.ReadVarint()));
    }

    /// <summary>The chunks of a series, in the order of time.</summary>
    public void ReadChunks(int series, List<ChunkRef> chunks)
    {
        chunks.Clear();
        var reader = Entry(series);
        for (var labels = _sets[(int)reader.ReadVarint()].Length; labels > 0; labels--)
            reader.ReadVarint();
        long expected = 0;
        for (var left = reader.ReadVarint(); left > 0; left--)
        {
            var chunk = new ChunkRef((int)reader.ReadVarint(), expected + reader.ReadZigzag(), (int)reader.ReadVarint());
            chunks.Add(chunk);
            expected = chunk.OffsetBytes + sizeof(uint) + chunk.SizeBytes;
        }
    }

    /// <summary>Begins to walk the chunks of a series, in the order of time.</summary>
    public ChunkWalk WalkChunks(int series)
    {
        var section = _section.Span;
        var start = _entriesAt + (int)BinaryPrimitives.ReadUInt32LittleEndian(section[(series * sizeof(uint))..]);
        var reader = new ByteReader(section[start..]);
        for (var labels = _sets[(int)reader.ReadVarint()].Length; labels > 0; labels--)
            reader.ReadVarint();
        var count = reader.ReadVarint();
        return new ChunkWalk(_section[(start + reader.Position)..], count);
    }

    /// <summary>The section as it was, from the spare copy.</summary>
    public static byte[] FromSpare(ReadOnlySpan<byte> spare, int seriesCount)
    {
        var section = new GrowingBytes(spare.Length + seriesCount * 2 * sizeof(uint));
        section.Reserve(seriesCount * sizeof(uint));
        var reader = new ByteReader(spare);
        var sets = CopySets(ref reader, section);
        var entriesAt = section.Length;
        long from = 0, to = 0;
        for (var series = 0; series < seriesCount; series++, to = 0)
        {
            section.SetUInt32(series * sizeof(uint), (uint)(section.Length - entriesAt));
            CopyEntry(ref reader, sets, section, ref from, ref to);
        }

        return section.Written.ToArray();
    }

    public static void WriteSet(GrowingBytes bytes, ReadOnlySpan<int> columns)
    {
        bytes.WriteVarint((ulong)columns.Length);
        foreach (var column in columns)
            bytes.WriteVarint((ulong)column);
    }

    public static void WriteChunk(GrowingBytes bytes, ChunkRef chunk, ref long expected)
    {
        bytes.WriteVarint((ulong)chunk.Times);
        bytes.WriteZigzag(chunk.OffsetBytes - expected);
        bytes.WriteVarint((ulong)chunk.SizeBytes);
        expected = chunk.OffsetBytes + sizeof(uint) + chunk.SizeBytes;
    }

    ByteReader Entry(int series)
    {
        var section = _section.Span;
        return new ByteReader(section[(_entriesAt + (int)BinaryPrimitives.ReadUInt32LittleEndian(section[(series * sizeof(uint))..]))..]);
    }

    static int[][] ReadSets(ref ByteReader reader)
    {
        var sets = new int[reader.ReadCount(reader.Remaining.Length)][];
        for (var i = 0; i < sets.Length; i++)
        {
            sets[i] = new int[reader.ReadCount(reader.Remaining.Length)];
            foreach (ref var column in sets[i].AsSpan())
                column = (int)reader.ReadVarint();
        }

        return sets;
    }

    static int[][] CopySets(ref ByteReader reader, GrowingBytes copy)
    {
        var sets = ReadSets(ref reader);
        copy.WriteVarint((ulong)sets.Length);
        foreach (var set in sets)
            WriteSet(copy, set);
        return sets;
    }

    static void CopyEntry(ref ByteReader reader, int[][] sets, GrowingBytes copy, ref long from, ref long to)
    {
        var set = reader.ReadVarint();
        copy.WriteVarint(set);
        foreach (var _ in sets[(int)set])
            copy.WriteVarint(reader.ReadVarint());
        CopyChunks(ref reader, copy, ref from, ref to);
    }

    /// <summary>Copies the chunks of a series that are written relative to one expected place, relative to another.</summary>
    public static void CopyChunks(ref ByteReader reader, GrowingBytes copy, ref long from, ref long to)
    {
        var chunks = reader.ReadVarint();
        copy.WriteVarint(chunks);
        for (; chunks > 0; chunks--)
        {
            var chunk = new ChunkRef((int)reader.ReadVarint(), from + reader.ReadZigzag(), (int)reader.ReadVarint());
            WriteChunk(copy, chunk, ref to);
            from = to;
        }
    }
}

/// <summary>Steps through the chunks of a series where they are written.</summary>
internal struct ChunkWalk(ReadOnlyMemory<byte> chunks, ulong count)
{
    int _at;
    ulong _left = count;
    long _expected;

    /// <summary>The next chunk; false at the end.</summary>
    public bool MoveNext(out ChunkRef chunk)
    {
        chunk = default;
        if (_left == 0)
            return false;
        _left--;
        var reader = new ByteReader(chunks.Span[_at..]);
        chunk = new ChunkRef((int)reader.ReadVarint(), _expected + reader.ReadZigzag(), (int)reader.ReadVarint());
        _expected = chunk.OffsetBytes + sizeof(uint) + chunk.SizeBytes;
        _at += reader.Position;
        return true;
    }
}
