namespace Barograph.PromQL;

/// <summary>The operators between two expressions.</summary>
public enum BinaryOperator
{
    Power,
    Multiply,
    Divide,
    Modulo,
    Atan2,
    Add,
    Subtract,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    TrimUpper,
    TrimLower,
    And,
    Unless,
    Or,
}

/// <summary>The aggregations.</summary>
public enum AggregationOperator
{
    Sum,
    Avg,
    Min,
    Max,
    Count,
    Group,
    StdDev,
    StdVar,
    TopK,
    BottomK,
    Quantile,
    CountValues,
    LimitK,
    LimitRatio,
}

/// <summary>Which side of a vector operation may have several series per group.</summary>
public enum MatchCardinality
{
    OneToOne,
    ManyToOne,
    OneToMany,
    ManyToMany,
}

/// <summary>How the series of the two sides of a binary operation find each other.</summary>
/// <param name="On">True: by the labels only; false: by all labels but these.</param>
/// <param name="Labels">The labels of <c>on</c> or <c>ignoring</c>.</param>
/// <param name="Cardinality">From <c>group_left</c>, <c>group_right</c>, or a set operator.</param>
/// <param name="Include">Labels copied from the "one" side.</param>
/// <param name="FillLeft">A value for missing series on the left (experimental), or null.</param>
/// <param name="FillRight">A value for missing series on the right (experimental), or null.</param>
public sealed record VectorMatching(
    bool On, Sequence<string> Labels, MatchCardinality Cardinality, Sequence<string> Include, double? FillLeft, double? FillRight)
{
    /// <summary>One to one, by all labels.</summary>
    public static readonly VectorMatching Default = new(On: false, [], MatchCardinality.OneToOne, [], null, null);
}

/// <summary>Two expressions with an operator between them. <paramref name="Matching"/> matters between two vectors only.</summary>
public sealed record Binary(BinaryOperator Operator, Expression Left, Expression Right, bool ReturnsBool, VectorMatching Matching) : Expression
{
    public override ExpressionType Type =>
        Left.Type == ExpressionType.Scalar && Right.Type == ExpressionType.Scalar ? ExpressionType.Scalar : ExpressionType.InstantVector;

    public override IEnumerable<Expression> Children => [Left, Right];
}

/// <summary>How operators are written and how tightly they bind.</summary>
public static class Operators
{
    internal const int PowerPrecedence = 6;

    static readonly (BinaryOperator Operator, string Text, int Precedence)[] Rows =
    [
        (BinaryOperator.Power, "^", PowerPrecedence),
        (BinaryOperator.Multiply, "*", 5),
        (BinaryOperator.Divide, "/", 5),
        (BinaryOperator.Modulo, "%", 5),
        (BinaryOperator.Atan2, "atan2", 5),
        (BinaryOperator.Add, "+", 4),
        (BinaryOperator.Subtract, "-", 4),
        (BinaryOperator.Equal, "==", 3),
        (BinaryOperator.NotEqual, "!=", 3),
        (BinaryOperator.Less, "<", 3),
        (BinaryOperator.LessOrEqual, "<=", 3),
        (BinaryOperator.Greater, ">", 3),
        (BinaryOperator.GreaterOrEqual, ">=", 3),
        (BinaryOperator.TrimUpper, "</", 3),
        (BinaryOperator.TrimLower, ">/", 3),
        (BinaryOperator.And, "and", 2),
        (BinaryOperator.Unless, "unless", 2),
        (BinaryOperator.Or, "or", 1),
    ];

    static readonly Dictionary<string, BinaryOperator> ByText =
        Rows.ToDictionary(static row => row.Text, static row => row.Operator, StringComparer.OrdinalIgnoreCase);

    static readonly (AggregationOperator Operator, string Name, ExpressionType? Parameter, bool Experimental)[] Aggregations =
    [
        (AggregationOperator.Sum, "sum", null, false),
        (AggregationOperator.Avg, "avg", null, false),
        (AggregationOperator.Min, "min", null, false),
        (AggregationOperator.Max, "max", null, false),
        (AggregationOperator.Count, "count", null, false),
        (AggregationOperator.Group, "group", null, false),
        (AggregationOperator.StdDev, "stddev", null, false),
        (AggregationOperator.StdVar, "stdvar", null, false),
        (AggregationOperator.TopK, "topk", ExpressionType.Scalar, false),
        (AggregationOperator.BottomK, "bottomk", ExpressionType.Scalar, false),
        (AggregationOperator.Quantile, "quantile", ExpressionType.Scalar, false),
        (AggregationOperator.CountValues, "count_values", ExpressionType.String, false),
        (AggregationOperator.LimitK, "limitk", ExpressionType.Scalar, true),
        (AggregationOperator.LimitRatio, "limit_ratio", ExpressionType.Scalar, true),
    ];

    static readonly Dictionary<string, AggregationOperator> AggregationByName =
        Aggregations.ToDictionary(static row => row.Name, static row => row.Operator, StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of all aggregations.</summary>
    public static IEnumerable<string> AggregationNames => Aggregations.Select(static row => row.Name);

    /// <summary>As it is written: <c>+</c>, <c>and</c>.</summary>
    public static string Text(this BinaryOperator @operator) => Rows[(int)@operator].Text;

    internal static int Precedence(this BinaryOperator @operator) => Rows[(int)@operator].Precedence;

    /// <summary>Whether it compares: <c>==</c>, <c>&lt;</c> and the like.</summary>
    public static bool IsComparison(this BinaryOperator @operator) =>
        @operator is >= BinaryOperator.Equal and <= BinaryOperator.GreaterOrEqual;

    /// <summary>Whether it is <c>and</c>, <c>or</c> or <c>unless</c>.</summary>
    public static bool IsSet(this BinaryOperator @operator) => @operator is BinaryOperator.And or BinaryOperator.Unless or BinaryOperator.Or;

    internal static bool TryFind(string text, out BinaryOperator @operator) => ByText.TryGetValue(text, out @operator);

    /// <summary>Whether a token is an operator.</summary>
    internal static bool TryPeek(Token token, out BinaryOperator @operator)
    {
        @operator = default;
        return token.Kind is TokenKind.Symbol or TokenKind.Identifier && TryFind(token.Text, out @operator);
    }

    internal static bool TryFindAggregation(string name, out AggregationOperator @operator) =>
        AggregationByName.TryGetValue(name, out @operator);

    /// <summary>As it is written: <c>sum</c>.</summary>
    public static string Name(this AggregationOperator @operator) => Aggregations[(int)@operator].Name;

    /// <summary>The type of the first of two arguments, or null for aggregations with one.</summary>
    public static ExpressionType? ParameterType(this AggregationOperator @operator) => Aggregations[(int)@operator].Parameter;

    /// <summary>Whether it needs <see cref="QueryOptions.Experimental"/>.</summary>
    public static bool IsExperimental(this AggregationOperator @operator) => Aggregations[(int)@operator].Experimental;
}
