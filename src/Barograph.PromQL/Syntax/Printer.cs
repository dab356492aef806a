using System.Globalization;
using System.Text;

namespace Barograph.PromQL;

/// <summary>Writes expressions as PromQL: one line, canonical spacing, names quoted only where they must be.</summary>
internal sealed class Printer
{
    static readonly string[] NotMetricNames = ["on", "ignoring", "group_left", "group_right", "bool", "atan2", "inf", "nan"];

    readonly StringBuilder _text = new();

    public static string Print(Expression expression) => Print(printer => printer.Write(expression));

    /// <summary>What stands between the two sides: the operator, <c>bool</c> and how the sides find each other.</summary>
    public static string Between(Binary binary) => Print(printer => printer.WriteOperator(binary));

    /// <summary>What stands before an aggregation's parentheses.</summary>
    public static string Head(Aggregation aggregation) => Print(printer => printer.WriteHead(aggregation));

    /// <summary>What stands behind the expression of a subquery.</summary>
    public static string Tail(Subquery subquery) => Print(printer => printer.WriteTail(subquery));

    static string Print(Action<Printer> write)
    {
        var printer = new Printer();
        write(printer);
        return printer._text.ToString();
    }

    // Without a sign where none is needed: "+Inf" would be read as a sign and a number.
    public static string Number(double value) => double.IsPositiveInfinity(value) ? "Inf" : SampleText.Of(value);

    void Write(Expression expression)
    {
        switch (expression)
        {
            case NumberLiteral number:
                WriteNumber(number.Value, number.IsDuration);
                break;
            case StringLiteral literal:
                _text.Append(Quoting.Quote(literal.Value));
                break;
            case Parenthesized wrapped:
                _text.Append('(');
                Write(wrapped.Inner);
                _text.Append(')');
                break;
            case Unary unary:
                _text.Append(unary.Negates ? '-' : '+');
                Write(unary.Operand);
                break;
            case Binary binary:
                WriteBinary(binary);
                break;
            case Call call:
                _text.Append(call.Function);
                WriteArguments(call.Arguments);
                break;
            case Aggregation aggregation:
                WriteAggregation(aggregation);
                break;
            case VectorSelector selector:
                WriteSelector(selector);
                WriteTiming(selector.Timing);
                WriteEdges(selector.Edges);
                break;
            case RangeSelector range:
                WriteSelector(range.Selector);
                _text.Append('[');
                Write(range.Range);
                _text.Append(']');
                WriteTiming(range.Selector.Timing);
                WriteEdges(range.Selector.Edges);
                break;
            case Subquery subquery:
                Write(subquery.Inner);
                WriteTail(subquery);
                break;
        }
    }

    void WriteNumber(double value, bool isDuration) =>
        _text.Append(isDuration ? Durations.Format((long)Math.Round(value * 1000)) : Number(value));

    void WriteBinary(Binary binary)
    {
        Write(binary.Left);
        _text.Append(' ');
        WriteOperator(binary);
        _text.Append(' ');
        Write(binary.Right);
    }

    void WriteOperator(Binary binary)
    {
        _text.Append(binary.Operator.Text());
        if (binary.ReturnsBool)
            _text.Append(" bool");
        var matching = binary.Matching;
        if (matching.On || matching.Labels.Count > 0 || matching.Cardinality is MatchCardinality.ManyToOne or MatchCardinality.OneToMany)
        {
            _text.Append(matching.On ? " on (" : " ignoring (");
            WriteNames(matching.Labels);
            if (matching.Cardinality is MatchCardinality.ManyToOne or MatchCardinality.OneToMany)
            {
                _text.Append(matching.Cardinality == MatchCardinality.ManyToOne ? " group_left (" : " group_right (");
                WriteNames(matching.Include);
            }
        }

        WriteFill(matching);
    }

    void WriteFill(VectorMatching matching)
    {
        if (matching.FillLeft is { } both && matching.FillRight is { } right && both.Equals(right))
        {
            _text.Append(CultureInfo.InvariantCulture, $" fill ({Number(both)})");
            return;
        }

        if (matching.FillLeft is { } fillLeft)
            _text.Append(CultureInfo.InvariantCulture, $" fill_left ({Number(fillLeft)})");
        if (matching.FillRight is { } fillRight)
            _text.Append(CultureInfo.InvariantCulture, $" fill_right ({Number(fillRight)})");
    }

    void WriteAggregation(Aggregation aggregation)
    {
        WriteHead(aggregation);
        WriteArguments(aggregation.Parameter is null ? [aggregation.Operand] : [aggregation.Parameter, aggregation.Operand]);
    }

    void WriteHead(Aggregation aggregation)
    {
        _text.Append(aggregation.Operator.Name());
        if (aggregation.Grouping is { } grouping)
        {
            _text.Append(grouping.Without ? " without (" : " by (");
            WriteNames(grouping.Labels);
            _text.Append(' ');
        }
    }

    void WriteNames(Sequence<string> names) => _text.AppendJoin(", ", names.Select(Quoting.Label)).Append(')');

    void WriteArguments(Sequence<Expression> arguments)
    {
        _text.Append('(');
        for (var i = 0; i < arguments.Count; i++)
        {
            if (i > 0)
                _text.Append(", ");
            Write(arguments[i]);
        }

        _text.Append(')');
    }

    void WriteSelector(VectorSelector selector)
    {
        var plain = selector.Name is { } name && Quoting.IsPlainMetric(name)
            && !NotMetricNames.Contains(name, StringComparer.OrdinalIgnoreCase);
        if (plain)
            _text.Append(selector.Name);
        if (plain && selector.Matchers.Count == 0)
            return;
        _text.Append('{');
        var first = true;
        if (!plain && selector.Name is not null)
        {
            _text.Append(Quoting.Quote(selector.Name));
            first = false;
        }

        foreach (var matcher in selector.Matchers)
        {
            if (!first)
                _text.Append(',');
            first = false;
            _text.Append(Quoting.Label(matcher.Name)).Append(Sign(matcher.Match)).Append(Quoting.Quote(matcher.Value));
        }

        _text.Append('}');
    }

    static string Sign(MatchType match) => match switch
    {
        MatchType.Equal => "=",
        MatchType.NotEqual => "!=",
        MatchType.Regex => "=~",
        _ => "!~",
    };

    void WriteTail(Subquery subquery)
    {
        _text.Append('[');
        Write(subquery.Range);
        _text.Append(':');
        if (subquery.Step is not null)
            Write(subquery.Step);
        _text.Append(']');
        WriteTiming(subquery.Timing);
    }

    void WriteTiming(Timing timing)
    {
        _ = timing.At switch
        {
            AtModifier.Time time => _text.Append(CultureInfo.InvariantCulture, $" @ {time.Seconds:F3}"),
            AtModifier.QueryStart => _text.Append(" @ start()"),
            AtModifier.QueryEnd => _text.Append(" @ end()"),
            _ => _text,
        };
        if (timing.Offset is null)
            return;
        _text.Append(" offset ");
        Write(timing.Offset);
    }

    void WriteEdges(RangeEdges edges)
    {
        if (edges != RangeEdges.Plain)
            _text.Append(edges == RangeEdges.Anchored ? " anchored" : " smoothed");
    }

    void Write(DurationExpression duration)
    {
        switch (duration)
        {
            case DurationExpression.Literal literal:
                WriteNumber(literal.Value, literal.IsDuration);
                break;
            case DurationExpression.Signed signed:
                _text.Append(signed.Negates ? '-' : '+');
                Write(signed.Operand);
                break;
            case DurationExpression.Wrapped wrapped:
                _text.Append('(');
                Write(wrapped.Inner);
                _text.Append(')');
                break;
            case DurationExpression.QueryStep:
                _text.Append("step()");
                break;
            case DurationExpression.QueryRange:
                _text.Append("range()");
                break;
            case DurationExpression.Extreme extreme:
                _text.Append(extreme.Larger ? "max_of(" : "min_of(");
                Write(extreme.First);
                _text.Append(", ");
                Write(extreme.Second);
                _text.Append(')');
                break;
            case DurationExpression.Calculated calculated:
                Write(calculated.Left);
                _text.Append(' ').Append(calculated.Operator.Text()).Append(' ');
                Write(calculated.Right);
                break;
        }
    }
}
