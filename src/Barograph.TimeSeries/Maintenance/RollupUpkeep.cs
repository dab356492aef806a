namespace Barograph.TimeSeries;

/// <summary>
/// Keeps the rollups up with the raw blocks: adds windows when they are over, makes those anew that late samples or deletes
/// have touched, joins blocks, drops old ones. What is done and what is not stands in the names of the blocks, so a crash at
/// any point only means that it is looked at again.
/// </summary>
internal sealed class RollupUpkeep(StoreFolder folder, StoreOptions options, Timeline timeline, DamageLog damage)
{
    const int FanIn = 8;

    /// <summary>Windows are summed up in runs of at least so long, lest there be many small blocks.</summary>
    static readonly TimeSpan ShortestRun = TimeSpan.FromHours(2);

    /// <summary>Windows that are over for less are left alone: samples still come for them.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    /// <param name="eager">Everything that is over now, however little.</param>
    /// <param name="stopping">Ends the work between two series.</param>
    public void Advance(bool eager, CancellationToken stopping)
    {
        foreach (var step in timeline.View.Rollups.Select(static set => set.StepMs))
        {
            RollupSet Current() => timeline.View.Rollups.First(set => set.StepMs == step);
            foreach (var block in Current().Blocks)
                CorrectLate(Current(), block, stopping);
            Extend(Current(), eager, stopping);
            while (FindDue(Current()) is { } chosen)
                Join(Current(), chosen, stopping);
            Expire(Current());
        }
    }

    /// <summary>Raw samples of a range have changed (deletes): the windows they touch are made anew, or dropped with them.</summary>
    public void Correct(IReadOnlyList<Matcher> matchers, TimeRange touched, CancellationToken stopping)
    {
        foreach (var set in timeline.View.Rollups)
        {
            foreach (var block in set.Blocks.Where(block => block.Name.Window.Overlaps(touched)).ToList())
            {
                if (timeline.View.Blocks.FirstMs <= Math.Max(block.Name.StartMs, touched.StartMs))
                    Correct(set.StepMs, block, touched, block.Name.Generation, stopping);
                else // the samples themselves are gone, only their sums are left
                    block.Block.Delete(block.Block.Find(matchers), new TimeRange(Math.Max(touched.StartMs, block.Name.StartMs), Math.Min(touched.EndMs, block.Name.EndMs)));
            }
        }
    }

    void CorrectLate(RollupSet set, RollupBlock block, CancellationToken stopping)
    {
        var newer = timeline.View.Blocks.Blocks.Where(raw => raw.Name.First > block.Name.Generation
            && raw.Block.Info.FirstMs < block.Name.EndMs && raw.Block.Info.LastMs >= block.Name.StartMs).ToList();
        if (newer.Count == 0)
            return;
        var touched = new TimeRange(newer.Min(static raw => raw.Block.Info.FirstMs), newer.Max(static raw => raw.Block.Info.LastMs) + 1);
        Correct(set.StepMs, block, touched, newer.Max(static raw => raw.Name.Last), stopping);
    }

    void Correct(long stepMs, RollupBlock block, TimeRange touched, long generation, CancellationToken stopping)
    {
        // The path must be another one: the old block is read meanwhile.
        var name = block.Name with { Generation = Math.Max(generation, block.Name.Generation + 1) };
        var path = Path.Combine(RollupSet.Folder(folder, stepMs), name.FileName);
        RollupBlocks.Correct(block.Block, RawFor(block.Name.Window, stepMs), touched, path, block.Block.Info.Meta, stopping);
        Replace(stepMs, [block], name, path);
    }

    /// <summary>Sums up what has come behind the last window, and what was filled in before the first.</summary>
    void Extend(RollupSet set, bool eager, CancellationToken stopping)
    {
        var view = timeline.View;
        if (view.Blocks.Blocks.Count == 0)
            return;
        var step = set.StepMs;
        var firstMs = RollupBuilder.StartOf(Math.Max(view.Blocks.FirstMs, CutoffMs(set)), step);
        if (set.Blocks.Count > 0 && firstMs < set.Blocks[0].Name.StartMs)
            Build(set, firstMs, set.Blocks[0].Name.StartMs, stopping);
        var start = set.EndMs == long.MinValue ? firstMs : set.EndMs;
        var completeMs = Math.Min(view.Blocks.LastMs + 1, Math.Min(view.Head.Bounds.MinMs, view.Frozen?.Bounds.MinMs ?? long.MaxValue));
        if (!eager)
            completeMs = Math.Min(completeMs, options.Clock.GetUtcNow().ToUnixTimeMilliseconds() - (long)Patience.TotalMilliseconds);
        var end = RollupBuilder.StartOf(completeMs, step);
        if (end - start >= (eager ? step : Math.Max(step, (long)ShortestRun.TotalMilliseconds)))
            Build(set, start, end, stopping);
    }

    void Build(RollupSet set, long startMs, long endMs, CancellationToken stopping)
    {
        var name = new RollupName(startMs, endMs, timeline.View.Blocks.Blocks.Max(static block => block.Name.Last));
        var path = Path.Combine(RollupSet.Folder(folder, set.StepMs), name.FileName);
        RollupBlocks.Build(RawFor(name.Window, set.StepMs), path, new BlockMeta(name.Window, set.StepMs), stopping);
        Replace(set.StepMs, [], name, path);
    }

    void Join(RollupSet set, IReadOnlyList<RollupBlock> chosen, CancellationToken stopping)
    {
        var name = new RollupName(chosen[0].Name.StartMs, chosen[^1].Name.EndMs, chosen.Min(static block => block.Name.Generation));
        var path = Path.Combine(RollupSet.Folder(folder, set.StepMs), name.FileName);
        var level = chosen.Max(static block => block.Block.Info.Meta.Level) + 1;
        RollupBlocks.Merge([.. chosen.Select(static block => block.Block)], path, new BlockMeta(name.Window, set.StepMs, level), TimeRange.All, stopping);
        Replace(set.StepMs, chosen, name, path);
    }

    static List<RollupBlock>? FindDue(RollupSet set)
    {
        for (var i = 0; i + FanIn <= set.Blocks.Count; i++)
        {
            var some = set.Blocks.Skip(i).Take(FanIn).ToList();
            if (some.TrueForAll(block => block.Block.Info.Meta.Level == some[0].Block.Info.Meta.Level))
                return some;
        }

        return null;
    }

    void Expire(RollupSet set)
    {
        var cutoffMs = CutoffMs(set);
        var expired = set.Blocks.Where(block => block.Name.EndMs <= cutoffMs).ToList();
        if (expired.Count > 0)
            Replace(set.StepMs, expired, null, "");
    }

    long CutoffMs(RollupSet set) => set.Resolution.Retention is { } retention && timeline.View.LastMs is > long.MinValue and var newestMs
        ? Math.Min(newestMs, options.Clock.GetUtcNow().ToUnixTimeMilliseconds()) - (long)retention.TotalMilliseconds
        : 0;

    List<Block> RawFor(TimeRange window, long stepMs) =>
        [.. timeline.View.Blocks.Blocks.Select(static block => block.Block)
            .Where(block => block.Info.FirstMs < window.EndMs && block.Info.LastMs >= window.StartMs - RollupBuilder.LookbackMs(stepMs))];

    void Replace(long stepMs, IReadOnlyCollection<RollupBlock> old, RollupName? name, string path)
    {
        var added = name is { } given ? new RollupBlock(given, Block.Open(path, found => damage.Add(folder.Describe(found)))) : null;
        lock (timeline.Applying)
        {
            var view = timeline.View;
            timeline.View = view with { Rollups = [.. view.Rollups.Select(set => set.StepMs == stepMs ? set.Replace(old, added) : set)] };
        }

        foreach (var block in old)
        {
            block.Block.Dispose();
            StoreFolder.DeleteBlock(block.Block.Path);
        }
    }
}
