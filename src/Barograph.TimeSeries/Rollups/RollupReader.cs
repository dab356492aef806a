namespace Barograph.TimeSeries;

/// <summary>Reads the rollup windows of one series of a block that begin in a range, a chunk at a time. A damaged chunk is reported and skipped.</summary>
internal sealed class RollupReader
{
    readonly Block _block;
    readonly int _series;
    readonly TimeRange _range;
    readonly Tombstones _tombstones;
    readonly List<ChunkRef> _chunks = [];
    readonly RollupColumns _decoded = new();
    int _next;

    /// <param name="block">Pinned by the caller.</param>
    public RollupReader(Block block, int series, TimeRange range)
    {
        (_block, _series, _range, _tombstones) = (block, series, range, block.Tombstones);
        block.Index.Series.ReadChunks(series, _chunks);
    }

    /// <summary>The windows of the current chunk; overwritten by the next.</summary>
    public RollupColumns Windows { get; } = new();

    public bool MoveNext()
    {
        while (_next < _chunks.Count)
        {
            var chunk = _chunks[_next++];
            var entry = _block.Index.Times(chunk.Times);
            if (entry.FirstMs >= _range.EndMs)
                break;
            if (entry.LastMs < _range.StartMs || !_block.TryReadRollup(_series, chunk, _decoded))
                continue;
            Keep();
            if (Windows.Count > 0)
                return true;
        }

        Windows.Clear();
        _next = _chunks.Count;
        return false;
    }

    void Keep()
    {
        Windows.Clear();
        var deleted = _tombstones.Of(_series);
        for (var i = 0; i < _decoded.Count; i++)
        {
            if (_range.Contains(_decoded.StartsMs[i]) && !Tombstones.Covers(deleted, _decoded.StartsMs[i]))
                Windows.Append(_decoded, i..(i + 1));
        }
    }
}
