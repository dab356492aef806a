using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>The operators <c>&lt;/</c> and <c>&gt;/</c>: a histogram without the observations above or below a value.</summary>
internal static class HistogramTrim
{
    public static NativeHistogram KeepBelow(NativeHistogram histogram, double limit) => Trim(histogram, limit, keepsBelow: true);

    public static NativeHistogram KeepAbove(NativeHistogram histogram, double limit) => Trim(histogram, limit, keepsBelow: false);

    static NativeHistogram Trim(NativeHistogram histogram, double limit, bool keepsBelow)
    {
        var sum = new CompensatedSum();
        var count = new CompensatedSum();
        var changed = false;
        var positive = Side(histogram.PositiveSpans, histogram.PositiveBuckets, index => HistogramMath.IsCustom(histogram)
            ? Custom(histogram, index) : (HistogramBuckets.Bound(histogram.Schema, index - 1), HistogramBuckets.Bound(histogram.Schema, index)));
        var negative = Side(histogram.NegativeSpans, histogram.NegativeBuckets,
            index => (-HistogramBuckets.Bound(histogram.Schema, index), -HistogramBuckets.Bound(histogram.Schema, index - 1)));
        var zero = histogram.ZeroCount == 0
            ? 0 : Keep(HistogramQuantiles.NarrowZero(histogram, new Bucket(-histogram.ZeroThreshold, histogram.ZeroThreshold, histogram.ZeroCount)));
        if (!changed)
            return histogram;
        var (positiveSpans, positiveBuckets) = HistogramBuckets.ToSpans(positive);
        var (negativeSpans, negativeBuckets) = HistogramBuckets.ToSpans(negative);
        return histogram with
        {
            PositiveSpans = positiveSpans,
            PositiveBuckets = positiveBuckets,
            NegativeSpans = negativeSpans,
            NegativeBuckets = negativeBuckets,
            ZeroCount = zero,
            Count = count.Value,
            Sum = sum.Value,
        };

        List<(int Index, double Count)> Side(BucketSpan[] spans, double[] counts, Func<int, (double Lower, double Upper)> bounds)
        {
            var kept = new List<(int, double)>();
            foreach (var (index, bucketCount) in HistogramBuckets.Indexed(spans, counts))
            {
                var (lower, upper) = bounds(index);
                kept.Add((index, bucketCount == 0 ? 0 : Keep(new Bucket(lower, upper, bucketCount))));
            }

            return kept;
        }

        double Keep(Bucket bucket)
        {
            var part = Part(histogram, bucket, limit, keepsBelow);
            changed |= part.Count != bucket.Count;
            count.Add(part.Count);
            if (part.Count != 0)
                sum.Add(part.Count * Middle(histogram, part, isZeroBucket: bucket.Lower <= 0 && bucket.Upper >= 0));
            return part.Count;
        }
    }

    // What is left of a bucket: its bounds are those of the part.
    static Bucket Part(NativeHistogram histogram, Bucket bucket, double limit, bool keepsBelow)
    {
        if (HistogramMath.IsCustom(histogram) && double.IsInfinity(bucket.Lower) | double.IsInfinity(bucket.Upper))
            return InfinitePart(bucket, limit, keepsBelow);
        if (bucket.Upper <= limit)
            return keepsBelow ? bucket : bucket with { Count = 0 };
        if (bucket.Lower >= limit)
            return keepsBelow ? bucket with { Count = 0 } : bucket;
        var below = HistogramQuantiles.ShareBelow(histogram, bucket, limit);
        return keepsBelow
            ? new Bucket(bucket.Lower, limit, bucket.Count * below)
            : new Bucket(limit, bucket.Upper, bucket.Count * (1 - below));
    }

    // Infinite buckets cannot be split: the highest is kept whole by "above" only, the lowest by "below" only. But a lowest one that ends above
    // zero is taken to begin at zero and is split there; a limit below zero, where it is not thought to reach, takes it away.
    static Bucket InfinitePart(Bucket bucket, double limit, bool keepsBelow)
    {
        if (double.IsInfinity(limit))
            return keepsBelow == double.IsPositiveInfinity(limit) ? bucket : bucket with { Count = 0 };
        if (double.IsInfinity(bucket.Lower) && double.IsInfinity(bucket.Upper))
            return bucket with { Count = 0 };
        if (double.IsPositiveInfinity(bucket.Upper))
            return keepsBelow ? bucket with { Count = 0 } : bucket with { Lower = Math.Max(bucket.Lower, limit) };
        if (bucket.Upper <= 0)
            return keepsBelow ? bucket with { Upper = Math.Min(bucket.Upper, limit) } : bucket with { Count = 0 };
        bucket = bucket with { Lower = 0 };
        if (limit < 0)
            return bucket with { Count = 0 };
        if (limit >= bucket.Upper)
            return keepsBelow ? bucket : bucket with { Count = 0 };
        var below = limit / bucket.Upper;
        return keepsBelow ? new Bucket(0, limit, bucket.Count * below) : new Bucket(limit, bucket.Upper, bucket.Count * (1 - below));
    }

    static double Middle(NativeHistogram histogram, Bucket part, bool isZeroBucket)
    {
        if (double.IsNegativeInfinity(part.Lower))
            return part.Upper;
        if (double.IsPositiveInfinity(part.Upper))
            return part.Lower;
        if (HistogramMath.IsCustom(histogram) || isZeroBucket)
            return (part.Lower + part.Upper) / 2;
        return HistogramQuantiles.Middle(histogram, part);
    }

    static (double Lower, double Upper) Custom(NativeHistogram histogram, int index)
    {
        var bounds = histogram.CustomBounds;
        return (index == 0 ? double.NegativeInfinity : bounds[Math.Min(index, bounds.Length) - 1],
            index < bounds.Length ? bounds[index] : double.PositiveInfinity);
    }
}
