namespace Barograph.TimeSeries;

/// <summary>Reads one series of a block, a chunk at a time. A damaged chunk is reported and skipped. Can be opened again for another.</summary>
internal sealed class BlockReader : SampleReader
{
    readonly DecodedChunk _samples = new();
    Block _block = null!;
    int _series;
    TimeRange _range;
    Tombstones _tombstones = Tombstones.None;
    ChunkWalk _chunks;

    public void Open(Block block, int series, TimeRange range)
    {
        _samples.Reset(0, holdsHistograms: false);
        (_block, _series, _range, _tombstones) = (block, series, range, block.Tombstones);
        _chunks = block.Index.Series.WalkChunks(series);
    }

    public override ReadOnlySpan<long> TimestampsMs => _samples.TimestampsMs;

    public override ReadOnlySpan<double> Values => _samples.Values;

    public override ReadOnlySpan<NativeHistogram> Histograms => _samples.Histograms;

    public override bool MoveNext()
    {
        RightOfWay.StepAside();
        while (_chunks.MoveNext(out var chunk))
        {
            var entry = _block.Index.Times(chunk.Times);
            if (entry.FirstMs >= _range.EndMs)
                break;
            if (entry.LastMs < _range.StartMs || !_block.TryReadSamples(_series, chunk, _samples))
                continue;
            _samples.Keep(_range, _tombstones.Of(_series));
            if (_samples.Count > 0)
                return true;
        }

        _samples.Reset(0, holdsHistograms: false);
        _chunks = default;
        return false;
    }

    public override void Dispose() => _samples.Dispose();
}
