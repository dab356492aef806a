using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>What kind of answer a query gave.</summary>
public enum ResultKind
{
    Scalar,
    String,
    Vector,
    Matrix,
}

/// <summary>The answer to a query.</summary>
public sealed record QueryResult
{
    /// <summary>An instant query gives a scalar, string, vector or (for a range selector) matrix; a range query always a matrix.</summary>
    public required ResultKind Kind { get; init; }

    /// <summary>The time of the first step, Unix milliseconds.</summary>
    public required long StartMs { get; init; }

    /// <summary>Milliseconds between steps; 0 for an instant.</summary>
    public required long StepMs { get; init; }

    /// <summary>How many steps; 1 for an instant.</summary>
    public required int Steps { get; init; }

    /// <summary>
    /// The series that have a value at some step. Sorted by labels for a matrix; in the order of the expression (as sorted by
    /// <c>sort</c> or <c>topk</c>) for a vector.
    /// </summary>
    public IReadOnlyList<ResultSeries> Series { get; init; } = [];

    /// <summary>The value of a scalar.</summary>
    public double Scalar { get; init; }

    /// <summary>The value of a string.</summary>
    public string? Text { get; init; }

    /// <summary>Why the answer may be wrong; each with its place in the expression.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Why the answer may not be what was meant.</summary>
    public required IReadOnlyList<string> Infos { get; init; }

    /// <summary>What it cost.</summary>
    public required QueryStatistics Statistics { get; init; }

    /// <summary>The time of a step, Unix milliseconds.</summary>
    public long TimestampMs(int step) => StartMs + step * StepMs;
}

/// <summary>One series of an answer.</summary>
public sealed class ResultSeries
{
    internal ResultSeries(Labels labels, double[] values, NativeHistogram?[]? histograms, long[]? timestampsMs)
    {
        (Labels, Values, Histograms, TimestampsMs) = (labels, values, histograms, timestampsMs);
    }

    /// <summary>Its labels.</summary>
    public Labels Labels { get; }

    /// <summary>
    /// One value per step; <see cref="HasFloat"/> says whether there is one. "No value" is the staleness marker's bits, which no
    /// result can have otherwise; every other NaN is a value.
    /// </summary>
    public double[] Values { get; }

    /// <summary>One histogram (or null) per step; null when no step has one.</summary>
    public NativeHistogram?[]? Histograms { get; }

    /// <summary>
    /// The times of the values when they are not those of the steps: the samples of a range selector in an instant query. Else null.
    /// </summary>
    public long[]? TimestampsMs { get; }

    /// <summary>Whether a step has a float.</summary>
    public bool HasFloat(int step) => !StaleMarker.Is(Values[step]);

    /// <summary>Whether a step has a float or a histogram.</summary>
    public bool Has(int step) => HasFloat(step) || Histograms?[step] is not null;
}
