namespace Barograph.TimeSeries;

/// <summary>The rollup windows of the series that match, at one resolution and no other. It pins what it reads from; dispose it.</summary>
internal sealed class RollupSelection : IDisposable
{
    readonly IReadOnlyList<Block> _blocks;

    RollupSelection(IReadOnlyList<Block> blocks, IReadOnlyList<RollupSeries> series) => (_blocks, Series) = (blocks, series);

    /// <summary>The series, sorted by labels.</summary>
    public IReadOnlyList<RollupSeries> Series { get; }

    /// <param name="range">Of windows' beginnings.</param>
    public static RollupSelection Open(RollupSet rollups, RollupResolution resolution, IReadOnlyList<Matcher> matchers, TimeRange range)
    {
        var blocks = rollups.Pin(resolution, range);
        var byKey = new Dictionary<byte[], List<(Block Block, int Series)>>(ByteStrings.ByContent.Instance);
        var key = new GrowingBytes();
        foreach (var block in blocks)
        {
            foreach (var series in block.Find(matchers))
            {
                block.ReadKey(series, key);
                var lookup = byKey.GetAlternateLookup<ReadOnlySpan<byte>>();
                if (!lookup.TryGetValue(key.Written, out var parts))
                    lookup[key.Written] = parts = [];
                parts.Add((block, series));
            }
        }

        var sorted = byKey.OrderBy(static pair => pair.Key, Comparer<byte[]>.Create(static (left, right) => SeriesKey.Compare(left, right)));
        return new RollupSelection(blocks, [.. sorted.Select(pair => new RollupSeries(pair.Key, pair.Value, range))]);
    }

    public void Dispose()
    {
        foreach (var block in _blocks)
            block.Unpin();
    }
}

/// <summary>One series of a <see cref="RollupSelection"/>.</summary>
internal sealed class RollupSeries(byte[] key, IReadOnlyList<(Block Block, int Series)> parts, TimeRange range)
{
    public Labels Labels => SeriesKey.Decode(key);

    /// <summary>All its windows in the range.</summary>
    public RollupColumns ReadWindows()
    {
        var windows = new RollupColumns();
        foreach (var (block, series) in parts)
        {
            var reader = new RollupReader(block, series, range);
            while (reader.MoveNext())
                windows.Append(reader.Windows, ..);
        }

        return windows;
    }
}
