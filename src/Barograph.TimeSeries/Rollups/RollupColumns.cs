namespace Barograph.TimeSeries;

/// <summary>
/// Windows of one series at one resolution, in columns. Stale markers are not samples here.
/// </summary>
internal sealed class RollupColumns
{
    long[] _startsMs = new long[16], _counts = new long[16];
    double[] _sums = new double[16], _mins = new double[16], _maxes = new double[16], _lasts = new double[16], _increases = new double[16];
    QuantileSketch?[] _sketches = new QuantileSketch?[16];

    /// <summary>How many windows.</summary>
    public int Count { get; private set; }

    /// <summary>Where the windows begin, Unix milliseconds, ascending: multiples of the resolution.</summary>
    public Span<long> StartsMs => _startsMs.AsSpan(0, Count);

    /// <summary>How many samples, at least one.</summary>
    public Span<long> Counts => _counts.AsSpan(0, Count);

    /// <summary>Their sum: exact where they are decimals, else correctly compensated.</summary>
    public Span<double> Sums => _sums.AsSpan(0, Count);

    /// <summary>The smallest; NaN only when all are.</summary>
    public Span<double> Mins => _mins.AsSpan(0, Count);

    /// <summary>The largest; NaN only when all are.</summary>
    public Span<double> Maxes => _maxes.AsSpan(0, Count);

    /// <summary>The last one.</summary>
    public Span<double> Lasts => _lasts.AsSpan(0, Count);

    /// <summary>
    /// By how much a counter grew since the last sample before the window: a fall is a reset to 0. The increases of
    /// neighbouring windows add up. NaN where the series falls too often to be a counter.
    /// </summary>
    public Span<double> Increases => _increases.AsSpan(0, Count);

    /// <summary>The distribution; null when it was not kept (few samples, or never falling), or when min equals max.</summary>
    public Span<QuantileSketch?> Sketches => _sketches.AsSpan(0, Count);

    public void Clear() => Count = 0;

    /// <summary>Makes this as many windows long, the content of new ones undefined.</summary>
    public void Resize(int count)
    {
        if (count > _startsMs.Length)
        {
            var capacity = Math.Max(count, _startsMs.Length * 2);
            Array.Resize(ref _startsMs, capacity);
            Array.Resize(ref _counts, capacity);
            Array.Resize(ref _sums, capacity);
            Array.Resize(ref _mins, capacity);
            Array.Resize(ref _maxes, capacity);
            Array.Resize(ref _lasts, capacity);
            Array.Resize(ref _increases, capacity);
            Array.Resize(ref _sketches, capacity);
        }

        Count = count;
    }

    /// <summary>Appends windows of another, which all lie behind those here.</summary>
    public void Append(RollupColumns other, Range windows)
    {
        var (start, length) = windows.GetOffsetAndLength(other.Count);
        var at = Count;
        Resize(at + length);
        other.StartsMs.Slice(start, length).CopyTo(StartsMs[at..]);
        other.Counts.Slice(start, length).CopyTo(Counts[at..]);
        other.Sums.Slice(start, length).CopyTo(Sums[at..]);
        other.Mins.Slice(start, length).CopyTo(Mins[at..]);
        other.Maxes.Slice(start, length).CopyTo(Maxes[at..]);
        other.Lasts.Slice(start, length).CopyTo(Lasts[at..]);
        other.Increases.Slice(start, length).CopyTo(Increases[at..]);
        other.Sketches.Slice(start, length).CopyTo(Sketches[at..]);
    }

    /// <summary>The quantile of the samples of several windows; likewise.</summary>
    public double Quantile(Range windows, double q)
    {
        var (start, length) = windows.GetOffsetAndLength(Count);
        if (length == 1)
            return q < 0 ? double.NegativeInfinity : q > 1 ? double.PositiveInfinity : Quantile(start, q);
        QuantileSketch? all = null;
        var (min, max) = (double.PositiveInfinity, double.NegativeInfinity);
        for (var window = start; window < start + length; window++)
        {
            var sketch = Mins[window] == Maxes[window] ? QuantileSketch.Of(Mins[window], Counts[window]) : Sketches[window];
            if (sketch is null || double.IsNaN(Mins[window]))
                return double.NaN;
            all = all is null ? sketch : QuantileSketch.Merge(all, sketch);
            (min, max) = (Math.Min(min, Mins[window]), Math.Max(max, Maxes[window]));
        }

        return q < 0 ? double.NegativeInfinity : q > 1 ? double.PositiveInfinity : Math.Clamp(all!.Quantile(q), min, max);
    }

    /// <summary>The quantile of a window's samples, or NaN when its distribution was not kept.</summary>
    public double Quantile(int window, double q) =>
        Mins[window].Equals(Maxes[window]) ? Mins[window]
        : Sketches[window] is { } sketch ? Math.Clamp(sketch.Quantile(q), Mins[window], Maxes[window])
        : double.NaN;
}
