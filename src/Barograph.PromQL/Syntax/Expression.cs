using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>What an expression gives.</summary>
public enum ExpressionType
{
    Scalar,
    String,
    InstantVector,
    RangeVector,
}

/// <summary>A parsed PromQL expression. Compares by content; where it stood in the text does not count.</summary>
public abstract record Expression
{
    /// <summary>Where it stands in the text that it was parsed from.</summary>
    public SourceSpan Span { get; init; }

    /// <summary>What it gives.</summary>
    public abstract ExpressionType Type { get; }

    /// <summary>The expressions directly inside, in the order of the text.</summary>
    public abstract IEnumerable<Expression> Children { get; }

    /// <summary>The expression as PromQL; parsing that gives an equal expression.</summary>
    public sealed override string ToString() => Printer.Print(this);

    /// <summary>The same on several lines where one would be too long to read; parsing that gives an equal expression, too.</summary>
    public string ToLines() => LinePrinter.Print(this);

    /// <summary>The expression without parentheses around it.</summary>
    internal Expression Unwrapped
    {
        get
        {
            var inner = this;
            while (inner is Parenthesized wrapped)
                inner = wrapped.Inner;
            return inner;
        }
    }
}

/// <summary>A number. <paramref name="IsDuration"/>: it was written as a duration (<c>1h30m</c>), the value is in seconds.</summary>
public sealed record NumberLiteral(double Value, bool IsDuration = false) : Expression
{
    public override ExpressionType Type => ExpressionType.Scalar;

    public override IEnumerable<Expression> Children => [];
}

/// <summary>A string. Bytes that are no UTF-8 are kept as lone surrogates U+DC80 … U+DCFF.</summary>
public sealed record StringLiteral(string Value) : Expression
{
    public override ExpressionType Type => ExpressionType.String;

    public override IEnumerable<Expression> Children => [];
}

/// <summary>An expression in parentheses.</summary>
public sealed record Parenthesized(Expression Inner) : Expression
{
    public override ExpressionType Type => Inner.Type;

    public override IEnumerable<Expression> Children => [Inner];
}

/// <summary>A sign before an expression.</summary>
public sealed record Unary(bool Negates, Expression Operand) : Expression
{
    public override ExpressionType Type => Operand.Type;

    public override IEnumerable<Expression> Children => [Operand];
}

/// <summary>A call of a function.</summary>
public sealed record Call(string Function, Sequence<Expression> Arguments) : Expression
{
    public override ExpressionType Type => FunctionTable.Find(Function)?.Returns ?? ExpressionType.InstantVector;

    public override IEnumerable<Expression> Children => Arguments;
}

/// <summary>How series are put into groups: by some labels, or by all but some.</summary>
public sealed record Grouping(bool Without, Sequence<string> Labels)
{
    /// <summary>All series in one group.</summary>
    public static readonly Grouping All = new(Without: false, []);
}

/// <summary>An aggregation. <paramref name="Parameter"/> is the first argument of those with two.</summary>
public sealed record Aggregation(AggregationOperator Operator, Expression? Parameter, Expression Operand, Grouping? Grouping) : Expression
{
    public override ExpressionType Type => ExpressionType.InstantVector;

    public override IEnumerable<Expression> Children => Parameter is null ? [Operand] : [Parameter, Operand];
}

/// <summary>A condition on a label of a selector.</summary>
public sealed record LabelMatcher(MatchType Match, string Name, string Value);

/// <summary>How a selector treats the edges of its window (experimental).</summary>
public enum RangeEdges
{
    /// <summary>Only the samples in the window count.</summary>
    Plain,

    /// <summary>The last sample before the window stands for its start.</summary>
    Anchored,

    /// <summary>Values at both edges are interpolated.</summary>
    Smoothed,
}

/// <summary>The moment after <c>@</c>.</summary>
public abstract record AtModifier
{
    /// <summary>A fixed time.</summary>
    public sealed record Time(double Seconds) : AtModifier;

    /// <summary>The start of the whole query.</summary>
    public sealed record QueryStart : AtModifier;

    /// <summary>The end of the whole query.</summary>
    public sealed record QueryEnd : AtModifier;
}

/// <summary>What shifts a selector or subquery in time.</summary>
public sealed record Timing(AtModifier? At, DurationExpression? Offset)
{
    /// <summary>No shift.</summary>
    public static readonly Timing None = new(null, null);
}

/// <summary>Selects the newest sample of each series that matches.</summary>
/// <param name="Name">The metric's name, or null when it is not given before the braces.</param>
/// <param name="Matchers">Conditions on labels; the name given before the braces is not among them.</param>
/// <param name="Timing">Offset and <c>@</c>.</param>
/// <param name="Edges">Whether values are interpolated.</param>
public sealed record VectorSelector(string? Name, Sequence<LabelMatcher> Matchers, Timing Timing, RangeEdges Edges = RangeEdges.Plain)
    : Expression
{
    public override ExpressionType Type => ExpressionType.InstantVector;

    public override IEnumerable<Expression> Children => [];

    /// <summary>All conditions, the one on the name first.</summary>
    public IEnumerable<LabelMatcher> AllMatchers =>
        Name is null ? Matchers : Matchers.Prepend(new LabelMatcher(MatchType.Equal, Labels.MetricName, Name));
}

/// <summary>Selects the samples in a window: <c>m[5m]</c>. The timing stands in the inner selector.</summary>
public sealed record RangeSelector(VectorSelector Selector, DurationExpression Range) : Expression
{
    public override ExpressionType Type => ExpressionType.RangeVector;

    public override IEnumerable<Expression> Children => [];
}

/// <summary>Evaluates an expression at many times in a window: <c>expr[1h:5m]</c>.</summary>
public sealed record Subquery(Expression Inner, DurationExpression Range, DurationExpression? Step, Timing Timing) : Expression
{
    public override ExpressionType Type => ExpressionType.RangeVector;

    public override IEnumerable<Expression> Children => [Inner];
}
