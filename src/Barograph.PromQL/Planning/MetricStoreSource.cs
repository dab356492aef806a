using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>Reads the series of a store, and what it has summed up.</summary>
public sealed class MetricStoreSource(IMetricStore store) : IRollupSource
{
    /// <inheritdoc/>
    public long OldestRawMs => store is MetricStore embedded ? embedded.OldestMs : long.MinValue;

    /// <inheritdoc/>
    public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range, SelectHints hints, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return store.Select(matchers, range);
    }

    /// <inheritdoc/>
    public RollupSelection? SelectRollups(IReadOnlyList<Matcher> matchers, TimeRange range, TimeSpan step) =>
        (store as MetricStore)?.SelectRollups(matchers, range, step);
}
