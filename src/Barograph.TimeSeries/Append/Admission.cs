using System.Globalization;
using System.Text;

namespace Barograph.TimeSeries;

/// <summary>
/// Looks at a batch on its sender's thread: finds its series, adds new ones within the limits, refuses the samples that
/// cannot be taken.
/// </summary>
internal sealed class Admission(StoreOptions options, Timeline timeline)
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
        Span<int> few = stackalloc int[128];
        var seriesOfBatch = batch.SeriesCount <= few.Length ? few[..batch.SeriesCount] : new int[batch.SeriesCount];
        FindSeries(batch, view.Head.Index, seriesOfBatch);
        foreach (var series in seriesOfBatch)
        {
            if (series >= 0 && !scope.HasSeries(series))
                pending.UnloggedSeries.Add(series);
        }

        FilterSamples(pending, seriesOfBatch);
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

    void FilterSamples(PendingAppend pending, ReadOnlySpan<int> seriesOfBatch)
    {
        var batch = pending.Batch;
        var sampleSeries = batch.SampleSeries;
        var times = batch.TimestampsMs;
        var taken = pending.Series;
        var nowMs = options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var oldestMs = _retentionMs is { } kept ? Math.Max(0, nowMs - kept) : 0;
        var newestMs = _futureMs is { } ahead ? nowMs + ahead : long.MaxValue - 1;
        var inOrderFromMs = InOrderFromMs(pending.View);
        using var late = new LateSamples(timeline, pending.View, _lateMs);
        for (var i = 0; i < taken.Length; i++)
        {
            var series = seriesOfBatch[sampleSeries[i]];
            var time = times[i];
            if (series >= 0)
            {
                if (time < oldestMs || time > newestMs)
                    series = -(int)(time < oldestMs ? RejectReason.TooOld : RejectReason.TooFarInFuture);
                else if (time < inOrderFromMs)
                    series = late.Check(series, time, batch.Values[i]);
            }

            taken[i] = series;
            if (series < 0 && series != LateSamples.Present)
                Refuse(pending, (RejectReason)(-series), batch.Key(sampleSeries[i]), time);
        }

        pending.NewestInBlocks.AddRange(late.NewestInBlocks);
    }

    /// <summary>From where on a sample can neither be too late nor be in a block already, whatever its series.</summary>
    long InOrderFromMs(StoreView view)
    {
        var afterBlocks = view.Blocks.LastMs == long.MinValue ? long.MinValue : view.Blocks.LastMs + 1;
        return _lateMs is { } late && view.LastMs is > long.MinValue and var newest ? Math.Max(afterBlocks, newest - late) : afterBlocks;
    }

    void Refuse(PendingAppend pending, RejectReason reason, ReadOnlySpan<byte> key, long timeMs)
    {
        if (pending.HasExample)
            pending.RejectMore(1);
        else
            pending.Reject(reason, Describe(reason, key, timeMs));
    }

    /// <summary>A sentence on a refused sample.</summary>
    public string Describe(RejectReason reason, ReadOnlySpan<byte> key, long timeMs)
    {
        var series = reason is RejectReason.InvalidLabels or RejectReason.LabelLimit ? Excerpt(key) : SeriesKey.Decode(key).ToString();
        var time = timeMs is >= 0 and < 253_402_300_800_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)
            : timeMs.ToString(CultureInfo.InvariantCulture);
        return reason switch
        {
            RejectReason.TooOld =>
                $"{series} at {time} is too old: more than {options.OutOfOrderWindow} behind the newest sample of its series (OutOfOrderWindow), or older than {options.Retention} (Retention).",
            RejectReason.TooFarInFuture => $"{series} at {time} is more than {options.MaxFuture} ahead of this machine's clock (MaxFuture).",
            RejectReason.DuplicateTimestamp => $"{series} has another value at {time} already; the first one stays.",
            RejectReason.SeriesLimit => $"{series} is new and the SeriesLimit of {options.SeriesLimit} is reached; raise it or drop labels.",
            RejectReason.NewSeriesRate =>
                $"{series} is new and more than {options.NewSeriesPerSecond} new series came within a second (NewSeriesPerSecond); send it again later.",
            RejectReason.LabelLimit =>
                $"{series} has more than {options.LabelCountLimit} labels (LabelCountLimit), a name over {options.LabelNameBytesLimit} bytes (LabelNameBytesLimit) or a value over {options.LabelValueBytesLimit} bytes (LabelValueBytesLimit).",
            _ => $"{series} is not a series: labels must be there, sorted by name, each name once, none empty, all UTF-8.",
        };
    }

    static string Excerpt(ReadOnlySpan<byte> key)
    {
        const int Longest = 120;
        var text = Encoding.UTF8.GetString(key[..Math.Min(key.Length, Longest)]);
        return '\'' + new string([.. text.Where(static sign => !char.IsControl(sign))]) + (key.Length > Longest ? "…'" : "'");
    }
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
