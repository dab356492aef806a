using System.Text.Json;
using Barograph.PromQL;
using MatchType = Barograph.TimeSeries.MatchType;

namespace Barograph.Server.Query.Prometheus;

/// <summary>
/// An expression's tree as upstream's <c>parse_query</c> writes it: objects with a <c>type</c>, their properties in the order of the
/// alphabet. Durations are milliseconds; one that depends on the query (<c>step()</c>) is 0, as there.
/// </summary>
internal static class SyntaxTreeJson
{
    static readonly Dictionary<string, FunctionSignature> Functions = FunctionSignature.All.ToDictionary(static function => function.Name, StringComparer.Ordinal);

    public static void Write(Utf8JsonWriter json, Expression? expression)
    {
        switch (expression)
        {
            case null:
                json.WriteNullValue();
                return;
            case Unary { Operand: NumberLiteral number } signed: // upstream's parser takes the sign into the number
                Write(json, new NumberLiteral(signed.Negates ? -number.Value : number.Value));
                return;
        }

        json.WriteStartObject();
        switch (expression)
        {
            case Aggregation aggregation:
                Node(json, "expr", aggregation.Operand);
                Texts(json, "grouping", aggregation.Grouping?.Labels ?? []);
                json.WriteString("op"u8, aggregation.Operator.Name());
                Node(json, "param", aggregation.Parameter);
                json.WriteString("type"u8, "aggregation"u8);
                json.WriteBoolean("without"u8, aggregation.Grouping?.Without ?? false);
                break;
            case Binary binary:
                WriteBinary(json, binary);
                break;
            case Call call:
                WriteCall(json, call);
                break;
            case RangeSelector range:
                WriteSelector(json, range.Selector, "matrixSelector", range.Range);
                break;
            case Subquery subquery:
                Node(json, "expr", subquery.Inner);
                json.WriteNumber("offset"u8, Milliseconds(subquery.Timing.Offset));
                json.WriteNumber("range"u8, Milliseconds(subquery.Range));
                WriteEdge(json, subquery.Timing.At);
                json.WriteNumber("step"u8, Milliseconds(subquery.Step));
                WriteTime(json, subquery.Timing.At);
                json.WriteString("type"u8, "subquery"u8);
                break;
            case NumberLiteral number:
                json.WriteString("type"u8, "numberLiteral"u8);
                json.WriteString("val"u8, SampleText.Of(number.Value));
                break;
            case Parenthesized wrapped:
                Node(json, "expr", wrapped.Inner);
                json.WriteString("type"u8, "parenExpr"u8);
                break;
            case StringLiteral literal:
                json.WriteString("type"u8, "stringLiteral"u8);
                json.WriteString("val"u8, literal.Value);
                break;
            case Unary unary:
                Node(json, "expr", unary.Operand);
                json.WriteString("op"u8, unary.Negates ? "-"u8 : "+"u8);
                json.WriteString("type"u8, "unaryExpr"u8);
                break;
            case VectorSelector selector:
                WriteSelector(json, selector, "vectorSelector", null);
                break;
        }

        json.WriteEndObject();
    }

    static void WriteBinary(Utf8JsonWriter json, Binary binary)
    {
        json.WriteBoolean("bool"u8, binary.ReturnsBool);
        Node(json, "lhs", binary.Left);
        if (binary.Left.Type != ExpressionType.InstantVector || binary.Right.Type != ExpressionType.InstantVector)
        {
            json.WriteNull("matching"u8);
        }
        else
        {
            var matching = binary.Matching;
            json.WriteStartObject("matching"u8);
            json.WriteString("card"u8, matching.Cardinality switch
            {
                MatchCardinality.OneToOne => "one-to-one"u8,
                MatchCardinality.ManyToOne => "many-to-one"u8,
                MatchCardinality.OneToMany => "one-to-many"u8,
                _ => "many-to-many"u8,
            });
            json.WriteStartObject("fillValues"u8);
            WriteFill(json, "lhs", matching.FillLeft);
            WriteFill(json, "rhs", matching.FillRight);
            json.WriteEndObject();
            Texts(json, "include", matching.Include);
            Texts(json, "labels", matching.Labels);
            json.WriteBoolean("on"u8, matching.On);
            json.WriteEndObject();
        }

        json.WriteString("op"u8, binary.Operator.Text());
        Node(json, "rhs", binary.Right);
        json.WriteString("type"u8, "binaryExpr"u8);
    }

    // JSON has no NaN and no infinities; upstream fails on them, a text says what it is.
    static void WriteFill(Utf8JsonWriter json, string name, double? value)
    {
        if (value is not { } number)
            json.WriteNull(name);
        else if (double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteString(name, SampleText.Of(number));
    }

    static void WriteCall(Utf8JsonWriter json, Call call)
    {
        json.WriteStartArray("args"u8);
        foreach (var argument in call.Arguments)
            Write(json, argument);
        json.WriteEndArray();

        // Upstream counts from the last argument that must be there: -1 is any number of further ones.
        var function = Functions[call.Function];
        var (declared, optional) = (function.Parameters.ToList(), function.Parameters.Count - function.Required);
        if (function.Repeats && optional == 0)
            declared.Add(declared[^1]);
        json.WriteStartObject("func"u8);
        Texts(json, "argTypes", declared.Select(Word));
        json.WriteString("name"u8, call.Function);
        json.WriteString("returnType"u8, Word(function.Returns));
        json.WriteNumber("variadic"u8, !function.Repeats ? optional : function.MaxArguments is { } most ? most - (declared.Count - 1) : -1);
        json.WriteEndObject();
        json.WriteString("type"u8, "call"u8);
    }

    static void WriteSelector(Utf8JsonWriter json, VectorSelector selector, string type, DurationExpression? range)
    {
        json.WriteBoolean("anchored"u8, selector.Edges == RangeEdges.Anchored);
        json.WriteStartArray("matchers"u8);
        foreach (var matcher in selector.Matchers)
            WriteMatcher(json, matcher);
        if (selector.Name is { } name) // as upstream: after the others
            WriteMatcher(json, new LabelMatcher(MatchType.Equal, TimeSeries.Labels.MetricName, name));
        json.WriteEndArray();
        json.WriteString("name"u8, selector.Name ?? "");
        json.WriteNumber("offset"u8, Milliseconds(selector.Timing.Offset));
        if (range is not null)
            json.WriteNumber("range"u8, Milliseconds(range));
        json.WriteBoolean("smoothed"u8, selector.Edges == RangeEdges.Smoothed);
        WriteEdge(json, selector.Timing.At);
        WriteTime(json, selector.Timing.At);
        json.WriteString("type"u8, type);
    }

    static void WriteMatcher(Utf8JsonWriter json, LabelMatcher matcher)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, matcher.Name);
        json.WriteString("type"u8, matcher.Match switch
        {
            MatchType.Equal => "="u8,
            MatchType.NotEqual => "!="u8,
            MatchType.Regex => "=~"u8,
            _ => "!~"u8,
        });
        json.WriteString("value"u8, matcher.Value);
        json.WriteEndObject();
    }

    static void WriteEdge(Utf8JsonWriter json, AtModifier? at) =>
        json.WriteString("startOrEnd"u8, at switch { AtModifier.QueryStart => "start", AtModifier.QueryEnd => "end", _ => null });

    static void WriteTime(Utf8JsonWriter json, AtModifier? at)
    {
        if (at is AtModifier.Time time)
            json.WriteNumber("timestamp"u8, (long)Math.Round(time.Seconds * 1000));
        else
            json.WriteNull("timestamp"u8);
    }

    static long Milliseconds(DurationExpression? duration) =>
        duration?.Seconds(double.NaN, double.NaN) is { } seconds && double.IsFinite(seconds) ? (long)Math.Round(seconds * 1000) : 0;

    static string Word(ExpressionType type) => type switch
    {
        ExpressionType.Scalar => "scalar",
        ExpressionType.String => "string",
        ExpressionType.InstantVector => "vector",
        _ => "matrix",
    };

    static void Node(Utf8JsonWriter json, string name, Expression? expression)
    {
        json.WritePropertyName(name);
        Write(json, expression);
    }

    static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
