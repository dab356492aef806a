using System.Collections.Concurrent;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Ingest;

/// <summary>A dictionary that keeps the store's contract as far as the doors see it, with the troubles that a test asks for.</summary>
internal sealed class MemoryStore : IMetricStore
{
    readonly ConcurrentDictionary<Labels, SortedDictionary<long, double>> _series = new();
    readonly ConcurrentDictionary<string, MetricMetadata> _metadata = new();
    readonly Dictionary<string, SortedDictionary<long, NativeHistogram>> _histograms = [];
    readonly List<(string Series, Exemplar Exemplar)> _exemplars = [];

    /// <summary>When set, every append fails with it.</summary>
    public StoreUnavailableException? Trouble { get; set; }

    /// <summary>How many series fit.</summary>
    public int SeriesLimit { get; set; } = int.MaxValue;

    /// <summary>Samples before it are too old.</summary>
    public long OldestMs { get; set; } = long.MinValue;

    /// <summary>Appends wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public IReadOnlyDictionary<string, MetricMetadata> Metadata => _metadata;

    public StoreChanges Changes { get; } = new();

    public StoreStatus Status => new(true, null, _series.Count, 0, null);

    public IReadOnlyCollection<Labels> Series => (IReadOnlyCollection<Labels>)_series.Keys;

    /// <summary>The samples of a series, by <c>name{label="value"}</c>.</summary>
    public IReadOnlyDictionary<long, double> Samples(string series) =>
        _series.Where(entry => entry.Key.ToString() == series).Select(static entry => entry.Value).SingleOrDefault() ?? [];

    /// <summary>The native histograms of a series, by <c>name{label="value"}</c>.</summary>
    public IReadOnlyDictionary<long, NativeHistogram> Histograms(string series) => _histograms.GetValueOrDefault(series) ?? [];

    /// <summary>The exemplars of a series, in the order of their coming.</summary>
    public Exemplar[] Exemplars(string series) => [.. _exemplars.Where(one => one.Series == series).Select(static one => one.Exemplar)];

    /// <summary>The one value that a series has.</summary>
    public double Value(string series) => Samples(series).Values.Single();

    /// <summary>All series whose name begins so, as text, sorted.</summary>
    public string[] Named(string prefix) =>
        [.. _series.Keys.Where(labels => labels.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(static labels => labels.ToString()).Order(StringComparer.Ordinal)];

    public async ValueTask<AppendResult> AppendAsync(SampleBatch batch, CancellationToken cancel = default)
    {
        await Gate.WaitAsync(cancel);
        if (Trouble is { } trouble)
            throw trouble;
        lock (_series)
        {
            var (accepted, rejected, first, example) = (0, 0, RejectReason.None, (string?)null);
            for (var i = 0; i < batch.SampleCount; i++)
            {
                var reason = Append(batch.Key(batch.SampleSeries[i]), batch.TimestampsMs[i], batch.Values[i]);
                if (reason == RejectReason.None)
                    accepted++;
                else if (rejected++ == 0)
                    (first, example) = (reason, $"{reason} at {batch.TimestampsMs[i]}");
            }

            var histograms = 0;
            foreach (var (series, timestampMs, histogram) in batch.Histograms)
            {
                var reason = histogram.FindProblem() is null ? Append(Decode(batch.Key(series)), timestampMs, histogram) : RejectReason.InvalidHistogram;
                if (reason == RejectReason.None)
                    histograms++;
                else if (rejected++ == 0)
                    (first, example) = (reason, $"{reason}: {histogram.FindProblem()}");
            }

            var exemplars = 0;
            foreach (var exemplar in batch.Exemplars)
            {
                if (Decode(batch.Key(exemplar.Series)) is not { } labels)
                    continue;
                exemplars++;
                _exemplars.Add((labels.ToString(), new Exemplar(exemplar.TimestampMs, exemplar.Value, Decode(exemplar.LabelsKey.Span) ?? Labels.Empty)));
            }

            return new AppendResult(accepted + histograms, rejected, first, example) { AcceptedHistograms = histograms, AcceptedExemplars = exemplars };
        }
    }

    RejectReason Append(ReadOnlySpan<byte> key, long timestampMs, double value)
    {
        if (Decode(key) is not { } labels)
            return RejectReason.InvalidLabels;
        if (timestampMs < OldestMs)
            return RejectReason.TooOld;
        if (!_series.TryGetValue(labels, out var samples))
        {
            if (_series.Count >= SeriesLimit)
                return RejectReason.SeriesLimit;
            _series[labels] = samples = [];
        }

        if (!samples.TryGetValue(timestampMs, out var present))
            samples[timestampMs] = value;
        else if (BitConverter.DoubleToInt64Bits(present) != BitConverter.DoubleToInt64Bits(value))
            return RejectReason.DuplicateTimestamp;
        return RejectReason.None;
    }

    RejectReason Append(Labels? labels, long timestampMs, NativeHistogram histogram)
    {
        if (labels is null)
            return RejectReason.InvalidLabels;
        if (!_histograms.TryGetValue(labels.ToString(), out var samples))
            _histograms.Add(labels.ToString(), samples = []);
        return samples.TryAdd(timestampMs, histogram) || samples[timestampMs] == histogram ? RejectReason.None : RejectReason.DuplicateTimestamp;
    }

    /// <summary>Reads a key strictly: whatever is not exactly one is null.</summary>
    static Labels? Decode(ReadOnlySpan<byte> key)
    {
        try
        {
            var strict = new System.Text.UTF8Encoding(false, true);
            var pairs = new List<Label>();
            for (var rest = key; rest.Length > 0;)
            {
                var label = Take(ref rest, 0x0A);
                var name = strict.GetString(Take(ref label, 0x0A));
                pairs.Add(new Label(name, strict.GetString(Take(ref label, 0x12))));
            }

            var labels = Labels.From(pairs);
            return SampleBatch.EncodeKey(labels).AsSpan().SequenceEqual(key) && labels.Count > 0 ? labels : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, byte tag)
    {
        if (rest.IsEmpty || rest[0] != tag)
            throw new ArgumentException("Another field was expected.");
        int length = 0, at = 1;
        for (var shift = 0; ; shift += 7)
        {
            var more = rest[at++];
            length |= (more & 0x7F) << shift;
            if (more < 0x80)
                break;
        }

        var taken = rest.Slice(at, length);
        rest = rest[(at + length)..];
        return taken;
    }

    public void SetMetadata(string metric, MetricMetadata metadata) => _metadata[metric] = metadata;

    public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range) => throw new NotSupportedException();

    public IReadOnlyList<SeriesExemplars> SelectExemplars(IReadOnlyList<Matcher> matchers, TimeRange range) => throw new NotSupportedException();

    public IReadOnlyList<string> LabelNames(IReadOnlyList<Matcher> matchers, TimeRange range) => throw new NotSupportedException();

    public IReadOnlyList<string> LabelValues(string name, IReadOnlyList<Matcher> matchers, TimeRange range) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
