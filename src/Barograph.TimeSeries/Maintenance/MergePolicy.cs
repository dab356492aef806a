namespace Barograph.TimeSeries;

/// <summary>
/// Which blocks become one. Eight neighbours of one level make one of the next, so a sample is written again about once for
/// each eightfold of its block's span; no block grows beyond a tenth of the retention or a month, so that old ones can go.
/// </summary>
internal sealed class MergePolicy(StoreOptions options)
{
    const int FanIn = 8;

    readonly long _longestMs = LongestMs(options);

    /// <summary>How much time a block covers at most.</summary>
    public static long LongestMs(StoreOptions options) =>
        (long)Math.Min((options.Retention?.TotalMilliseconds ?? double.MaxValue) / 10, TimeSpan.FromDays(31).TotalMilliseconds);

    /// <summary>The blocks that are to be merged now, neighbours in order, or null.</summary>
    public IReadOnlyList<NamedBlock>? FindDue(BlockSet set)
    {
        var blocks = set.Blocks;
        for (var i = 0; i + FanIn <= blocks.Count; i++)
        {
            var some = blocks.Skip(i).Take(FanIn).ToList();
            var level = some[0].Block.Info.Meta.Level;
            if (some.TrueForAll(block => block.Block.Info.Meta.Level == level) && Fits(some))
                return some;
        }

        return null;
    }

    /// <summary>Any neighbours that may become one, or null.</summary>
    /// <param name="set">All blocks.</param>
    /// <param name="last">Of them, those up to this one: who asks until there is nothing left would never end where new ones keep coming.</param>
    public IReadOnlyList<NamedBlock>? FindAny(BlockSet set, long last)
    {
        IReadOnlyList<NamedBlock> blocks = [.. set.Blocks.Where(block => block.Name.Last <= last)];
        for (var i = 0; i < blocks.Count; i++)
        {
            var some = new List<NamedBlock> { blocks[i] };
            while (i + some.Count < blocks.Count && Fits([.. some, blocks[i + some.Count]]))
                some.Add(blocks[i + some.Count]);
            if (some.Count > 1)
                return some;
        }

        return null;
    }

    bool Fits(IReadOnlyList<NamedBlock> blocks) =>
        blocks.Max(static block => block.Block.Info.LastMs) - blocks.Min(static block => block.Block.Info.FirstMs) <= _longestMs;
}
