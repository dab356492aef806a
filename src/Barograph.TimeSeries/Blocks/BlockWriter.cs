using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>
/// Writes a block series by series, in the order of their labels, each series once. Besides the index (some twenty bytes a series) it
/// holds one chunk in memory. Nothing is visible before <see cref="Finish"/> returns.
/// </summary>
internal sealed class BlockWriter : IDisposable
{
    /// <summary>
    /// Samples at which a chunk is closed. Twice as many save 1 % and double what a short read decodes and what a damaged
    /// byte costs.
    /// </summary>
    public const int ChunkSamples = 1024;

    /// <summary>Likewise for histograms, of which each is tens of numbers.</summary>
    const int ChunkHistograms = 128;

    readonly BlockMeta _meta;
    readonly BlockFile _file;
    readonly TimesPool _times;
    readonly BlockIndexBuilder _index;
    readonly List<(int Name, int Value)> _labels = [];
    readonly List<ChunkRef> _chunks = [];
    readonly long[] _openTimes = new long[ChunkSamples];
    readonly double[] _openValues = new double[ChunkSamples];
    readonly List<NativeHistogram> _openHistograms = []; // when not empty, the open chunk holds histograms
    readonly byte[] _payload = new byte[1 + ValueColumn.MaxSizeBytes(ChunkSamples)];
    int _open;
    long _lastMs;
    long _sampleCount;
    (long FirstMs, long LastMs) _bounds = (long.MaxValue, long.MinValue);

    /// <param name="path">Where the block will be; an older file of that name is replaced.</param>
    /// <param name="labels">What the numbers of labels stand for.</param>
    /// <param name="seriesExpected">About how many series will come.</param>
    /// <param name="disk">What writes it; the real one when it is not said.</param>
    public BlockWriter(string path, BlockMeta meta, ILabelTexts labels, int seriesExpected, Disk? disk = null)
    {
        _meta = meta;
        _index = new BlockIndexBuilder(labels, seriesExpected);
        _file = new BlockFile(path, disk ?? Disk.Real);
        _file.Write(BlockFooter.Magic);
        _times = new TimesPool(_file);
    }

    /// <summary>Closes the series before and begins one. A series that gets no samples leaves no trace.</summary>
    /// <param name="labels">Its labels, in the order of their names.</param>
    public void BeginSeries(ReadOnlySpan<(int Name, int Value)> labels)
    {
        EndSeries();
        _labels.Clear();
        _labels.AddRange(labels);
        _lastMs = long.MinValue;
    }

    /// <summary>Adds samples to the series, each later than the one before it.</summary>
    public void Append(ReadOnlySpan<long> timestampsMs, ReadOnlySpan<double> values)
    {
        Invariant.Holds(timestampsMs.Length == values.Length);
        while (timestampsMs.Length > 0)
        {
            if (_open == ChunkSamples || _openHistograms.Count > 0)
                CloseChunk();
            var some = Math.Min(timestampsMs.Length, ChunkSamples - _open);
            foreach (var time in timestampsMs[..some])
                AddTime(time);
            values[..some].CopyTo(_openValues.AsSpan(_open - some));
            timestampsMs = timestampsMs[some..];
            values = values[some..];
        }
    }

    /// <summary>Adds histograms to the series; likewise. Between them and values a chunk ends.</summary>
    public void AppendHistograms(ReadOnlySpan<long> timestampsMs, ReadOnlySpan<NativeHistogram> histograms)
    {
        Invariant.Holds(timestampsMs.Length == histograms.Length);
        for (var i = 0; i < histograms.Length; i++)
        {
            if (_open > _openHistograms.Count || _open == ChunkHistograms)
                CloseChunk();
            AddTime(timestampsMs[i]);
            _openHistograms.Add(histograms[i]);
        }
    }

    /// <summary>Adds a chunk of any kind to the series: its times, and its other columns as they are to be stored.</summary>
    public void AppendChunk(ChunkKind kind, ReadOnlySpan<long> timestampsMs, ReadOnlySpan<byte> columns)
    {
        CloseChunk();
        var payload = new byte[1 + columns.Length];
        payload[0] = (byte)kind;
        columns.CopyTo(payload.AsSpan(1));
        WriteChunk(_times.Add(timestampsMs), payload);
    }

    /// <summary>Takes over a time column of another block, for chunks that are copied as they are.</summary>
    public int CopyTimes(ReadOnlySpan<byte> column, TimesEntry source, bool shared) => _times.Copy(column, source, shared);

    /// <summary>Adds a chunk of another block as it is.</summary>
    /// <param name="times">What <see cref="CopyTimes"/> returned for its times.</param>
    public void CopyChunk(int times, ReadOnlySpan<byte> payload)
    {
        CloseChunk();
        WriteChunk(times, payload);
    }

    /// <summary>Writes the index and makes the block durable and visible.</summary>
    /// <exception cref="IOException">The disk did not take it; nothing is visible.</exception>
    public BlockInfo Finish()
    {
        EndSeries();
        var sections = _index.Write(_file, _times);
        var bounds = _sampleCount > 0 ? _bounds : (_meta.Window.StartMs, _meta.Window.StartMs);
        var info = new BlockInfo(_meta, bounds.Item1, bounds.Item2, _index.SeriesCount, _sampleCount, _index.ChunkCount);
        Span<byte> footer = stackalloc byte[BlockFooter.SizeBytes];
        new BlockFooter(info, sections).Write(footer);
        _file.Write(footer);
        _file.Write(footer);
        _file.Publish();
        return info;
    }

    public void Dispose()
    {
        _file.Dispose();
        _index.Dispose();
    }

    void EndSeries()
    {
        CloseChunk();
        if (_chunks.Count > 0)
            _index.Add(CollectionsMarshal.AsSpan(_labels), CollectionsMarshal.AsSpan(_chunks));
        _chunks.Clear();
    }

    void AddTime(long timestampMs)
    {
        Invariant.Holds(timestampMs > _lastMs);
        _openTimes[_open++] = _lastMs = timestampMs;
    }

    void CloseChunk()
    {
        if (_open == 0)
            return;
        var times = _times.Add(_openTimes.AsSpan(0, _open)); // in front of the values: a reader goes forward
        if (_openHistograms.Count > 0)
        {
            var payload = new GrowingBytes();
            payload.WriteByte((byte)ChunkKind.Histograms);
            HistogramColumn.Encode(CollectionsMarshal.AsSpan(_openHistograms), payload);
            WriteChunk(times, payload.Written);
        }
        else
        {
            var writer = new ByteWriter(_payload);
            writer.WriteByte((byte)ChunkKind.Floats);
            ValueColumn.Encode(_openValues.AsSpan(0, _open), ref writer);
            WriteChunk(times, _payload.AsSpan(0, writer.Position));
        }

        _open = 0;
        _openHistograms.Clear();
    }

    void WriteChunk(int times, ReadOnlySpan<byte> payload)
    {
        var entry = _times[times];
        _chunks.Add(new ChunkRef(times, _file.Position, payload.Length));
        _file.WriteChecked(payload);
        _sampleCount += entry.Count;
        _lastMs = entry.LastMs;
        _bounds = (Math.Min(_bounds.FirstMs, entry.FirstMs), Math.Max(_bounds.LastMs, entry.LastMs));
    }
}
