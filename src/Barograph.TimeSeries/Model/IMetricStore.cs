namespace Barograph.TimeSeries;

/// <summary>Where samples can be put: a store, or a queue on the way to one.</summary>
public interface ISampleSink
{
    /// <summary>Appends a batch; returns when every accepted sample is on disk. Safe from many threads.</summary>
    /// <param name="batch">May hold a series more than once and times in any order. Not kept after the call.</param>
    /// <param name="cancel">Honoured until the batch is queued for the log, not after.</param>
    /// <returns>How many samples were taken, how many refused, and why.</returns>
    /// <exception cref="StoreUnavailableException">The disk took nothing; try again later.</exception>
    ValueTask<AppendResult> AppendAsync(SampleBatch batch, CancellationToken cancel = default);

    /// <summary>Sets what is known of a metric; kept durably, though not before this returns.</summary>
    void SetMetadata(string metric, MetricMetadata metadata);
}

/// <summary>
/// Where samples are kept. The one door in (<see cref="ISampleSink.AppendAsync"/>) and the one door out (<see cref="Select"/>). The
/// embedded store is <c>MetricStore</c>; other engines implement the same contract.
/// </summary>
public interface IMetricStore : ISampleSink, IAsyncDisposable
{
    /// <summary>Finds series and opens their samples in a range. Never waits for writers.</summary>
    /// <param name="matchers">All must hold. None selects every series.</param>
    /// <param name="range">Half-open.</param>
    /// <exception cref="LimitExceededException">More series match than one query may touch.</exception>
    SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range);

    /// <summary>The exemplars of the series that match, series sorted by labels.</summary>
    /// <param name="matchers">All must hold. None selects every series.</param>
    /// <param name="range">Half-open.</param>
    IReadOnlyList<SeriesExemplars> SelectExemplars(IReadOnlyList<Matcher> matchers, TimeRange range);

    /// <summary>The label names of the series that match and may have samples in the range, in the order of their UTF-8.</summary>
    IReadOnlyList<string> LabelNames(IReadOnlyList<Matcher> matchers, TimeRange range);

    /// <summary>
    /// The values of one label over the series that match and may have samples in the range, in the order of their UTF-8. Many come as a
    /// <see cref="TextList"/>.
    /// </summary>
    IReadOnlyList<string> LabelValues(string name, IReadOnlyList<Matcher> matchers, TimeRange range);

    /// <summary>What is known of all metrics, by name.</summary>
    IReadOnlyDictionary<string, MetricMetadata> Metadata { get; }

    /// <summary>From which time on samples have come or gone, for whoever keeps answers.</summary>
    StoreChanges Changes { get; }

    /// <summary>How the store is.</summary>
    StoreStatus Status { get; }
}

/// <summary>The store at a glance.</summary>
/// <param name="Writable">Whether appends are taken now.</param>
/// <param name="Trouble">A sentence on what is wrong, or null: read-only and why, what damage was found at the last open.</param>
/// <param name="SeriesCount">Series known.</param>
/// <param name="SizeBytes">Bytes on disk, as of the last seconds.</param>
/// <param name="OldestMs">The oldest sample's time, or null when empty.</param>
public readonly record struct StoreStatus(bool Writable, string? Trouble, long SeriesCount, long SizeBytes, long? OldestMs)
{
    /// <summary>
    /// A sentence on a clock that was or is wrong, or was set, or null. Appends go on: what is near the clock's time is taken, also of
    /// series that have samples in its future.
    /// </summary>
    public string? ClockTrouble { get; init; }
}
