namespace Barograph.TimeSeries;

/// <summary>
/// Makes one block of several. Series by series and chunk by chunk: besides the output's index it holds one chunk of each
/// source. A chunk that nothing overlaps is copied as it is; the rest is decoded, merged by time and encoded again.
/// </summary>
internal static class BlockMerge
{
    /// <summary>Smaller chunks are not copied but joined: many small ones cost more than encoding them once more.</summary>
    const int MinCopiedSamples = BlockWriter.ChunkSamples / 2;

    /// <summary>Merges blocks of raw samples into a new file.</summary>
    /// <param name="blocks">Pinned by the caller. Where two have a sample at the same time, the one that stands first wins.</param>
    /// <param name="path">Where the new block will be.</param>
    /// <param name="kept">Samples outside are left out, as are those that tombstones cover.</param>
    /// <param name="disk">What writes it; the real one when it is not said.</param>
    /// <param name="between">Called between two series: a merge is long, and its thread has other work.</param>
    /// <param name="cancel">Nothing is visible when it is cancelled.</param>
    public static BlockInfo Merge(
        IReadOnlyList<Block> blocks, string path, BlockMeta meta, TimeRange kept, Disk? disk = null, Action? between = null, CancellationToken cancel = default)
    {
        var walk = new SeriesWalk(blocks);
        using var writer = new BlockWriter(path, meta, walk.Texts, walk.SeriesExpected, disk);
        var sources = blocks.Select(block => new MergeSource(block, writer, kept)).ToArray();
        List<MergeSource> sharing = [];
        while (walk.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            between?.Invoke();
            sharing.Clear();
            foreach (var (source, series) in walk.Sharing)
            {
                sources[source].Open(series);
                sharing.Add(sources[source]);
            }

            writer.BeginSeries(walk.Labels);
            MergeSeries(sharing);
        }

        foreach (var source in sources)
            source.Dispose();
        return writer.Finish();
    }

    static void MergeSeries(List<MergeSource> sources)
    {
        var writtenMs = long.MinValue;
        while (true)
        {
            MergeSource? earliest = null;
            var horizonMs = long.MaxValue; // where the next source has something to say
            foreach (var source in sources)
            {
                if (source.AtEndOfSeries)
                    continue;
                if (earliest is null || source.NextMs < earliest.NextMs)
                {
                    horizonMs = earliest?.NextMs ?? long.MaxValue;
                    earliest = source;
                }
                else
                {
                    horizonMs = Math.Min(horizonMs, source.NextMs);
                }
            }

            if (earliest is null)
                return;
            if (earliest.NextMs > writtenMs && earliest.TryCopyChunk(horizonMs, MinCopiedSamples, out var lastMs))
                writtenMs = lastMs;
            else
                writtenMs = earliest.WriteSamples(writtenMs, horizonMs);
        }
    }
}
