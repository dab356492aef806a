using System.Buffers;

namespace Barograph.TimeSeries;

/// <summary>Reads one series of a block, a chunk at a time. A damaged chunk is reported and skipped.</summary>
internal sealed class BlockReader : SampleReader
{
    readonly Block _block;
    readonly int _series;
    readonly TimeRange _range;
    readonly List<ChunkRef> _chunks = [];
    long[] _times = [];
    double[] _values = [];
    int _next, _start, _count;

    public BlockReader(Block block, int series, TimeRange range)
    {
        (_block, _series, _range) = (block, series, range);
        block.Index.Series.ReadChunks(series, _chunks);
    }

    public override ReadOnlySpan<long> TimestampsMs => _times.AsSpan(_start, _count);

    public override ReadOnlySpan<double> Values => _values.AsSpan(_start, _count);

    public override bool MoveNext()
    {
        while (_next < _chunks.Count)
        {
            var chunk = _chunks[_next++];
            var entry = _block.Index.Times(chunk.Times);
            if (entry.FirstMs >= _range.EndMs)
                break;
            if (entry.LastMs < _range.StartMs)
                continue;
            MakeRoom(entry.Count);
            if (!_block.TryReadFloats(_series, chunk, _times, _values, out var count))
                continue;
            Trim(count);
            if (_count > 0)
                return true;
        }

        (_start, _count, _next) = (0, 0, _chunks.Count);
        return false;
    }

    public override void Dispose()
    {
        if (_times.Length > 0)
        {
            ArrayPool<long>.Shared.Return(_times);
            ArrayPool<double>.Shared.Return(_values);
        }

        (_times, _values, _count) = ([], [], 0);
    }

    void Trim(int count)
    {
        var times = _times.AsSpan(0, count);
        _start = times[0] >= _range.StartMs ? 0 : FirstAtOrAfter(times, _range.StartMs);
        var end = times[^1] < _range.EndMs ? count : FirstAtOrAfter(times, _range.EndMs);
        _count = end - _start;
        var deleted = _block.Tombstones.Of(_series);
        if (deleted.Length > 0)
            _count = Tombstones.Remove(deleted, _times.AsSpan(_start, _count), _values.AsSpan(_start, _count));
    }

    void MakeRoom(int count)
    {
        if (count <= _times.Length && count <= _values.Length)
            return;
        Dispose();
        _times = ArrayPool<long>.Shared.Rent(count);
        _values = ArrayPool<double>.Shared.Rent(count);
    }

    static int FirstAtOrAfter(ReadOnlySpan<long> times, long timestampMs)
    {
        var found = times.BinarySearch(timestampMs);
        return found >= 0 ? found : ~found;
    }
}
