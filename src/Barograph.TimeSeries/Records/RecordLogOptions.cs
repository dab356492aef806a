namespace Barograph.TimeSeries;

/// <summary>How a log of records is kept.</summary>
public sealed record RecordLogOptions
{
    /// <summary>When a segment is this large, another is begun.</summary>
    public required long SegmentBytes { get; init; }

    /// <summary>When a segment is so old, another is begun, too; null for never.</summary>
    public TimeSpan? SegmentAge { get; init; }

    /// <summary>
    /// How many bytes of its disk the log leaves free, though never more than a twentieth of it, as
    /// <see cref="StoreOptions.DiskReserveBytes"/>: what the store needs to make room must not go to a log beside it. 0 for no reserve.
    /// </summary>
    public long DiskReserveBytes { get; init; }

    /// <summary>For the times in <see cref="RecordSegment"/>.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Gets what a bug of the log threw, when it ended the writing: for a log file. Must not throw.</summary>
    public Action<Exception> ReportBug { get; init; } = static _ => { };

    /// <summary>What changes the files; tests have their own.</summary>
    internal Disk Disk { get; init; } = Disk.Real;
}
