namespace Barograph.Server.Ingest.Otlp;

/// <summary>
/// An exponential histogram as classic buckets. The rule: neighbouring buckets are joined until they grow by 2^(1/4) (19 %) or
/// more and until there are at most 160 of each sign; then every bucket from the lowest to the highest that holds something
/// becomes one <c>le</c>, and what lies around zero has the zero threshold as its bound. Joining pairs is exact, so the bounds
/// of a metric stay the same from point to point while more of them appear.
/// </summary>
internal static class ExponentialBuckets
{
    const int ScaleMax = 2;
    const int BucketsMax = 160;

    /// <summary>One classic bucket.</summary>
    /// <param name="UpperBound">Its <c>le</c>.</param>
    /// <param name="Count">How many observations lie at or below it.</param>
    public readonly record struct Bucket(double UpperBound, double Count);

    /// <summary>The buckets of one sign, as they were sent: bucket i holds (base^(offset+i), base^(offset+i+1)], base = 2^(2^-scale).</summary>
    public readonly record struct Run(int Offset, List<ulong> Counts);

    /// <summary>Converts.</summary>
    /// <param name="scale">As sent.</param>
    /// <param name="zeroCount">Observations around zero.</param>
    /// <param name="zeroThreshold">How far around.</param>
    /// <param name="positive">Buckets above zero.</param>
    /// <param name="negative">Buckets below zero, by absolute value.</param>
    /// <param name="buckets">Gets the buckets in ascending order, without the one at infinity.</param>
    public static void Convert(int scale, double zeroCount, double zeroThreshold, Run positive, Run negative, List<Bucket> buckets)
    {
        buckets.Clear();
        var steps = Math.Max(0, scale - ScaleMax);
        while (Span(positive, steps) > BucketsMax || Span(negative, steps) > BucketsMax)
            steps++;
        double below = 0;
        if (Range(negative) is var (lowest, highest))
        {
            for (var index = highest >> steps; index >= lowest >> steps; index--)
            {
                below += CountIn(negative, index, steps);
                buckets.Add(new Bucket(-Bound(index, scale - steps), below));
            }
        }

        below += zeroCount;
        buckets.Add(new Bucket(zeroThreshold, below));
        if (Range(positive) is var (first, last))
        {
            for (var index = first >> steps; index <= last >> steps; index++)
            {
                below += CountIn(positive, index, steps);
                buckets.Add(new Bucket(Bound(index + 1, scale - steps), below));
            }
        }
    }

    /// <summary>base^index = 2^(index · 2^-scale); infinite beyond what a double holds.</summary>
    static double Bound(int index, int scale) => Math.Pow(2, index * Math.Pow(2, -scale));

    static int Span(Run run, int steps) => Range(run) is var (first, last) ? (last >> steps) - (first >> steps) + 1 : 0;

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
