using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>A bucket: the observations in (Lower, Upper], or on the negative side in [Lower, Upper).</summary>
public readonly record struct Bucket(double Lower, double Upper, double Count);

/// <summary>The buckets of a native histogram, by index and by bounds.</summary>
public static class HistogramBuckets
{
    /// <summary>The bucket indices of one side, and their counts.</summary>
    internal static IEnumerable<(int Index, double Count)> Indexed(BucketSpan[] spans, double[] counts)
    {
        var (index, next) = (0, 0);
        foreach (var span in spans)
        {
            index += span.Offset;
            for (var i = 0; i < span.Length && next < counts.Length; i++)
                yield return (index++, counts[next++]);
        }
    }

    /// <summary>Upper bound of an exponential bucket: 2^(index · 2^-schema).</summary>
    internal static double Bound(int schema, int index)
    {
        if (schema < 0)
        {
            var exponent = (long)index << -schema;
            return exponent == 1024 ? double.MaxValue : Math.ScaleB(1, (int)Math.Clamp(exponent, -5000, 5000));
        }

        var whole = index >> schema;
        var part = index - (whole << schema);
        if (whole == 1024 && part == 0)
            return double.MaxValue;
        return Math.ScaleB(part == 0 ? 1 : Math.Pow(2, part / (double)(1 << schema)), whole);
    }

    /// <summary>The index of a bucket at a coarser schema.</summary>
    internal static int Coarser(int index, int by) => ((index - 1) >> by) + 1;

    /// <summary>All buckets that are written down, from the lowest to the highest; the zero bucket when it has a count.</summary>
    public static List<Bucket> Ascending(NativeHistogram histogram)
    {
        var buckets = new List<Bucket>();
        if (HistogramMath.IsCustom(histogram))
        {
            var bounds = histogram.CustomBounds;
            foreach (var (index, count) in Indexed(histogram.PositiveSpans, histogram.PositiveBuckets))
            {
                buckets.Add(new Bucket(
                    index == 0 ? double.NegativeInfinity : bounds[Math.Min(index, bounds.Length) - 1],
                    index < bounds.Length ? bounds[index] : double.PositiveInfinity,
                    count));
            }

            return buckets;
        }

        foreach (var (index, count) in Indexed(histogram.NegativeSpans, histogram.NegativeBuckets))
            buckets.Add(new Bucket(-Bound(histogram.Schema, index), -Bound(histogram.Schema, index - 1), count));
        buckets.Reverse();
        if (histogram.ZeroCount != 0)
            buckets.Add(new Bucket(-histogram.ZeroThreshold, histogram.ZeroThreshold, histogram.ZeroCount));
        foreach (var (index, count) in Indexed(histogram.PositiveSpans, histogram.PositiveBuckets))
            buckets.Add(new Bucket(Bound(histogram.Schema, index - 1), Bound(histogram.Schema, index), count));
        return buckets;
    }

    /// <summary>Spans for buckets given by ascending index. Empty buckets are left out.</summary>
    internal static (BucketSpan[] Spans, double[] Counts) ToSpans(IEnumerable<(int Index, double Count)> buckets)
    {
        var spans = new List<BucketSpan>();
        var counts = new List<double>();
        var end = 0;
        foreach (var (index, count) in buckets)
        {
            if (count == 0)
                continue;
            if (spans.Count > 0 && index == end)
                spans[^1] = spans[^1] with { Length = spans[^1].Length + 1 };
            else
                spans.Add(new BucketSpan(index - end, 1));
            counts.Add(count);
            end = index + 1;
        }

        return ([.. spans], [.. counts]);
    }
}
