using System.Buffers;

namespace Barograph.TimeSeries;

/// <summary>
/// A batch on its way: its sender has found the series, refused what cannot be taken and made the log's records; the log's
/// thread writes them, appends to the window and answers.
/// </summary>
internal sealed class PendingAppend : IDisposable
{
    readonly TaskCompletionSource<AppendResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly int[] _series;
    readonly int[] _histogramSeries;
    readonly bool[] _takesExemplar;
    byte[] _records = [];
    int _recordsLength;
    int _rejected;
    int _rejectedHistograms;
    readonly List<RejectedSamples> _reasons = [];

    public PendingAppend(SampleBatch batch)
    {
        Batch = batch;
        _series = ArrayPool<int>.Shared.Rent(Math.Max(1, batch.SampleCount));
        _histogramSeries = batch.HistogramCount == 0 ? [] : new int[batch.HistogramCount];
        _takesExemplar = batch.ExemplarCount == 0 ? [] : new bool[batch.ExemplarCount];
    }

    public SampleBatch Batch { get; }

    /// <summary>What the store held when the batch was looked at.</summary>
    public StoreView View { get; private set; } = null!;

    /// <summary>The scope in which the series were looked up.</summary>
    public WalScope Scope { get; private set; } = null!;

    /// <summary>For each sample its series, or negative when it was refused.</summary>
    public Span<int> Series => _series.AsSpan(0, Batch.SampleCount);

    /// <summary>The same for each histogram.</summary>
    public Span<int> HistogramSeries => _histogramSeries;

    /// <summary>For each exemplar whether it is new and can be taken.</summary>
    public Span<bool> TakesExemplar => _takesExemplar;

    /// <summary>How many exemplars are there, or will be.</summary>
    public int AcceptedExemplars { get; set; }

    /// <summary>Series of the batch whose keys were not in the log's scope yet.</summary>
    public List<int> UnloggedSeries { get; } = [];

    /// <summary>Newest times of series, found in blocks, that the window does not know.</summary>
    public List<(int Series, long NewestMs)> NewestInBlocks { get; } = [];

    /// <summary>The records of the samples, prepared, not bound.</summary>
    public Memory<byte> Records => _records.AsMemory(0, _recordsLength);

    public Task<AppendResult> Answer => _answer.Task;

    /// <summary>Forgets what was found before: the batch is looked at in this view.</summary>
    public void Begin(StoreView view, WalScope scope)
    {
        (View, Scope) = (view, scope);
        (_rejected, _rejectedHistograms) = (0, 0);
        _reasons.Clear();
        AcceptedExemplars = 0;
        UnloggedSeries.Clear();
        NewestInBlocks.Clear();
    }

    /// <summary>Counts a refused sample.</summary>
    /// <returns>Whether it is the first of its reason and is to be described; describing costs a string.</returns>
    public bool CountRejected(RejectReason reason)
    {
        _rejected++;
        return CountFor(reason);
    }

    /// <summary>Counts a refused histogram, as <see cref="CountRejected"/>.</summary>
    public bool CountRejectedHistogram(RejectReason reason)
    {
        _rejectedHistograms++;
        return CountFor(reason);
    }

    /// <summary>Describes the first refusal of a reason.</summary>
    public void Describe(RejectReason reason, string example) => _reasons.Add(new RejectedSamples(reason, 1, example));

    public void EncodeRecords()
    {
        ReturnRecords();
        _records = ArrayPool<byte>.Shared.Rent(SampleRecord.MaxBytes(Batch.SampleCount));
        _recordsLength = SampleRecord.Write(_records, Series, Batch.TimestampsMs, Batch.Values);
        if (Batch.HistogramCount > 0 || Batch.ExemplarCount > 0)
            EncodeOthers();
    }

    public AppendResult Result
    {
        get
        {
            var histograms = Batch.HistogramCount - _rejectedHistograms;
            var (reason, _, example) = _reasons.Count > 0 ? _reasons[0] : new RejectedSamples(RejectReason.None, 0, null!);
            var result = new AppendResult(Batch.SampleCount - _rejected + histograms, _rejected + _rejectedHistograms, reason, example)
            {
                AcceptedHistograms = histograms,
                AcceptedExemplars = AcceptedExemplars,
            };
            return _reasons.Count == 0 ? result : result with { Reasons = [.. _reasons] };
        }
    }

    public void Complete() => _answer.TrySetResult(Result);

    public void Fail(Exception cause) => _answer.TrySetException(cause);

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_series);
        ReturnRecords();
    }

    bool CountFor(RejectReason reason)
    {
        for (var i = 0; i < _reasons.Count; i++)
        {
            if (_reasons[i].Reason != reason)
                continue;
            _reasons[i] = _reasons[i] with { Count = _reasons[i].Count + 1 };
            return false;
        }

        return true;
    }

    void EncodeOthers()
    {
        var records = new GrowingBytes();
        records.Write(Records.Span);
        HistogramRecord.Write(records, HistogramSeries, Batch.Histograms);
        ExemplarRecord.Write(records, Batch, TakesExemplar);
        ReturnRecords();
        _records = ArrayPool<byte>.Shared.Rent(records.Length);
        records.Written.CopyTo(_records);
        _recordsLength = records.Length;
    }

    void ReturnRecords()
    {
        if (_records.Length > 0)
            ArrayPool<byte>.Shared.Return(_records);
        (_records, _recordsLength) = ([], 0);
    }
}
