namespace Barograph.TimeSeries;

/// <summary>What a file of a store is.</summary>
public enum StoreFileKind
{
    /// <summary>The version of the format, the lock, what is known of metrics, exemplars, how far the rollups are.</summary>
    Manifest,

    /// <summary>A segment of the log whose samples are in no block yet.</summary>
    Log,

    /// <summary>Raw samples.</summary>
    Block,

    /// <summary>Windows of one resolution.</summary>
    Rollup,

    /// <summary>What was deleted of the block beside it.</summary>
    Tombstones,

    /// <summary>Left over by a process that was killed; removed at the next open.</summary>
    Leftover,

    /// <summary>Cannot be read, or is none of ours.</summary>
    Unknown,
}

/// <summary>One file of a store.</summary>
/// <param name="Path">Within the store's folder, with slashes.</param>
/// <param name="Kind">What it is.</param>
/// <param name="SizeBytes">Its length.</param>
public sealed record StoreFile(string Path, StoreFileKind Kind, long SizeBytes)
{
    /// <summary>What it holds; null for files that are no blocks.</summary>
    public StoreFileContent? Content { get; init; }
}

/// <summary>What a block holds, as its footer tells.</summary>
/// <param name="SeriesCount">How many series.</param>
/// <param name="SampleCount">How many samples, or windows of a rollup, those that are deleted included.</param>
/// <param name="FirstMs">The time of the first one, Unix milliseconds.</param>
/// <param name="LastMs">The time of the last one.</param>
/// <param name="ResolutionMs">The length of a window; 0 for raw samples.</param>
/// <param name="Level">How often it was merged.</param>
public sealed record StoreFileContent(long SeriesCount, long SampleCount, long FirstMs, long LastMs, long ResolutionMs, int Level);

/// <summary>A store as it lies in its folder, looked at while nobody has it open.</summary>
/// <param name="Folder">Its full path.</param>
/// <param name="FormatVersion">The version of its format.</param>
/// <param name="SeriesCount">Series that have raw samples, each counted once.</param>
/// <param name="BlockSampleCount">Raw samples in blocks.</param>
/// <param name="LogSampleCount">Samples in the log that are in no block yet.</param>
/// <param name="FirstMs">The time of the oldest raw sample, or null when there is none.</param>
/// <param name="LastMs">The time of the newest.</param>
/// <param name="Files">All files, sorted by path.</param>
/// <param name="Damage">What is not as it was written.</param>
/// <param name="LostSampleCount">Samples and windows in damaged chunks, as far as they can be counted.</param>
public sealed record StoreReport(string Folder, int FormatVersion, long SeriesCount, long BlockSampleCount, long LogSampleCount,
    long? FirstMs, long? LastMs, IReadOnlyList<StoreFile> Files, IReadOnlyList<Damage> Damage, long LostSampleCount)
{
    /// <summary>Whether nothing needs a person; what a killed process leaves in the log does not.</summary>
    public bool IsWhole => Damage.All(static damage => damage.IsUsualAfterKill);

    /// <summary>Bytes of all files.</summary>
    public long SizeBytes => Files.Sum(static file => file.SizeBytes);
}
