namespace Barograph.TimeSeries;

/// <summary>A half-open window of time, in Unix milliseconds (UTC): the start is in it, the end is not.</summary>
public readonly record struct TimeRange(long StartMs, long EndMs)
{
    /// <summary>All of time.</summary>
    public static readonly TimeRange All = new(long.MinValue, long.MaxValue);

    /// <summary>Whether a time lies in the window.</summary>
    public bool Contains(long timestampMs) => timestampMs >= StartMs && timestampMs < EndMs;

    /// <summary>Whether two windows share a moment.</summary>
    public bool Overlaps(TimeRange other) => StartMs < other.EndMs && other.StartMs < EndMs;
}
