using System.Globalization;

namespace Barograph.TimeSeries;

/// <summary>The name of a rollup block: its window, and the last head window whose samples are in it where they belong.</summary>
internal readonly record struct RollupName(long StartMs, long EndMs, long Generation)
{
    public string FileName => string.Create(CultureInfo.InvariantCulture, $"{StartMs:D14}-{EndMs:D14}-{Generation:D10}{BlockName.Extension}");

    public TimeRange Window => new(StartMs, EndMs);

    /// <summary>Whether this one holds all that the other does.</summary>
    public bool Replaces(RollupName other) =>
        this != other && StartMs <= other.StartMs && other.EndMs <= EndMs && (Generation >= other.Generation || Window != other.Window);

    public static bool TryParse(string path, out RollupName name)
    {
        name = default;
        var parts = Path.GetFileNameWithoutExtension(path).Split('-');
        if (parts.Length != 3 || !long.TryParse(parts[0], NumberStyles.None, null, out var start)
            || !long.TryParse(parts[1], NumberStyles.None, null, out var end) || !long.TryParse(parts[2], NumberStyles.None, null, out var generation))
            return false;
        name = new RollupName(start, end, generation);
        return true;
    }
}

internal sealed record RollupBlock(RollupName Name, Block Block);

/// <summary>The rollup blocks of one resolution in the order of time; their windows do not overlap. Immutable.</summary>
internal sealed record RollupSet(RollupResolution Resolution, IReadOnlyList<RollupBlock> Blocks)
{
    public long StepMs => (long)Resolution.Step.TotalMilliseconds;

    /// <summary>The end of the last window, or <see cref="long.MinValue"/>.</summary>
    public long EndMs => Blocks.Count == 0 ? long.MinValue : Blocks[^1].Name.EndMs;

    public RollupSet Replace(IReadOnlyCollection<RollupBlock> old, RollupBlock? added)
    {
        var kept = Blocks.Except(old).ToList();
        if (added is not null)
            kept.Add(added);
        return this with { Blocks = [.. kept.OrderBy(static block => block.Name.StartMs)] };
    }

    /// <summary>The folder of a resolution's blocks.</summary>
    public static string Folder(StoreFolder folder, long stepMs) => Path.Combine(folder.Rollups, stepMs.ToString(CultureInfo.InvariantCulture));

    /// <summary>Opens the blocks of a resolution and removes what a crash left over.</summary>
    public static RollupSet Open(StoreFolder folder, RollupResolution resolution, DamageLog damage)
    {
        var set = new RollupSet(resolution, []);
        var path = Folder(folder, set.StepMs);
        Directory.CreateDirectory(path);
        var blocks = new List<RollupBlock>();
        foreach (var file in Directory.EnumerateFiles(path, "*" + BlockName.Extension))
        {
            if (!RollupName.TryParse(file, out var name))
                continue;
            try
            {
                blocks.Add(new RollupBlock(name, Block.Open(file, found => damage.Add(folder.Describe(found)))));
            }
            catch (CorruptBlockException cause)
            {
                damage.Add(new Damage(Path.GetRelativePath(folder.Path, file), $"cannot be read: {cause.Message}"));
            }
        }

        foreach (var replaced in blocks.Where(block => blocks.Exists(other => other.Name.Replaces(block.Name))).ToList())
        {
            blocks.Remove(replaced);
            replaced.Block.Dispose();
            StoreFolder.DeleteBlock(replaced.Block.Path);
        }

        return set.Replace([], null) with { Blocks = [.. blocks.OrderBy(static block => block.Name.StartMs)] };
    }
}

/// <summary>Rollup blocks that stay until this is disposed.</summary>
internal sealed class PinnedRollups : IDisposable
{
    bool _disposed;

    PinnedRollups(RollupSet set, IReadOnlyList<Block> blocks) => (Set, Blocks) = (set, blocks);

    public RollupSet Set { get; }

    public IReadOnlyList<Block> Blocks { get; }

    /// <returns>Null when there is no such resolution.</returns>
    public static PinnedRollups? Open(Timeline timeline, TimeSpan step, TimeRange range)
    {
        while (timeline.View.Rollups.FirstOrDefault(set => set.Resolution.Step == step) is { } set)
        {
            var wanted = set.Blocks.Where(block => block.Name.Window.Overlaps(range)).Select(static block => block.Block).ToList();
            var pinned = wanted.TakeWhile(static block => block.TryPin()).ToList();
            if (pinned.Count == wanted.Count)
                return new PinnedRollups(set, pinned);
            pinned.ForEach(static block => block.Unpin());
        }

        return null;
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        foreach (var block in Blocks)
            block.Unpin();
    }
}
