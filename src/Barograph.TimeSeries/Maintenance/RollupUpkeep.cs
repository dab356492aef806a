namespace Barograph.TimeSeries;

/// <summary>Tells the rollups what changes in the raw blocks, and lets them catch up now and then.</summary>
internal sealed class RollupUpkeep(RollupSet rollups, StoreOptions options, Timeline timeline)
{
    /// <summary>Files of a resolution are rewritten as a whole: not after each of many blocks that come within seconds.</summary>
    static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    long _refreshedAt = options.Clock.GetTimestamp(); // of the clock that nobody sets

    /// <summary>Remembers blocks that the rollups have not seen: a crash may have come between a block and its mark.</summary>
    public void MarkUnseen()
    {
        foreach (var (name, block) in timeline.View.Blocks.Blocks)
        {
            if (name.Last > rollups.Generation)
                MarkChanged(block.Info);
        }
    }

    /// <summary>Samples have come; windows that were made already may be touched.</summary>
    public void MarkChanged(BlockInfo written) => rollups.MarkChanged(new TimeRange(written.FirstMs, written.LastMs + 1));

    /// <summary>Samples of a range are about to be deleted.</summary>
    public void BeforeDelete(TimeRange range) => rollups.MarkChanged(range);

    public void AfterDelete(IReadOnlyList<Matcher> matchers, TimeRange range, CancellationToken stopping)
    {
        rollups.Delete(matchers, range);
        Refresh(stopping);
    }

    public void RefreshIfDue(CancellationToken stopping)
    {
        if (rollups.IsDirty && options.Clock.GetElapsedTime(_refreshedAt) >= Interval)
            Refresh(stopping);
    }

    /// <param name="goesBeforeMs">Raw samples before this are about to be dropped: what is to be left of them is summed up now.</param>
    /// <param name="stopping">What was finished stays.</param>
    public void Refresh(CancellationToken stopping, long goesBeforeMs = long.MinValue)
    {
        var blocks = timeline.View.Blocks.Blocks;
        IReadOnlyList<Block> raw = [.. blocks.Select(static block => block.Block)];
        rollups.Refresh(raw, blocks.Count == 0 ? rollups.Generation : blocks.Max(static block => block.Name.Last), Wanted, stopping);
        _refreshedAt = options.Clock.GetTimestamp();
        if (timeline.View.LastMs == long.MinValue)
            return;
        foreach (var resolution in RollupResolution.All)
            rollups.DropBefore(resolution, CutoffMs(options.RollupRetention.Of(resolution)));

        TimeRange Wanted(RollupResolution resolution)
        {
            var endMs = long.MaxValue;
            if (!IsDense(resolution, raw))
                endMs = Math.Max(RoundDown(OldSoonMs(), resolution.PeriodMs), RoundUp(goesBeforeMs, resolution.StepMs));
            return new TimeRange(CutoffMs(options.RollupRetention.Of(resolution)), endMs);
        }
    }

    /// <summary>Makes what is to be left of raw samples before they are dropped.</summary>
    public void BeforeDrop(long goesBeforeMs, CancellationToken stopping)
    {
        if (RollupResolution.All.Any(resolution => rollups.EndMs(resolution) < goesBeforeMs))
            Refresh(stopping, goesBeforeMs);
    }

    /// <summary>Whether the windows that are not made yet have many samples.</summary>
    bool IsDense(RollupResolution resolution, IReadOnlyList<Block> raw)
    {
        double samples = 0, windows = 0;
        var madeUntilMs = rollups.EndMs(resolution);
        foreach (var block in raw.Where(block => block.Info.LastMs >= madeUntilMs))
        {
            samples += block.Info.SampleCount;
            windows += block.Info.SeriesCount * Math.Max(1.0, (block.Info.LastMs - block.Info.FirstMs) / (double)resolution.StepMs);
        }

        return samples >= windows * options.RollupMinSamples;
    }

    /// <summary>Blocks up to here may be dropped before long: a block is dropped as a whole, and is no longer than this is ahead.</summary>
    long OldSoonMs() => CutoffMs(options.Retention) is > long.MinValue and var cutoffMs ? cutoffMs + MergePolicy.LongestMs(options) : long.MinValue;

    /// <summary>What is older is past its time, counted from the newest sample or the clock, whichever is earlier.</summary>
    long CutoffMs(TimeSpan? retention) => retention is { } kept && timeline.View.LastMs is > long.MinValue and var newestMs
        ? Math.Min(newestMs, options.Clock.GetUtcNow().ToUnixTimeMilliseconds()) - (long)kept.TotalMilliseconds
        : long.MinValue;

    static long RoundDown(long timestampMs, long stepMs) => timestampMs == long.MinValue ? timestampMs : RollupBuilder.StartOf(timestampMs, stepMs);

    static long RoundUp(long timestampMs, long stepMs) => timestampMs == long.MinValue ? timestampMs : RollupBuilder.StartOf(timestampMs + stepMs - 1, stepMs);
}
