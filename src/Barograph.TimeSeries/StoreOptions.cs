namespace Barograph.TimeSeries;

/// <summary>How a store is kept, and its limits. Every limit that is passed is named in the error.</summary>
public sealed record StoreOptions
{
    /// <summary>How long raw samples are kept; null keeps them for ever and takes samples from the Unix epoch on.</summary>
    public TimeSpan? Retention { get; init; } = TimeSpan.FromDays(365);

    /// <summary>How much older than its series' newest sample a sample may be; null takes any, for back-fill.</summary>
    public TimeSpan? OutOfOrderWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How far ahead of the clock a sample may be; null takes any.</summary>
    public TimeSpan? MaxFuture { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long rollups are kept, resolution by resolution.</summary>
    public RollupRetention RollupRetention { get; init; } = new();

    /// <summary>
    /// A resolution is summed up as samples come where its windows have so many of them on average. Fewer are read as fast as
    /// their window: those are summed up when the raw samples are about to be dropped. 0 sums up everything at once.
    /// </summary>
    public int RollupMinSamples { get; init; } = 10;

    /// <summary>How many bytes of blocks are kept; beyond it the oldest go first. Null for no limit.</summary>
    public long? SizeLimitBytes { get; init; }

    /// <summary>How long samples stay in the newest window before it becomes a block.</summary>
    public TimeSpan HeadDuration { get; init; } = TimeSpan.FromHours(2);

    /// <summary>
    /// How much memory the samples of the newest window may take before it becomes a block earlier; with more than some 100,000
    /// series it is 264 bytes for each.
    /// </summary>
    public long HeadBytesLimit { get; init; } = 24 << 20;

    /// <summary>How many series the newest window may hold. New series beyond it are refused; known ones never.</summary>
    public int SeriesLimit { get; init; } = 1_000_000;

    /// <summary>How many series may be new within one second, on average over two.</summary>
    public int NewSeriesPerSecond { get; init; } = 100_000;

    /// <summary>How many series one select may touch.</summary>
    public int SelectSeriesLimit { get; init; } = 1_000_000;

    /// <summary>How many samples may be read from one select; null for no limit.</summary>
    public long? SelectSamplesLimit { get; init; } = 500_000_000;

    /// <summary>How many exemplars are kept, of all series together; a new one takes the place of the one that came first.</summary>
    public int ExemplarLimit { get; init; } = 100_000;

    /// <summary>How many labels a series may have.</summary>
    public int LabelCountLimit { get; init; } = 40;

    /// <summary>How many bytes of UTF-8 a label name may have.</summary>
    public int LabelNameBytesLimit { get; init; } = 256;

    /// <summary>How many bytes of UTF-8 a label value may have.</summary>
    public int LabelValueBytesLimit { get; init; } = 4096;

    /// <summary>How many bytes may wait for the log; beyond it appends wait before they are queued.</summary>
    public long QueuedBytesLimit { get; init; } = 64 << 20;

    /// <summary>
    /// How many bytes of its disk the store leaves free, though never more than a twentieth of it: appends are refused before the
    /// disk is full, so that blocks, merges and retention have room to work, and to make room. 0 for no reserve.
    /// </summary>
    public long DiskReserveBytes { get; init; } = 256 << 20;

    /// <summary>Where the time comes from.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// Gets what a bug of the store threw, once for each part that it ended: for a log. Called on a thread of the store; must not throw.
    /// </summary>
    public Action<Exception> ReportBug { get; init; } = static _ => { };

    /// <summary>What changes the files; tests have their own.</summary>
    internal Disk Disk { get; init; } = Disk.Real;
}
