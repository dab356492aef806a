using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>
/// Where only totals of histograms are asked for (<c>histogram_count</c>, <c>_sum</c>, <c>_avg</c>), a conflict of counter resets among those
/// that are added up is reported. For that, each sample is compared with the one before it.
/// </summary>
internal static class ResetHints
{
    /// <summary>The histogram with a hint that says what happened since the one before; that of a first one stays.</summary>
    public static NativeHistogram Find(NativeHistogram histogram, NativeHistogram? previous)
    {
        if (previous is null || histogram.CounterResetHint == CounterResetHint.Gauge)
            return histogram;
        var hint = HistogramMath.HasDecreased(histogram, previous) ? CounterResetHint.Reset : CounterResetHint.NotReset;
        return histogram.CounterResetHint == hint ? histogram : histogram with { CounterResetHint = hint };
    }
}
