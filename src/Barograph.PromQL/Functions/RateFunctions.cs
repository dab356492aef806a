using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>How fast counters grow and gauges change.</summary>
internal static class RateFunctions
{
    static readonly string[] CounterSuffixes = ["_total", "_sum", "_count", "_bucket"];

    public static IEnumerable<FunctionDefinition> Rows => All.Select(static function => function.Definition);

    static readonly RangeFunction[] All =
    [
        Extrapolated("rate", isCounter: true, isRate: true),
        Extrapolated("increase", isCounter: true, isRate: false),
        Extrapolated("delta", isCounter: false, isRate: false),
        new("irate", static (in window) => LastTwo(window, isRate: true))
        {
            Mixed = static (in window, site) => HistogramRates.LastTwo(window, site, isRate: true),
            UsesStartTimes = true,
        },
        new("idelta", static (in window) => LastTwo(window, isRate: false))
        {
            Mixed = static (in window, site) => HistogramRates.LastTwo(window, site, isRate: false),
        },
        new("resets", Resets) { Mixed = static (in window, _) => HistogramRates.Resets(window), UsesStartTimes = true },
        new("changes", Changes) { Mixed = static (in window, _) => HistogramRates.Changes(window) },
    ];

    static RangeFunction Extrapolated(string name, bool isCounter, bool isRate) =>
        new(name, Floats: null)
        {
            Sliding = (in windows, results) => Slide(windows, isCounter, isRate, results),
            Mixed = (in window, site) => HistogramRates.Extrapolate(window, site, isCounter, isRate),
            UsesStartTimes = isCounter,
            CheckSeries = isCounter ? CheckCounter : null,
        };

    static void CheckCounter(RangeSite site, Labels labels)
    {
        var type = labels.Get(ReservedLabels.Type);
        if (type.Length > 0)
        {
            if (type is not ("counter" or "histogram"))
                site.Inform($"metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\", got {Quoting.Quote(type)}: {Quoting.Quote(site.Metric)}");
            return;
        }

        if (site.Metric.Length > 0 && !LooksLikeCounter(site.Metric))
            site.Inform($"metric might not be a counter, name does not end in _total/_sum/_count/_bucket: {Quoting.Quote(site.Metric)}");
    }

    // For each series of each evaluation: nothing is allocated.
    static bool LooksLikeCounter(string metric)
    {
        foreach (var suffix in CounterSuffixes)
        {
            if (metric.EndsWith(suffix, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    /// <summary>
    /// All windows of a series. Counter resets are rare, so they are found once; a window looks only at those in it.
    /// </summary>
    static void Slide(in Windows windows, bool isCounter, bool isRate, Span<double> results)
    {
        var times = windows.Times;
        var values = windows.Values;
        var divisor = isRate ? windows.RangeMs / 1000.0 : 1;
        if (!windows.Bounds.HaveWeights)
            Weigh(windows, divisor);
        var (weights, startRooms) = (windows.Bounds.Weights, windows.Bounds.StartRoomsMs);
        List<int>? resets = null;
        if (isCounter)
        {
            for (var i = 1; i < values.Length; i++)
            {
                if (values[i] < values[i - 1])
                    (resets ??= []).Add(i);
            }
        }

        var firstReset = 0;
        for (var step = 0; step < results.Length; step++)
        {
            var (first, last) = (windows.From[step], windows.To[step] - 1);
            if (last <= first)
            {
                results[step] = Absent.Value;
                continue;
            }

            var change = values[last] - values[first];
            if (resets is not null)
            {
                while (firstReset < resets.Count && resets[firstReset] <= first)
                    firstReset++;
                for (var i = firstReset; i < resets.Count && resets[i] <= last; i++)
                    change += values[resets[i] - 1];
            }

            // A counter is not thought to have been below zero: the window reaches back at most to where it would have been zero.
            double sampled = times[last] - times[first];
            var room = startRooms[step];
            var weight = weights[step];
            if (isCounter && change > 0 && values[first] >= 0 && sampled * values[first] < room * change)
                weight -= (room - sampled * (values[first] / change)) / (sampled * divisor);
            results[step] = change * weight;
        }
    }

    // What depends on times alone.
    static void Weigh(in Windows windows, double divisor)
    {
        windows.Bounds.HaveWeights = true;
        for (var step = 0; step < windows.Ends.Length; step++)
        {
            var (first, last) = (windows.From[step], windows.To[step] - 1);
            if (last <= first)
                continue;
            var (from, to, end) = (windows.Times[first], windows.Times[last], windows.Ends[step]);
            double sampled = to - from;
            var (toStart, toEnd) = Extrapolation.Reach(sampled, from - (end - windows.RangeMs), end - to, last - first);
            windows.Bounds.StartRoomsMs[step] = toStart;
            windows.Bounds.Weights[step] = (sampled + toStart + toEnd) / (sampled * divisor);
        }
    }

    static double LastTwo(in Window window, bool isRate)
    {
        if (window.Count < 2)
            return Absent.Value;
        var (previous, last) = (window.Values[^2], window.Values[^1]);
        var change = isRate && last < previous ? last : last - previous;
        return isRate ? change / ((window.Times[^1] - window.Times[^2]) / 1000.0) : change;
    }

    static double Resets(in Window window)
    {
        var count = 0;
        for (var i = 1; i < window.Count; i++)
            count += window.Values[i] < window.Values[i - 1] ? 1 : 0;
        return count;
    }

    static double Changes(in Window window)
    {
        var count = 0;
        for (var i = 1; i < window.Count; i++)
        {
            var (previous, value) = (window.Values[i - 1], window.Values[i]);
            count += value != previous && !(double.IsNaN(value) && double.IsNaN(previous)) ? 1 : 0;
        }

        return count;
    }
}

/// <summary>
/// From the change between the first and the last sample of a window to the change over the whole window: up to its edge when the sample
/// is nearer than 1.1 average intervals, else by half an interval; and never to before the moment when a counter was zero.
/// </summary>
internal readonly record struct Extrapolation(double Sampled, double ToStart, double ToEnd, double Average, double Range)
{
    public static Extrapolation Of(long firstMs, long lastMs, int count, long startMs, long endMs)
    {
        var sampled = (lastMs - firstMs) / 1000.0;
        return new Extrapolation(sampled, (firstMs - startMs) / 1000.0, (endMs - lastMs) / 1000.0, sampled / (count - 1), (endMs - startMs) / 1000.0);
    }

    /// <summary>How far the change is carried on before the first and after the last sample, in milliseconds.</summary>
    public static (double ToStart, double ToEnd) Reach(double sampled, double toStart, double toEnd, int intervals)
    {
        var threshold = sampled * 1.1;
        var half = sampled / (2 * intervals);
        return (toStart * intervals >= threshold ? half : toStart, toEnd * intervals >= threshold ? half : toEnd);
    }

    public double Factor(double change, double first, bool isCounter, bool isRate)
    {
        var threshold = Average * 1.1;
        var toStart = ToStart >= threshold ? Average / 2 : ToStart;
        if (isCounter && change > 0 && first >= 0)
            toStart = Math.Min(toStart, Sampled * (first / change));
        var toEnd = ToEnd >= threshold ? Average / 2 : ToEnd;
        var factor = (Sampled + toStart + toEnd) / Sampled;
        return isRate ? factor / Range : factor;
    }
}
