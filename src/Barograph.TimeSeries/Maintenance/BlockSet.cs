using System.Globalization;

namespace Barograph.TimeSeries;

/// <summary>The name of a block: the head windows whose samples it holds, from the first to the last.</summary>
internal readonly record struct BlockName(long First, long Last)
{
    public const string Extension = ".block";

    public string FileName => string.Create(CultureInfo.InvariantCulture, $"{First:D10}-{Last:D10}{Extension}");

    /// <summary>Whether this one was merged from the other (and others).</summary>
    public bool Replaces(BlockName other) => this != other && First <= other.First && other.Last <= Last;

    public static bool TryParse(string path, out BlockName name)
    {
        name = default;
        var parts = Path.GetFileNameWithoutExtension(path).Split('-');
        if (parts.Length != 2 || !long.TryParse(parts[0], NumberStyles.None, null, out var first)
            || !long.TryParse(parts[1], NumberStyles.None, null, out var last) || first > last)
            return false;
        name = new BlockName(first, last);
        return true;
    }
}

/// <summary>A block and its name.</summary>
internal sealed record NamedBlock(BlockName Name, Block Block);

/// <summary>
/// The blocks of a store, the older windows first: of two samples at one time the older one's wins, as it did when they came.
/// Immutable.
/// </summary>
internal sealed class BlockSet(IReadOnlyList<NamedBlock> blocks)
{
    public static readonly BlockSet Empty = new([]);

    public IReadOnlyList<NamedBlock> Blocks => blocks;

    /// <summary>The newest time of any block, or <see cref="long.MinValue"/>.</summary>
    public long LastMs { get; } = blocks.Count == 0 ? long.MinValue : blocks.Max(static block => block.Block.Info.LastMs);

    /// <summary>The oldest time of any block, or <see cref="long.MaxValue"/>.</summary>
    public long FirstMs { get; } = blocks.Count == 0 ? long.MaxValue : blocks.Min(static block => block.Block.Info.FirstMs);

    public long SizeBytes => blocks.Sum(static block => block.Block.SizeBytes);

    /// <summary>This set with some blocks taken out and another one in their place (or at the end).</summary>
    public BlockSet Replace(IReadOnlyCollection<NamedBlock> old, NamedBlock? added)
    {
        var kept = blocks.Except(old).ToList();
        if (added is not null)
            kept.Add(added);
        return new BlockSet([.. kept.OrderBy(static block => block.Name.First)]);
    }

    /// <summary>The blocks that may have samples in a range, pinned; null when one was closed meanwhile: take the newer set.</summary>
    public IReadOnlyList<Block>? TryPin(TimeRange range)
    {
        var pinned = new List<Block>();
        foreach (var (_, block) in blocks)
        {
            if (block.Info.FirstMs >= range.EndMs || block.Info.LastMs < range.StartMs)
                continue;
            if (!block.TryPin())
            {
                pinned.ForEach(static other => other.Unpin());
                return null;
            }

            pinned.Add(block);
        }

        return pinned;
    }
}
