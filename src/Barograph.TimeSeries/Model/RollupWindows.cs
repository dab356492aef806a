namespace Barograph.TimeSeries;

/// <summary>Windows of one series at one resolution, in columns of equal length, ascending in time. Stale markers count nowhere.</summary>
public sealed class RollupWindows
{
    readonly RollupColumns _columns;

    internal RollupWindows(RollupColumns columns) => _columns = columns;

    /// <summary>How many windows; those without samples are left out.</summary>
    public int Count => _columns.Count;

    /// <summary>Where each begins, Unix milliseconds: a multiple of the step.</summary>
    public ReadOnlySpan<long> StartsMs => _columns.StartsMs;

    /// <summary>How many samples, at least one.</summary>
    public ReadOnlySpan<long> Counts => _columns.Counts;

    /// <summary>Their sum.</summary>
    public ReadOnlySpan<double> Sums => _columns.Sums;

    /// <summary>The smallest; NaN only when all are.</summary>
    public ReadOnlySpan<double> Mins => _columns.Mins;

    /// <summary>The largest; NaN only when all are.</summary>
    public ReadOnlySpan<double> Maxes => _columns.Maxes;

    /// <summary>The last.</summary>
    public ReadOnlySpan<double> Lasts => _columns.Lasts;

    /// <summary>By how much a counter grew since the last sample before the window, resets survived; NaN when it is no counter.</summary>
    public ReadOnlySpan<double> Increases => _columns.Increases;

    /// <summary>
    /// A quantile of the samples of several windows, within 1 % of a value of that rank; NaN when the distribution of one of them was not kept.
    /// </summary>
    public double Quantile(Range windows, double quantile) => _columns.Quantile(windows, quantile);

    /// <summary>A quantile (0 to 1) of a window's samples, within 1 %; NaN when its distribution was not kept.</summary>
    public double Quantile(int window, double quantile) => _columns.Quantile(window, quantile);
}
