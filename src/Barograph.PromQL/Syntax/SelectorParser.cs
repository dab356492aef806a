using Barograph.Base;
using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>Parses selectors <c>name{label="value"}</c> and lists of label names.</summary>
internal sealed class SelectorParser(TokenCursor tokens)
{
    public VectorSelector ParseSelector()
    {
        var start = tokens.Peek.Span;
        string? name = null;
        if (tokens.Peek.Kind == TokenKind.Identifier)
            name = tokens.Take().Text;
        var matchers = new List<LabelMatcher>();
        if (tokens.TryTake("{"))
        {
            while (!tokens.TryTake("}"))
            {
                ParseMatcher(matchers, ref name);
                if (!tokens.Peek.Is("}") && !tokens.TryTake(","))
                    throw tokens.Unexpected("\",\" or \"}\" in the selector");
            }
        }

        return new VectorSelector(name, [.. matchers], Timing.None) { Span = start.To(tokens.LastSpan) };
    }

    void ParseMatcher(List<LabelMatcher> matchers, ref string? name)
    {
        var label = tokens.Peek;
        if (label.Kind == TokenKind.String && (tokens.PeekAfter.Is(",") || tokens.PeekAfter.Is("}")))
        {
            if (name is not null)
                throw tokens.Fail(label.Span, $"metric name must not be set twice: {Quoting.Quote(name)} or {Quoting.Quote(label.Text)}");
            if (!Quoting.IsValidLabel(label.Text))
                throw tokens.Unexpected("a metric name");
            name = tokens.Take().Text;
            return;
        }

        var labelName = ParseLabelName();
        var match = tokens.Peek switch
        {
            _ when tokens.Peek.Is("=") => MatchType.Equal,
            _ when tokens.Peek.Is("!=") => MatchType.NotEqual,
            _ when tokens.Peek.Is("=~") => MatchType.Regex,
            _ when tokens.Peek.Is("!~") => MatchType.NotRegex,
            _ => throw tokens.Unexpected("one of \"=\", \"!=\", \"=~\", \"!~\""),
        };
        tokens.Take();
        if (tokens.Peek.Kind != TokenKind.String)
            throw tokens.Unexpected("a quoted value");
        var value = tokens.Take();
        if (name is not null && labelName == Labels.MetricName)
            throw tokens.Fail(label.Span, $"metric name must not be set twice: {Quoting.Quote(name)} or {Quoting.Quote(value.Text)}");
        if (match is MatchType.Regex or MatchType.NotRegex)
            CheckRegex(value);
        matchers.Add(new LabelMatcher(match, labelName, value.Text));
    }

    void CheckRegex(Token pattern)
    {
        try
        {
            Re2.Check(pattern.Text);
        }
        catch (Re2SyntaxException exception)
        {
            throw tokens.Fail(pattern.Span, exception.Message);
        }
    }

    public Sequence<string> ParseLabelNames(string where)
    {
        tokens.Expect("(", where);
        var names = new List<string>();
        while (!tokens.TryTake(")"))
        {
            names.Add(ParseLabelName());
            if (!tokens.Peek.Is(")") && !tokens.TryTake(","))
                throw tokens.Unexpected("\",\" or \")\" in the list of labels");
        }

        return [.. names];
    }

    string ParseLabelName()
    {
        var token = tokens.Peek;
        var valid = token.Kind == TokenKind.String ? Quoting.IsValidLabel(token.Text)
            : token.Kind == TokenKind.Identifier && Quoting.IsPlainLabel(token.Text);
        if (!valid)
            throw tokens.Unexpected("a label name");
        return tokens.Take().Text;
    }
}
