namespace Barograph.PromQL;

/// <summary>How queries are evaluated, and how much they may use.</summary>
public sealed record QueryOptions
{
    /// <summary>The defaults.</summary>
    public static readonly QueryOptions Default = new();

    /// <summary>How old a sample may be that an instant selector still takes, in milliseconds. A sample exactly this old is out.</summary>
    public long LookbackMs { get; init; } = 5 * 60_000;

    /// <summary>The step of subqueries that name none, in milliseconds.</summary>
    public long DefaultSubqueryStepMs { get; init; } = 60_000;

    /// <summary>
    /// Whether upstream's experimental parts are allowed: some functions and aggregations, <c>anchored</c> and <c>smoothed</c>,
    /// <c>fill</c>, start timestamps of counters, and names that are dropped only at the end of the query.
    /// </summary>
    public bool Experimental { get; init; }

    /// <summary>Whether rollups may be read in the place of samples.</summary>
    public QueryResolution Resolution { get; init; } = QueryResolution.Raw;

    /// <summary>How many samples one query may read and hold.</summary>
    public long MaxSamples { get; init; } = 50_000_000;

    /// <summary>How many series one selector may match.</summary>
    public int MaxSeries { get; init; } = 1_000_000;

    /// <summary>How many bytes of series and samples one query may hold at a time, about.</summary>
    public long MaxMemoryBytes { get; init; } = 1L << 30;

    /// <summary>How many steps one query or subquery may have.</summary>
    public int MaxSteps { get; init; } = 1_000_000;

    /// <summary>How long one query may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many cores one query may use.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;
}

/// <summary>When an expression is evaluated: at a moment, or at each step from a start to an end (both included).</summary>
public readonly record struct QueryTimes
{
    QueryTimes(long startMs, long endMs, long stepMs, bool isInstant) =>
        (StartMs, EndMs, StepMs, IsInstant) = (startMs, endMs, stepMs, isInstant);

    /// <summary>The first time, Unix milliseconds.</summary>
    public long StartMs { get; }

    /// <summary>No step is later, Unix milliseconds.</summary>
    public long EndMs { get; }

    /// <summary>Milliseconds between steps; 0 for an instant.</summary>
    public long StepMs { get; }

    /// <summary>Whether this is one moment, and the answer a vector and not a matrix.</summary>
    public bool IsInstant { get; }

    /// <summary>One moment.</summary>
    public static QueryTimes Instant(long timestampMs) => new(timestampMs, timestampMs, 0, isInstant: true);

    /// <summary>Every step from start to end.</summary>
    /// <exception cref="ArgumentException">The end is before the start, or the step is not positive.</exception>
    public static QueryTimes Range(long startMs, long endMs, long stepMs)
    {
        if (endMs < startMs)
            throw new ArgumentException("The end of a range query is before its start.", nameof(endMs));
        if (stepMs <= 0)
            throw new ArgumentException("The step of a range query must be positive.", nameof(stepMs));
        return new QueryTimes(startMs, endMs, stepMs, isInstant: false);
    }
}
