using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>Functions that say that nothing is there.</summary>
internal static class PresenceFunctions
{
    public static IEnumerable<FunctionDefinition> Rows =>
    [
        new("absent", [ExpressionType.InstantVector], ExpressionType.InstantVector, static site => OpenAbsent(site)),
        new("absent_over_time", [ExpressionType.RangeVector], ExpressionType.InstantVector, static site => OpenAbsentOverTime(site)),
    ];

    static HeldNode OpenAbsent(CallSite site)
    {
        var input = site.Vector(0);
        var column = new Column(site.Grid.Count);
        column.Values.Fill(1);
        site.Run.ForEach(input.Heads.Length, site.Grid.Count, (series, worker) =>
        {
            var values = worker.Rent(site.Grid.Count);
            input.Read(series, values, worker);
            for (var step = 0; step < values.Count; step++)
            {
                if (values.Has(step))
                    column.Values[step] = Absent.Value; // several threads may write the same
            }

            worker.Return(values);
        });
        return new HeldNode([Head(site)], [column]);
    }

    static HeldNode OpenAbsentOverTime(CallSite site)
    {
        var input = site.Range(0);
        var column = new Column(site.Grid.Count);
        column.Values.Fill(1);
        site.Run.ForEach(input.Heads.Length, site.Grid.Count, (series, worker) =>
        {
            var samples = worker.RentBuffer();
            input.Read(series, samples, worker);
            for (var step = 0; step < column.Count; step++)
            {
                var end = input.WindowEndMs(step);
                if (SelectorNode.UpperBound(samples.Times, end) > SelectorNode.UpperBound(samples.Times, end - input.RangeMs))
                    column.Values[step] = Absent.Value;
            }

            worker.Return(samples);
        });
        return new HeldNode([Head(site)], [column]);
    }

    // The labels that a series would have that is asked for: those with exactly one "=" matcher.
    static SeriesHead Head(CallSite site)
    {
        var selector = site.Call.Arguments[0].Unwrapped switch
        {
            VectorSelector vector => vector,
            RangeSelector range => range.Selector,
            _ => null,
        };
        var labels = (selector?.Matchers ?? [])
            .GroupBy(static matcher => matcher.Name, StringComparer.Ordinal)
            .Where(static group => group.Count() == 1 && group.Key != Labels.MetricName && group.First().Match == MatchType.Equal)
            .Select(static group => new Label(group.Key, group.First().Value));
        return new SeriesHead(Labels.From(labels), nameless: false);
    }
}
