namespace Barograph.PromQL;

/// <summary>Straight lines and smoothing through the samples of a window.</summary>
internal static class RegressionFunctions
{
    public static IEnumerable<FunctionDefinition> Rows => All.Select(static function => function.Definition);

    static readonly RangeFunction[] All =
    [
        new("deriv", static (in window) => window.Count < 2 ? Absent.Value : Line.Through(window, window.Times[0]).Slope),
        new("predict_linear", static (in window) =>
        {
            if (window.Count < 2)
                return Absent.Value;
            var line = Line.Through(window, window.StepMs);
            return line.Slope * window.First + line.Intercept;
        })
        {
            ScalarsAfter = 1,
            DependsOnTime = true,
        },
        Smoothing("double_exponential_smoothing"),
        Smoothing("holt_winters"), // its name until Prometheus 3.0
    ];

    static RangeFunction Smoothing(string name) => new(name, static (in window) => Smooth(window.Values, window.First, window.Second))
    {
        ScalarsAfter = 2,
        Experimental = true,
        Check = site =>
        {
            CheckFactor(site, 1, "smoothing");
            CheckFactor(site, 2, "trend");
        },
    };

    static void CheckFactor(CallSite site, int argument, string name)
    {
        var factor = site.Scalar(argument);
        for (var step = 0; step < (factor.IsConstant ? 1 : site.Grid.Count); step++)
        {
            if (!(factor[step] > 0 && factor[step] < 1))
                throw new QueryException($"invalid {name} factor. Expected: 0 < {name[0]}f < 1, got: {Printer.Number(factor[step])}");
        }
    }

    // Holt's linear trend (Forecasting trends and seasonals by exponentially weighted averages, 1957).
    static double Smooth(ReadOnlySpan<double> values, double smoothing, double trendFactor)
    {
        if (values.Length < 2)
            return Absent.Value;
        var (smoothed, previous, trend) = (values[0], 0.0, values[1] - values[0]);
        for (var i = 1; i < values.Length; i++)
        {
            if (i > 1)
                trend = trendFactor * (smoothed - previous) + (1 - trendFactor) * trend;
            (previous, smoothed) = (smoothed, smoothing * values[i] + (1 - smoothing) * (smoothed + trend));
        }

        return smoothed;
    }
}

/// <summary>A line through samples by least squares; the intercept is at a given time.</summary>
internal readonly record struct Line(double Slope, double Intercept)
{
    public static Line Through(in Window window, long interceptMs)
    {
        var times = window.Times;
        var values = window.Values;
        var isConstant = true;
        for (var i = 1; i < values.Length; i++)
            isConstant &= values[i] == values[0];
        if (isConstant)
            return double.IsInfinity(values[0]) ? new Line(double.NaN, double.NaN) : new Line(0, values[0]);
        var (x, y, xy, xx) = (new CompensatedSum(), new CompensatedSum(), new CompensatedSum(), new CompensatedSum());
        for (var i = 0; i < values.Length; i++)
        {
            var seconds = (times[i] - interceptMs) / 1000.0;
            x.Add(seconds);
            y.Add(values[i]);
            xy.Add(seconds * values[i]);
            xx.Add(seconds * seconds);
        }

        double n = values.Length;
        var covariance = xy.Value - x.Value * y.Value / n;
        var variance = xx.Value - x.Value * x.Value / n;
        var slope = covariance / variance;
        return new Line(slope, y.Value / n - slope * x.Value / n);
    }
}
