using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>Cuts answers of range queries at steps, and puts them together again. Answers that hold histograms are not taken.</summary>
public static class ResultParts
{
    /// <summary>How many bytes an answer takes, about.</summary>
    public static long SizeBytes(QueryResult result) => 200 + result.Series.Sum(static series => 150 + 60L * series.Labels.Count + sizeof(double) * series.Values.Length);

    /// <summary>Some steps of an answer. Series without a value there are left out.</summary>
    /// <param name="result">A matrix.</param>
    /// <param name="from">The first step.</param>
    /// <param name="count">How many.</param>
    public static QueryResult Slice(QueryResult result, int from, int count)
    {
        if (from == 0 && count == result.Steps)
            return result;
        var series = new List<ResultSeries>(result.Series.Count);
        foreach (var one in result.Series)
        {
            var values = one.Values.AsSpan(from, count);
            if (HasAny(values))
                series.Add(new ResultSeries(one.Labels, values.ToArray(), null, null));
        }

        return result with { StartMs = result.TimestampMs(from), Steps = count, Series = series };
    }

    /// <summary>One answer from two, of which the second begins a step after the end of the first. Costs are those of the second.</summary>
    public static QueryResult Join(QueryResult first, QueryResult second)
    {
        var (series, left, right) = (new List<ResultSeries>(Math.Max(first.Series.Count, second.Series.Count)), 0, 0);
        while (left < first.Series.Count || right < second.Series.Count)
        {
            var order = left == first.Series.Count ? 1 : right == second.Series.Count ? -1 : LabelOrder.Compare(first.Series[left].Labels, second.Series[right].Labels);
            var values = new double[first.Steps + second.Steps];
            Fill(order <= 0 ? first.Series[left] : null, values.AsSpan(0, first.Steps));
            Fill(order >= 0 ? second.Series[right] : null, values.AsSpan(first.Steps));
            series.Add(new ResultSeries(order <= 0 ? first.Series[left].Labels : second.Series[right].Labels, values, null, null));
            left += order <= 0 ? 1 : 0;
            right += order >= 0 ? 1 : 0;
        }

        return second with
        {
            StartMs = first.StartMs,
            Steps = first.Steps + second.Steps,
            Series = series,
            Warnings = [.. first.Warnings.Union(second.Warnings, StringComparer.Ordinal)],
            Infos = [.. first.Infos.Union(second.Infos, StringComparer.Ordinal)],
        };
    }

    static void Fill(ResultSeries? series, Span<double> values)
    {
        if (series is null)
            values.Fill(StaleMarker.Value);
        else
            series.Values.CopyTo(values);
    }

    static bool HasAny(ReadOnlySpan<double> values)
    {
        foreach (var value in values)
        {
            if (!StaleMarker.Is(value))
                return true;
        }

        return false;
    }
}
