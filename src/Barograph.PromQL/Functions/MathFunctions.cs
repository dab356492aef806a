namespace Barograph.PromQL;

/// <summary>Functions of one value at a time. Histograms are left out.</summary>
internal static class MathFunctions
{
    public static IEnumerable<FunctionDefinition> Rows =>
    [
        Of("abs", Math.Abs),
        Of("acos", Math.Acos),
        Of("acosh", Math.Acosh),
        Of("asin", Math.Asin),
        Of("asinh", Math.Asinh),
        Of("atan", Math.Atan),
        Of("atanh", Math.Atanh),
        Of("ceil", Math.Ceiling),
        Of("cos", Math.Cos),
        Of("cosh", Math.Cosh),
        Of("deg", static value => value * 180 / Math.PI),
        Of("exp", Math.Exp),
        Of("floor", Math.Floor),
        Of("ln", Math.Log),
        Of("log10", Math.Log10),
        Of("log2", Math.Log2),
        Of("rad", static value => value * Math.PI / 180),
        Of("sgn", static value => value > 0 ? 1 : value < 0 ? -1 : value),
        Of("sin", Math.Sin),
        Of("sinh", Math.Sinh),
        Of("sqrt", Math.Sqrt),
        Of("tan", Math.Tan),
        Of("tanh", Math.Tanh),
        With("clamp", 2, 0, static (value, min, max) => max < min ? Absent.Value : Math.Max(min, Math.Min(max, value))),
        With("clamp_max", 1, 0, static (value, max, _) => Math.Min(max, value)),
        With("clamp_min", 1, 0, static (value, min, _) => Math.Max(min, value)),
        With("round", 1, 1, static (value, to, _) => Math.Floor(value * (1 / to) + 0.5) / (1 / to)),
        new("pi", [], ExpressionType.Scalar, static _ => new ScalarNode(Math.PI)),
    ];

    static FunctionDefinition Of(string name, Func<double, double> function) => new(
        name, [ExpressionType.InstantVector], ExpressionType.InstantVector,
        site => site.Merged(new ElementwiseNode(site.Run, site.Vector(0), (value, _) => function(value))));

    /// <summary>A function with scalar parameters; one that is left out is 1.</summary>
    static FunctionDefinition With(string name, int scalars, int optional, Func<double, double, double, double> function) => new(
        name, [ExpressionType.InstantVector, .. Enumerable.Repeat(ExpressionType.Scalar, scalars)], ExpressionType.InstantVector,
        site =>
        {
            var (first, second) = (site.ScalarOr(1, 1), site.ScalarOr(2, 1));
            return site.Merged(new ElementwiseNode(site.Run, site.Vector(0), (value, step) => function(value, first[step], second[step])));
        })
    {
        Optional = optional,
    };
}

/// <summary>Each float of a vector, changed.</summary>
internal sealed class ElementwiseNode(QueryRun run, VectorNode input, Func<double, int, double> function) : VectorNode
{
    public override SeriesHead[] Heads { get; } = NegatedNode.Nameless(run, input.Heads);

    public override bool HasDistinctLabels => input.HasDistinctLabels;

    public override void Read(int series, Column into, Worker worker)
    {
        input.Read(series, into, worker);
        into.DropHistograms();
        var values = into.Values;
        for (var step = 0; step < values.Length; step++)
        {
            if (!Absent.Is(values[step]))
                values[step] = function(values[step], step);
        }
    }
}
