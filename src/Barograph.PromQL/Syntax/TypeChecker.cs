using System.Diagnostics.CodeAnalysis;
using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>Checks what the grammar cannot: the types of operands and arguments, and rules between parts.</summary>
internal sealed class TypeChecker(string text)
{
    public void Check(Expression expression)
    {
        foreach (var child in expression.Children)
        {
            if (expression is not Call { Function: "info" } call || call.Arguments.Count < 2 || !ReferenceEquals(child, call.Arguments[^1]))
                Check(child);
        }

        switch (expression)
        {
            case Unary unary:
                if (unary.Operand.Type is not (ExpressionType.Scalar or ExpressionType.InstantVector))
                    Fail(unary, $"unary expression only allowed on expressions of type scalar or instant vector, got {Name(unary.Operand)}");
                break;
            case Binary binary:
                CheckBinary(binary);
                break;
            case Call call:
                CheckCall(call, FunctionTable.Find(call.Function)!);
                break;
            case Aggregation aggregation:
                Expect(aggregation.Operand, ExpressionType.InstantVector, "aggregation expression");
                if (aggregation.Parameter is not null)
                    Expect(aggregation.Parameter, aggregation.Operator.ParameterType()!.Value, "aggregation parameter");
                break;
            case VectorSelector selector:
                CheckSelector(selector, selector);
                break;
            case RangeSelector range:
                CheckSelector(range.Selector, range);
                break;
            case Subquery subquery:
                if (subquery.Inner.Type != ExpressionType.InstantVector)
                    Fail(subquery, $"subquery is only allowed on instant vector, got {Name(subquery.Inner)}");
                break;
        }
    }

    void CheckBinary(Binary binary)
    {
        foreach (var side in (ReadOnlySpan<Expression>)[binary.Left, binary.Right])
        {
            if (side.Type is not (ExpressionType.Scalar or ExpressionType.InstantVector))
                Fail(side, "binary expression must contain only scalar and instant vector types");
        }

        var bothVectors = binary.Left.Type == ExpressionType.InstantVector && binary.Right.Type == ExpressionType.InstantVector;
        var bothScalars = binary.Type == ExpressionType.Scalar;
        if (binary.Operator.IsComparison() && bothScalars && !binary.ReturnsBool)
            Fail(OperatorOf(binary), "comparisons between scalars must use BOOL modifier");
        if (binary.Operator.IsSet() && !bothVectors)
            Fail(binary, $"set operator {Quoting.Quote(binary.Operator.Text())} not allowed in binary scalar expression");
        if (binary.Operator is BinaryOperator.TrimUpper or BinaryOperator.TrimLower && binary.Left.Type == ExpressionType.Scalar)
            Fail(binary, $"operator {Quoting.Quote(binary.Operator.Text())} needs an instant vector of histograms on its left");
        var matching = binary.Matching;
        if (!bothVectors && (matching.On || matching.Labels.Count > 0))
            Fail(binary, "vector matching only allowed between instant vectors");
        if (!bothVectors && (matching.FillLeft ?? matching.FillRight) is not null)
            Fail(binary, "fill modifiers only allowed between instant vectors");
    }

    void CheckCall(Call call, FunctionDefinition function)
    {
        var (given, declared) = (call.Arguments.Count, function.Parameters.Count);
        if (given < function.Required || (given > declared && !function.Repeats) || (function.MaxArguments is { } most && given > most))
        {
            var range = function.Repeats ? $"at least {function.Required}"
                : function.Required == declared ? $"{declared}" : $"{function.Required} to {declared}";
            if (function.Repeats && function.MaxArguments is { } max)
                range = $"{function.Required} to {max}";
            Fail(call, $"expected {range} argument(s) in call to {Quoting.Quote(call.Function)}, got {given}");
        }

        for (var i = 0; i < given; i++)
            Expect(call.Arguments[i], function.Parameters[Math.Min(i, declared - 1)], $"call to function {Quoting.Quote(call.Function)}");
        if (call.Function == "info" && given == 2 && call.Arguments[1] is not VectorSelector { Name: null, Timing: { At: null, Offset: null } })
            Fail(call.Arguments[1], "expected label selectors only: {label=\"value\", …}");
        foreach (var argument in call.Arguments)
            CheckEdges(call, argument);
    }

    void CheckEdges(Call call, Expression argument)
    {
        if (argument.Unwrapped is not RangeSelector { Selector.Edges: not RangeEdges.Plain } range)
            return;
        var anchored = range.Selector.Edges == RangeEdges.Anchored;
        string[] allowed = anchored ? ["changes", "delta", "increase", "rate", "resets"] : ["delta", "increase", "rate"];
        if (!allowed.Contains(call.Function))
        {
            Fail(call, $"{(anchored ? "anchored" : "smoothed")} modifier can only be used with: {string.Join(", ", allowed)} "
                + $"- not with {call.Function}");
        }
    }

    void CheckSelector(VectorSelector selector, Expression whole)
    {
        foreach (var matcher in selector.AllMatchers)
        {
            var acceptsEmpty = matcher.Match switch
            {
                MatchType.Equal => matcher.Value.Length == 0,
                MatchType.NotEqual => matcher.Value.Length > 0,
                _ => new Matcher(matcher.Match, matcher.Name, matcher.Value).Matches(""),
            };
            if (!acceptsEmpty)
                return;
        }

        Fail(whole, "vector selector must contain at least one non-empty matcher");
    }

    void Expect(Expression expression, ExpressionType type, string where)
    {
        if (expression.Type != type)
            Fail(expression, $"expected type {Name(type)} in {where}, got {Name(expression)}");
    }

    static string Name(Expression expression) => Name(expression.Type);

    static string Name(ExpressionType type) => type switch
    {
        ExpressionType.Scalar => "scalar",
        ExpressionType.String => "string",
        ExpressionType.InstantVector => "instant vector",
        _ => "range vector",
    };

    // The operator stands after the left side and what separates them; a comment between them is pointed at instead.
    SourceSpan OperatorOf(Binary binary)
    {
        var start = binary.Left.Span.End;
        while (start < binary.Right.Span.Start && char.IsWhiteSpace(text[start]))
            start++;
        return new SourceSpan(start, Math.Min(start + binary.Operator.Text().Length, binary.Right.Span.Start));
    }

    [DoesNotReturn]
    void Fail(Expression at, string message) => Fail(at.Span, message);

    [DoesNotReturn]
    void Fail(SourceSpan at, string message) => throw new PromQLSyntaxException(ParseError.At(text, at, message, null));
}
