using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>What a function gives from the rollup windows that make up its own window: those with numbers in a range, at least one.</summary>
internal delegate double RollupFunction(RollupWindows windows, Range inWindow, double first, double rangeSeconds);

/// <summary>
/// The functions that can be answered from rollups. A window of rollups holds its beginning and not its end, where a range selector's is
/// the other way round: so the answer is, to the last sample, that of the function a millisecond earlier. Beyond that: a mean and a sum may
/// differ in the last digits; <c>increase</c> and <c>rate</c> count from the last sample before the window instead of extrapolating, which
/// differs by what is counted in one interval between samples; a quantile is within 1 % of a value of that rank.
/// </summary>
internal static class RollupFunctions
{
    public static RollupFunction? Of(string function) => function switch
    {
        "sum_over_time" => static (windows, part, _, _) => Sum(windows.Sums[part]),
        "count_over_time" => static (windows, part, _, _) => Count(windows.Counts[part]),
        "avg_over_time" => static (windows, part, _, _) => Sum(windows.Sums[part]) / Count(windows.Counts[part]),
        "min_over_time" => static (windows, part, _, _) => Extreme(windows.Mins[part], wantsLarger: false),
        "max_over_time" => static (windows, part, _, _) => Extreme(windows.Maxes[part], wantsLarger: true),
        "last_over_time" => static (windows, part, _, _) => windows.Lasts[part][^1],
        "present_over_time" => static (_, _, _, _) => 1,
        "increase" => static (windows, part, _, _) => Increase(windows.Increases[part]),
        "rate" => static (windows, part, _, rangeSeconds) => Increase(windows.Increases[part]) is var increase && Absent.Is(increase) ? increase : increase / rangeSeconds,
        "quantile_over_time" => static (windows, part, quantile, _) => windows.Quantile(part, quantile) is var value && double.IsNaN(value) ? Absent.Value : value,
        _ => null,
    };

    static double Sum(ReadOnlySpan<double> sums)
    {
        var total = new CompensatedSum();
        foreach (var sum in sums)
            total.Add(sum);
        return total.Value;
    }

    static double Count(ReadOnlySpan<long> counts)
    {
        long total = 0;
        foreach (var count in counts)
            total += count;
        return total;
    }

    static double Extreme(ReadOnlySpan<double> values, bool wantsLarger)
    {
        var best = values[0];
        foreach (var value in values)
            best = double.IsNaN(best) || (wantsLarger ? value > best : value < best) ? value : best;
        return best;
    }

    // What is no counter has no increase: it falls too often.
    static double Increase(ReadOnlySpan<double> increases)
    {
        var total = Sum(increases);
        return double.IsNaN(total) ? Absent.Value : total;
    }
}
