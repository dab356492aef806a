using System.Diagnostics.CodeAnalysis;

namespace Barograph.PromQL;

/// <summary>
/// Parses PromQL: precedence climbing over tokens. Linear in the length of the text; nesting and chains are bounded by
/// <see cref="MaxDepth"/>, so that no text can exhaust the stack here or in anything that walks the tree.
/// </summary>
public sealed partial class Parser
{
    /// <summary>How deep an expression's tree may be; a chain of n operators has depth n.</summary>
    public const int MaxDepth = 1000;

    /// <summary>How long a text may be, in characters.</summary>
    public const int MaxLength = 1 << 20;

    static readonly string[] ReservedWords = ["on", "ignoring", "group_left", "group_right", "bool", "atan2"];

    readonly string _text;
    readonly List<Token> _tokens;
    int _next;
    int _nesting;
    int _height;

    Parser(string text)
    {
        _text = text;
        if (text.Length > MaxLength)
            throw Fail(new SourceSpan(MaxLength, text.Length), $"the expression has {text.Length:N0} characters; the limit is {MaxLength:N0}");
        _tokens = Lexer.Read(text);
    }

    /// <summary>Parses an expression.</summary>
    /// <exception cref="PromQLSyntaxException">The text is not PromQL.</exception>
    public static Expression Parse(string text)
    {
        var parser = new Parser(text);
        if (parser.Peek.Kind == TokenKind.End)
            throw parser.Fail(parser.Peek.Span, "no expression found: the text is empty");
        var expression = parser.ParseBinary(0);
        if (parser.Peek.Kind != TokenKind.End)
            throw parser.Unexpected("an operator or the end of the expression", NearestOperator(parser.Peek));
        new TypeChecker(text).Check(expression);
        return expression;
    }

    /// <summary>Parses an expression.</summary>
    /// <returns>False when the text is not PromQL; <paramref name="error"/> says why and where.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out Expression? expression, [NotNullWhen(false)] out ParseError? error)
    {
        try
        {
            expression = Parse(text);
            error = null;
            return true;
        }
        catch (PromQLSyntaxException exception)
        {
            expression = null;
            error = exception.Error;
            return false;
        }
    }

    /// <summary>Parses the matchers of a series: <c>up{job="x"}</c>, as <c>match[]</c> has them.</summary>
    /// <exception cref="PromQLSyntaxException">The text is not a plain selector.</exception>
    public static VectorSelector ParseSelector(string text)
    {
        var expression = Parse(text);
        return expression is VectorSelector { Timing: { At: null, Offset: null }, Edges: RangeEdges.Plain } selector
            ? selector
            : throw new PromQLSyntaxException(ParseError.At(text, expression.Span, "expected a selector such as up{job=\"x\"}", null));
    }

    Token Peek => _tokens[_next];

    Token PeekAfter => _tokens[Math.Min(_next + 1, _tokens.Count - 1)];

    Token Take() => _tokens[_next == _tokens.Count - 1 ? _next : _next++];

    SourceSpan LastSpan => _tokens[_next - 1].Span;

    bool TryTake(string symbol)
    {
        if (!Peek.Is(symbol))
            return false;
        _next++;
        return true;
    }

    bool TryTakeWord(string keyword)
    {
        if (!Peek.IsWord(keyword))
            return false;
        _next++;
        return true;
    }

    Token Expect(string symbol, string where)
    {
        if (!Peek.Is(symbol))
            throw Unexpected($"\"{symbol}\" {where}");
        return Take();
    }

    Expression ParseBinary(int minPrecedence)
    {
        var left = ParseUnary();
        var height = _height;
        while (TryPeekOperator(out var @operator) && @operator.Precedence() >= minPrecedence)
        {
            Take();
            var (returnsBool, matching) = ParseMatching(@operator);
            var right = ParseBinary(@operator == BinaryOperator.Power ? @operator.Precedence() : @operator.Precedence() + 1);
            height = Grow(Math.Max(height, _height));
            left = new Binary(@operator, left, right, returnsBool, matching) { Span = left.Span.To(right.Span) };
        }

        _height = height;
        return left;
    }

    bool TryPeekOperator(out BinaryOperator @operator)
    {
        @operator = default;
        return Peek.Kind is TokenKind.Symbol or TokenKind.Identifier && Operators.TryFind(Peek.Text, out @operator);
    }

    Expression ParseUnary()
    {
        if (!Peek.Is("-") && !Peek.Is("+"))
            return ParsePostfix();
        var sign = Take();
        Descend();
        var operand = ParseBinary(Operators.PowerPrecedence);
        _nesting--;
        _height = Grow(_height);
        return new Unary(sign.Is("-"), operand) { Span = sign.Span.To(operand.Span) };
    }

    Expression ParsePrimary()
    {
        var token = Peek;
        _height = 1;
        switch (token.Kind)
        {
            case TokenKind.Number or TokenKind.Duration:
                Take();
                return new NumberLiteral(token.Value, token.Kind == TokenKind.Duration) { Span = token.Span };
            case TokenKind.String:
                Take();
                return new StringLiteral(token.Text) { Span = token.Span };
            case TokenKind.Symbol when token.Is("("):
                return ParseParenthesized();
            case TokenKind.Symbol when token.Is("{"):
                return ParseSelector();
            case TokenKind.Identifier:
                return ParseWord();
            default:
                throw Unexpected("an expression");
        }
    }

    Parenthesized ParseParenthesized()
    {
        var open = Take();
        Descend();
        var inner = ParseBinary(0);
        _nesting--;
        if (!Peek.Is(")"))
            throw Unexpected($"\")\" to close the parenthesis of {Place(open.Span)}");
        Take();
        _height = Grow(_height);
        return new Parenthesized(inner) { Span = open.Span.To(LastSpan) };
    }

    Expression ParseWord()
    {
        var word = Peek;
        if (Operators.TryFindAggregation(word.Text, out var aggregation)
            && (PeekAfter.Is("(") || PeekAfter.IsWord("by") || PeekAfter.IsWord("without")))
        {
            return ParseAggregation(aggregation);
        }

        if (PeekAfter.Is("("))
            return ParseCall();
        if (word.IsWord("inf") || word.IsWord("nan"))
        {
            Take();
            return new NumberLiteral(word.IsWord("inf") ? double.PositiveInfinity : double.NaN) { Span = word.Span };
        }

        if (ReservedWords.Contains(word.Text, StringComparer.OrdinalIgnoreCase))
            throw Unexpected("an expression");
        return ParseSelector();
    }

    Call ParseCall()
    {
        var name = Take();
        if (FunctionTable.Find(name.Text) is null)
            throw Fail(name.Span, $"unknown function with name {Quoting.Quote(name.Text)}", Suggestions.Nearest(name.Text, FunctionNames));
        var arguments = ParseArguments();
        return new Call(name.Text, arguments) { Span = name.Span.To(LastSpan) };
    }

    static IEnumerable<string> FunctionNames => FunctionTable.Names.Concat(Operators.AggregationNames);

    Sequence<Expression> ParseArguments()
    {
        var open = Expect("(", "before the arguments");
        var arguments = new List<Expression>();
        var height = 0;
        Descend();
        while (!Peek.Is(")"))
        {
            arguments.Add(ParseBinary(0));
            height = Math.Max(height, _height);
            if (!Peek.Is(")") && !TryTake(","))
                throw Unexpected($"\",\" or \")\" in the arguments that began at {Place(open.Span)}");
        }

        _nesting--;
        Take();
        _height = Grow(height);
        return [.. arguments];
    }

    Aggregation ParseAggregation(AggregationOperator @operator)
    {
        var name = Take();
        var grouping = ParseGrouping();
        var arguments = ParseArguments();
        grouping ??= ParseGrouping();
        var span = name.Span.To(LastSpan);
        var expected = @operator.ParameterType() is null ? 1 : 2;
        if (arguments.Count != expected)
        {
            throw Fail(span, $"wrong number of arguments for aggregation {Quoting.Quote(name.Text)}: expected {expected}, got {arguments.Count}");
        }

        return new Aggregation(@operator, expected == 2 ? arguments[0] : null, arguments[^1], grouping) { Span = span };
    }

    Grouping? ParseGrouping()
    {
        if (!Peek.IsWord("by") && !Peek.IsWord("without"))
            return null;
        var word = Take();
        return new Grouping(word.IsWord("without"), ParseLabelNames($"after \"{word.Text}\""));
    }

    Sequence<string> ParseLabelNames(string where)
    {
        Expect("(", where);
        var names = new List<string>();
        while (!TryTake(")"))
        {
            names.Add(ParseLabelName());
            if (!Peek.Is(")") && !TryTake(","))
                throw Unexpected("\",\" or \")\" in the list of labels");
        }

        return [.. names];
    }

    string ParseLabelName()
    {
        var token = Peek;
        var valid = token.Kind == TokenKind.String ? Quoting.IsValidLabel(token.Text)
            : token.Kind == TokenKind.Identifier && Quoting.IsPlainLabel(token.Text);
        if (!valid)
            throw Unexpected("a label name");
        return Take().Text;
    }

    void Descend()
    {
        if (++_nesting > MaxDepth)
            throw TooDeep();
    }

    int Grow(int height) => height < MaxDepth ? height + 1 : throw TooDeep();

    PromQLSyntaxException TooDeep() => Fail(Peek.Span, $"the expression is nested too deeply: the limit is {MaxDepth}");

    PromQLSyntaxException Unexpected(string expected, string? suggestion = null) =>
        Fail(Peek.Span, $"unexpected {Peek}, expected {expected}", suggestion);

    PromQLSyntaxException Fail(SourceSpan span, string message, string? suggestion = null) =>
        new(ParseError.At(_text, span, message, suggestion));

    string Place(SourceSpan span)
    {
        var (line, column) = ParseError.LineAndColumn(_text, span.Start);
        return $"{line}:{column}";
    }

    static string? NearestOperator(Token token) => token.Kind == TokenKind.Identifier
        ? Suggestions.Nearest(token.Text, ["and", "or", "unless", "atan2", "offset", "by", "without"])
        : null;
}
