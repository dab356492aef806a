namespace Barograph.PromQL;

/// <summary>Where a parser is in the tokens of a text, how deep it is, and how it reports what it did not expect.</summary>
internal sealed class TokenCursor
{
    readonly string _text;
    readonly List<Token> _tokens;
    int _next;

    public TokenCursor(string text)
    {
        _text = text;
        if (text.Length > Parser.MaxLength)
        {
            throw Fail(new SourceSpan(Parser.MaxLength, text.Length),
                $"the expression has {text.Length:N0} characters; the limit is {Parser.MaxLength:N0}");
        }

        _tokens = Lexer.Read(text);
    }

    public Token Peek => _tokens[_next];

    public Token PeekAfter => _tokens[Math.Min(_next + 1, _tokens.Count - 1)];

    public SourceSpan LastSpan => _tokens[_next - 1].Span;

    /// <summary>How many parentheses, calls and signs are open.</summary>
    public int Nesting { get; private set; }

    public Token Take() => _tokens[_next == _tokens.Count - 1 ? _next : _next++];

    public bool TryTake(string symbol)
    {
        if (!Peek.Is(symbol))
            return false;
        _next++;
        return true;
    }

    public bool TryTakeWord(string keyword)
    {
        if (!Peek.IsWord(keyword))
            return false;
        _next++;
        return true;
    }

    public Token Expect(string symbol, string where)
    {
        if (!Peek.Is(symbol))
            throw Unexpected($"\"{symbol}\" {where}");
        return Take();
    }

    public void Descend()
    {
        if (++Nesting > Parser.MaxNesting)
            throw TooDeep();
    }

    public void Ascend() => Nesting--;

    public PromQLSyntaxException TooDeep() => Fail(Peek.Span,
        $"the expression is nested too deeply: at most {Parser.MaxNesting} levels of parentheses and {Parser.MaxDepth} operators in a row are allowed");

    public PromQLSyntaxException Unexpected(string expected, string? suggestion = null) =>
        Fail(Peek.Span, $"unexpected {Peek}, expected {expected}", suggestion);

    public PromQLSyntaxException Fail(SourceSpan span, string message, string? suggestion = null) =>
        new(ParseError.At(_text, span, message, suggestion));

    /// <summary>Line and column of a span's start.</summary>
    public string Place(SourceSpan span)
    {
        var (line, column) = ParseError.LineAndColumn(_text, span.Start);
        return $"{line}:{column}";
    }
}
