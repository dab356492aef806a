using System.Text;

namespace Barograph.PromQL;

/// <summary>One step of how a query is answered, and the steps that it builds on.</summary>
/// <param name="Kind">What is done: <c>select</c>, <c>window</c>, <c>aggregate</c>, <c>match</c> and the like.</param>
/// <param name="Expression">The part of the expression, as PromQL.</param>
/// <param name="Notes">What is special: evaluated once for all steps, shared with an equal part, …</param>
/// <param name="Inputs">What it builds on.</param>
public sealed record PlanStep(string Kind, string Expression, IReadOnlyList<string> Notes, IReadOnlyList<PlanStep> Inputs)
{
    /// <summary>The steps as an indented list.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Write(text, 0);
        return text.ToString();
    }

    internal static PlanStep Of(PreparedQuery query, Expression expression)
    {
        if (expression is Parenthesized wrapped)
            return Of(query, wrapped.Inner);
        var inputs = expression is RangeSelector ? [] : expression.Children
            .Where(static child => child is not (NumberLiteral or StringLiteral))
            .Select(child => Of(query, child));
        return new PlanStep(KindOf(expression), expression.ToString(), [.. NotesOf(query, expression)], [.. inputs]);
    }

    static string KindOf(Expression expression) => expression switch
    {
        VectorSelector => "select newest samples",
        RangeSelector => "select windows",
        Subquery => "evaluate at the subquery's steps",
        Aggregation { Operator: AggregationOperator.TopK or AggregationOperator.BottomK or AggregationOperator.CountValues or AggregationOperator.LimitK } =>
            "hold all series, choose per step",
        Aggregation => "group once, fold series by series",
        Call call => FunctionTable.Find(call.Function)!.Parameters.Contains(ExpressionType.RangeVector) ? "slide windows over each series" : "call",
        Binary { Type: ExpressionType.Scalar } or Unary { Type: ExpressionType.Scalar } => "calculate",
        Binary binary when binary.Operator.IsSet() => "match groups, keep by presence",
        Binary { Left.Type: ExpressionType.InstantVector, Right.Type: ExpressionType.InstantVector } => "match series once, calculate columns",
        Binary or Unary => "calculate columns",
        _ => "constant",
    };

    static IEnumerable<string> NotesOf(PreparedQuery query, Expression expression)
    {
        if (query.Plan.IsFixed(expression))
            yield return "same at every step: evaluated once";
        if (query.Plan.SharedId(expression) is >= 0 and var id)
            yield return $"shared as #{id}: evaluated once and held";
        if (expression is Aggregation { Operator: AggregationOperator.Sum or AggregationOperator.Avg })
            yield return "compensated sum";
    }

    void Write(StringBuilder text, int depth)
    {
        text.Append(' ', depth * 2).Append(Kind).Append(": ").Append(Expression);
        if (Notes.Count > 0)
            text.Append("  [").AppendJoin("; ", Notes).Append(']');
        text.Append('\n');
        foreach (var input in Inputs)
            input.Write(text, depth + 1);
    }
}
