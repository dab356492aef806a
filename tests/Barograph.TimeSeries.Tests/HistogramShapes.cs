namespace Barograph.TimeSeries.Tests;

/// <summary>Native histograms as life has them: counters that grow, with whole or broken counts, whose layout changes now and then.</summary>
internal static class HistogramShapes
{
    public static NativeHistogram[] Growing(Random random, int count)
    {
        var (isCustom, isFloat, hint) = (random.Next(4) == 0, random.Next(3) == 0, random.Next(4) == 0 ? CounterResetHint.Gauge : CounterResetHint.Unknown);
        var histograms = new NativeHistogram[count];
        var (schema, positive, negative) = (random.Next(-4, 9), new double[random.Next(1, 12)], new double[isCustom ? 0 : random.Next(0, 3)]);
        for (var i = 0; i < count; i++)
        {
            if (random.Next(30) == 0)
                (schema, positive) = (random.Next(-4, 9), new double[random.Next(1, 12)]);
            foreach (ref var bucket in positive.AsSpan())
                bucket += isFloat ? random.NextDouble() : random.Next(4);
            histograms[i] = random.Next(25) == 0 ? NativeHistogram.Stale : new NativeHistogram
            {
                Schema = isCustom ? NativeHistogram.CustomBucketsSchema : schema,
                ZeroThreshold = isCustom ? 0 : 1e-128,
                ZeroCount = isCustom ? 0 : i,
                Count = positive.Sum() + i,
                Sum = random.Next(20) == 0 ? double.NaN : random.NextDouble() * 100,
                PositiveSpans = isCustom ? [new BucketSpan(0, positive.Length)] : [new BucketSpan(-2, 1), new BucketSpan(3, positive.Length - 1)],
                PositiveBuckets = [.. positive],
                NegativeSpans = negative.Length == 0 ? [] : [new BucketSpan(0, negative.Length)],
                NegativeBuckets = [.. negative],
                CustomBounds = isCustom ? [.. Enumerable.Range(1, positive.Length).Select(static bound => bound / 8.0)] : [],
                CounterResetHint = random.Next(30) == 0 ? CounterResetHint.Reset : hint,
            };
        }

        return histograms;
    }
}
