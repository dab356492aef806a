using System.Text;

namespace Barograph.TimeSeries;

/// <summary>
/// Samples on their way into the store: series keys in one arena, samples in columns. Reusable: <see cref="Clear"/> keeps the
/// memory. Not thread-safe; the store reads it only until its append returns.
/// <para>
/// A series key is the UTF-8 bytes of the labels as a remote-write request carries them (field 1 of
/// <c>prometheus.TimeSeries</c>, repeated): per label <c>0x0A len, 0x0A len name, 0x12 len value</c>, lengths as varints,
/// names ascending by bytes, no duplicates, no empty values. A request's own bytes are therefore a key as they stand.
/// </para>
/// </summary>
public sealed class SampleBatch
{
    byte[] _keys = new byte[256];
    int _keysLength;
    (int Offset, int Length)[] _series = new (int, int)[16];
    int[] _sampleSeries = new int[16];
    long[] _timestampsMs = new long[16];
    double[] _values = new double[16];
    HistogramSample[] _histograms = [];
    ExemplarSample[] _exemplars = [];

    /// <summary>
    /// Whether samples are taken however far behind the newest one of their series they are, as with an
    /// <see cref="StoreOptions.OutOfOrderWindow"/> of null: for what belongs to a moment that is long gone.
    /// </summary>
    public bool TakesAnyAge { get; init; }

    /// <summary>How many series have been added.</summary>
    public int SeriesCount { get; private set; }

    /// <summary>How many samples have been added.</summary>
    public int SampleCount { get; private set; }

    /// <summary>For each sample, the index of its series in this batch.</summary>
    public ReadOnlySpan<int> SampleSeries => _sampleSeries.AsSpan(0, SampleCount);

    /// <summary>For each sample, its time in Unix milliseconds.</summary>
    public ReadOnlySpan<long> TimestampsMs => _timestampsMs.AsSpan(0, SampleCount);

    /// <summary>For each sample, its value.</summary>
    public ReadOnlySpan<double> Values => _values.AsSpan(0, SampleCount);

    /// <summary>The histograms that have been added, in that order. They are no part of <see cref="SampleCount"/>.</summary>
    public ReadOnlySpan<HistogramSample> Histograms => _histograms.AsSpan(0, HistogramCount);

    /// <summary>How many histograms have been added.</summary>
    public int HistogramCount { get; private set; }

    /// <summary>The exemplars that have been added, in that order.</summary>
    public ReadOnlySpan<ExemplarSample> Exemplars => _exemplars.AsSpan(0, ExemplarCount);

    /// <summary>How many exemplars have been added.</summary>
    public int ExemplarCount { get; private set; }

    /// <summary>The key of a series of this batch.</summary>
    public ReadOnlySpan<byte> Key(int series) => _keys.AsSpan(_series[series].Offset, _series[series].Length);

    /// <summary>Adds a series by its key (copied).</summary>
    /// <returns>Its index in this batch.</returns>
    public int AddSeries(ReadOnlySpan<byte> key)
    {
        EnsureKeys(key.Length);
        key.CopyTo(_keys.AsSpan(_keysLength));
        return Commit(key.Length);
    }

    /// <summary>Adds a series by its labels; for paths that are not hot.</summary>
    /// <returns>Its index in this batch.</returns>
    public int AddSeries(Labels labels) => AddSeries(EncodeKey(labels));

    /// <summary>Adds a sample of a series of this batch.</summary>
    public void Add(int series, long timestampMs, double value)
    {
        if (SampleCount == _values.Length)
        {
            Array.Resize(ref _sampleSeries, SampleCount * 2);
            Array.Resize(ref _timestampsMs, SampleCount * 2);
            Array.Resize(ref _values, SampleCount * 2);
        }

        _sampleSeries[SampleCount] = series;
        _timestampsMs[SampleCount] = timestampMs;
        _values[SampleCount++] = value;
    }

    /// <summary>Puts another value in the place of a sample that was added.</summary>
    /// <param name="sample">Its number, from 0 on.</param>
    /// <param name="value">The value.</param>
    public void Replace(int sample, double value) => _values[sample] = value;

    /// <summary>
    /// Adds a native histogram of a series of this batch. A series may have floats and histograms, at different times. One whose sum is
    /// <see cref="StaleMarker"/> is kept as <see cref="NativeHistogram.Stale"/>. The hint "not reset" is kept as unknown: it tells
    /// of the sample before it at the sender, which need not be the one before it here; readers compare the two.
    /// </summary>
    public void Add(int series, long timestampMs, NativeHistogram histogram)
    {
        if (HistogramCount == _histograms.Length)
            Array.Resize(ref _histograms, Math.Max(16, HistogramCount * 2));
        histogram = histogram.IsStale ? NativeHistogram.Stale
            : histogram.CounterResetHint == CounterResetHint.NotReset ? histogram with { CounterResetHint = CounterResetHint.Unknown }
            : histogram;
        _histograms[HistogramCount++] = new HistogramSample(series, timestampMs, histogram);
    }

    /// <summary>Adds an exemplar of a series of this batch.</summary>
    /// <param name="labelsKey">Its labels in the form of a series key; may be empty.</param>
    public void AddExemplar(int series, long timestampMs, double value, ReadOnlyMemory<byte> labelsKey)
    {
        if (ExemplarCount == _exemplars.Length)
            Array.Resize(ref _exemplars, Math.Max(16, ExemplarCount * 2));
        _exemplars[ExemplarCount++] = new ExemplarSample(series, timestampMs, value, labelsKey);
    }

    /// <summary>Adds an exemplar of a series of this batch.</summary>
    public void AddExemplar(int series, Exemplar exemplar) => AddExemplar(series, exemplar.TimestampMs, exemplar.Value, EncodeKey(exemplar.Labels));

    /// <summary>Forgets series and samples, keeps the memory.</summary>
    public void Clear()
    {
        ClearSamples();
        (_keysLength, SeriesCount) = (0, 0);
    }

    /// <summary>Forgets the samples, keeps the series and their indices: for a sender with the same series each time.</summary>
    public void ClearSamples()
    {
        _histograms.AsSpan(0, HistogramCount).Clear(); // they are large, and whoever made them has let them go
        _exemplars.AsSpan(0, ExemplarCount).Clear();
        (SampleCount, HistogramCount, ExemplarCount) = (0, 0, 0);
    }

    /// <summary>The key of a label set: see the type's summary for the format.</summary>
    public static byte[] EncodeKey(Labels labels)
    {
        var pairs = labels.Select(static label => (Name: Encoding.UTF8.GetBytes(label.Name), Value: Encoding.UTF8.GetBytes(label.Value))).ToArray();
        Array.Sort(pairs, static (left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));
        using var key = new MemoryStream();
        foreach (var (name, value) in pairs)
        {
            var inner = 2 + VarintLength(name.Length) + name.Length + VarintLength(value.Length) + value.Length;
            key.WriteByte(0x0A);
            WriteVarint(key, inner);
            key.WriteByte(0x0A);
            WriteVarint(key, name.Length);
            key.Write(name);
            key.WriteByte(0x12);
            WriteVarint(key, value.Length);
            key.Write(value);
        }

        return key.ToArray();
    }

    int Commit(int length)
    {
        if (SeriesCount == _series.Length)
            Array.Resize(ref _series, SeriesCount * 2);
        _series[SeriesCount] = (_keysLength, length);
        _keysLength += length;
        return SeriesCount++;
    }

    void EnsureKeys(int more)
    {
        if (_keysLength + more > _keys.Length)
            Array.Resize(ref _keys, Math.Max(_keys.Length * 2, _keysLength + more));
    }

    static int VarintLength(int value) => value < 128 ? 1 : 1 + VarintLength(value >> 7);

    static void WriteVarint(MemoryStream stream, int value)
    {
        for (; value >= 128; value >>= 7)
            stream.WriteByte((byte)(value | 128));
        stream.WriteByte((byte)value);
    }
}

/// <summary>A native histogram on its way into the store.</summary>
/// <param name="Series">The index of its series in the batch.</param>
/// <param name="TimestampMs">Unix milliseconds.</param>
/// <param name="Histogram">Not changed any more.</param>
public readonly record struct HistogramSample(int Series, long TimestampMs, NativeHistogram Histogram);
