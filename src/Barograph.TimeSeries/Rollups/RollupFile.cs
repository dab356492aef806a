using System.Globalization;

namespace Barograph.TimeSeries;

/// <summary>
/// A rollup block and its name: the period it covers, and a version that rises with each rewrite. A rewrite never takes the
/// name of what it replaces, so neither readers nor tombstones of the old one are touched; of two versions that a crash
/// left, the higher one is whole.
/// </summary>
internal sealed record RollupFile(long PeriodStartMs, long Version, Block Block)
{
    public static string NameOf(long periodStartMs, long version) =>
        string.Create(CultureInfo.InvariantCulture, $"{periodStartMs}-{version:D10}.block");

    public static bool TryParse(string path, out long periodStartMs, out long version)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        var dash = name.LastIndexOf('-');
        version = 0;
        periodStartMs = 0;
        return dash > 0 && long.TryParse(name.AsSpan(0, dash), NumberStyles.AllowLeadingSign, null, out periodStartMs)
            && long.TryParse(name.AsSpan(dash + 1), NumberStyles.None, null, out version);
    }

    /// <summary>Closes the block and deletes its files; who has pinned it reads on.</summary>
    public void Delete(Disk disk)
    {
        Block.Dispose();
        disk.DeleteBlock(Block.Path);
    }
}
