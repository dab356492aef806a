namespace Barograph.TimeSeries;

/// <summary>A run of neighbouring buckets: how many empty ones to skip, then how many follow.</summary>
/// <param name="Offset">Distance from the end of the span before (the first: from bucket 0).</param>
/// <param name="Length">How many buckets.</param>
public readonly record struct BucketSpan(int Offset, int Length);

/// <summary>Whether a histogram may be a counter that was reset.</summary>
public enum CounterResetHint
{
    Unknown,
    Reset,
    NotReset,
    Gauge,
}

/// <summary>
/// A native (exponential) histogram sample, in Prometheus' model: buckets grow by 2^(2^-schema), schema -4 … 8, or have the
/// upper bounds of <see cref="CustomBounds"/> (schema <see cref="CustomBucketsSchema"/>). Counts are absolute (not deltas), as
/// doubles. Immutable by convention: operations make new ones.
/// </summary>
public sealed record NativeHistogram
{
    /// <summary>The schema of histograms with custom bucket bounds.</summary>
    public const int CustomBucketsSchema = -53;

    public required int Schema { get; init; }
    public double ZeroThreshold { get; init; }
    public double ZeroCount { get; init; }
    public required double Count { get; init; }
    public required double Sum { get; init; }
    public BucketSpan[] PositiveSpans { get; init; } = [];
    public BucketSpan[] NegativeSpans { get; init; } = [];
    public double[] PositiveBuckets { get; init; } = [];
    public double[] NegativeBuckets { get; init; } = [];
    public double[] CustomBounds { get; init; } = [];
    public CounterResetHint CounterResetHint { get; init; }
}
