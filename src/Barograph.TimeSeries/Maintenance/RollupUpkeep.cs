namespace Barograph.TimeSeries;

/// <summary>Tells the rollups what changes in the raw blocks, and lets them catch up now and then.</summary>
internal sealed class RollupUpkeep(RollupSet rollups, StoreOptions options, Timeline timeline)
{
    /// <summary>Files of a resolution are rewritten as a whole: not after each of many blocks that come within seconds.</summary>
    static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    DateTimeOffset _refreshedAt = options.Clock.GetUtcNow();

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
        if (rollups.IsDirty && options.Clock.GetUtcNow() - _refreshedAt >= Interval)
            Refresh(stopping);
    }

    public void Refresh(CancellationToken stopping)
    {
        var blocks = timeline.View.Blocks.Blocks;
        rollups.Refresh([.. blocks.Select(static block => block.Block)], blocks.Count == 0 ? rollups.Generation : blocks.Max(static block => block.Name.Last), stopping);
        _refreshedAt = options.Clock.GetUtcNow();
        if (options.RollupRetention is not { } retention || timeline.View.LastMs is var newestMs && newestMs == long.MinValue)
            return;
        var cutoffMs = Math.Min(newestMs, _refreshedAt.ToUnixTimeMilliseconds()) - (long)retention.TotalMilliseconds;
        foreach (var resolution in RollupResolution.All)
            rollups.DropBefore(resolution, cutoffMs);
    }
}
