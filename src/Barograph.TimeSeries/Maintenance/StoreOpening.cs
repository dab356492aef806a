namespace Barograph.TimeSeries;

/// <summary>What was found in a store's folder.</summary>
internal sealed record StoreOpening(Timeline Timeline, long LastSegment)
{
    /// <summary>
    /// Opens the blocks, removes what a crash left over (sources of a finished merge, log segments whose samples are in a
    /// block), and reads the log into a head window.
    /// </summary>
    public static StoreOpening Read(StoreFolder folder, StoreOptions options, ExemplarRing exemplars, DamageLog damage)
    {
        var (blocks, lastName) = OpenBlocks(folder, damage);
        var covered = blocks.Count == 0 ? 0 : blocks.Max(static block => block.Name.Last);
        WalSegmentName.DeleteUpTo(folder.Disk, folder.Wal, covered);
        IReadOnlyList<WalSegmentName> segments = [.. WalSegmentName.List(folder.Wal).Where(segment => segment.Generation > covered)];
        var first = segments.Count == 0 ? lastName + 1 : segments.Min(static segment => segment.Generation);
        var last = segments.Count == 0 ? lastName + 1 : segments.Max(static segment => segment.Generation);
        const long commit = 1;
        var slabPool = new SlabPool((int)(options.HeadBytesLimit / SlabPool.SlabBytes) + 2);
        var lanePool = new LanePool((int)(options.HeadBytesLimit / LanePool.PageBytes) + 2);
        var head = new HeadWindow(new SeriesIndex(), first, last, slabPool, lanePool, options.Clock.GetTimestamp());
        new WalReplay(folder.Wal, head, exemplars, damage).Read(segments, commit);
        foreach (var (_, block) in blocks)
        {
            try
            {
                RaiseNewest(head, block);
            }
            catch (CorruptBlockException cause)
            {
                damage.Add(new Damage(Path.GetRelativePath(folder.Path, block.Path), $"cannot be read: {cause.Message}"));
            }
        }

        var view = new StoreView(head, null, new BlockSet(blocks));
        return new StoreOpening(new Timeline(view, commit), segments.Count == 0 ? 0 : segments[^1].Number);
    }

    /// <summary>Series of the log whose newest sample is in a block: usually just what was cut while batches were under way.</summary>
    static void RaiseNewest(HeadWindow head, Block block)
    {
        if (block.Info.LastMs < head.Bounds.MinMs)
            return;
        var key = new GrowingBytes();
        for (var number = 0; number < block.SeriesCount; number++)
        {
            block.ReadKey(number, key);
            var series = head.Index.Find(key.Written, previous: -1);
            if (series >= 0)
                head.RaiseNewest(series, block.LastMs(number));
        }
    }

    static (IReadOnlyList<NamedBlock> Blocks, long LastName) OpenBlocks(StoreFolder folder, DamageLog damage)
    {
        var blocks = new List<NamedBlock>();
        long last = 0;
        foreach (var path in StoreFolder.Files(folder.Blocks, "*" + BlockName.Extension))
        {
            if (!BlockName.TryParse(path, out var name))
                continue;
            last = Math.Max(last, name.Last);
            try
            {
                blocks.Add(new NamedBlock(name, Block.Open(path, found => damage.Add(folder.Describe(found)), folder.Disk)));
            }
            catch (CorruptBlockException cause)
            {
                damage.Add(new Damage(Path.GetRelativePath(folder.Path, path), $"cannot be read: {cause.Message}"));
            }
        }

        foreach (var replaced in blocks.Where(block => blocks.Exists(other => other.Name.Replaces(block.Name))).ToList())
        {
            blocks.Remove(replaced);
            replaced.Block.Dispose();
            folder.Disk.DeleteBlock(replaced.Block.Path);
        }

        return ([.. blocks.OrderBy(static block => block.Name.First)], last);
    }
}
