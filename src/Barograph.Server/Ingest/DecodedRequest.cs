using System.Text;
using Barograph.Server.Ingest.RemoteWrite;
using Barograph.Server.Ingest.Wire;
using Barograph.Server.Sources;
using Barograph.TimeSeries;

namespace Barograph.Server.Ingest;

/// <summary>
/// What a door made of a request: a batch for the store, and what it could not put into it. Reused from request to request,
/// so that decoding allocates nothing per sample. Not thread-safe.
/// </summary>
internal sealed class DecodedRequest(IngestLimits limits, KnownMetadata known)
{
    /// <summary>Beyond it the memory is given back rather than kept for the next request.</summary>
    const int SamplesToKeep = 50_000;

    /// <summary>Longer help texts are cut.</summary>
    const int HelpBytesMax = 4096;

    /// <summary>What a histogram takes beside its buckets, and an exemplar, counted in samples.</summary>
    const int HistogramSamples = 10, ExemplarSamples = 4;

    readonly RefusedList _refused = new();
    LastSamples? _lastSamples;
    long _keyBytes, _othersAsSamples;

    /// <summary>What a request may have.</summary>
    public IngestLimits Limits => limits;

    /// <summary>What goes to the store.</summary>
    public SampleBatch Batch { get; } = new();

    /// <summary>For keys that must be put together.</summary>
    public SeriesKeyBuilder Key { get; } = new();

    /// <summary>For the labels of exemplars.</summary>
    public SeriesKeyBuilder ExemplarKey { get; } = new();

    /// <summary>Scratch for native histograms of remote write.</summary>
    public RemoteWriteHistogram Histogram { get; } = new();

    /// <summary>What the sender tells of its metrics.</summary>
    public List<(string Metric, MetricMetadata Metadata)> Metadata { get; } = [];

    /// <summary>Where in the request its symbols are; for protocols that have a table of strings.</summary>
    public List<(int Offset, int Length)> Symbols { get; } = [];

    /// <summary>Scratch for the references of one series into <see cref="Symbols"/>.</summary>
    public List<int> References { get; } = [];

    /// <summary>What the door itself refused, by reason.</summary>
    public IReadOnlyList<Refused> Refused => _refused.ByReason;

    /// <summary>Whether the memory is worth keeping.</summary>
    public bool IsSmall => Batch.SampleCount + _othersAsSamples <= SamplesToKeep && Batch.SeriesCount <= SamplesToKeep && Symbols.Count <= SamplesToKeep;

    /// <summary>Makes ready for a request.</summary>
    public void Begin()
    {
        _lastSamples?.Clear();
        Batch.Clear();
        Key.Clear();
        Metadata.Clear();
        Symbols.Clear();
        _refused.Clear();
        (_keyBytes, _othersAsSamples) = (0, 0);
    }

    /// <summary>Adds a sample.</summary>
    /// <exception cref="RequestTooLargeException">There are too many in this request.</exception>
    public void Add(int series, long timestampMs, double value)
    {
        if (Batch.SampleCount >= limits.RequestSamples)
            throw new RequestTooLargeException($"the request has more than {limits.RequestSamples} samples: send smaller requests");
        Batch.Add(series, timestampMs, value);
    }

    /// <summary>Adds a sample, in the place of one that the request has of the same series and time.</summary>
    /// <exception cref="RequestTooLargeException">There are too many in this request.</exception>
    public void AddLast(int series, long timestampMs, double value)
    {
        _lastSamples ??= new LastSamples(Batch);
        if (_lastSamples.FindOrNote(series, timestampMs) is >= 0 and var sample)
            Batch.Replace(sample, value);
        else
            Add(series, timestampMs, value);
    }

    /// <summary>Adds a native histogram.</summary>
    /// <exception cref="RequestTooLargeException">There are too many in this request, or their buckets are.</exception>
    public void Add(int series, long timestampMs, NativeHistogram histogram)
    {
        CountOthers(HistogramSamples + histogram.PositiveBuckets.Length + histogram.NegativeBuckets.Length + histogram.CustomBounds.Length);
        Batch.Add(series, timestampMs, histogram);
    }

    /// <summary>Adds an exemplar whose labels are in <see cref="ExemplarKey"/>. One that has labels which are none is passed over.</summary>
    /// <exception cref="RequestTooLargeException">There are too many in this request.</exception>
    public void AddExemplar(int series, long timestampMs, double value)
    {
        CountOthers(ExemplarSamples);
        if (ExemplarKey.Count == 0)
            Batch.AddExemplar(series, timestampMs, value, default);
        else if (ExemplarKey.TryBuild(out var labels, out _))
            Batch.AddExemplar(series, timestampMs, value, labels.ToArray());
    }

    /// <summary>Adds the series of the labels in <see cref="Key"/>, among which the metric's name must be.</summary>
    /// <returns>As <see cref="AddKeyedSeries"/>.</returns>
    public int AddNamedSeries(int samples)
    {
        if (Key.Contains("__name__"u8) || !Key.TryBuild(out _, out _))
            return AddKeyedSeries(samples);
        Refuse(samples, _refused.Has(RefusalReason.MalformedPart) ? "" : $"a series has no metric name, the label __name__; its first label is {Key.FirstLabel}");
        return -1;
    }

    /// <summary>Adds the series of the labels in <see cref="Key"/>.</summary>
    /// <returns>Its index, or -1 when they name no series; <paramref name="samples"/> are then counted as refused.</returns>
    /// <exception cref="RequestTooLargeException">The labels of all series take more bytes than a request may have.</exception>
    public int AddKeyedSeries(int samples = 1)
    {
        if (!Key.TryBuild(out var key, out var problem))
        {
            Refuse(samples, problem, Key.PassesLimit ? RefusalReason.LabelLimit : RefusalReason.MalformedPart);
            return -1;
        }

        // A table of strings lets few bytes stand for many.
        _keyBytes += key.Length;
        if (_keyBytes > limits.RequestBytes)
            throw new RequestTooLargeException($"the labels of the request take more than {limits.RequestBytes} bytes: send smaller requests");
        return Batch.AddSeries(key);
    }

    /// <summary>Adds a symbol by its place in the request.</summary>
    /// <exception cref="RequestTooLargeException">There are too many.</exception>
    public void AddSymbol(int offset, int length)
    {
        if (Symbols.Count >= limits.RequestSamples)
            throw new RequestTooLargeException($"the request has more than {limits.RequestSamples} symbols: send smaller requests");
        Symbols.Add((offset, length));
    }

    /// <summary>Adds what a sender tells of a metric, unless it was heard before.</summary>
    public void AddMetadata(ReadOnlySpan<byte> metric, MetricType type, ReadOnlySpan<byte> unit, ReadOnlySpan<byte> help)
    {
        help = help.Length > HelpBytesMax ? help[..HelpBytesMax] : help;
        if (metric.Length is 0 or > SeriesKeyBuilder.NameBytesMax || unit.Length > SeriesKeyBuilder.NameBytesMax
            || !known.IsNew(metric, type, unit, help))
            return;
        var metadata = new MetricMetadata(type, Encoding.UTF8.GetString(unit), Encoding.UTF8.GetString(help));
        Metadata.Add((Encoding.UTF8.GetString(metric), metadata));
    }

    /// <summary>The same from text.</summary>
    public void AddMetadata(string metric, MetricMetadata metadata) =>
        AddMetadata(Encoding.UTF8.GetBytes(metric), metadata.Type, Encoding.UTF8.GetBytes(metadata.Unit), Encoding.UTF8.GetBytes(metadata.Help));

    /// <summary>Counts samples that name no series or cannot be kept.</summary>
    public void Refuse(int samples, string why, RefusalReason reason = RefusalReason.MalformedPart) => _refused.Add(reason, samples, why);

    void CountOthers(int asSamples)
    {
        _othersAsSamples += asSamples;
        if (_othersAsSamples > limits.RequestSamples)
            throw new RequestTooLargeException($"the native histograms and exemplars of the request take more room than {limits.RequestSamples} samples: send smaller requests");
    }
}
