using System.Runtime.InteropServices;

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
/// doubles: integers up to 2^53 are exact. Immutable by convention: operations make new ones. Equal are those with the same content,
/// bit for bit.
/// </summary>
public sealed record NativeHistogram
{
    /// <summary>The schema of histograms with custom bucket bounds.</summary>
    public const int CustomBucketsSchema = -53;

    /// <summary>The coarsest and the finest schema of buckets that grow.</summary>
    public const int MinSchema = -4, MaxSchema = 8;

    /// <summary>The most buckets, spans or bounds that one may have in the store.</summary>
    public const int MaxBuckets = 2000;

    /// <summary>The staleness marker of series of histograms: one whose sum is <see cref="StaleMarker"/>.</summary>
    public static readonly NativeHistogram Stale = new() { Schema = 0, Count = 0, Sum = StaleMarker.Value };

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

    /// <summary>Whether this ends a series.</summary>
    public bool IsStale => StaleMarker.Is(Sum);

    /// <inheritdoc/>
    public bool Equals(NativeHistogram? other) =>
        ReferenceEquals(this, other) || (other is not null && CounterResetHint == other.CounterResetHint && HasLayoutOf(other)
            && Bits(Count) == Bits(other.Count) && Bits(Sum) == Bits(other.Sum) && Bits(ZeroCount) == Bits(other.ZeroCount)
            && AreSame(PositiveBuckets, other.PositiveBuckets) && AreSame(NegativeBuckets, other.NegativeBuckets));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Schema, Count, Sum, PositiveBuckets.Length, NegativeBuckets.Length);

    /// <summary>Whether the buckets of both mean the same.</summary>
    internal bool HasLayoutOf(NativeHistogram other) =>
        Schema == other.Schema && Bits(ZeroThreshold) == Bits(other.ZeroThreshold)
        && PositiveBuckets.Length == other.PositiveBuckets.Length && NegativeBuckets.Length == other.NegativeBuckets.Length
        && PositiveSpans.AsSpan().SequenceEqual(other.PositiveSpans) && NegativeSpans.AsSpan().SequenceEqual(other.NegativeSpans)
        && AreSame(CustomBounds, other.CustomBounds);

    /// <summary>What is wrong with it, or null. The rules are those of Prometheus' own store for histograms of floats.</summary>
    public string? FindProblem()
    {
        if (Math.Max(PositiveBuckets.Length + NegativeBuckets.Length, Math.Max(PositiveSpans.Length + NegativeSpans.Length, CustomBounds.Length)) > MaxBuckets)
            return $"more than {MaxBuckets} buckets, spans or bounds";
        return (Schema == CustomBucketsSchema ? FindCustomProblem() : FindExponentialProblem())
            ?? FindProblemOf(PositiveSpans, PositiveBuckets) ?? FindProblemOf(NegativeSpans, NegativeBuckets);
    }

    string? FindExponentialProblem() =>
        Schema is < MinSchema or > MaxSchema ? $"schema {Schema}; it must be {MinSchema} … {MaxSchema}, or {CustomBucketsSchema}"
        : CustomBounds.Length > 0 ? $"custom bounds with schema {Schema}"
        : null;

    string? FindCustomProblem()
    {
        if (ZeroCount != 0 || ZeroThreshold != 0 || NegativeBuckets.Length > 0 || NegativeSpans.Length > 0)
            return "custom bounds together with a zero bucket or negative buckets";
        for (var i = 0; i < CustomBounds.Length; i++)
        {
            if (!double.IsFinite(CustomBounds[i]) || (i > 0 && CustomBounds[i] <= CustomBounds[i - 1]))
                return "custom bounds that do not ascend, or are not finite";
        }

        long buckets = 0;
        foreach (var span in PositiveSpans)
            buckets += (long)span.Offset + span.Length;
        return buckets > CustomBounds.Length + 1 ? $"buckets up to the {buckets}th, and {CustomBounds.Length} custom bounds" : null;
    }

    static string? FindProblemOf(BucketSpan[] spans, double[] buckets)
    {
        long counted = 0;
        for (var i = 0; i < spans.Length; i++)
        {
            if (spans[i].Length < 0 || (i > 0 && spans[i].Offset < 0))
                return "a span of buckets that goes backwards";
            counted += spans[i].Length;
        }

        return counted != buckets.Length ? $"spans for {counted} buckets, and {buckets.Length} buckets"
            : buckets.AsSpan().ContainsAnyInRange(double.NegativeInfinity, -double.Epsilon) ? "a bucket with a negative count"
            : null;
    }

    static long Bits(double value) => BitConverter.DoubleToInt64Bits(value);

    static bool AreSame(double[] left, double[] right) =>
        MemoryMarshal.Cast<double, long>(left.AsSpan()).SequenceEqual(MemoryMarshal.Cast<double, long>(right.AsSpan()));
}
