namespace Barograph.PromQL;

/// <summary>Parses what stands between a binary operator and its right side: <c>bool</c>, <c>on</c>, <c>group_left</c>, <c>fill</c> and the like.</summary>
internal sealed class MatchingParser(TokenCursor tokens, SelectorParser selectors)
{
    public (bool ReturnsBool, VectorMatching Matching) Parse(BinaryOperator @operator)
    {
        var boolWord = tokens.Peek;
        var returnsBool = tokens.TryTakeWord("bool");
        if (returnsBool && !@operator.IsComparison())
            throw tokens.Fail(boolWord.Span, "bool modifier can only be used on comparison operators");
        var matching = VectorMatching.Default;
        if (@operator.IsSet())
            matching = matching with { Cardinality = MatchCardinality.ManyToMany };
        if (tokens.PeekAfter.Is("(") && (tokens.Peek.IsWord("on") || tokens.Peek.IsWord("ignoring")))
        {
            var word = tokens.Take();
            matching = matching with { On = word.IsWord("on"), Labels = selectors.ParseLabelNames($"after \"{word.Text}\"") };
            matching = ParseGroup(@operator, matching);
        }

        while (tokens.PeekAfter.Is("(") && (tokens.Peek.IsWord("fill") || tokens.Peek.IsWord("fill_left") || tokens.Peek.IsWord("fill_right")))
            matching = ParseFill(@operator, matching);
        return (returnsBool, matching);
    }

    VectorMatching ParseGroup(BinaryOperator @operator, VectorMatching matching)
    {
        if (!tokens.Peek.IsWord("group_left") && !tokens.Peek.IsWord("group_right"))
            return matching;
        var word = tokens.Take();
        if (@operator.IsSet())
            throw tokens.Fail(word.Span, $"no grouping allowed for {Quoting.Quote(@operator.Text())} operation");
        var include = tokens.Peek.Is("(") ? selectors.ParseLabelNames("") : Sequence<string>.Empty;
        foreach (var label in include)
        {
            if (matching.On && matching.Labels.Contains(label, StringComparer.Ordinal))
                throw tokens.Fail(word.Span, $"label {Quoting.Quote(label)} must not occur in ON and GROUP clause at once");
        }

        var cardinality = word.IsWord("group_left") ? MatchCardinality.ManyToOne : MatchCardinality.OneToMany;
        return matching with { Cardinality = cardinality, Include = include };
    }

    VectorMatching ParseFill(BinaryOperator @operator, VectorMatching matching)
    {
        var word = tokens.Take();
        if (@operator.IsSet())
            throw tokens.Fail(word.Span, $"fill modifiers can not be used with {Quoting.Quote(@operator.Text())}");
        tokens.Take();
        var negative = tokens.Peek.Is("-");
        if (negative || tokens.Peek.Is("+"))
            tokens.Take();
        var token = tokens.Peek;
        var value = token.Kind is TokenKind.Number or TokenKind.Duration ? token.Value
            : token.IsWord("inf") ? double.PositiveInfinity
            : token.IsWord("nan") ? double.NaN
            : throw tokens.Unexpected($"a number in {word.Text}(…)");
        tokens.Take();
        tokens.Expect(")", $"after the number of {word.Text}");
        if (negative)
            value = -value;
        if ((!word.IsWord("fill_right") && matching.FillLeft is not null) || (!word.IsWord("fill_left") && matching.FillRight is not null))
            throw tokens.Fail(word.Span, "fill modifiers may not be set multiple times for one side");
        return matching with
        {
            FillLeft = word.IsWord("fill_right") ? matching.FillLeft : value,
            FillRight = word.IsWord("fill_left") ? matching.FillRight : value,
        };
    }
}
