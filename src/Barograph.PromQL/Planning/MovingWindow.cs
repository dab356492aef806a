using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>
/// The samples of some matchers over the last so many milliseconds, moved on by reading what came since. Where samples came late or
/// went, all from there on is read anew: the store knows from when on.
/// </summary>
/// <param name="store">Where the samples are.</param>
/// <param name="matchers">All must hold.</param>
/// <param name="spanMs">How far back is needed.</param>
/// <param name="onlyNewest">Of each series only the newest sample is asked for: older ones are let go.</param>
/// <param name="budget">Shared with other windows.</param>
internal sealed class MovingWindow(IMetricStore store, IReadOnlyList<Matcher> matchers, long spanMs, bool onlyNewest, SampleBudget budget)
{
    // What comes this much late is no reason to read everything anew where only the newest is kept.
    const long LatenessMs = 15_000;

    readonly Lock _gate = new();
    readonly Dictionary<Labels, HeldSeries> _series = [];
    HeldSelection? _selection; // the same one for as long as the same series are there
    long _version;
    long _coveredMs;
    long _keptFromMs;
    long _heldSamples;
    bool _cannot; // too large, or not all floats

    /// <summary>When it was asked for last.</summary>
    public long AskedMs { get; private set; }

    /// <summary>What is there as of a moment; null when that is to be read from the store.</summary>
    public SeriesSelection? Select(long nowMs, CancellationToken cancel)
    {
        lock (_gate)
        {
            AskedMs = Math.Max(AskedMs, nowMs);
            if (_cannot || (_selection is not null && nowMs < _coveredMs))
                return null;
            var done = false;
            try
            {
                done = TryMoveTo(nowMs, cancel);
                _cannot = !done;
            }
            finally
            {
                if (!done)
                    Clear();
            }

            return _selection;
        }
    }

    /// <summary>Lets go of everything.</summary>
    public void Forget()
    {
        lock (_gate)
            Clear();
    }

    bool TryMoveTo(long nowMs, CancellationToken cancel)
    {
        // First the version, then the samples: what comes in between is read again next time.
        var version = store.Changes.Version;
        var fromMs = FirstToRead(nowMs);
        var changed = _selection is null;
        foreach (var series in _series.Values)
            series.CutFrom(fromMs);
        if (fromMs <= nowMs && !TryRead(new TimeRange(fromMs, nowMs + 1), ref changed, cancel))
            return false;
        (_version, _coveredMs, _keptFromMs) = (version, nowMs, onlyNewest ? nowMs - LatenessMs : nowMs - spanMs);
        var held = 0L;
        foreach (var (labels, series) in _series)
        {
            series.LetGoBefore(_keptFromMs, keepsOne: onlyNewest);
            held += series.Count;
            if (series.Count == 0 || series.NewestMs < nowMs - spanMs)
                changed |= _series.Remove(labels);
        }

        if (changed)
            _selection = HeldSelection.Of(_series.Values);
        return TryHold(held);
    }

    long FirstToRead(long nowMs)
    {
        if (_selection is null)
            return nowMs - spanMs;
        var firstMs = Math.Min(store.Changes.OldestSince(_version), _coveredMs + 1);
        return firstMs < _keptFromMs ? nowMs - spanMs : Math.Max(firstMs, nowMs - spanMs);
    }

    bool TryRead(TimeRange range, ref bool changed, CancellationToken cancel)
    {
        using var selection = store.Select(matchers, range);
        using var worker = new Worker();
        var held = _heldSamples;
        for (var i = 0; i < selection.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var reader = worker.Open(selection, i);
            HeldSeries? series = null;
            while (reader.MoveNext())
            {
                if (!reader.Histograms.IsEmpty || !reader.StartTimestampsMs.IsEmpty)
                    return false;
                if (series is null && !_series.TryGetValue(selection.LabelsOf(i), out series))
                {
                    _series.Add(selection.LabelsOf(i), series = new HeldSeries(selection.LabelsOf(i)));
                    changed = true;
                }

                series.Add(reader.TimestampsMs, reader.Values);
                held += reader.TimestampsMs.Length;
            }

            if (onlyNewest)
                series?.LetGoBefore(range.EndMs - 1 - LatenessMs, keepsOne: true);
            else if (held > _heldSamples && !TryHold(held))
                return false;
        }

        return true;
    }

    bool TryHold(long samples)
    {
        if (!budget.TryTake(samples - _heldSamples))
            return false;
        _heldSamples = samples;
        return true;
    }

    void Clear()
    {
        _series.Clear();
        _selection = null;
        TryHold(0);
    }
}

/// <summary>A series whose newest samples are held.</summary>
internal sealed class HeldSeries(Labels labels) : Series
{
    HeldSamples _samples = HeldSamples.None; // replaced, never changed: who reads goes on reading what was

    public override Labels Labels => labels;

    public int Count => _samples.Count;

    public long NewestMs => _samples.Times[^1];

    public override SampleReader OpenReader() => new Reader(Volatile.Read(ref _samples));

    /// <summary>Adds a run that is later than all before.</summary>
    public void Add(ReadOnlySpan<long> times, ReadOnlySpan<double> values) => Volatile.Write(ref _samples, _samples.With(times, values));

    /// <summary>Takes away what is at a time or later.</summary>
    public void CutFrom(long timeMs)
    {
        if (Count > 0 && NewestMs >= timeMs)
            Volatile.Write(ref _samples, _samples.Until(timeMs));
    }

    /// <summary>Takes away what is before a time, but perhaps the newest of it.</summary>
    public void LetGoBefore(long timeMs, bool keepsOne)
    {
        if (Count > 0 && _samples.Times[0] < timeMs)
            Volatile.Write(ref _samples, _samples.From(timeMs, keepsOne));
    }

    sealed class Reader(HeldSamples samples) : SampleReader
    {
        bool _shown;

        public override ReadOnlySpan<long> TimestampsMs => samples.Times;

        public override ReadOnlySpan<double> Values => samples.Values;

        public override bool MoveNext() => !_shown && (_shown = true) && samples.Count > 0;

        public override void Dispose()
        {
        }
    }
}

/// <summary>
/// A piece of two arrays. What is added goes behind it, where no reader of an older piece looks; arrays are made anew when they are full.
/// </summary>
internal sealed class HeldSamples
{
    public static readonly HeldSamples None = new([], [], 0, 0);

    readonly long[] _times;
    readonly double[] _values;
    readonly int _start;

    HeldSamples(long[] times, double[] values, int start, int count) => (_times, _values, _start, Count) = (times, values, start, count);

    public int Count { get; }

    public ReadOnlySpan<long> Times => _times.AsSpan(_start, Count);

    public ReadOnlySpan<double> Values => _values.AsSpan(_start, Count);

    public HeldSamples With(ReadOnlySpan<long> times, ReadOnlySpan<double> values)
    {
        var longer = _start + Count + times.Length <= _times.Length ? this : Copy(Count + times.Length + Count / 2 + 4);
        var end = longer._start + Count;
        times.CopyTo(longer._times.AsSpan(end));
        values.CopyTo(longer._values.AsSpan(end));
        return new HeldSamples(longer._times, longer._values, longer._start, Count + times.Length);
    }

    /// <summary>A copy, for what is added to it is written where this one's readers look.</summary>
    public HeldSamples Until(long timeMs)
    {
        var count = LowerBound(timeMs);
        return count == 0 ? None : new HeldSamples(_times, _values, _start, count).Copy(count + 4);
    }

    public HeldSamples From(long timeMs, bool keepsOne)
    {
        var first = LowerBound(timeMs);
        if (keepsOne && first > 0)
            first--;
        return first == 0 ? this : first == Count ? None : new HeldSamples(_times, _values, _start + first, Count - first);
    }

    HeldSamples Copy(int capacity)
    {
        var (times, values) = (new long[capacity], new double[capacity]);
        Times.CopyTo(times);
        Values.CopyTo(values);
        return new HeldSamples(times, values, 0, Count);
    }

    int LowerBound(long timeMs)
    {
        var found = Times.BinarySearch(timeMs);
        return found >= 0 ? found : ~found;
    }
}

/// <summary>Series that are held, sorted by labels.</summary>
internal sealed class HeldSelection : SeriesSelection
{
    readonly HeldSeries[] _series;

    HeldSelection(HeldSeries[] series) => _series = series;

    public override IReadOnlyList<Series> Series => _series;

    // What is held is selected anew for each evaluation, and is mostly the same.
    public override object? Identity => _series;

    public static HeldSelection Of(IEnumerable<HeldSeries> series)
    {
        var sorted = series.ToArray();
        Array.Sort(sorted, static (left, right) => LabelOrder.Compare(left.Labels, right.Labels));
        return new HeldSelection(sorted);
    }

    /// <summary>Nothing: what it shows is held by others, too.</summary>
    public override void Dispose()
    {
    }
}
