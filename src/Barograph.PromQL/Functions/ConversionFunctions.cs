using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>Between scalars and vectors.</summary>
internal static class ConversionFunctions
{
    public static IEnumerable<FunctionDefinition> Rows =>
    [
        new("scalar", [ExpressionType.InstantVector], ExpressionType.Scalar, static site => OpenScalar(site)),
        new("vector", [ExpressionType.Scalar], ExpressionType.InstantVector, static site => new VectorOfScalarNode(site.Scalar(0))),
        Extreme("min_of", Math.Min),
        Extreme("max_of", Math.Max),
    ];

    static FunctionDefinition Extreme(string name, Func<double, double, double> function) =>
        new(name, [ExpressionType.Scalar, ExpressionType.Scalar], ExpressionType.Scalar, site =>
        {
            var (first, second) = (site.Scalar(0), site.Scalar(1));
            return ScalarNode.PerStep(site.Grid.Count, step => function(first[step], second[step]));
        })
        {
            Experimental = true,
        };

    // The one float that is there; NaN when there is none or more than one.
    static ScalarNode OpenScalar(CallSite site)
    {
        var held = site.Run.Hold(site.Vector(0), site.Grid.Count);
        var values = new double[site.Grid.Count];
        Array.Fill(values, Absent.Value);
        for (var series = 0; series < held.Heads.Length; series++)
        {
            var column = held[series].Values;
            for (var step = 0; step < values.Length; step++)
            {
                if (!Absent.Is(column[step]))
                    values[step] = Absent.Is(values[step]) ? column[step] : double.NaN;
            }
        }

        for (var step = 0; step < values.Length; step++)
        {
            if (Absent.Is(values[step]))
                values[step] = double.NaN;
        }

        return new ScalarNode(values);
    }
}

/// <summary>A scalar as the one series without labels.</summary>
internal sealed class VectorOfScalarNode(ScalarNode scalar) : VectorNode
{
    public override SeriesHead[] Heads { get; } = [new(Labels.Empty, nameless: false)];

    public override void Read(int series, Column into, Worker worker)
    {
        into.DropHistograms();
        for (var step = 0; step < into.Count; step++)
            into.Set(step, scalar[step]);
    }
}
