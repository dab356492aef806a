using System.Runtime.InteropServices;
using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>What came up while histograms were put together.</summary>
[Flags]
internal enum HistogramNotes
{
    None = 0,

    /// <summary>Custom bounds differed; only the common ones are left.</summary>
    Reconciled = 1,

    /// <summary>One was marked as reset, another as not reset.</summary>
    ConflictingResets = 2,
}

/// <summary>
/// A histogram that others are added to, with compensated sums. Different resolutions meet at the coarsest, different zero buckets at the
/// widest, different custom bounds at the common ones.
/// </summary>
internal sealed class HistogramBuilder
{
    readonly bool _isCustom;
    int _schema;
    double _zeroThreshold;
    double[] _bounds;
    CompensatedSum _count;
    CompensatedSum _sum;
    CompensatedSum _zeroCount;
    Dictionary<int, CompensatedSum> _positive = [];
    Dictionary<int, CompensatedSum> _negative = [];

    public HistogramBuilder(NativeHistogram histogram, double factor = 1)
    {
        _isCustom = HistogramMath.IsCustom(histogram);
        (_schema, _zeroThreshold, _bounds, Hint) = (histogram.Schema, histogram.ZeroThreshold, histogram.CustomBounds, histogram.CounterResetHint);
        _count.Add(histogram.Count * factor);
        _sum.Add(histogram.Sum * factor);
        _zeroCount.Add(histogram.ZeroCount * factor);
        Fill(_positive, histogram.PositiveSpans, histogram.PositiveBuckets, factor);
        Fill(_negative, histogram.NegativeSpans, histogram.NegativeBuckets, factor);
    }

    public CounterResetHint Hint { get; set; }

    public HistogramNotes Notes { get; private set; }

    /// <summary>Adds a histogram of the same kind (custom or exponential buckets).</summary>
    public void Add(NativeHistogram histogram, double factor = 1) => Add(new HistogramBuilder(histogram, factor));

    /// <summary>Adds what another has; the other is used up.</summary>
    public void Add(HistogramBuilder other)
    {
        Notes |= other.Notes;
        AdjustHint(other.Hint);
        if (_isCustom)
            MeetBounds(other);
        else
            MeetResolution(other);
        _count.Add(other._count);
        _sum.Add(other._sum);
        _zeroCount.Add(other._zeroCount);
        Merge(_positive, other._positive);
        Merge(_negative, other._negative);
    }

    public NativeHistogram Build(Func<double, double>? scale = null)
    {
        var value = scale ?? (static number => number);
        var (positiveSpans, positive) = Spans(_positive, value);
        var (negativeSpans, negative) = Spans(_negative, value);
        return new NativeHistogram
        {
            Schema = _schema,
            ZeroThreshold = _zeroThreshold,
            ZeroCount = value(_zeroCount.Value),
            Count = value(_count.Value),
            Sum = value(_sum.Value),
            PositiveSpans = positiveSpans,
            PositiveBuckets = positive,
            NegativeSpans = negativeSpans,
            NegativeBuckets = negative,
            CustomBounds = _bounds,
            CounterResetHint = Hint,
        };
    }

    /// <summary>Brings both to the same resolution, zero bucket and bounds.</summary>
    public void Meet(HistogramBuilder other)
    {
        if (_isCustom)
            MeetBounds(other);
        else
            MeetResolution(other);
    }

    /// <summary>Whether some count here is less than in the other; both must have met.</summary>
    public bool HasLessThan(HistogramBuilder other) =>
        _zeroCount.Value < other._zeroCount.Value || HasLess(_positive, other._positive) || HasLess(_negative, other._negative);

    public double ZeroThreshold => _zeroThreshold;

    static bool HasLess(Dictionary<int, CompensatedSum> mine, Dictionary<int, CompensatedSum> others)
    {
        foreach (var (index, count) in others)
        {
            if (mine.GetValueOrDefault(index).Value < count.Value)
                return true;
        }

        return false;
    }

    void AdjustHint(CounterResetHint other)
    {
        if (other == Hint || Hint == CounterResetHint.Gauge)
            return;
        if (other == CounterResetHint.Gauge)
        {
            Hint = CounterResetHint.Gauge;
            return;
        }

        if (Hint != CounterResetHint.Unknown && other != CounterResetHint.Unknown)
            Notes |= HistogramNotes.ConflictingResets;
        Hint = CounterResetHint.Unknown;
    }

    void MeetBounds(HistogramBuilder other)
    {
        if (_bounds.AsSpan().SequenceEqual(other._bounds))
            return;
        Notes |= HistogramNotes.Reconciled;
        double[] common = [.. _bounds.Where(bound => Array.BinarySearch(other._bounds, bound) >= 0)];
        Rebound(common);
        other.Rebound(common);
    }

    void Rebound(double[] bounds)
    {
        var rebound = new Dictionary<int, CompensatedSum>();
        foreach (var (index, count) in _positive)
        {
            var target = bounds.Length;
            if (index < _bounds.Length)
            {
                target = Array.BinarySearch(bounds, _bounds[index]);
                target = target < 0 ? ~target : target;
            }

            CollectionsMarshal.GetValueRefOrAddDefault(rebound, target, out _).Add(count);
        }

        (_positive, _bounds) = (rebound, bounds);
    }

    void MeetResolution(HistogramBuilder other)
    {
        var schema = Math.Min(_schema, other._schema);
        Coarsen(schema);
        other.Coarsen(schema);
        while (_zeroThreshold != other._zeroThreshold)
        {
            if (_zeroThreshold < other._zeroThreshold)
                WidenZero(other._zeroThreshold);
            else
                other.WidenZero(_zeroThreshold);
        }
    }

    void Coarsen(int schema)
    {
        if (schema == _schema)
            return;
        _positive = Coarser(_positive, _schema - schema);
        _negative = Coarser(_negative, _schema - schema);
        _schema = schema;
    }

    static Dictionary<int, CompensatedSum> Coarser(Dictionary<int, CompensatedSum> buckets, int by)
    {
        var coarser = new Dictionary<int, CompensatedSum>();
        foreach (var (index, count) in buckets.OrderBy(static pair => pair.Key))
            CollectionsMarshal.GetValueRefOrAddDefault(coarser, HistogramBuckets.Coarser(index, by), out _).Add(count);
        return coarser;
    }

    // Buckets that begin below the threshold go into the zero bucket; one that also ends above it moves the threshold up to its end.
    void WidenZero(double threshold)
    {
        var widened = threshold;
        do
        {
            threshold = widened;
            foreach (var (index, count) in _positive.Concat(_negative))
            {
                if (count.Value != 0 && HistogramBuckets.Bound(_schema, index - 1) < threshold)
                    widened = Math.Max(widened, HistogramBuckets.Bound(_schema, index));
            }
        }
        while (widened > threshold);
        foreach (var side in (ReadOnlySpan<Dictionary<int, CompensatedSum>>)[_negative, _positive])
        {
            foreach (var index in side.Keys.Where(index => HistogramBuckets.Bound(_schema, index - 1) < threshold).Order().ToArray())
            {
                _zeroCount.Add(side[index]);
                side.Remove(index);
            }
        }

        _zeroThreshold = threshold;
    }

    static void Fill(Dictionary<int, CompensatedSum> into, BucketSpan[] spans, double[] counts, double factor)
    {
        foreach (var (index, count) in HistogramBuckets.Indexed(spans, counts))
            CollectionsMarshal.GetValueRefOrAddDefault(into, index, out _).Add(count * factor);
    }

    static void Merge(Dictionary<int, CompensatedSum> into, Dictionary<int, CompensatedSum> from)
    {
        foreach (var (index, count) in from)
            CollectionsMarshal.GetValueRefOrAddDefault(into, index, out _).Add(count);
    }

    static (BucketSpan[] Spans, double[] Counts) Spans(Dictionary<int, CompensatedSum> buckets, Func<double, double> scale) =>
        HistogramBuckets.ToSpans(buckets.OrderBy(static pair => pair.Key).Select(pair => (pair.Key, scale(pair.Value.Value))));
}

/// <summary>The sum or mean of many histograms.</summary>
internal sealed class HistogramSum(bool isMean)
{
    // The sum of counts near the largest double would overflow, their mean does not. Powers of two change no digit.
    const int MeanExponent = 64;

    readonly double _factor = isMean ? Math.ScaleB(1, -MeanExponent) : 1;
    HistogramBuilder? _builder;
    bool _isCustom;
    bool _hasReset;
    bool _hasNotReset;
    int _count;

    /// <summary>Histograms with custom and with exponential buckets were added: there is no result.</summary>
    public bool IsMixed { get; private set; }

    public HistogramNotes Notes =>
        (_builder?.Notes ?? HistogramNotes.None) | (_hasReset && _hasNotReset ? HistogramNotes.ConflictingResets : HistogramNotes.None);

    public NativeHistogram Result => _builder!.Build(isMean ? sum => Math.ScaleB(sum / _count, MeanExponent) : null);

    public void Add(NativeHistogram histogram)
    {
        _hasReset |= histogram.CounterResetHint == CounterResetHint.Reset;
        _hasNotReset |= histogram.CounterResetHint == CounterResetHint.NotReset;
        Add(new HistogramBuilder(histogram, _factor), HistogramMath.IsCustom(histogram), 1);
    }

    public void Add(HistogramSum other)
    {
        IsMixed |= other.IsMixed;
        _hasReset |= other._hasReset;
        _hasNotReset |= other._hasNotReset;
        if (other._builder is not null)
            Add(other._builder, other._isCustom, other._count);
    }

    void Add(HistogramBuilder part, bool isCustom, int count)
    {
        _count += count;
        if (_builder is null)
            (_builder, _isCustom) = (part, isCustom);
        else if (_isCustom != isCustom)
            IsMixed = true;
        else
            _builder.Add(part);
    }
}
