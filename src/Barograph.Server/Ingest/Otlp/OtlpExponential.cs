using Barograph.TimeSeries;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>
/// An exponential histogram as a native one, by the compatibility specification: the scale is the schema, and bucket <c>i</c>, which holds
/// (base^i, base^(i+1)], is bucket <c>i + 1</c> here. A scale above 8 is brought down to 8, and a finer one than <see cref="NativeHistogram.MaxBuckets"/>
/// allow further: neighbouring buckets are joined in pairs, which is exact. A scale below -4 cannot be told.
/// </summary>
internal static class OtlpExponential
{
    /// <summary>What is so close to zero counts as zero, when the sender does not say otherwise; as Prometheus has it.</summary>
    const double DefaultZeroThreshold = 1e-128;

    /// <summary>Empty buckets cost less than a new span.</summary>
    const int EmptyBucketsInSpan = 2;

    /// <summary>The buckets of one sign, as they were sent: the bucket of an index, and those that follow it.</summary>
    public readonly record struct Run(int Offset, List<ulong> Counts);

    /// <summary>Converts; the schema of what comes out may be below <see cref="NativeHistogram.MinSchema"/>, and then it is none.</summary>
    /// <param name="scale">As sent.</param>
    /// <param name="totals">Count, sum, zero count and zero threshold; the rest of it does not matter.</param>
    /// <param name="positive">Buckets above zero.</param>
    /// <param name="negative">Buckets below zero, by absolute value.</param>
    public static NativeHistogram Convert(int scale, NativeHistogram totals, Run positive, Run negative)
    {
        var steps = Math.Max(0, scale - NativeHistogram.MaxSchema);
        while (Width(positive, steps) + Width(negative, steps) > NativeHistogram.MaxBuckets)
            steps++;
        var (positiveSpans, positiveBuckets) = Join(positive, steps);
        var (negativeSpans, negativeBuckets) = Join(negative, steps);
        return totals with
        {
            Schema = scale - steps,
            ZeroThreshold = totals.ZeroThreshold > 0 ? totals.ZeroThreshold : DefaultZeroThreshold,
            PositiveSpans = positiveSpans,
            PositiveBuckets = positiveBuckets,
            NegativeSpans = negativeSpans,
            NegativeBuckets = negativeBuckets,
        };
    }

    static (BucketSpan[] Spans, double[] Buckets) Join(Run run, int steps)
    {
        if (Range(run) is not var (first, last))
            return ([], []);
        List<BucketSpan> spans = [];
        List<double> buckets = [];
        var (next, empty) = (0, 0); // the index where the spans end, and how many empty buckets were passed since
        for (var index = first >> steps; index <= last >> steps; index++)
        {
            var count = CountIn(run, index, steps);
            if (count == 0)
            {
                empty++;
                continue;
            }

            if (spans.Count > 0 && empty <= EmptyBucketsInSpan)
            {
                spans[^1] = spans[^1] with { Length = spans[^1].Length + empty + 1 };
                buckets.AddRange(new double[empty]);
            }
            else
            {
                spans.Add(new BucketSpan(index + 1 - next, 1));
            }

            buckets.Add(count);
            (next, empty) = (index + 2, 0);
        }

        return ([.. spans], [.. buckets]);
    }

    static int Width(Run run, int steps) => Range(run) is var (first, last) ? (last >> steps) - (first >> steps) + 1 : 0;

    /// <summary>The indices of the first and last bucket that hold something.</summary>
    static (int First, int Last)? Range(Run run)
    {
        var first = run.Counts.FindIndex(static count => count > 0);
        return first < 0 ? null : (run.Offset + first, run.Offset + run.Counts.FindLastIndex(static count => count > 0));
    }

    static double CountIn(Run run, int index, int steps)
    {
        double sum = 0;
        var first = ((long)index << steps) - run.Offset;
        var end = Math.Min(first + (1L << steps), run.Counts.Count);
        for (var i = Math.Max(0, first); i < end; i++)
            sum += run.Counts[(int)i];
        return sum;
    }
}
