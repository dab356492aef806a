namespace Barograph.TimeSeries.Tests;

public sealed class NativeHistogramTests
{
    static readonly NativeHistogram Good = new()
    {
        Schema = 0,
        Count = 3,
        Sum = 4,
        PositiveSpans = [new BucketSpan(0, 2)],
        PositiveBuckets = [1, 2],
    };

    static readonly NativeHistogram GoodCustom = Good with { Schema = NativeHistogram.CustomBucketsSchema, CustomBounds = [1] };

    [Fact]
    public void Equal_are_those_with_the_same_content_bit_for_bit()
    {
        Assert.Equal(Good, Good with { PositiveBuckets = [1, 2], PositiveSpans = [new BucketSpan(0, 2)] });
        Assert.Equal(Good with { Sum = double.NaN }, Good with { Sum = double.NaN });
        Assert.Equal(Good.GetHashCode(), (Good with { PositiveBuckets = [1, 2] }).GetHashCode());
        Assert.NotEqual(Good, Good with { PositiveBuckets = [1, 3] });
        Assert.NotEqual(Good, Good with { PositiveSpans = [new BucketSpan(1, 2)] });
        Assert.NotEqual(Good, Good with { CounterResetHint = CounterResetHint.Gauge });
        Assert.NotEqual(Good with { Sum = 0.0 }, Good with { Sum = -0.0 });
        Assert.NotEqual(GoodCustom, GoodCustom with { CustomBounds = [2] });
    }

    [Fact]
    public void What_is_no_histogram_is_told()
    {
        Assert.Null(Good.FindProblem());
        Assert.Null(GoodCustom.FindProblem());
        Assert.Null(NativeHistogram.Stale.FindProblem());
        Assert.Contains("schema 9", (Good with { Schema = 9 }).FindProblem(), StringComparison.Ordinal);
        Assert.Contains("custom bounds with schema 0", (Good with { CustomBounds = [1] }).FindProblem(), StringComparison.Ordinal);
        Assert.Contains("spans for 2 buckets, and 1", (Good with { PositiveBuckets = [1] }).FindProblem(), StringComparison.Ordinal);
        Assert.Contains("backwards", (Good with { PositiveSpans = [new BucketSpan(0, 3), new BucketSpan(-1, -1)] }).FindProblem(), StringComparison.Ordinal);
        Assert.Contains("backwards", (Good with { NegativeSpans = [new BucketSpan(0, -1)] }).FindProblem(), StringComparison.Ordinal);
        Assert.Contains("negative count", (Good with { PositiveBuckets = [1, -0.5] }).FindProblem(), StringComparison.Ordinal);
        Assert.Contains("more than 2000", (Good with { PositiveBuckets = new double[2001] }).FindProblem(), StringComparison.Ordinal);
        Assert.Contains("zero bucket", (GoodCustom with { ZeroCount = 1 }).FindProblem(), StringComparison.Ordinal);
        Assert.Contains("do not ascend", (GoodCustom with { CustomBounds = [1, 1] }).FindProblem(), StringComparison.Ordinal);
        Assert.Contains("not finite", (GoodCustom with { CustomBounds = [double.PositiveInfinity] }).FindProblem(), StringComparison.Ordinal);
        Assert.Contains("up to the 2th, and 0 custom bounds", (GoodCustom with { CustomBounds = [] }).FindProblem(), StringComparison.Ordinal);
    }
}
