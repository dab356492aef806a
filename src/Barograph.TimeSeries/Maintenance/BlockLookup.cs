namespace Barograph.TimeSeries;

/// <summary>Looks single samples up in blocks: what came late may be there already. Dispose it; it pins the blocks.</summary>
internal sealed class BlockLookup : IDisposable
{
    readonly IReadOnlyList<Block> _blocks;
    readonly GrowingBytes _key = new();

    BlockLookup(IReadOnlyList<Block> blocks) => _blocks = blocks;

    /// <summary>Pins the blocks that reach to a time or beyond.</summary>
    public static BlockLookup Open(Timeline timeline, long fromMs)
    {
        while (true)
        {
            timeline.ThrowIfClosed();
            if (timeline.View.Blocks.TryPin(new TimeRange(fromMs, long.MaxValue)) is { } blocks)
                return new BlockLookup(blocks);
        }
    }

    /// <summary>What a series has at a time, or null.</summary>
    public StoredValue? Find(ReadOnlySpan<byte> key, long timestampMs)
    {
        foreach (var block in _blocks)
        {
            if (block.Info.FirstMs > timestampMs || block.Info.LastMs < timestampMs || FindSeries(block, key) is not (>= 0 and var series))
                continue;
            using var reader = block.OpenReader(series, new TimeRange(timestampMs, timestampMs + 1));
            if (reader.MoveNext())
                return reader.Histograms.IsEmpty ? StoredValue.Of(reader.Values[0]) : StoredValue.Of(reader.Histograms[0]);
        }

        return null;
    }

    /// <summary>The newest time of a series, or <see cref="long.MinValue"/>.</summary>
    public long NewestMs(ReadOnlySpan<byte> key)
    {
        var newest = long.MinValue;
        foreach (var block in _blocks)
        {
            if (block.Info.LastMs <= newest || FindSeries(block, key) is not (>= 0 and var series))
                continue;
            using var reader = block.OpenReader(series, new TimeRange(newest, long.MaxValue));
            while (reader.MoveNext())
                newest = Math.Max(newest, reader.TimestampsMs[^1]);
        }

        return newest;
    }

    public void Dispose()
    {
        foreach (var block in _blocks)
            block.Unpin();
    }

    /// <summary>The number of a series in a block, or -1: blocks number series in the order of their labels.</summary>
    int FindSeries(Block block, ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, block.SeriesCount - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            block.ReadKey(middle, _key);
            var order = SeriesKey.Compare(key, _key.Written);
            if (order == 0)
                return middle;
            (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
        }

        return -1;
    }
}
