namespace Barograph.PromQL;

/// <summary>Aggregations over time.</summary>
internal static class OverTimeFunctions
{
    public static IEnumerable<FunctionDefinition> Rows => All.Select(static function => function.Definition);

    static readonly RangeFunction[] All =
    [
        new("avg_over_time", Average)
        {
            Sliding = static (in windows, results) => SlideSum(windows, isMean: true, results),
            Mixed = static (in window, site) => HistogramRates.Sum(window, site, isMean: true, Average),
        },
        new("sum_over_time", Sum)
        {
            Sliding = static (in windows, results) => SlideSum(windows, isMean: false, results),
            Mixed = static (in window, site) => HistogramRates.Sum(window, site, isMean: false, Sum),
        },
        new("count_over_time", static (in window) => window.Count)
        {
            Mixed = static (in window, _) => (double)window.Count,
            Sliding = static (in windows, results) =>
            {
                for (var step = 0; step < results.Length; step++)
                    results[step] = windows.From[step] == windows.To[step] ? Absent.Value : windows.To[step] - windows.From[step];
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
            Sliding = static (in windows, results) => SlideExtreme(windows, wantsLarger: false, results),
        },
        new("max_over_time", static (in window) => window.Values[IndexOfExtreme(window.Values, wantsLarger: true, takesLater: false)])
        {
            Sliding = static (in windows, results) => SlideExtreme(windows, wantsLarger: true, results),
        },
        new("stddev_over_time", static (in window) => Math.Sqrt(Variance(window.Values))),
        new("stdvar_over_time", static (in window) => Variance(window.Values)),
        new("mad_over_time", static (in window) => MedianAbsoluteDeviation(window.Values)) { Experimental = true },
        new("quantile_over_time", static (in window) => Quantile.Of(window.First, window.Values.ToArray()))
        {
            ScalarsBefore = 1,
            Check = CheckQuantile,
            Sliding = SlideQuantile,
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

    static double Average(in Window window) => MeanOf(window.Values);

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
        if (Array.Exists(sorted, double.IsNaN))
            return double.NaN; // sorted first, it would shift the medians unseen
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
    static void SlideExtreme(in Windows windows, bool wantsLarger, Span<double> results)
    {
        var values = windows.Values;
        var queue = new int[values.Length];
        var (head, tail, next) = (0, 0, 0);
        for (var step = 0; step < results.Length; step++)
        {
            for (; next < windows.To[step]; next++)
            {
                while (tail > head && IsAtLeast(values[next], values[queue[tail - 1]], wantsLarger))
                    tail--;
                queue[tail++] = next;
            }

            while (head < tail && queue[head] < windows.From[step])
                head++;
            results[step] = windows.From[step] == windows.To[step] ? Absent.Value : values[queue[head]];
        }
    }

    const int SamplesPerCheck = 256;

    /// <summary>The values of the window, kept in order: a step takes out those that left it and puts in those that came.</summary>
    static void SlideQuantile(in Windows windows, Span<double> results)
    {
        var values = windows.Values;
        var sorted = new double[values.Length];
        var (first, next, count) = (0, 0, 0);
        for (var step = 0; step < results.Length; step++)
        {
            if (windows.From[step] >= next)
            {
                // Nothing of the window before is in this one: all at once is faster than one by one.
                (first, next, count) = (windows.From[step], windows.To[step], windows.To[step] - windows.From[step]);
                values[first..next].CopyTo(sorted);
                sorted.AsSpan(0, count).Sort();
            }

            for (; first < windows.From[step]; first++, count--)
            {
                var at = sorted.AsSpan(0, count).BinarySearch(values[first]);
                sorted.AsSpan(at + 1, count - at - 1).CopyTo(sorted.AsSpan(at));
            }

            for (; next < windows.To[step]; next++, count++)
            {
                // A long window moves much memory for each sample.
                if (next % SamplesPerCheck == 0)
                    windows.Run.ThrowIfStopped();
                var at = sorted.AsSpan(0, count).BinarySearch(values[next]);
                at = at < 0 ? ~at : at;
                sorted.AsSpan(at, count - at).CopyTo(sorted.AsSpan(at + 1));
                sorted[at] = values[next];
            }

            results[step] = count == 0 ? Absent.Value : Quantile.OfSorted(windows.First![step], sorted.AsSpan(0, count));
        }
    }

    /// <summary>
    /// Sums of wide windows from sums of blocks, so that a step costs the blocks in its window and the samples at its edges. (Taking out
    /// what leaves a window, as for counts, would keep what rounding took away.)
    /// </summary>
    static void SlideSum(in Windows windows, bool isMean, Span<double> results)
    {
        const int BlockLength = 32;
        var values = windows.Values;
        var blocks = new CompensatedSum[values.Length / BlockLength];
        for (var i = 0; i < blocks.Length * BlockLength; i++)
            blocks[i / BlockLength].Add(values[i]);
        for (var step = 0; step < results.Length; step++)
        {
            var (from, to) = (windows.From[step], windows.To[step]);
            if (from == to)
            {
                results[step] = Absent.Value;
                continue;
            }

            var sum = new CompensatedSum();
            for (var i = from; i < to;)
            {
                if (i % BlockLength == 0 && i + BlockLength <= to)
                {
                    sum.Add(blocks[i / BlockLength]);
                    i += BlockLength;
                }
                else
                {
                    sum.Add(values[i++]);
                }
            }

            results[step] = !isMean ? sum.Value : double.IsFinite(sum.Value) ? sum.MeanOf(to - from) : MeanOf(values[from..to]);
        }
    }

    static double MeanOf(ReadOnlySpan<double> values)
    {
        var mean = new Mean();
        foreach (var value in values)
            mean.Add(value);
        return mean.Value;
    }

    static bool IsAtLeast(double value, double other, bool wantsLarger) =>
        double.IsNaN(other) || (wantsLarger ? value >= other : value <= other);
}
