using Barograph.TimeSeries;

namespace Barograph.PromQL;

// Selectors, what follows them, and durations.
public sealed partial class Parser
{
    VectorSelector ParseSelector()
    {
        var start = Peek.Span;
        string? name = null;
        if (Peek.Kind == TokenKind.Identifier)
            name = Take().Text;
        var matchers = new List<LabelMatcher>();
        if (TryTake("{"))
        {
            while (!TryTake("}"))
            {
                ParseMatcher(matchers, ref name);
                if (!Peek.Is("}") && !TryTake(","))
                    throw Unexpected("\",\" or \"}\" in the selector");
            }
        }

        return new VectorSelector(name, [.. matchers], Timing.None) { Span = start.To(LastSpan) };
    }

    void ParseMatcher(List<LabelMatcher> matchers, ref string? name)
    {
        var label = Peek;
        if (label.Kind == TokenKind.String && (PeekAfter.Is(",") || PeekAfter.Is("}")))
        {
            if (name is not null)
                throw Fail(label.Span, $"metric name must not be set twice: {Quoting.Quote(name)} or {Quoting.Quote(label.Text)}");
            if (!Quoting.IsValidLabel(label.Text))
                throw Unexpected("a metric name");
            name = Take().Text;
            return;
        }

        var labelName = ParseLabelName();
        var match = Peek switch
        {
            _ when Peek.Is("=") => MatchType.Equal,
            _ when Peek.Is("!=") => MatchType.NotEqual,
            _ when Peek.Is("=~") => MatchType.Regex,
            _ when Peek.Is("!~") => MatchType.NotRegex,
            _ => throw Unexpected("one of \"=\", \"!=\", \"=~\", \"!~\""),
        };
        Take();
        if (Peek.Kind != TokenKind.String)
            throw Unexpected("a quoted value");
        var value = Take();
        if (name is not null && labelName == Labels.MetricName)
            throw Fail(label.Span, $"metric name must not be set twice: {Quoting.Quote(name)} or {Quoting.Quote(value.Text)}");
        if (match is MatchType.Regex or MatchType.NotRegex)
            CheckRegex(value);
        matchers.Add(new LabelMatcher(match, labelName, value.Text));
    }

    void CheckRegex(Token pattern)
    {
        try
        {
            Re2.Compile(pattern.Text);
        }
        catch (ArgumentException exception)
        {
            throw Fail(pattern.Span, exception.Message);
        }
    }

    Expression ParsePostfix()
    {
        var expression = ParsePrimary();
        var height = _height;
        while (true)
        {
            if (Peek.Is("["))
            {
                expression = ParseBrackets(expression);
                height = Grow(height);
            }
            else if (Peek.Is("@"))
            {
                expression = ParseAt(expression);
            }
            else if (Peek.IsWord("offset"))
            {
                expression = ParseOffset(expression);
            }
            else if (Peek.IsWord("anchored") || Peek.IsWord("smoothed"))
            {
                expression = ParseEdges(expression);
            }
            else
            {
                _height = height;
                return expression;
            }
        }
    }

    Expression ParseBrackets(Expression expression)
    {
        Take();
        var rangeStart = Peek.Span;
        var range = ParseDuration(0);
        if (TryTake(":"))
        {
            var step = Peek.Is("]") ? null : ParseDuration(0);
            Expect("]", "after the step of the subquery");
            return new Subquery(expression, range, step, Timing.None) { Span = expression.Span.To(LastSpan) };
        }

        Expect("]", "or \":\" after the range");
        if (expression is not VectorSelector selector)
            throw Fail(rangeStart.To(LastSpan), "ranges only allowed for vector selectors; write [range:step] for a subquery");
        if (selector.Timing != Timing.None)
            throw Fail(rangeStart.To(LastSpan), "no offset or @ modifiers allowed before range");
        return new RangeSelector(selector, range) { Span = expression.Span.To(LastSpan) };
    }

    Expression ParseAt(Expression expression)
    {
        var sign = Take();
        AtModifier at;
        if (Peek.IsWord("start") || Peek.IsWord("end"))
        {
            at = Take().IsWord("start") ? new AtModifier.QueryStart() : new AtModifier.QueryEnd();
            Expect("(", "after start or end");
            Expect(")", "after start( or end(");
        }
        else
        {
            var negative = Peek.Is("-");
            if (negative || Peek.Is("+"))
                Take();
            var isNumber = Peek.Kind is TokenKind.Number or TokenKind.Duration;
            if (!isNumber && !Peek.IsWord("inf") && !Peek.IsWord("nan"))
                throw Unexpected("a timestamp, start() or end() after \"@\"");
            var token = Take();
            if (!isNumber || token.Value * 1000 >= long.MaxValue)
                throw Fail(token.Span, "timestamp out of bounds for @ modifier");
            at = new AtModifier.Time(negative ? -token.Value : token.Value);
        }

        if (TimingOf(expression, sign.Span).At is not null)
            throw Fail(sign.Span, "@ <timestamp> may not be set multiple times");
        return WithTiming(expression, timing => timing with { At = at });
    }

    Expression ParseOffset(Expression expression)
    {
        var word = Take();
        var offset = ParseOffsetDuration();
        if (TimingOf(expression, word.Span).Offset is not null)
            throw Fail(word.Span, "offset may not be set multiple times");
        return WithTiming(expression, timing => timing with { Offset = offset });
    }

    Expression ParseEdges(Expression expression)
    {
        var word = Take();
        var edges = word.IsWord("anchored") ? RangeEdges.Anchored : RangeEdges.Smoothed;
        var selector = expression as VectorSelector ?? (expression as RangeSelector)?.Selector
            ?? throw Fail(word.Span, $"{word.Text} modifier must be preceded by a selector");
        if (selector.Edges != RangeEdges.Plain)
            throw Fail(word.Span, "anchored and smoothed may not be set multiple times");
        if (edges == RangeEdges.Anchored && expression is VectorSelector)
            throw Fail(word.Span, "anchored modifier must be preceded by a range selector");
        var span = expression.Span.To(LastSpan);
        return expression is RangeSelector range
            ? range with { Selector = selector with { Edges = edges }, Span = span }
            : selector with { Edges = edges, Span = span };
    }

    Timing TimingOf(Expression expression, SourceSpan modifier) => expression switch
    {
        VectorSelector selector => selector.Timing,
        RangeSelector range => range.Selector.Timing,
        Subquery subquery => subquery.Timing,
        _ => throw Fail(modifier, "offset and @ must be preceded by an instant vector selector, a range vector selector or a subquery"),
    };

    Expression WithTiming(Expression expression, Func<Timing, Timing> change)
    {
        var span = expression.Span.To(LastSpan);
        return expression switch
        {
            VectorSelector selector => selector with { Timing = change(selector.Timing), Span = span },
            RangeSelector range => range with
            {
                Selector = range.Selector with { Timing = change(range.Selector.Timing) }, Span = span,
            },
            Subquery subquery => subquery with { Timing = change(subquery.Timing), Span = span },
            _ => expression,
        };
    }

    // After "offset" a sign and one operand; more only in parentheses, because "m offset 5m * 2" multiplies m.
    DurationExpression ParseOffsetDuration()
    {
        var sign = Peek;
        if (!TryTake("-") && !TryTake("+"))
            return ParseDurationOperand();
        var operand = ParseDurationOperand();
        return new DurationExpression.Signed(sign.Is("-"), operand) { Span = sign.Span.To(operand.Span) };
    }

    DurationExpression ParseDuration(int minPrecedence)
    {
        var left = ParseSignedDuration();
        var chain = 0;
        while (TryPeekOperator(out var @operator) && @operator is >= BinaryOperator.Power and <= BinaryOperator.Subtract
            && @operator != BinaryOperator.Atan2 && @operator.Precedence() >= minPrecedence)
        {
            Take();
            if (++chain + _nesting > MaxDepth)
                throw TooDeep();
            var right = ParseDuration(@operator == BinaryOperator.Power ? @operator.Precedence() : @operator.Precedence() + 1);
            left = new DurationExpression.Calculated(@operator, left, right) { Span = left.Span.To(right.Span) };
        }

        return left;
    }

    DurationExpression ParseSignedDuration()
    {
        var sign = Peek;
        if (!TryTake("-") && !TryTake("+"))
            return ParseDurationOperand();
        Descend();
        var operand = ParseDuration(Operators.PowerPrecedence);
        _nesting--;
        return new DurationExpression.Signed(sign.Is("-"), operand) { Span = sign.Span.To(operand.Span) };
    }

    DurationExpression ParseDurationOperand()
    {
        var token = Peek;
        if (token.Kind is TokenKind.Number or TokenKind.Duration)
        {
            Take();
            return new DurationExpression.Literal(token.Value, token.Kind == TokenKind.Duration) { Span = token.Span };
        }

        Descend();
        try
        {
            if (TryTake("("))
            {
                var inner = ParseDuration(0);
                Expect(")", "in the duration");
                return new DurationExpression.Wrapped(inner) { Span = token.Span.To(LastSpan) };
            }

            if ((token.IsWord("step") || token.IsWord("range")) && PeekAfter.Is("("))
            {
                Take();
                Take();
                Expect(")", $"after {token.Text}(");
                var span = token.Span.To(LastSpan);
                return token.IsWord("step")
                    ? new DurationExpression.QueryStep { Span = span } : new DurationExpression.QueryRange { Span = span };
            }

            if ((token.IsWord("min_of") || token.IsWord("max_of")) && PeekAfter.Is("("))
                return ParseExtreme();
        }
        finally
        {
            _nesting--;
        }

        throw Unexpected("a duration such as 5m, a number of seconds, step(), range(), min_of or max_of");
    }

    DurationExpression.Extreme ParseExtreme()
    {
        var name = Take();
        Take();
        var first = ParseDuration(0);
        Expect(",", $"after the first argument of {name.Text}");
        var second = ParseDuration(0);
        Expect(")", $"after the second argument of {name.Text}");
        return new DurationExpression.Extreme(name.IsWord("max_of"), first, second) { Span = name.Span.To(LastSpan) };
    }

    (bool ReturnsBool, VectorMatching Matching) ParseMatching(BinaryOperator @operator)
    {
        var boolWord = Peek;
        var returnsBool = TryTakeWord("bool");
        if (returnsBool && !@operator.IsComparison())
            throw Fail(boolWord.Span, "bool modifier can only be used on comparison operators");
        var matching = VectorMatching.Default;
        if (@operator.IsSet())
            matching = matching with { Cardinality = MatchCardinality.ManyToMany };
        if (PeekAfter.Is("(") && (Peek.IsWord("on") || Peek.IsWord("ignoring")))
        {
            var word = Take();
            matching = matching with { On = word.IsWord("on"), Labels = ParseLabelNames($"after \"{word.Text}\"") };
            matching = ParseGroup(@operator, matching);
        }

        while (PeekAfter.Is("(") && (Peek.IsWord("fill") || Peek.IsWord("fill_left") || Peek.IsWord("fill_right")))
            matching = ParseFill(@operator, matching);
        return (returnsBool, matching);
    }

    VectorMatching ParseGroup(BinaryOperator @operator, VectorMatching matching)
    {
        if (!Peek.IsWord("group_left") && !Peek.IsWord("group_right"))
            return matching;
        var word = Take();
        if (@operator.IsSet())
            throw Fail(word.Span, $"no grouping allowed for {Quoting.Quote(@operator.Text())} operation");
        var include = Peek.Is("(") ? ParseLabelNames("") : Sequence<string>.Empty;
        foreach (var label in include)
        {
            if (matching.On && matching.Labels.Contains(label, StringComparer.Ordinal))
                throw Fail(word.Span, $"label {Quoting.Quote(label)} must not occur in ON and GROUP clause at once");
        }

        var cardinality = word.IsWord("group_left") ? MatchCardinality.ManyToOne : MatchCardinality.OneToMany;
        return matching with { Cardinality = cardinality, Include = include };
    }

    VectorMatching ParseFill(BinaryOperator @operator, VectorMatching matching)
    {
        var word = Take();
        if (@operator.IsSet())
            throw Fail(word.Span, $"fill modifiers can not be used with {Quoting.Quote(@operator.Text())}");
        Take();
        var negative = Peek.Is("-");
        if (negative || Peek.Is("+"))
            Take();
        var token = Peek;
        var value = token.Kind is TokenKind.Number or TokenKind.Duration ? token.Value
            : token.IsWord("inf") ? double.PositiveInfinity
            : token.IsWord("nan") ? double.NaN
            : throw Unexpected($"a number in {word.Text}(…)");
        Take();
        Expect(")", $"after the number of {word.Text}");
        if (negative)
            value = -value;
        if ((!word.IsWord("fill_right") && matching.FillLeft is not null) || (!word.IsWord("fill_left") && matching.FillRight is not null))
            throw Fail(word.Span, "fill modifiers may not be set multiple times for one side");
        return matching with
        {
            FillLeft = word.IsWord("fill_right") ? matching.FillLeft : value,
            FillRight = word.IsWord("fill_left") ? matching.FillRight : value,
        };
    }
}
