using System.Threading.Channels;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Collect;

/// <summary>Takes batches down as they come, or refuses them.</summary>
internal sealed class RecordingStore : IMetricStore
{
    readonly Channel<(long TimestampMs, Dictionary<string, double> Values)> _batches = Channel.CreateUnbounded<(long, Dictionary<string, double>)>();

    public bool IsFull { get; set; }

    public Dictionary<string, MetricMetadata> Known { get; } = [];

    public IReadOnlyDictionary<string, MetricMetadata> Metadata => Known;

    public StoreChanges Changes { get; } = new();

    public StoreStatus Status => new(!IsFull, null, 0, 0, null);

    /// <summary>The next batch that came.</summary>
    public async Task<(long TimestampMs, Dictionary<string, double> Values)> NextAsync() =>
        await _batches.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(2));

    public ValueTask<AppendResult> AppendAsync(SampleBatch batch, CancellationToken cancel = default)
    {
        if (IsFull)
            throw new StoreUnavailableException("The disk is full.");
        Assert.Single(batch.TimestampsMs.ToArray().Distinct());
        _batches.Writer.TryWrite((batch.TimestampsMs[0], SourceReader.Contents(batch)));
        return new ValueTask<AppendResult>(new AppendResult(batch.SampleCount, 0, RejectReason.None, null));
    }

    public void SetMetadata(string metric, MetricMetadata metadata) => Known.Add(metric, metadata);

    public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range) => throw new NotSupportedException();

    public IReadOnlyList<SeriesExemplars> SelectExemplars(IReadOnlyList<Matcher> matchers, TimeRange range) => [];

    public IReadOnlyList<string> LabelNames(IReadOnlyList<Matcher> matchers, TimeRange range) => [];

    public IReadOnlyList<string> LabelValues(string name, IReadOnlyList<Matcher> matchers, TimeRange range) => [];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
