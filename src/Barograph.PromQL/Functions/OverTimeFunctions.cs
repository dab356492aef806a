namespace Barograph.PromQL;

/// <summary>Aggregations over time.</summary>
internal static class OverTimeFunctions
{
    public static IEnumerable<FunctionDefinition> Rows => All.Select(static function => function.Definition);

    static readonly RangeFunction[] All =
    [
        new("avg_over_time", Average) { Mixed = static (in window, site) => HistogramRates.Sum(window, site, isMean: true, Average) },
        new("sum_over_time", Sum) { Mixed = static (in window, site) => HistogramRates.Sum(window, site, isMean: false, Sum) },
        new("count_over_time", static (in window) => window.Count)
        {
            Mixed = static (in window, _) => (double)window.Count,
            Sliding = static (_, from, to, _, results) =>
            {
                for (var step = 0; step < results.Length; step++)
                    results[step] = from[step] == to[step] ? Absent.Value : to[step] - from[step];
            },
        },
        new("present_over_time", static (in _) => 1) { Mixed = static (in _, _) => 1.0 },
        new("last_over_time", static (in window) => window.Values[^1])
        {
            KeepsName = true,
            Mixed = static (in window, _) => window[window.Count - 1],
        },
        new("first_over_time", static (in window) => window.Values[0])
        {
            KeepsName = true,
            Mixed = static (in window, _) => window[0],
        },
        new("min_over_time", static (in window) => window.Values[IndexOfExtreme(window.Values, wantsLarger: false, takesLater: false)])
        {
            Sliding = static (samples, from, to, _, results) => SlideExtreme(samples, from, to, wantsLarger: false, results),
        },
        new("max_over_time", static (in window) => window.Values[IndexOfExtreme(window.Values, wantsLarger: true, takesLater: false)])
        {
            Sliding = static (samples, from, to, _, results) => SlideExtreme(samples, from, to, wantsLarger: true, results),
        },
        new("stddev_over_time", static (in window) => Math.Sqrt(Variance(window.Values))),
        new("stdvar_over_time", static (in window) => Variance(window.Values)),
        new("mad_over_time", static (in window) => MedianAbsoluteDeviation(window.Values)) { Experimental = true },
        new("quantile_over_time", static (in window) => Quantile.Of(window.First, window.Values.ToArray()))
        {
            ScalarsBefore = 1,
            Check = CheckQuantile,
        },
        TimeOf("ts_of_min_over_time", static (in window) => IndexOfExtreme(window.Values, wantsLarger: false, takesLater: true)),
        TimeOf("ts_of_max_over_time", static (in window) => IndexOfExtreme(window.Values, wantsLarger: true, takesLater: true)),
        TimeOf("ts_of_first_over_time", static (in _) => 0) with { Mixed = static (in window, _) => window.Times[0] / 1000.0 },
        TimeOf("ts_of_last_over_time", static (in window) => window.Count - 1) with { Mixed = static (in window, _) => window.Times[^1] / 1000.0 },
    ];

    delegate int IndexFunction(in Window window);

    static RangeFunction TimeOf(string name, IndexFunction index) =>
        new(name, (in window) => window.Times[index(window)] / 1000.0) { Experimental = true };

    static void CheckQuantile(CallSite site)
    {
        var quantile = site.Scalar(0);
        for (var step = 0; step < (quantile.IsConstant ? 1 : site.Grid.Count); step++)
        {
            if (!(quantile[step] >= 0 && quantile[step] <= 1))
                site.Run.Annotations.Warn(site.SpanOf(0), AnnotationTexts.InvalidQuantile(quantile[step]));
        }
    }

    static double Sum(in Window window)
    {
        var sum = new CompensatedSum();
        foreach (var value in window.Values)
            sum.Add(value);
        return sum.Value;
    }

    static double Average(in Window window)
    {
        var mean = new Mean();
        foreach (var value in window.Values)
            mean.Add(value);
        return mean.Value;
    }

    // Welford's method with compensated sums.
    static double Variance(ReadOnlySpan<double> values)
    {
        var (count, mean, meanCompensation, squares, squaresCompensation) = (0, 0.0, 0.0, 0.0, 0.0);
        foreach (var value in values)
        {
            count++;
            var delta = value - (mean + meanCompensation);
            CompensatedSum.Add(delta / count, ref mean, ref meanCompensation);
            CompensatedSum.Add(delta * (value - (mean + meanCompensation)), ref squares, ref squaresCompensation);
        }

        return (squares + squaresCompensation) / count;
    }

    static double MedianAbsoluteDeviation(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        var median = Quantile.Of(0.5, sorted);
        for (var i = 0; i < sorted.Length; i++)
            sorted[i] = Math.Abs(sorted[i] - median);
        return Quantile.Of(0.5, sorted);
    }

    // NaN only wins when there is nothing else.
    static int IndexOfExtreme(ReadOnlySpan<double> values, bool wantsLarger, bool takesLater)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
        {
            var (value, current) = (values[i], values[best]);
            if ((wantsLarger ? value > current : value < current) || double.IsNaN(current) || (takesLater && value == current))
                best = i;
        }

        return best;
    }

    /// <summary>
    /// The extreme of each window by a queue of candidates, each better than all that come after it: every sample enters and leaves once.
    /// </summary>
    static void SlideExtreme(SampleBuffer samples, ReadOnlySpan<int> from, ReadOnlySpan<int> to, bool wantsLarger, Span<double> results)
    {
        var values = samples.Values;
        var queue = new int[values.Length];
        var (head, tail, next) = (0, 0, 0);
        for (var step = 0; step < results.Length; step++)
        {
            for (; next < to[step]; next++)
            {
                while (tail > head && IsAtLeast(values[next], values[queue[tail - 1]], wantsLarger))
                    tail--;
                queue[tail++] = next;
            }

            while (head < tail && queue[head] < from[step])
                head++;
            results[step] = from[step] == to[step] ? Absent.Value : values[queue[head]];
        }
    }

    static bool IsAtLeast(double value, double other, bool wantsLarger) =>
        double.IsNaN(other) || (wantsLarger ? value >= other : value <= other);
}
