namespace Barograph.PromQL;

/// <summary>Parses durations and what is calculated with them.</summary>
internal sealed class DurationParser(TokenCursor tokens)
{
    // After "offset" a sign and one operand; more only in parentheses, because "m offset 5m * 2" multiplies m.
    public DurationExpression ParseOffset()
    {
        var sign = tokens.Peek;
        if (!tokens.TryTake("-") && !tokens.TryTake("+"))
            return ParseDurationOperand();
        var operand = ParseDurationOperand();
        return new DurationExpression.Signed(sign.Is("-"), operand) { Span = sign.Span.To(operand.Span) };
    }

    /// <summary>A range or a step; one that depends on the query's step or range is looked at when these are known.</summary>
    public DurationExpression ParsePositive()
    {
        var duration = Parse();
        return duration.Seconds(double.NaN, double.NaN) is <= 0
            ? throw tokens.Fail(duration.Span, "duration must be greater than 0")
            : duration;
    }

    DurationExpression Parse(int minPrecedence = 0)
    {
        var left = ParseSignedDuration();
        var chain = 0;
        while (Operators.TryPeek(tokens.Peek, out var @operator) && @operator is >= BinaryOperator.Power and <= BinaryOperator.Subtract
            && @operator != BinaryOperator.Atan2 && @operator.Precedence() >= minPrecedence)
        {
            tokens.Take();
            if (++chain > Parser.MaxNesting)
                throw tokens.TooDeep();
            tokens.Descend();
            var right = Parse(@operator == BinaryOperator.Power ? @operator.Precedence() : @operator.Precedence() + 1);
            tokens.Ascend();
            left = new DurationExpression.Calculated(@operator, left, right) { Span = left.Span.To(right.Span) };
        }

        return left;
    }

    DurationExpression ParseSignedDuration()
    {
        var sign = tokens.Peek;
        if (!tokens.TryTake("-") && !tokens.TryTake("+"))
            return ParseDurationOperand();
        tokens.Descend();
        var operand = Parse(Operators.PowerPrecedence);
        tokens.Ascend();
        return new DurationExpression.Signed(sign.Is("-"), operand) { Span = sign.Span.To(operand.Span) };
    }

    DurationExpression ParseDurationOperand()
    {
        var token = tokens.Peek;
        if (token.Kind is TokenKind.Number or TokenKind.Duration)
        {
            tokens.Take();
            return double.IsFinite(token.Value)
                ? new DurationExpression.Literal(token.Value, token.Kind == TokenKind.Duration) { Span = token.Span }
                : throw tokens.Fail(token.Span, "duration out of range");
        }

        tokens.Descend();
        try
        {
            if (tokens.TryTake("("))
            {
                var inner = Parse(0);
                tokens.Expect(")", "in the duration");
                return new DurationExpression.Wrapped(inner) { Span = token.Span.To(tokens.LastSpan) };
            }

            if ((token.IsWord("step") || token.IsWord("range")) && tokens.PeekAfter.Is("("))
            {
                tokens.Take();
                tokens.Take();
                tokens.Expect(")", $"after {token.Text}(");
                var span = token.Span.To(tokens.LastSpan);
                return token.IsWord("step")
                    ? new DurationExpression.QueryStep { Span = span } : new DurationExpression.QueryRange { Span = span };
            }

            if ((token.IsWord("min_of") || token.IsWord("max_of")) && tokens.PeekAfter.Is("("))
                return ParseExtreme();
        }
        finally
        {
            tokens.Ascend();
        }

        throw tokens.Unexpected("a duration such as 5m, a number of seconds, step(), range(), min_of or max_of");
    }

    DurationExpression.Extreme ParseExtreme()
    {
        var name = tokens.Take();
        tokens.Take();
        var first = Parse(0);
        tokens.Expect(",", $"after the first argument of {name.Text}");
        var second = Parse(0);
        tokens.Expect(")", $"after the second argument of {name.Text}");
        return new DurationExpression.Extreme(name.IsWord("max_of"), first, second) { Span = name.Span.To(tokens.LastSpan) };
    }
}
