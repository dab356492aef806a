namespace Barograph.PromQL;

/// <summary>
/// How far behind a step the samples may lie that its value depends on. Without that, and where nothing asks for the query's own start
/// or end, the value of a step is the same in every query that has the step.
/// </summary>
internal static class TimeReach
{
    /// <summary>Milliseconds after the step, at least 0; null when values depend on more than the step and the samples before that.</summary>
    public static long? Of(Expression expression, long stepMs)
    {
        var own = expression switch
        {
            VectorSelector selector => Ahead(selector, stepMs),
            RangeSelector range => Milliseconds(range.Range, stepMs) is null ? null : Ahead(range.Selector, stepMs),
            Subquery subquery => Milliseconds(subquery.Range, stepMs) is null || (subquery.Step is { } step && Milliseconds(step, stepMs) is null)
                ? null : Ahead(subquery.Timing, stepMs),

            // start(), end() and info() are experimental, and so are those that choose series by what else was selected.
            Call call when FunctionTable.Find(call.Function)!.Experimental => null,
            Aggregation aggregation when aggregation.Operator.IsExperimental() => null,
            _ => 0,
        };
        long? inner = 0;
        foreach (var child in expression.Children)
            inner = Of(child, stepMs) is { } reach && inner is { } farthest ? Math.Max(farthest, reach) : null;
        return own + inner;
    }

    static long? Ahead(VectorSelector selector, long stepMs) => selector.Edges == RangeEdges.Plain ? Ahead(selector.Timing, stepMs) : null;

    static long? Ahead(Timing timing, long stepMs)
    {
        if (timing.At is not null)
            return null;
        return timing.Offset is not { } offset ? 0 : Milliseconds(offset, stepMs) is { } milliseconds ? Math.Max(0, -milliseconds) : null;
    }

    static long? Milliseconds(DurationExpression duration, long stepMs)
    {
        if (DependsOnRange(duration))
            return null;
        var seconds = duration.Seconds(stepMs / 1000.0, rangeSeconds: double.NaN);
        return Math.Abs(seconds) < 1e12 ? (long)Math.Round(seconds * 1000) : null; // else evaluating says what is wrong with it
    }

    static bool DependsOnRange(DurationExpression duration) => duration switch
    {
        DurationExpression.QueryRange => true,
        DurationExpression.Signed signed => DependsOnRange(signed.Operand),
        DurationExpression.Wrapped wrapped => DependsOnRange(wrapped.Inner),
        DurationExpression.Extreme extreme => DependsOnRange(extreme.First) || DependsOnRange(extreme.Second),
        DurationExpression.Calculated calculated => DependsOnRange(calculated.Left) || DependsOnRange(calculated.Right),
        _ => false,
    };
}
