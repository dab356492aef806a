using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Live;

/// <summary>A store that fails in a way nobody expects when the metric <c>poison</c> is read, as a bug of ours would.</summary>
internal class PoisonedStore(IMetricStore store) : IMetricStore
{
    public bool IsHealed { get; set; }

    public IReadOnlyDictionary<string, MetricMetadata> Metadata => store.Metadata;

    public StoreStatus Status => store.Status;

    public StoreChanges Changes => store.Changes;

    public virtual ValueTask<AppendResult> AppendAsync(SampleBatch batch, CancellationToken cancel = default) => store.AppendAsync(batch, cancel);

    public IReadOnlyList<SeriesExemplars> SelectExemplars(IReadOnlyList<Matcher> matchers, TimeRange range) => store.SelectExemplars(matchers, range);

    public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range) =>
        !IsHealed && matchers.Any(static matcher => matcher.Value == "poison") ? throw new InvalidOperationException("a broken claim") : store.Select(matchers, range);

    public IReadOnlyList<string> LabelNames(IReadOnlyList<Matcher> matchers, TimeRange range) => store.LabelNames(matchers, range);

    public IReadOnlyList<string> LabelValues(string name, IReadOnlyList<Matcher> matchers, TimeRange range) => store.LabelValues(name, matchers, range);

    public void SetMetadata(string metric, MetricMetadata metadata) => store.SetMetadata(metric, metadata);

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
