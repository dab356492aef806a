using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace Barograph.TimeSeries;

/// <summary>Something of a block that is not as it was written.</summary>
/// <param name="Path">The file.</param>
/// <param name="Series">The series that lost samples, or null when none did.</param>
/// <param name="Lost">The time of the samples that are lost; empty when none are.</param>
/// <param name="SampleCount">How many are lost.</param>
/// <param name="What">A sentence for the log.</param>
internal readonly record struct BlockDamage(string Path, Labels? Series, TimeRange Lost, int SampleCount, string What);

/// <summary>
/// A block opened for reading: immutable, mapped, shared by any number of readers. Opening reads the footer only; the index
/// is verified at its first use, each chunk whenever it is read. Whoever keeps it over other work pins it.
/// </summary>
internal sealed class Block : IDisposable
{
    readonly Disk _disk;
    readonly MappedFile _file;
    readonly BlockFooter _footer;
    readonly Action<BlockDamage> _damaged;
    readonly Lazy<BlockIndex> _index;
    readonly Lazy<BlockSpare?> _spare;
    readonly ConcurrentDictionary<long, bool> _reported = [];
    readonly SharedTimes _sharedTimes = new();
    Tombstones _tombstones = Tombstones.None;
    int _pins = 1;

    Block(string path, MappedFile file, BlockFooter footer, Action<BlockDamage> damaged, Disk disk)
    {
        (Path, _file, _footer, _damaged, _disk) = (path, file, footer, damaged, disk);
        _index = new Lazy<BlockIndex>(() => BlockIndex.Read(_file, _footer, Path, what => Report(-1, null, default, 0, what)));
        _spare = new Lazy<BlockSpare?>(() => BlockSpare.TryRead(_file, _footer));
    }

    public string Path { get; }

    /// <summary>Stands for this block where it must not be held.</summary>
    public long Id { get; } = SourceIds.Next();

    public BlockInfo Info => _footer.Info;

    public long SizeBytes => _file.Length;

    public int SeriesCount => Info.SeriesCount;

    /// <summary>What was deleted of it; readers take it when they are opened.</summary>
    public Tombstones Tombstones => Volatile.Read(ref _tombstones);

    /// <summary>The labels, verified at the first use.</summary>
    /// <exception cref="CorruptBlockException">The index and its spare are damaged.</exception>
    public BlockLabels Labels => _index.Value.Labels;

    internal BlockIndex Index => _index.Value;

    /// <summary>Where the parts of the index lie.</summary>
    internal IReadOnlyList<Section> Sections => _footer.Sections;

    /// <summary>Maps a block and reads its footer, and the tombstones beside it.</summary>
    /// <param name="damaged">Told of each damage once, at any time, on any reading thread. Must not throw.</param>
    /// <param name="disk">What writes its tombstones; the real one when it is not said.</param>
    /// <exception cref="CorruptBlockException">It is not a whole block, or of a newer version.</exception>
    public static Block Open(string path, Action<BlockDamage> damaged, Disk? disk = null)
    {
        var file = new MappedFile(path);
        try
        {
            var block = new Block(path, file, ReadFooter(file, path, damaged), damaged, disk ?? Disk.Real);
            block.ReadTombstones();
            return block;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Keeps the block mapped until <see cref="Unpin"/>; false when it has been closed already.</summary>
    public bool TryPin()
    {
        for (var pins = Volatile.Read(ref _pins); pins > 0; pins = Volatile.Read(ref _pins))
        {
            if (Interlocked.CompareExchange(ref _pins, pins + 1, pins) == pins)
                return true;
        }

        return false;
    }

    public void Unpin()
    {
        if (Interlocked.Decrement(ref _pins) == 0)
            _file.Dispose();
    }

    /// <summary>Lets go of the parts of the file that were read; any number of readers may go on.</summary>
    public void LetGo() => _file.LetGo();

    /// <summary>Closes the block: it is unmapped when the last reader has unpinned it. Call it once.</summary>
    public void Dispose() => Unpin();

    /// <summary>The series that pass all matchers, as numbers in ascending order, which is the order of their labels.</summary>
    public int[] Find(IReadOnlyList<Matcher> matchers) => PostingsQuery.Find(Labels, SeriesCount, matchers);

    /// <summary>Whether a series has a chunk that reaches into a range.</summary>
    public bool MayHaveSamples(int series, TimeRange range)
    {
        if (Info.FirstMs >= range.StartMs && Info.LastMs < range.EndMs)
            return true;
        var index = _index.Value;
        var chunks = index.Series.WalkChunks(series);
        while (chunks.MoveNext(out var chunk))
        {
            var times = index.Times(chunk.Times);
            if (times.LastMs >= range.StartMs)
                return times.FirstMs < range.EndMs; // later ones begin later
        }

        return false;
    }

    /// <summary>The end of a series' last chunk.</summary>
    public long LastMs(int series)
    {
        List<ChunkRef> chunks = [];
        _index.Value.Series.ReadChunks(series, chunks);
        return _index.Value.Times(chunks[^1].Times).LastMs;
    }

    /// <summary>Writes the key of a series (<see cref="SampleBatch"/>) in the place of what was there.</summary>
    public void ReadKey(int series, GrowingBytes key) => ReadKey(series, key, []);

    /// <summary>Likewise, for many series.</summary>
    /// <param name="series">Its number.</param>
    /// <param name="key">The key.</param>
    /// <param name="labels">Room that is used again for the next.</param>
    public void ReadKey(int series, GrowingBytes key, List<(int Column, int Value)> labels)
    {
        _index.Value.Series.ReadLabels(series, labels);
        key.Clear();
        foreach (var (number, value) in labels)
        {
            var column = Labels.Columns[number];
            AppendLabel(key, column.NameBytes, column[value]);
        }
    }

    /// <summary>The labels of a series.</summary>
    public Labels ReadLabels(int series)
    {
        List<(int Column, int Value)> labels = [];
        _index.Value.Series.ReadLabels(series, labels);
        return TimeSeries.Labels.From(labels.Select(label =>
            new Label(Labels.Columns[label.Column].Name, Labels.Columns[label.Column].Text(label.Value))));
    }

    /// <summary>Reads the samples of a series in a range; what is deleted or damaged is left out. Keep the block pinned.</summary>
    public SampleReader OpenReader(int series, TimeRange range)
    {
        var reader = new BlockReader();
        reader.Open(this, series, range);
        return reader;
    }

    /// <summary>Deletes a range of some series: durable when it returns, seen by readers opened from now on.</summary>
    /// <exception cref="IOException">The disk did not take it; nothing is deleted.</exception>
    public void Delete(IEnumerable<int> series, TimeRange deleted)
    {
        var tombstones = Tombstones.With(series, deleted);
        _disk.Replace(Path + Tombstones.FileSuffix, tombstones.Encode());
        Volatile.Write(ref _tombstones, tombstones);
    }

    /// <summary>Decodes a chunk of samples. What cannot be read is reported and counts as lost.</summary>
    internal bool TryReadSamples(int series, ChunkRef chunk, DecodedChunk samples)
    {
        var count = _index.Value.Times(chunk.Times).Count;
        try
        {
            if (TryReadRecord(chunk.OffsetBytes, chunk.SizeBytes, out var payload) && !payload.IsEmpty)
            {
                samples.Reset(count, holdsHistograms: (ChunkKind)payload[0] == ChunkKind.Histograms);
                if (TryReadTimes(chunk.Times, samples.TimestampsMs))
                {
                    DecodeSamples(payload, samples);
                    return true;
                }
            }
        }
        catch (CorruptChunkException)
        {
            // The checksum holds and yet it is no chunk: lost all the same.
        }

        samples.Reset(0, holdsHistograms: false);
        ReportLost(series, chunk);
        return false;
    }

    /// <summary>Decodes a chunk of rollup windows; likewise.</summary>
    internal bool TryReadRollup(int series, ChunkRef chunk, RollupColumns windows)
    {
        windows.Resize(_index.Value.Times(chunk.Times).Count);
        try
        {
            if (TryReadRecord(chunk.OffsetBytes, chunk.SizeBytes, out var payload) && TryReadTimes(chunk.Times, windows.StartsMs))
            {
                if (payload.IsEmpty || (ChunkKind)payload[0] != ChunkKind.Rollup)
                    CorruptChunkException.Throw("windows were expected");
                RollupCodec.Decode(payload[1..], windows);
                return true;
            }
        }
        catch (CorruptChunkException)
        {
            // as above
        }

        ReportLost(series, chunk);
        return false;
    }

    /// <summary>A record's payload, if its checksum holds.</summary>
    internal bool TryReadRecord(long offsetBytes, int sizeBytes, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (!_file.Contains(offsetBytes, (long)sizeBytes + sizeof(uint)))
            return false;
        var record = _file.Read(offsetBytes, sizeof(uint) + sizeBytes);
        payload = record[sizeof(uint)..];
        return BinaryPrimitives.ReadUInt32LittleEndian(record) == Crc32C.Compute(payload);
    }

    /// <summary>Reports a chunk that cannot be read, once.</summary>
    void ReportLost(int series, ChunkRef chunk)
    {
        if (!_reported.TryAdd(chunk.OffsetBytes, true))
            return;
        var entry = _index.Value.Times(chunk.Times);
        Report(series, ReadLabels(series), new TimeRange(entry.FirstMs, entry.LastMs + 1), entry.Count,
            $"the chunk at byte {chunk.OffsetBytes} is damaged, {entry.Count} samples are lost");
    }

    /// <summary>Whether the parts that serve only when another is damaged are whole.</summary>
    internal bool HasSpare => _spare.Value is not null;

    static void DecodeSamples(ReadOnlySpan<byte> payload, DecodedChunk samples)
    {
        var reader = new ByteReader(payload[1..]);
        switch ((ChunkKind)payload[0])
        {
            case ChunkKind.Floats:
                ValueColumn.Decode(ref reader, samples.Values);
                break;
            case ChunkKind.Histograms:
                HistogramColumn.Decode(ref reader, samples.Histograms);
                samples.Values.Fill(double.NaN);
                break;
            default:
                CorruptChunkException.Throw($"samples were expected, it holds {(ChunkKind)payload[0]}");
                break;
        }
    }

    /// <summary>Decodes a time column: from its place, or from the spare when that is damaged.</summary>
    /// <returns>False when both are damaged.</returns>
    bool TryReadTimes(int number, Span<long> timestampsMs)
    {
        if (_sharedTimes.TryCopy(number, timestampsMs))
            return true;
        var entry = _index.Value.Times(number);
        if (TryReadRecord(entry.OffsetBytes, entry.SizeBytes, out var column))
        {
            DecodeTimes(column, timestampsMs);
            _sharedTimes.Offer(number, timestampsMs);
            return true;
        }

        if (_spare.Value is not { } spare || !spare.TimeColumns.TryGetValue(number, out var second))
            return false;
        if (_reported.TryAdd(entry.OffsetBytes, true))
            Report(-1, null, default, 0, $"the time column at byte {entry.OffsetBytes} is damaged, the spare copy serves");
        DecodeTimes(second.Span, timestampsMs);
        return true;
    }

    static void AppendLabel(GrowingBytes key, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        key.WriteByte(0x0A);
        key.WriteVarint((ulong)(2 + ByteWriter.VarintBytes(name.Length) + name.Length + ByteWriter.VarintBytes(value.Length) + value.Length));
        key.WriteByte(0x0A);
        key.WriteVarint((ulong)name.Length);
        key.Write(name);
        key.WriteByte(0x12);
        key.WriteVarint((ulong)value.Length);
        key.Write(value);
    }

    static void DecodeTimes(ReadOnlySpan<byte> column, Span<long> timestampsMs)
    {
        var reader = new ByteReader(column);
        TimeColumn.Decode(ref reader, timestampsMs);
    }

    void Report(int series, Labels? labels, TimeRange lost, int sampleCount, string what) =>
        _damaged(new BlockDamage(Path, labels, lost, sampleCount, series >= 0 ? $"{what} of {labels}" : what));

    void ReadTombstones()
    {
        var path = Path + Tombstones.FileSuffix;
        if (!File.Exists(path))
            return;
        try
        {
            _tombstones = Tombstones.Decode(File.ReadAllBytes(path));
        }
        catch (CorruptChunkException)
        {
            Report(-1, null, default, 0, $"{path} is damaged: what was deleted is visible again; delete it once more");
        }
    }

    static BlockFooter ReadFooter(MappedFile file, string path, Action<BlockDamage> damaged)
    {
        const int size = BlockFooter.SizeBytes;
        if (file.Length < 2 * size)
            throw new CorruptBlockException(path, $"a block has more than {file.Length} bytes");
        var first = file.Read(file.Length - 2 * size, size);
        var second = file.Read(file.Length - size, size);
        var footer = BlockFooter.TryRead(first, file.Length) ?? BlockFooter.TryRead(second, file.Length)
            ?? throw new CorruptBlockException(path, "the end of the block is missing or damaged in both copies");
        if (BlockFooter.ReadVersion(BlockFooter.TryRead(first, file.Length) is null ? second : first) is var version
            && version > BlockFooter.Version)
            throw new CorruptBlockException(path, $"it has format {version}; this program knows up to {BlockFooter.Version}. Use a newer program");
        if (!first.SequenceEqual(second))
            damaged(new BlockDamage(path, null, default, 0, "one of the two footers is damaged, the other serves"));
        if (!file.Read(0, BlockFooter.Magic.Length).SequenceEqual(BlockFooter.Magic))
            damaged(new BlockDamage(path, null, default, 0, "the first bytes are damaged; nothing depends on them"));
        return footer;
    }
}
