using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>
/// The time columns of a block under way. A scrape gives thousands of series the same times: they are encoded and written
/// once, in front of the first chunk that needs them. What several chunks depend on goes into the spare as well, so that
/// one damaged byte never costs more than one chunk.
/// </summary>
internal sealed class TimesPool(BlockFile file)
{
    /// <summary>What is remembered for comparison; beyond it all is forgotten, and columns may be written twice.</summary>
    const int RememberedBytes = 4 << 20;

    readonly Dictionary<ulong, Column> _byHash = [];
    readonly GrowingBytes _entries = new();
    readonly GrowingBytes _shared = new();
    readonly byte[] _encoded = new byte[TimeColumn.MaxSizeBytes(ChunkCodec.MaxSamples)];
    readonly long[] _decoded = new long[ChunkCodec.MaxSamples];
    int _rememberedBytes;

    /// <summary>The times section: <see cref="TimesEntry"/> after entry.</summary>
    public ReadOnlySpan<byte> Entries => _entries.Written;

    /// <summary>The columns that several chunks use: varint number, varint size, bytes.</summary>
    public ReadOnlySpan<byte> Shared => _shared.Written;

    public TimesEntry this[int number] => TimesEntry.Read(Entries[(number * TimesEntry.Bytes)..]);

    /// <summary>The number of the column with these times.</summary>
    public int Add(ReadOnlySpan<long> timestampsMs)
    {
        var hash = KeyHash.Of(MemoryMarshal.AsBytes(timestampsMs));
        if (_byHash.TryGetValue(hash, out var known) && IsSame(known, timestampsMs))
        {
            Use(known);
            return known.Number;
        }

        var writer = new ByteWriter(_encoded);
        TimeColumn.Encode(timestampsMs, ref writer);
        var column = _encoded.AsSpan(0, writer.Position);
        var number = Write(column, timestampsMs.Length, timestampsMs[0], timestampsMs[^1]);
        if (_rememberedBytes > RememberedBytes)
        {
            _byHash.Clear();
            _rememberedBytes = 0;
        }

        _byHash[hash] = new Column(number, column.ToArray());
        _rememberedBytes += column.Length + 100;
        return number;
    }

    /// <summary>Takes over a column of another block.</summary>
    /// <param name="shared">Whether several chunks will use it.</param>
    public int Copy(ReadOnlySpan<byte> column, TimesEntry source, bool shared)
    {
        var number = Write(column, source.Count, source.FirstMs, source.LastMs);
        if (shared)
            WriteShared(number, column);
        return number;
    }

    int Write(ReadOnlySpan<byte> column, int count, long firstMs, long lastMs)
    {
        var number = _entries.Length / TimesEntry.Bytes;
        new TimesEntry(file.Position, column.Length, count, firstMs, lastMs).Write(_entries.Reserve(TimesEntry.Bytes));
        file.WriteChecked(column);
        return number;
    }

    void Use(Column column)
    {
        if (column.Shared)
            return;
        column.Shared = true;
        WriteShared(column.Number, column.Encoded);
    }

    void WriteShared(int number, ReadOnlySpan<byte> column)
    {
        _shared.WriteVarint((ulong)number);
        _shared.WriteVarint((ulong)column.Length);
        _shared.Write(column);
    }

    bool IsSame(Column known, ReadOnlySpan<long> timestampsMs)
    {
        if (this[known.Number].Count != timestampsMs.Length)
            return false;
        var decoded = _decoded.AsSpan(0, timestampsMs.Length);
        var reader = new ByteReader(known.Encoded);
        TimeColumn.Decode(ref reader, decoded);
        return decoded.SequenceEqual(timestampsMs);
    }

    sealed class Column(int number, byte[] encoded)
    {
        public int Number { get; } = number;

        public byte[] Encoded { get; } = encoded;

        public bool Shared { get; set; }
    }
}
