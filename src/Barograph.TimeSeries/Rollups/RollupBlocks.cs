namespace Barograph.TimeSeries;

/// <summary>
/// Writes blocks of rollup windows. Every resolution is made from raw samples, so that each is exact by itself. A block's
/// window is a multiple of its resolution: no window is ever in two blocks.
/// </summary>
internal static class RollupBlocks
{
    /// <summary>Sums up raw blocks.</summary>
    /// <param name="raw">
    /// Pinned by the caller, the one that wins at equal times first. They should reach back
    /// <see cref="RollupBuilder.LookbackMs"/> before the window, since a counter's increase begins at the value before.
    /// </param>
    /// <param name="path">Where the new block will be.</param>
    /// <param name="meta">With the resolution, and the window in whole steps of it.</param>
    public static BlockInfo Build(IReadOnlyList<Block> raw, string path, BlockMeta meta, Disk? disk = null, CancellationToken cancel = default) =>
        Write([], raw, meta.Window, path, meta, disk, cancel);

    /// <summary>
    /// Rewrites a rollup block after raw samples in a range came late or were deleted: the windows that they touch (also
    /// the next ones, whose increase begins at the value before) are made anew, the others are kept.
    /// </summary>
    public static BlockInfo Correct(Block rollup, IReadOnlyList<Block> raw, TimeRange touched, string path, BlockMeta meta, Disk? disk = null, CancellationToken cancel = default)
    {
        var step = meta.ResolutionMs;
        var start = RollupBuilder.StartOf(Math.Max(touched.StartMs, meta.Window.StartMs), step);
        var end = touched.EndMs >= meta.Window.EndMs - RollupBuilder.LookbackMs(step) - step
            ? meta.Window.EndMs
            : RollupBuilder.StartOf(touched.EndMs + RollupBuilder.LookbackMs(step) + step - 1, step);
        return Write([rollup], raw, new TimeRange(start, end), path, meta, disk, cancel);
    }

    /// <summary>Joins rollup blocks of one resolution whose windows do not overlap.</summary>
    /// <param name="rollups">In the order of time.</param>
    /// <param name="kept">Windows that begin outside are left out.</param>
    public static BlockInfo Merge(IReadOnlyList<Block> rollups, string path, BlockMeta meta, TimeRange kept, Disk? disk = null, CancellationToken cancel = default)
    {
        Invariant.Holds(rollups.All(block => block.Info.Meta.ResolutionMs == meta.ResolutionMs));
        var walk = new SeriesWalk(rollups);
        using var writer = new BlockWriter(path, meta, walk.Texts, walk.SeriesExpected, disk);
        var windows = new RollupColumns();
        while (walk.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            windows.Clear();
            foreach (var (source, series) in walk.Sharing)
                Copy(rollups[source], series, kept, windows);
            WriteSeries(writer, walk.Labels, windows);
        }

        return writer.Finish();
    }

    static BlockInfo Write(Block[] old, IReadOnlyList<Block> raw, TimeRange rebuilt, string path, BlockMeta meta, Disk? disk, CancellationToken cancel)
    {
        Invariant.Holds(meta.ResolutionMs > 0);
        Invariant.Holds(meta.Window.StartMs % meta.ResolutionMs == 0 && meta.Window.EndMs % meta.ResolutionMs == 0);
        var walk = new SeriesWalk([.. old, .. raw]);
        using var writer = new BlockWriter(path, meta, walk.Texts, walk.SeriesExpected, disk);
        var builder = new RollupBuilder(meta.ResolutionMs);
        var windows = new RollupColumns();
        while (walk.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            windows.Clear();
            var before = walk.Sharing.FindIndex(source => source.Source < old.Length);
            if (before >= 0)
                Copy(old[0], walk.Sharing[before].Series, new TimeRange(long.MinValue, rebuilt.StartMs), windows);
            var sources = walk.Sharing.Where(source => source.Source >= old.Length).Select(source => (raw[source.Source - old.Length], source.Series));
            windows.Append(Build(builder, sources, rebuilt, meta.ResolutionMs), ..);
            if (before >= 0)
                Copy(old[0], walk.Sharing[before].Series, new TimeRange(rebuilt.EndMs, long.MaxValue), windows);
            WriteSeries(writer, walk.Labels, windows);
        }

        return writer.Finish();
    }

    static RollupColumns Build(RollupBuilder builder, IEnumerable<(Block Block, int Series)> sources, TimeRange rebuilt, long resolutionMs)
    {
        builder.Begin();
        var range = new TimeRange(rebuilt.StartMs - RollupBuilder.LookbackMs(resolutionMs), rebuilt.EndMs);
        using var reader = new MergedReader([.. sources.Select(source => source.Block.OpenReader(source.Series, range))]);
        while (reader.MoveNext())
        {
            if (!reader.Histograms.IsEmpty)
                continue; // their windows are histograms too, and those add up at any step
            var times = reader.TimestampsMs;
            var before = 0;
            while (before < times.Length && times[before] < rebuilt.StartMs)
                before++;
            builder.AddBefore(times[..before], reader.Values[..before]);
            builder.Add(times[before..], reader.Values[before..]);
        }

        return builder.Finish();
    }

    static void Copy(Block block, int series, TimeRange range, RollupColumns windows)
    {
        var reader = new RollupReader(block, series, range);
        while (reader.MoveNext())
            windows.Append(reader.Windows, ..);
    }

    /// <summary>Writes windows in chunks, each with increases or without.</summary>
    static void WriteSeries(BlockWriter writer, ReadOnlySpan<(int Name, int Value)> labels, RollupColumns windows)
    {
        writer.BeginSeries(labels);
        var chunk = new RollupColumns();
        for (var start = 0; start < windows.Count;)
        {
            var end = start + 1;
            var hasIncrease = !double.IsNaN(windows.Increases[start]);
            while (end < windows.Count && end - start < BlockWriter.ChunkSamples && !double.IsNaN(windows.Increases[end]) == hasIncrease)
                end++;
            chunk.Clear();
            chunk.Append(windows, start..end);
            writer.AppendChunk(ChunkKind.Rollup, chunk.StartsMs, RollupCodec.Encode(chunk));
            start = end;
        }
    }
}
