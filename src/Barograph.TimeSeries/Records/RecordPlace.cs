namespace Barograph.TimeSeries;

/// <summary>Where a record lies.</summary>
/// <param name="Segment">The number of its segment; ascending over the life of the log.</param>
/// <param name="OffsetBytes">Its first byte in that file.</param>
public readonly record struct RecordPlace(long Segment, long OffsetBytes)
{
    /// <summary>Whether it lies behind another, and so was appended later.</summary>
    public bool IsAfter(RecordPlace other) => (Segment, OffsetBytes).CompareTo((other.Segment, other.OffsetBytes)) > 0;
}

/// <summary>One file of the log.</summary>
/// <param name="Number">Its number; ascending.</param>
/// <param name="BegunMs">When it was begun, Unix milliseconds.</param>
/// <param name="SizeBytes">Its whole records.</param>
/// <param name="IsSealed">Whether nothing is written to it any more.</param>
public readonly record struct RecordSegment(long Number, long BegunMs, long SizeBytes, bool IsSealed);
