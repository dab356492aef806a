using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>Operators on native histograms, in Prometheus' rules.</summary>
internal static class HistogramMath
{
    public static bool IsCustom(NativeHistogram histogram) => histogram.Schema == NativeHistogram.CustomBucketsSchema;

    /// <summary>An empty histogram with the buckets of another.</summary>
    public static NativeHistogram EmptyLike(NativeHistogram histogram) => new()
    {
        Schema = histogram.Schema,
        ZeroThreshold = histogram.ZeroThreshold,
        CustomBounds = histogram.CustomBounds,
        Count = 0,
        Sum = 0,
    };

    /// <summary>left + factor · right, both with custom or both with exponential buckets.</summary>
    public static NativeHistogram Add(NativeHistogram left, NativeHistogram right, double factor, out HistogramNotes notes)
    {
        var builder = new HistogramBuilder(left);
        builder.Add(right, factor);
        notes = builder.Notes;
        return builder.Build();
    }

    /// <summary>All numbers times a factor. A negative one makes a gauge of it.</summary>
    public static NativeHistogram Scale(NativeHistogram histogram, double factor) => Map(histogram, value => value * factor) with
    {
        CounterResetHint = factor < 0 ? CounterResetHint.Gauge : histogram.CounterResetHint,
    };

    /// <summary>All numbers by a divisor. By zero, only the totals are left.</summary>
    public static NativeHistogram Divide(NativeHistogram histogram, double divisor)
    {
        var divided = Map(histogram, value => value / divisor) with
        {
            CounterResetHint = divisor < 0 ? CounterResetHint.Gauge : histogram.CounterResetHint,
        };
        return divisor != 0 ? divided : divided with { PositiveSpans = [], PositiveBuckets = [], NegativeSpans = [], NegativeBuckets = [] };
    }

    /// <summary>Whether two say the same; empty buckets do not count.</summary>
    public static bool AreEqual(NativeHistogram left, NativeHistogram right) =>
        left.Schema == right.Schema
        && left.Count.Equals(right.Count)
        && left.Sum.Equals(right.Sum)
        && (IsCustom(left) || (left.ZeroThreshold.Equals(right.ZeroThreshold) && left.ZeroCount.Equals(right.ZeroCount)))
        && left.CustomBounds.AsSpan().SequenceEqual(right.CustomBounds)
        && NonEmpty(left.PositiveSpans, left.PositiveBuckets).SequenceEqual(NonEmpty(right.PositiveSpans, right.PositiveBuckets))
        && NonEmpty(left.NegativeSpans, left.NegativeBuckets).SequenceEqual(NonEmpty(right.NegativeSpans, right.NegativeBuckets));

    /// <summary>Whether a counter was reset between two samples of it: as its hint says, else when some count went down.</summary>
    public static bool IsReset(NativeHistogram current, NativeHistogram previous)
    {
        if (current.CounterResetHint is CounterResetHint.Reset or CounterResetHint.NotReset)
            return current.CounterResetHint == CounterResetHint.Reset;
        return HasDecreased(current, previous);
    }

    /// <summary>Whether some count went down between two samples, or the buckets changed in a way that only a new counter can.</summary>
    public static bool HasDecreased(NativeHistogram current, NativeHistogram previous)
    {
        if (current.Count < previous.Count || IsCustom(current) != IsCustom(previous))
            return true;
        if (!IsCustom(current) && (current.Schema > previous.Schema || current.ZeroThreshold < previous.ZeroThreshold))
            return true;
        var (now, before) = (new HistogramBuilder(current), new HistogramBuilder(previous));
        now.Meet(before);
        return (!IsCustom(current) && now.ZeroThreshold != current.ZeroThreshold) || now.HasLessThan(before);
    }

    static IEnumerable<(int Index, double Count)> NonEmpty(BucketSpan[] spans, double[] counts) =>
        HistogramBuckets.Indexed(spans, counts).Where(static bucket => bucket.Count != 0);

    static NativeHistogram Map(NativeHistogram histogram, Func<double, double> function) => histogram with
    {
        Count = function(histogram.Count),
        Sum = function(histogram.Sum),
        ZeroCount = function(histogram.ZeroCount),
        PositiveBuckets = Array.ConvertAll(histogram.PositiveBuckets, value => function(value)),
        NegativeBuckets = Array.ConvertAll(histogram.NegativeBuckets, value => function(value)),
    };
}
