using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>
/// Quantiles and fractions of native histograms. In an exponential bucket observations are taken to be spread evenly over the logarithm, in
/// custom buckets and the zero bucket evenly over the value.
/// </summary>
internal static class HistogramQuantiles
{
    public static double Quantile(double quantile, NativeHistogram histogram)
    {
        if (quantile < 0)
            return double.NegativeInfinity;
        if (quantile > 1)
            return double.PositiveInfinity;
        if (histogram.Count == 0 || double.IsNaN(quantile))
            return double.NaN;

        // From the nearer end; but observations of NaN are counted and in no bucket, so that then only the lower end is firm.
        var upwards = double.IsNaN(histogram.Sum) || quantile < 0.5;
        var rank = (upwards ? quantile : 1 - quantile) * histogram.Count;
        var buckets = HistogramBuckets.Ascending(histogram);
        if (!upwards)
            buckets.Reverse();
        var (bucket, count) = (default(Bucket), 0.0);
        foreach (var next in buckets)
        {
            if (next.Count == 0)
                continue;
            bucket = next;
            count += next.Count;
            if (count >= rank)
                break;
        }

        if (HistogramMath.IsCustom(histogram))
        {
            if (double.IsNegativeInfinity(bucket.Lower))
            {
                if (bucket.Upper <= 0)
                    return bucket.Upper;
                bucket = bucket with { Lower = 0 };
            }
            else if (double.IsPositiveInfinity(bucket.Upper))
            {
                return bucket.Lower;
            }
        }
        else
        {
            bucket = NarrowZero(histogram, bucket);
        }

        count = Math.Min(count, histogram.Count);
        if (count < rank)
            return double.NaN;
        var within = upwards ? rank - (count - bucket.Count) : count - rank;
        return Interpolate(histogram, bucket, within / bucket.Count);
    }

    public static double Fraction(double lower, double upper, NativeHistogram histogram)
    {
        if (histogram.Count == 0 || double.IsNaN(lower) || double.IsNaN(upper))
            return double.NaN;
        if (lower >= upper)
            return 0;
        var (rank, lowerRank, upperRank) = (0.0, double.NaN, double.NaN);
        foreach (var raw in HistogramBuckets.Ascending(histogram))
        {
            var bucket = HistogramMath.IsCustom(histogram) ? raw : NarrowZero(histogram, raw);
            if (double.IsNaN(lowerRank))
                lowerRank = RankIn(histogram, bucket, lower, rank, isLower: true);
            if (double.IsNaN(upperRank))
                upperRank = RankIn(histogram, bucket, upper, rank, isLower: false);
            if (!double.IsNaN(lowerRank) && !double.IsNaN(upperRank))
                break;
            rank += bucket.Count;
        }

        var end = double.IsNaN(histogram.Sum) ? Math.Min(rank, histogram.Count) : histogram.Count;
        lowerRank = double.IsNaN(lowerRank) ? end : Math.Min(lowerRank, histogram.Count);
        upperRank = double.IsNaN(upperRank) ? end : Math.Min(upperRank, histogram.Count);
        return (upperRank - lowerRank) / histogram.Count;
    }

    /// <summary>Standard variance, each bucket taken at its middle (geometric in exponential buckets).</summary>
    public static double Variance(NativeHistogram histogram)
    {
        var mean = histogram.Sum / histogram.Count;
        var squares = new CompensatedSum();
        foreach (var bucket in HistogramBuckets.Ascending(histogram))
        {
            if (bucket.Count == 0)
                continue;
            var delta = Middle(histogram, bucket) - mean;
            squares.Add(bucket.Count * delta * delta);
        }

        return squares.Value / histogram.Count;
    }

    /// <summary>The value that stands for all observations of a bucket.</summary>
    public static double Middle(NativeHistogram histogram, Bucket bucket)
    {
        if (HistogramMath.IsCustom(histogram))
            return (bucket.Lower + bucket.Upper) / 2;
        if (bucket.Lower <= 0 && bucket.Upper >= 0)
            return 0;
        var middle = Math.Sqrt(bucket.Upper * bucket.Lower);
        return bucket.Upper < 0 ? -middle : middle;
    }

    /// <summary>The zero bucket without its half on the side where there are no buckets, when there are some on the other.</summary>
    public static Bucket NarrowZero(NativeHistogram histogram, Bucket bucket)
    {
        if (bucket.Lower > 0 || bucket.Upper < 0)
            return bucket;
        var (negative, positive) = (histogram.NegativeBuckets.Length > 0, histogram.PositiveBuckets.Length > 0);
        if (positive && !negative)
            return bucket with { Lower = 0 };
        return negative && !positive ? bucket with { Upper = 0 } : bucket;
    }

    /// <summary>How much of a bucket lies below a value in it, from 0 to 1.</summary>
    public static double ShareBelow(NativeHistogram histogram, Bucket bucket, double value)
    {
        if (HistogramMath.IsCustom(histogram) || (bucket.Lower <= 0 && bucket.Upper >= 0))
            return (value - bucket.Lower) / (bucket.Upper - bucket.Lower);
        var (lower, upper, at) = (Math.Log2(Math.Abs(bucket.Lower)), Math.Log2(Math.Abs(bucket.Upper)), Math.Log2(Math.Abs(value)));
        return value > 0 ? (at - lower) / (upper - lower) : 1 - (at - upper) / (lower - upper);
    }

    static double Interpolate(NativeHistogram histogram, Bucket bucket, double share)
    {
        if (HistogramMath.IsCustom(histogram) || (bucket.Lower <= 0 && bucket.Upper >= 0))
            return bucket.Lower + (bucket.Upper - bucket.Lower) * share;
        var (lower, upper) = (Math.Log2(Math.Abs(bucket.Lower)), Math.Log2(Math.Abs(bucket.Upper)));
        return bucket.Lower > 0
            ? Math.Pow(2, lower + (upper - lower) * share)
            : -Math.Pow(2, upper + (lower - upper) * (1 - share));
    }

    // NaN when the value lies beyond the bucket.
    static double RankIn(NativeHistogram histogram, Bucket bucket, double value, double rank, bool isLower)
    {
        if (bucket.Lower >= value)
            return rank;
        if (bucket.Upper <= value)
            return double.NaN;
        if (double.IsNegativeInfinity(bucket.Lower))
        {
            // An infinitely wide bucket that is only touched counts as nothing; one that ends above zero is taken to begin there.
            if (bucket.Upper <= 0)
                return isLower ? rank + bucket.Count : rank;
            bucket = bucket with { Lower = 0 };
            if (value <= 0)
                return rank;
        }

        return double.IsPositiveInfinity(bucket.Upper) ? rank : rank + bucket.Count * ShareBelow(histogram, bucket, value);
    }
}
