namespace Barograph.PromQL;

/// <summary>The parts of the language that upstream keeps behind feature flags.</summary>
internal static class ExperimentalParts
{
    /// <exception cref="PromQLSyntaxException">The expression uses one.</exception>
    public static void Refuse(string text, Expression expression)
    {
        var part = expression switch
        {
            Call call when FunctionTable.Find(call.Function)!.Experimental => $"function {Quoting.Quote(call.Function)} is",
            Aggregation aggregation when aggregation.Operator.IsExperimental() => $"{aggregation.Operator.Name()}() is",
            VectorSelector { Edges: not RangeEdges.Plain } or RangeSelector { Selector.Edges: not RangeEdges.Plain } =>
                "anchored and smoothed are",
            Binary { Matching: { FillLeft: not null } or { FillRight: not null } } => "fill modifiers are",
            _ => null,
        };
        if (part is not null)
        {
            throw new PromQLSyntaxException(ParseError.At(text, expression.Span,
                $"{part} experimental; switch experimental PromQL on to use this", null));
        }

        foreach (var child in expression.Children)
            Refuse(text, child);
    }
}
