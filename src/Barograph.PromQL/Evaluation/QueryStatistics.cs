namespace Barograph.PromQL;

/// <summary>What a query cost.</summary>
public sealed record QueryStatistics
{
    /// <summary>Time to find series and read the index.</summary>
    public TimeSpan SelectTime { get; init; }

    /// <summary>Time to read samples and calculate.</summary>
    public TimeSpan EvaluationTime { get; init; }

    /// <summary>All of it.</summary>
    public TimeSpan TotalTime { get; init; }

    /// <summary>Series that the selectors matched.</summary>
    public long SeriesSelected { get; init; }

    /// <summary>Samples read from the source.</summary>
    public long SamplesRead { get; init; }

    /// <summary>Samples in the answer.</summary>
    public long SamplesReturned { get; init; }

    /// <summary>The most bytes of samples held at a time, about.</summary>
    public long PeakBytes { get; init; }

    /// <summary>Evaluation steps.</summary>
    public int Steps { get; init; }

    /// <summary>Which rollups were read in the place of samples, and up to when: <c>1h</c>, <c>5m before 2026-01-01T00:00:00Z</c>. Empty: none.</summary>
    public IReadOnlyList<string> Rollups { get; init; } = [];

    /// <summary>How many of the steps were known from an earlier query.</summary>
    public int CachedSteps { get; init; }
}
