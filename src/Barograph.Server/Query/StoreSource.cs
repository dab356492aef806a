using Barograph.PromQL;
using Barograph.TimeSeries;

namespace Barograph.Server.Query;

/// <summary>Lets the language read the store.</summary>
internal sealed class StoreSource(IMetricStore store) : ISeriesSource
{
    /// <inheritdoc/>
    public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range, SelectHints hints, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return store.Select(matchers, range);
    }
}
