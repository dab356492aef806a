namespace Barograph.TimeSeries;

/// <summary>The rollup windows of the series that match, at one resolution and no other. It pins what it reads from; dispose it.</summary>
public sealed class RollupSelection : IDisposable
{
    readonly IReadOnlyList<Block> _blocks;

    bool _disposed;

    RollupSelection(IReadOnlyList<Block> blocks, IReadOnlyList<RollupSeries> series, long endMs) => (_blocks, Series, EndMs) = (blocks, series, endMs);

    /// <summary>Where the windows that are kept begin, as far as the range goes (Unix milliseconds); <see cref="long.MaxValue"/> for none.</summary>
    public long StartMs => _blocks.Count == 0 ? long.MaxValue : _blocks.Min(static block => block.Info.Meta.Window.StartMs);

    /// <summary>Windows from here on are not summed up yet (Unix milliseconds): read the samples themselves.</summary>
    public long EndMs { get; }

    /// <summary>The series, sorted by labels.</summary>
    public IReadOnlyList<RollupSeries> Series { get; }

    /// <param name="rollups">Where the windows are.</param>
    /// <param name="resolution">Which of them.</param>
    /// <param name="matchers">All must hold.</param>
    /// <param name="range">Of windows' beginnings.</param>
    /// <param name="settledMs">Windows that end later may lack samples.</param>
    internal static RollupSelection Open(RollupSet rollups, RollupResolution resolution, IReadOnlyList<Matcher> matchers, TimeRange range, long settledMs)
    {
        var blocks = rollups.Pin(resolution, range);
        var byKey = new Dictionary<byte[], List<(Block Block, int Series)>>(BytesComparer.Instance);
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
        return new RollupSelection(blocks, [.. sorted.Select(pair => new RollupSeries(pair.Key, pair.Value, range))], Math.Min(rollups.EndMs(resolution), settledMs));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        foreach (var block in _blocks)
            block.Unpin();
    }
}

/// <summary>One series of a <see cref="RollupSelection"/>.</summary>
public sealed class RollupSeries
{
    readonly byte[] _key;
    readonly IReadOnlyList<(Block Block, int Series)> _parts;
    readonly TimeRange _range;

    internal RollupSeries(byte[] key, IReadOnlyList<(Block Block, int Series)> parts, TimeRange range) =>
        (_key, _parts, _range) = (key, parts, range);

    /// <summary>Its labels, the metric name among them.</summary>
    public Labels Labels => SeriesKey.Decode(_key);

    /// <summary>All its windows in the range. Read them before the selection is disposed.</summary>
    public RollupWindows Read() => new(ReadWindows());

    internal RollupColumns ReadWindows()
    {
        var windows = new RollupColumns();
        foreach (var (block, series) in _parts)
        {
            var reader = new RollupReader(block, series, _range);
            while (reader.MoveNext())
                windows.Append(reader.Windows, ..);
        }

        return windows;
    }
}
