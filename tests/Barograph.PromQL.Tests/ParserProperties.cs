using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Barograph.PromQL.Tests;

public sealed class ParserProperties
{
    static readonly Config Quiet = Config.QuickThrowOnFailure.WithMaxTest(2000);

    static Arbitrary<int> Seeds => Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary();

    [Fact]
    public void What_is_parsed_and_printed_parses_to_the_same() => Prop.ForAll(Seeds, static seed =>
    {
        var made = new ExpressionMaker(seed).Make();
        var printed = made.ToString();
        var parsed = Parser.Parse(printed);
        Assert.True(parsed.Equals(made), $"seed {seed}: {printed}\nwas read as {parsed}");
        Assert.Equal(printed, parsed.ToString());
        Assert.Equal(made.GetHashCode(), parsed.GetHashCode());
    }).Check(Quiet);

    [Fact]
    public void Any_text_gives_an_expression_or_our_own_error() => Prop.ForAll(Seeds, static seed =>
    {
        var text = new TextMaker(seed).Make();
        if (!Parser.TryParse(text, out var expression, out var error))
        {
            Assert.InRange(error.Position, 0, text.Length);
            Assert.True(error.Line >= 1 && error.Column >= 1, $"seed {seed}: {text}");
            return;
        }

        Assert.True(Parser.Parse(expression.ToString()).Equals(expression), $"seed {seed}: {text} became {expression}");
    }).Check(Quiet.WithMaxTest(5000));

    /// <summary>Texts that look like PromQL until they do not.</summary>
    sealed class TextMaker(int seed)
    {
        static readonly string[] Words =
        [
            "sum", "by", "without", "(", ")", "{", "}", "[", "]", ",", ":", "=", "!=", "=~", "!~", "==", "<", ">=", "</", ">/", "+", "-", "*", "/", "%",
            "^", "@", "offset", "start()", "end()", "up", "rate", "on", "ignoring", "group_left", "bool", "and", "or", "unless", "5m", "1h30m", "1.5",
            "0x1F", "Inf", "NaN", "\"x\"", "'y'", "`z`", "\"\\xff\"", "\"\\", "#", "\n", " ", "fill", "step()", "anchored", "smoothed", "histogram_quantile",
            "topk", "é", "\uD800", "😀", "_", "1_000", "..", "1e", "{{",
        ];

        readonly Random _random = new(seed);

        public string Make()
        {
            if (_random.Next(3) > 0)
                return string.Join(_random.Next(2) == 0 ? " " : "", Enumerable.Range(0, _random.Next(1, 30)).Select(_ => Words[_random.Next(Words.Length)]));
            var text = new StringBuilder(new ExpressionMaker(seed).Make().ToString());
            for (var edits = _random.Next(1, 4); edits > 0 && text.Length > 0; edits--)
            {
                var at = _random.Next(text.Length);
                _ = _random.Next(3) switch
                {
                    0 => text.Remove(at, 1),
                    1 => text.Insert(at, Words[_random.Next(Words.Length)]),
                    _ => text.Replace(text[at], (char)_random.Next(1, 128), at, 1),
                };
            }

            return text.ToString();
        }
    }
}

/// <summary>Makes valid expressions of any shape from a seed.</summary>
internal sealed class ExpressionMaker(int seed)
{
    static readonly string[] Names = ["up", "a:b", "http_requests_total", "on", "sum", "inf", "my.metric", "fill", "offset", "and", "Ω", "by", "bool", "x y"];
    static readonly string[] LabelNames = ["job", "le", "a.b", "__name__", "by", "ö"];
    static readonly string[] Values = ["", "x", "a\"b", "\n", "\\", "ä😀", "\uDCFF", ".+", "a|b"];

    readonly Random _random = new(seed);

    public Expression Make() => _random.Next(8) switch
    {
        0 => Scalar(3),
        1 => new StringLiteral(Pick(Values)),
        2 => Range(3),
        _ => Vector(4),
    };

    Expression Scalar(int depth) => (depth <= 0 ? 0 : _random.Next(6)) switch
    {
        1 => new Unary(Flip(), Wrapped(Scalar(depth - 1))),
        2 => new Binary(Arithmetic(), Wrapped(Scalar(depth - 1)), Wrapped(Scalar(depth - 1)), false, VectorMatching.Default),
        3 => new Binary(Comparison(), Wrapped(Scalar(depth - 1)), Wrapped(Scalar(depth - 1)), true, VectorMatching.Default),
        4 => new Call("scalar", [Vector(depth - 1)]),
        5 => new Parenthesized(Scalar(depth - 1)),
        _ => Number(),
    };

    Expression Vector(int depth) => (depth <= 0 ? 0 : _random.Next(10)) switch
    {
        1 => new Unary(Flip(), Wrapped(Vector(depth - 1))),
        2 or 3 => VectorBinary(depth),
        4 => new Binary(Arithmetic(), Wrapped(Vector(depth - 1)), Wrapped(Scalar(depth - 1)), false, VectorMatching.Default),
        5 => new Aggregation(AggregationOperator.Sum, null, Vector(depth - 1), Grouping()),
        6 => new Aggregation(AggregationOperator.TopK, Scalar(depth - 1), Vector(depth - 1), Grouping()),
        7 => new Call("rate", [Range(depth - 1, RangeEdges.Anchored)]),
        8 => new Call("label_join", [Vector(depth - 1), new StringLiteral("a"), new StringLiteral(Pick(Values)), new StringLiteral("b")]),
        9 => new Parenthesized(Vector(depth - 1)),
        _ => Selector(_random.Next(6) == 0 ? RangeEdges.Smoothed : RangeEdges.Plain),
    };

    Binary VectorBinary(int depth)
    {
        var (left, right) = (Wrapped(Vector(depth - 1)), Wrapped(Vector(depth - 1)));
        var matching = new VectorMatching(Flip(), Labels(), MatchCardinality.OneToOne, [], Fill(), Fill());
        if (_random.Next(4) == 0)
            return new Binary(Pick<BinaryOperator>([BinaryOperator.And, BinaryOperator.Or, BinaryOperator.Unless]), left, right, false,
                matching with { Cardinality = MatchCardinality.ManyToMany, FillLeft = null, FillRight = null });
        if ((matching.On || matching.Labels.Count > 0) && Flip())
            matching = matching with { Cardinality = Flip() ? MatchCardinality.ManyToOne : MatchCardinality.OneToMany, Include = Flip() ? [] : ["other"] };
        return Flip()
            ? new Binary(Arithmetic(), left, right, false, matching)
            : new Binary(Comparison(), left, right, Flip(), matching);
    }

    Expression Range(int depth, RangeEdges edges = RangeEdges.Plain) => depth > 0 && _random.Next(3) == 0
        ? new Subquery(Wrapped(Vector(depth - 1)), Window(2), Flip() ? null : Window(1), Timing())
        : Windowed(Selector(Flip() ? edges : RangeEdges.Plain));

    RangeSelector Windowed(VectorSelector selector) => new(selector, Window(2));

    VectorSelector Selector(RangeEdges edges)
    {
        var name = _random.Next(4) == 0 ? null : Pick(Names);
        var matchers = Enumerable.Range(0, _random.Next(3))
            .Select(_ => new LabelMatcher(Pick<MatchType>([MatchType.Equal, MatchType.NotEqual]), Pick(LabelNames), Pick(Values)))
            .Where(matcher => name is null || matcher.Name != "__name__");
        return new VectorSelector(name, name is null ? [.. matchers, new LabelMatcher(MatchType.Equal, "job", "x")] : [.. matchers], Timing(), edges);
    }

    Timing Timing() => new(
        _random.Next(6) switch
        {
            0 => new AtModifier.QueryStart(),
            1 => new AtModifier.QueryEnd(),
            2 => new AtModifier.Time(_random.Next(-1000, 1000) / 8.0),
            _ => null,
        },
        _random.Next(3) > 0 ? null : Flip() ? OffsetOperand() : new DurationExpression.Signed(Flip(), OffsetOperand()));

    DurationExpression OffsetOperand() => Flip() ? DurationLiteral() : new DurationExpression.Wrapped(Duration(2));

    // A range and a step are refused when they are not positive.
    DurationExpression Window(int depth)
    {
        var duration = Duration(depth);
        return duration.Seconds(double.NaN, double.NaN) is <= 0 ? Window(depth) : duration;
    }

    DurationExpression Duration(int depth) => (depth <= 0 ? 0 : _random.Next(8)) switch
    {
        1 => new DurationExpression.Signed(Flip(), WrappedDuration(depth - 1)),
        2 => new DurationExpression.Calculated(
            Pick<BinaryOperator>([BinaryOperator.Add, BinaryOperator.Subtract, BinaryOperator.Multiply, BinaryOperator.Divide, BinaryOperator.Modulo, BinaryOperator.Power]),
            WrappedDuration(depth - 1), WrappedDuration(depth - 1)),
        3 => new DurationExpression.QueryStep(),
        4 => new DurationExpression.QueryRange(),
        5 => new DurationExpression.Extreme(Flip(), Duration(depth - 1), Duration(depth - 1)),
        6 => new DurationExpression.Wrapped(Duration(depth - 1)),
        _ => DurationLiteral(),
    };

    DurationExpression WrappedDuration(int depth)
    {
        var duration = Duration(depth);
        return duration is DurationExpression.Signed or DurationExpression.Calculated ? new DurationExpression.Wrapped(duration) : duration;
    }

    DurationExpression.Literal DurationLiteral() => Flip()
        ? new DurationExpression.Literal(_random.NextInt64(1, 1L << (1 + _random.Next(50))) / 1000.0, IsDuration: true)
        : new DurationExpression.Literal(_random.Next(100_000) / 16.0, IsDuration: false);

    NumberLiteral Number() => _random.Next(6) switch
    {
        0 => new NumberLiteral(double.PositiveInfinity),
        1 => new NumberLiteral(double.NaN),
        2 => new NumberLiteral(_random.NextInt64(1, 1L << (1 + _random.Next(50))) / 1000.0, IsDuration: true),
        3 => new NumberLiteral(Math.Abs(BitConverter.Int64BitsToDouble(_random.NextInt64(0, 0x7ff0000000000000)))),
        _ => new NumberLiteral(_random.Next(1000) / 8.0),
    };

    Grouping? Grouping() => _random.Next(3) switch { 0 => null, 1 => new Grouping(true, Labels()), _ => new Grouping(false, Labels()) };

    Sequence<string> Labels() => [.. Enumerable.Range(0, _random.Next(3)).Select(_ => Pick(LabelNames))];

    double? Fill() => _random.Next(5) switch { 0 => _random.Next(-8, 8) / 4.0, 1 => double.NaN, 2 => double.NegativeInfinity, _ => null };

    BinaryOperator Arithmetic() => (BinaryOperator)_random.Next((int)BinaryOperator.Subtract + 1);

    BinaryOperator Comparison() => (BinaryOperator)_random.Next((int)BinaryOperator.Equal, (int)BinaryOperator.GreaterOrEqual + 1);

    static Expression Wrapped(Expression expression) => expression is Binary or Unary ? new Parenthesized(expression) : expression;

    bool Flip() => _random.Next(2) == 0;

    T Pick<T>(T[] items) => items[_random.Next(items.Length)];
}
