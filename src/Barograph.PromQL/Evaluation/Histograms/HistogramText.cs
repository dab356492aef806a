using System.Globalization;
using System.Text;
using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>Native histograms as text.</summary>
public static class HistogramText
{
    /// <summary>As <c>count_values</c> writes them: <c>{count:4, sum:5, (0.5,1]:1, (1,2]:2}</c>.</summary>
    public static string Of(NativeHistogram histogram)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{{count:{Number(histogram.Count)}, sum:{Number(histogram.Sum)}");
        foreach (var bucket in HistogramBuckets.Ascending(histogram))
        {
            if (bucket.Count == 0)
                continue;
            var isZero = !HistogramMath.IsCustom(histogram) && bucket.Lower <= 0 && bucket.Upper >= 0;
            var isNegative = !isZero && bucket.Upper <= 0 && !HistogramMath.IsCustom(histogram);
            text.Append(", ").Append(isZero || isNegative ? '[' : '(').Append(Number(bucket.Lower)).Append(',').Append(Number(bucket.Upper))
                .Append(isNegative ? ')' : ']').Append(':').Append(Number(bucket.Count));
        }

        return text.Append('}').ToString();
    }

    static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : Printer.Number(value);
}
