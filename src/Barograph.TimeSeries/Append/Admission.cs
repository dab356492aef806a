using System.Buffers;

namespace Barograph.TimeSeries;

/// <summary>
/// Looks at a batch on its sender's thread: finds its series, adds new ones within the limits, refuses the samples that
/// cannot be taken.
/// </summary>
internal sealed class Admission(StoreOptions options, Timeline timeline, ExemplarRing exemplars)
{
    readonly NewSeriesRate _rate = new(options.NewSeriesPerSecond, options.Clock);
    readonly long? _retentionMs = (long?)options.Retention?.TotalMilliseconds;
    readonly long? _lateMs = (long?)options.OutOfOrderWindow?.TotalMilliseconds;
    readonly long? _futureMs = (long?)options.MaxFuture?.TotalMilliseconds;

    public PendingAppend Admit(SampleBatch batch, WalScope scope)
    {
        var pending = new PendingAppend(batch);
        Admit(pending, scope);
        return pending;
    }

    /// <summary>Looks at a batch (again).</summary>
    public void Admit(PendingAppend pending, WalScope scope)
    {
        var batch = pending.Batch;
        var view = timeline.View;
        pending.Begin(view, scope);
        var room = ArrayPool<int>.Shared.Rent(batch.SeriesCount);
        var seriesOfBatch = room.AsSpan(0, batch.SeriesCount);
        FindSeries(batch, view.Head.Index, seriesOfBatch);
        foreach (var series in seriesOfBatch)
        {
            if (series >= 0 && !scope.HasSeries(series))
                pending.UnloggedSeries.Add(series);
        }

        Filter(pending, seriesOfBatch);
        ArrayPool<int>.Shared.Return(room);
        pending.EncodeRecords();
    }

    /// <summary>The series of each key; a refused one is the negative of its <see cref="RejectReason"/>.</summary>
    void FindSeries(SampleBatch batch, SeriesIndex index, Span<int> seriesOfBatch)
    {
        var previous = -1;
        for (var i = 0; i < seriesOfBatch.Length; i++)
        {
            var key = batch.Key(i);
            var series = index.Find(key, previous);
            if (series < 0)
                series = AddSeries(index, key);
            seriesOfBatch[i] = series;
            if (series >= 0)
                previous = series;
        }
    }

    int AddSeries(SeriesIndex index, ReadOnlySpan<byte> key)
    {
        var reason = SeriesKey.Check(key, options);
        if (reason == RejectReason.None && index.Count >= options.SeriesLimit)
            reason = RejectReason.SeriesLimit;
        if (reason == RejectReason.None && !_rate.TryTake())
            reason = RejectReason.NewSeriesRate;
        return reason == RejectReason.None ? index.Add(key) : -(int)reason;
    }

    void Filter(PendingAppend pending, ReadOnlySpan<int> seriesOfBatch)
    {
        var nowMs = options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var allowed = new AllowedTimes(
            _retentionMs is { } kept ? Math.Max(0, nowMs - kept) : 0,
            _futureMs is { } ahead ? nowMs + ahead : long.MaxValue - 1,
            InOrderFromMs(pending.View, nowMs));
        using var late = new LateSamples(timeline, pending.View, pending.Batch.TakesAnyAge ? null : _lateMs, nowMs);
        FilterSamples(pending, seriesOfBatch, allowed, late);
        if (pending.Batch.HistogramCount > 0)
            FilterHistograms(pending, seriesOfBatch, allowed, late);
        if (pending.Batch.ExemplarCount > 0)
            FilterExemplars(pending, seriesOfBatch, allowed);
        pending.NewestInBlocks.AddRange(late.NewestInBlocks);
    }

    void FilterSamples(PendingAppend pending, ReadOnlySpan<int> seriesOfBatch, AllowedTimes allowed, LateSamples late)
    {
        var batch = pending.Batch;
        var sampleSeries = batch.SampleSeries;
        var times = batch.TimestampsMs;
        var taken = pending.Series;
        for (var i = 0; i < taken.Length; i++)
        {
            var series = seriesOfBatch[sampleSeries[i]];
            var time = times[i];
            if (series >= 0)
            {
                if (time < allowed.OldestMs || time > allowed.NewestMs)
                    series = allowed.Refusal(time);
                else if (time < allowed.InOrderFromMs)
                    series = late.Check(series, time, StoredValue.Of(batch.Values[i]));
            }

            taken[i] = series;
            if (series >= 0 || series == LateSamples.Present)
                continue;
            if (pending.CountRejected((RejectReason)(-series)))
                Describe(pending, (RejectReason)(-series), batch.Key(sampleSeries[i]), time);
        }
    }

    void FilterHistograms(PendingAppend pending, ReadOnlySpan<int> seriesOfBatch, AllowedTimes allowed, LateSamples late)
    {
        var histograms = pending.Batch.Histograms;
        var taken = pending.HistogramSeries;
        for (var i = 0; i < taken.Length; i++)
        {
            var (ofBatch, time, histogram) = histograms[i];
            var series = seriesOfBatch[ofBatch];
            if (series >= 0)
            {
                if (time < allowed.OldestMs || time > allowed.NewestMs)
                    series = allowed.Refusal(time);
                else if (histogram.FindProblem() is not null)
                    series = -(int)RejectReason.InvalidHistogram;
                else if (time < allowed.InOrderFromMs)
                    series = late.Check(series, time, StoredValue.Of(histogram));
            }

            taken[i] = series;
            if (series >= 0 || series == LateSamples.Present)
                continue;
            if (pending.CountRejectedHistogram((RejectReason)(-series)))
                Describe(pending, (RejectReason)(-series), pending.Batch.Key(ofBatch), time, histogram);
        }
    }

    /// <summary>What cannot be taken is left out without a word: an exemplar is an extra, and no reason to refuse what it came with.</summary>
    void FilterExemplars(PendingAppend pending, ReadOnlySpan<int> seriesOfBatch, AllowedTimes allowed)
    {
        var batch = pending.Batch;
        var taken = pending.TakesExemplar;
        for (var i = 0; i < taken.Length; i++)
        {
            ref readonly var exemplar = ref batch.Exemplars[i];
            var isGood = options.ExemplarLimit > 0 && seriesOfBatch[exemplar.Series] >= 0
                && exemplar.TimestampMs >= allowed.OldestMs && exemplar.TimestampMs <= allowed.NewestMs
                && ExemplarRecord.HasGoodLabels(exemplar.LabelsKey.Span, options);
            // Scrapes show the same ones again and again: the log need not have them each time.
            taken[i] = isGood && !exemplars.Contains(batch.Key(exemplar.Series), exemplar);
            pending.AcceptedExemplars += isGood && !taken[i] ? 1 : 0;
        }
    }

    /// <summary>From where on a sample can neither be too late nor be in a block already, whatever its series.</summary>
    long InOrderFromMs(StoreView view, long nowMs)
    {
        var afterBlocks = view.Blocks.LastMs == long.MinValue ? long.MinValue : view.Blocks.LastMs + 1;
        return _lateMs is { } late && view.LastMs is > long.MinValue and var newest ? Math.Max(afterBlocks, Math.Min(newest, nowMs) - late) : afterBlocks;
    }

    void Describe(PendingAppend pending, RejectReason reason, ReadOnlySpan<byte> key, long timeMs, NativeHistogram? histogram = null)
    {
        var example = Describe(reason, key, timeMs);
        pending.Describe(reason, reason == RejectReason.InvalidHistogram ? $"{example}: {histogram!.FindProblem()}." : example);
    }

    /// <summary>A sentence on a refused sample.</summary>
    public string Describe(RejectReason reason, ReadOnlySpan<byte> key, long timeMs) => Rejection.Describe(reason, key, timeMs, options);
}

/// <summary>Which times a batch may have now.</summary>
/// <param name="OldestMs">Before it a sample is too old, whatever its series.</param>
/// <param name="NewestMs">After it a sample is too far in the future.</param>
/// <param name="InOrderFromMs">Before it a sample may be late, or there already.</param>
internal readonly record struct AllowedTimes(long OldestMs, long NewestMs, long InOrderFromMs)
{
    /// <summary>The negative of why a time is not allowed.</summary>
    public int Refusal(long timeMs) => -(int)(timeMs < OldestMs ? RejectReason.TooOld : RejectReason.TooFarInFuture);
}

/// <summary>A bucket of two seconds' worth of new series.</summary>
internal sealed class NewSeriesRate(int perSecond, TimeProvider clock)
{
    readonly Lock _gate = new();
    double _left = perSecond * 2.0;
    long _filledAt = clock.GetTimestamp();

    public bool TryTake()
    {
        lock (_gate)
        {
            if (_left < 1)
            {
                var now = clock.GetTimestamp();
                _left = Math.Min(perSecond * 2.0, _left + clock.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond);
                _filledAt = now;
                if (_left < 1)
                    return false;
            }

            _left--;
            return true;
        }
    }
}
