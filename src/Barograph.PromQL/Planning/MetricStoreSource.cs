using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>Reads the series of a store.</summary>
public sealed class MetricStoreSource(IMetricStore store) : ISeriesSource
{
    /// <inheritdoc/>
    public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range, SelectHints hints, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return store.Select(matchers, range);
    }
}
