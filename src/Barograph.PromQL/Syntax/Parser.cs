using System.Diagnostics.CodeAnalysis;

namespace Barograph.PromQL;

/// <summary>
/// Parses PromQL: precedence climbing over tokens. Linear in the length of the text; nesting and chains are bounded by
/// <see cref="MaxDepth"/> and <see cref="MaxNesting"/>, so that no text can exhaust the stack here or in anything that walks the tree.
/// </summary>
public sealed class Parser
{
    /// <summary>How deep an expression's tree may be; a chain of n operators has depth n.</summary>
    public const int MaxDepth = 500;

    /// <summary>How many parentheses, calls and signs may be open at a place.</summary>
    public const int MaxNesting = 200;

    /// <summary>How long a text may be, in characters.</summary>
    public const int MaxLength = 1 << 20;

    static readonly string[] ReservedWords = ["on", "ignoring", "group_left", "group_right", "bool", "atan2"];

    readonly TokenCursor _tokens;
    readonly SelectorParser _selectors;
    readonly ModifierParser _modifiers;
    readonly MatchingParser _matching;

    // Of the expression that was parsed last.
    int _height;

    Parser(string text)
    {
        _tokens = new TokenCursor(text);
        _selectors = new SelectorParser(_tokens);
        _modifiers = new ModifierParser(_tokens);
        _matching = new MatchingParser(_tokens, _selectors);
    }

    /// <summary>Parses an expression.</summary>
    /// <exception cref="PromQLSyntaxException">The text is not PromQL.</exception>
    public static Expression Parse(string text)
    {
        var parser = new Parser(text);
        if (parser._tokens.Peek.Kind == TokenKind.End)
            throw parser._tokens.Fail(parser._tokens.Peek.Span, "no expression found: the text is empty");
        var expression = parser.ParseBinary(0);
        if (parser._tokens.Peek.Kind != TokenKind.End)
            throw parser._tokens.Unexpected("an operator or the end of the expression", NearestOperator(parser._tokens.Peek));
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

    Expression ParseBinary(int minPrecedence)
    {
        var left = ParseUnary();
        var height = _height;
        while (Operators.TryPeek(_tokens.Peek, out var @operator) && @operator.Precedence() >= minPrecedence)
        {
            _tokens.Take();
            var (returnsBool, matching) = _matching.Parse(@operator);
            _tokens.Descend(); // "^" binds to the right, so that a chain of it is nested
            var right = ParseBinary(@operator == BinaryOperator.Power ? @operator.Precedence() : @operator.Precedence() + 1);
            _tokens.Ascend();
            height = Grow(Math.Max(height, _height));
            left = new Binary(@operator, left, right, returnsBool, matching) { Span = left.Span.To(right.Span) };
        }

        _height = height;
        return left;
    }

    Expression ParseUnary()
    {
        if (!_tokens.Peek.Is("-") && !_tokens.Peek.Is("+"))
            return ParsePostfix();
        var sign = _tokens.Take();
        _tokens.Descend();
        var operand = ParseBinary(Operators.PowerPrecedence);
        _tokens.Ascend();
        _height = Grow(_height);
        return new Unary(sign.Is("-"), operand) { Span = sign.Span.To(operand.Span) };
    }

    Expression ParsePrimary()
    {
        var token = _tokens.Peek;
        _height = 1;
        switch (token.Kind)
        {
            case TokenKind.Number or TokenKind.Duration:
                _tokens.Take();
                return new NumberLiteral(token.Value, token.Kind == TokenKind.Duration) { Span = token.Span };
            case TokenKind.String:
                _tokens.Take();
                return new StringLiteral(token.Text) { Span = token.Span };
            case TokenKind.Symbol when token.Is("("):
                return ParseParenthesized();
            case TokenKind.Symbol when token.Is("{"):
                return _selectors.ParseSelector();
            case TokenKind.Identifier:
                return ParseWord();
            default:
                throw _tokens.Unexpected("an expression");
        }
    }

    Parenthesized ParseParenthesized()
    {
        var open = _tokens.Take();
        _tokens.Descend();
        var inner = ParseBinary(0);
        _tokens.Ascend();
        if (!_tokens.Peek.Is(")"))
            throw _tokens.Unexpected($"\")\" to close the parenthesis of {_tokens.Place(open.Span)}");
        _tokens.Take();
        _height = Grow(_height);
        return new Parenthesized(inner) { Span = open.Span.To(_tokens.LastSpan) };
    }

    Expression ParseWord()
    {
        var word = _tokens.Peek;
        if (Operators.TryFindAggregation(word.Text, out var aggregation)
            && (_tokens.PeekAfter.Is("(") || _tokens.PeekAfter.IsWord("by") || _tokens.PeekAfter.IsWord("without")))
        {
            return ParseAggregation(aggregation);
        }

        if (_tokens.PeekAfter.Is("("))
            return ParseCall();
        if (word.IsWord("inf") || word.IsWord("nan"))
        {
            _tokens.Take();
            return new NumberLiteral(word.IsWord("inf") ? double.PositiveInfinity : double.NaN) { Span = word.Span };
        }

        if (ReservedWords.Contains(word.Text, StringComparer.OrdinalIgnoreCase))
            throw _tokens.Unexpected("an expression");
        return _selectors.ParseSelector();
    }

    Call ParseCall()
    {
        var name = _tokens.Take();
        if (FunctionTable.Find(name.Text) is null)
            throw _tokens.Fail(name.Span, $"unknown function with name {Quoting.Quote(name.Text)}", Suggestions.Nearest(name.Text, FunctionNames));
        var arguments = ParseArguments();
        return new Call(name.Text, arguments) { Span = name.Span.To(_tokens.LastSpan) };
    }

    static IEnumerable<string> FunctionNames => FunctionTable.Names.Concat(Operators.AggregationNames);

    Sequence<Expression> ParseArguments()
    {
        var open = _tokens.Expect("(", "before the arguments");
        var arguments = new List<Expression>();
        var height = 0;
        _tokens.Descend();
        while (!_tokens.Peek.Is(")"))
        {
            arguments.Add(ParseBinary(0));
            height = Math.Max(height, _height);
            if (!_tokens.Peek.Is(")") && !_tokens.TryTake(","))
                throw _tokens.Unexpected($"\",\" or \")\" in the arguments that began at {_tokens.Place(open.Span)}");
        }

        _tokens.Ascend();
        _tokens.Take();
        _height = Grow(height);
        return [.. arguments];
    }

    Aggregation ParseAggregation(AggregationOperator @operator)
    {
        var name = _tokens.Take();
        var grouping = ParseGrouping();
        var arguments = ParseArguments();
        grouping ??= ParseGrouping();
        var span = name.Span.To(_tokens.LastSpan);
        var expected = @operator.ParameterType() is null ? 1 : 2;
        if (arguments.Count != expected)
        {
            throw _tokens.Fail(span, $"wrong number of arguments for aggregation {Quoting.Quote(name.Text)}: expected {expected}, got {arguments.Count}");
        }

        return new Aggregation(@operator, expected == 2 ? arguments[0] : null, arguments[^1], grouping) { Span = span };
    }

    Grouping? ParseGrouping()
    {
        if (!_tokens.Peek.IsWord("by") && !_tokens.Peek.IsWord("without"))
            return null;
        var word = _tokens.Take();
        return new Grouping(word.IsWord("without"), _selectors.ParseLabelNames($"after \"{word.Text}\""));
    }

    Expression ParsePostfix()
    {
        var expression = ParsePrimary();
        var height = _height;
        while (true)
        {
            if (_tokens.Peek.Is("["))
            {
                expression = _modifiers.ParseBrackets(expression);
                height = Grow(height);
            }
            else if (_tokens.Peek.Is("@"))
            {
                expression = _modifiers.ParseAt(expression);
            }
            else if (_tokens.Peek.IsWord("offset"))
            {
                expression = _modifiers.ParseOffset(expression);
            }
            else if (_tokens.Peek.IsWord("anchored") || _tokens.Peek.IsWord("smoothed"))
            {
                expression = _modifiers.ParseEdges(expression);
            }
            else
            {
                _height = height;
                return expression;
            }
        }
    }

    int Grow(int height) => height < MaxDepth ? height + 1 : throw _tokens.TooDeep();

    static string? NearestOperator(Token token) => token.Kind == TokenKind.Identifier
        ? Suggestions.Nearest(token.Text, ["and", "or", "unless", "atan2", "offset", "by", "without"])
        : null;
}
