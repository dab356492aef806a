namespace Barograph.TimeSeries;

/// <summary>Reads one series of a block, a chunk at a time. A damaged chunk is reported and skipped.</summary>
internal sealed class BlockReader : SampleReader
{
    readonly Block _block;
    readonly int _series;
    readonly TimeRange _range;
    readonly Tombstones _tombstones;
    readonly DecodedChunk _samples = new();
    ChunkWalk _chunks;

    public BlockReader(Block block, int series, TimeRange range)
    {
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
