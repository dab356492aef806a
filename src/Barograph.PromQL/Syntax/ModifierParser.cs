namespace Barograph.PromQL;

/// <summary>Parses what stands behind a selector or subquery: a range, <c>offset</c>, <c>@</c>, <c>anchored</c>, <c>smoothed</c>.</summary>
internal sealed class ModifierParser(TokenCursor tokens)
{
    readonly DurationParser _durations = new(tokens);

    public Expression ParseBrackets(Expression expression)
    {
        tokens.Take();
        var rangeStart = tokens.Peek.Span;
        var range = _durations.ParsePositive();
        if (tokens.TryTake(":"))
        {
            var step = tokens.Peek.Is("]") ? null : _durations.ParsePositive();
            tokens.Expect("]", "after the step of the subquery");
            return new Subquery(expression, range, step, Timing.None) { Span = expression.Span.To(tokens.LastSpan) };
        }

        tokens.Expect("]", "or \":\" after the range");
        if (expression is not VectorSelector selector)
            throw tokens.Fail(rangeStart.To(tokens.LastSpan), "ranges only allowed for vector selectors; write [range:step] for a subquery");
        if (selector.Timing != Timing.None)
            throw tokens.Fail(rangeStart.To(tokens.LastSpan), "no offset or @ modifiers allowed before range");
        return new RangeSelector(selector, range) { Span = expression.Span.To(tokens.LastSpan) };
    }

    public Expression ParseAt(Expression expression)
    {
        var sign = tokens.Take();
        AtModifier at;
        if (tokens.Peek.IsWord("start") || tokens.Peek.IsWord("end"))
        {
            at = tokens.Take().IsWord("start") ? new AtModifier.QueryStart() : new AtModifier.QueryEnd();
            tokens.Expect("(", "after start or end");
            tokens.Expect(")", "after start( or end(");
        }
        else
        {
            var negative = tokens.Peek.Is("-");
            if (negative || tokens.Peek.Is("+"))
                tokens.Take();
            var isNumber = tokens.Peek.Kind is TokenKind.Number or TokenKind.Duration;
            if (!isNumber && !tokens.Peek.IsWord("inf") && !tokens.Peek.IsWord("nan"))
                throw tokens.Unexpected("a timestamp, start() or end() after \"@\"");
            var token = tokens.Take();
            if (!isNumber || token.Value * 1000 >= long.MaxValue)
                throw tokens.Fail(token.Span, "timestamp out of bounds for @ modifier");
            at = new AtModifier.Time(ToMilliseconds(negative ? -token.Value : token.Value));
        }

        if (TimingOf(expression, sign.Span).At is not null)
            throw tokens.Fail(sign.Span, "@ <timestamp> may not be set multiple times");
        return WithTiming(expression, timing => timing with { At = at });
    }

    // Samples have milliseconds; what is beyond 30,000 years has no digits left for them.
    static double ToMilliseconds(double seconds) => Math.Abs(seconds) < 1e12 ? Math.Round(seconds * 1000) / 1000 : Math.Round(seconds);

    public Expression ParseOffset(Expression expression)
    {
        var word = tokens.Take();
        var offset = _durations.ParseOffset();
        if (TimingOf(expression, word.Span).Offset is not null)
            throw tokens.Fail(word.Span, "offset may not be set multiple times");
        return WithTiming(expression, timing => timing with { Offset = offset });
    }

    public Expression ParseEdges(Expression expression)
    {
        var word = tokens.Take();
        var edges = word.IsWord("anchored") ? RangeEdges.Anchored : RangeEdges.Smoothed;
        var selector = expression as VectorSelector ?? (expression as RangeSelector)?.Selector
            ?? throw tokens.Fail(word.Span, $"{word.Text} modifier must be preceded by a selector");
        if (selector.Edges != RangeEdges.Plain)
            throw tokens.Fail(word.Span, "anchored and smoothed may not be set multiple times");
        if (edges == RangeEdges.Anchored && expression is VectorSelector)
            throw tokens.Fail(word.Span, "anchored modifier must be preceded by a range selector");
        var span = expression.Span.To(tokens.LastSpan);
        return expression is RangeSelector range
            ? range with { Selector = selector with { Edges = edges }, Span = span }
            : selector with { Edges = edges, Span = span };
    }

    Timing TimingOf(Expression expression, SourceSpan modifier) => expression switch
    {
        VectorSelector selector => selector.Timing,
        RangeSelector range => range.Selector.Timing,
        Subquery subquery => subquery.Timing,
        _ => throw tokens.Fail(modifier, "offset and @ must be preceded by an instant vector selector, a range vector selector or a subquery"),
    };

    Expression WithTiming(Expression expression, Func<Timing, Timing> change)
    {
        var span = expression.Span.To(tokens.LastSpan);
        return expression switch
        {
            VectorSelector selector => selector with { Timing = change(selector.Timing), Span = span },
            RangeSelector range => range with
            {
                Selector = range.Selector with { Timing = change(range.Selector.Timing) },
                Span = span,
            },
            Subquery subquery => subquery with { Timing = change(subquery.Timing), Span = span },
            _ => expression,
        };
    }
}
