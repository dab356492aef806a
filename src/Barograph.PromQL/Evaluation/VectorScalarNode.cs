using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>An operator between a vector and a scalar.</summary>
internal sealed class VectorScalarNode : VectorNode
{
    readonly QueryRun _run;
    readonly Binary _binary;
    readonly VectorNode _vector;
    readonly ScalarNode _scalar;
    readonly bool _scalarIsLeft;

    public VectorScalarNode(QueryRun run, Binary binary, VectorNode vector, ScalarNode scalar, bool scalarIsLeft)
    {
        (_run, _binary, _vector, _scalar, _scalarIsLeft) = (run, binary, vector, scalar, scalarIsLeft);
        Heads = BinaryResult.KeepsName(binary) ? vector.Heads : NegatedNode.Nameless(run, vector.Heads);
    }

    public override SeriesHead[] Heads { get; }

    public override bool HasDistinctLabels => _vector.HasDistinctLabels;

    public override void Read(int series, Column into, Worker worker)
    {
        _vector.Read(series, into, worker);
        var values = into.Values;
        var histograms = into.Histograms;
        for (var step = 0; step < values.Length; step++)
        {
            var value = values[step];
            if (Absent.Is(value))
            {
                if (histograms?[step] is { } histogram)
                    into.Set(step, Calculate(histogram, _scalar[step]));
            }
            else
            {
                values[step] = Calculate(value, _scalar[step]);
            }
        }
    }

    double Calculate(double value, double scalar)
    {
        var (left, right) = _scalarIsLeft ? (scalar, value) : (value, scalar);
        if (_binary.Operator is BinaryOperator.TrimLower or BinaryOperator.TrimUpper)
        {
            BinaryResult.InformIncompatible(_run, _binary, "float", "float");
            return Absent.Value;
        }

        if (!_binary.Operator.IsComparison())
            return Arithmetic.Apply(_binary.Operator, left, right);
        var holds = Arithmetic.Compare(_binary.Operator, left, right);
        return _binary.ReturnsBool ? (holds ? 1 : 0) : holds ? value : Absent.Value;
    }

    SampleValue Calculate(NativeHistogram histogram, double scalar) => _scalarIsLeft
        ? BinaryResult.Of(_run, _binary, scalar, histogram)
        : BinaryResult.Of(_run, _binary, histogram, scalar);
}

/// <summary>The result of a binary operator between two samples of any kind.</summary>
internal static class BinaryResult
{
    /// <summary>A comparison that filters leaves the sample as it is, with its name.</summary>
    public static bool KeepsName(Binary binary) => !binary.ReturnsBool
        && (binary.Operator.IsComparison() || binary.Operator is BinaryOperator.TrimLower or BinaryOperator.TrimUpper);

    public static SampleValue Of(QueryRun run, Binary binary, SampleValue left, SampleValue right) => (left.Histogram, right.Histogram) switch
    {
        (null, null) => Floats(run, binary, left.Float, right.Float),
        ({ } histogram, null) => HistogramAndFloat(run, binary, histogram, right.Float),
        (null, { } histogram) when binary.Operator == BinaryOperator.Multiply => HistogramMath.Scale(histogram, left.Float),
        (null, _) => Incompatible(run, binary, "float", "histogram"),
        ({ } first, { } second) => Histograms(run, binary, first, second),
    };

    static SampleValue Floats(QueryRun run, Binary binary, double left, double right)
    {
        if (binary.Operator is BinaryOperator.TrimLower or BinaryOperator.TrimUpper)
            return Incompatible(run, binary, "float", "float");
        if (!binary.Operator.IsComparison())
            return Arithmetic.Apply(binary.Operator, left, right);
        var holds = Arithmetic.Compare(binary.Operator, left, right);
        return binary.ReturnsBool ? (holds ? 1.0 : 0.0) : holds ? left : SampleValue.None;
    }

    static SampleValue HistogramAndFloat(QueryRun run, Binary binary, NativeHistogram histogram, double value) => binary.Operator switch
    {
        BinaryOperator.Multiply => HistogramMath.Scale(histogram, value),
        BinaryOperator.Divide => HistogramMath.Divide(histogram, value),
        BinaryOperator.TrimUpper => HistogramTrim.KeepBelow(histogram, value),
        BinaryOperator.TrimLower => HistogramTrim.KeepAbove(histogram, value),
        _ => Incompatible(run, binary, "histogram", "float"),
    };

    static SampleValue Histograms(QueryRun run, Binary binary, NativeHistogram left, NativeHistogram right)
    {
        switch (binary.Operator)
        {
            case BinaryOperator.Add or BinaryOperator.Subtract:
                return Sum(run, binary, left, right);
            case BinaryOperator.Equal or BinaryOperator.NotEqual:
                var holds = HistogramMath.AreEqual(left, right) == (binary.Operator == BinaryOperator.Equal);
                return binary.ReturnsBool ? (holds ? 1.0 : 0.0) : holds ? left : SampleValue.None;
            default:
                return Incompatible(run, binary, "histogram", "histogram");
        }
    }

    static SampleValue Sum(QueryRun run, Binary binary, NativeHistogram left, NativeHistogram right)
    {
        var subtracts = binary.Operator == BinaryOperator.Subtract;
        if (HistogramMath.IsCustom(left) != HistogramMath.IsCustom(right))
        {
            run.Annotations.Warn(binary.Span, AnnotationTexts.MixedSchemas(""));
            return SampleValue.None;
        }

        var sum = HistogramMath.Add(left, right, subtracts ? -1 : 1, out var notes);
        var operation = subtracts ? "subtraction" : "addition";
        if (notes.HasFlag(HistogramNotes.Reconciled))
            run.Annotations.Inform(binary.Span, AnnotationTexts.Reconciled(operation));
        if (notes.HasFlag(HistogramNotes.ConflictingResets))
            run.Annotations.Warn(binary.Span, $"{AnnotationTexts.ConflictingResets} {operation}");
        return subtracts ? sum with { CounterResetHint = CounterResetHint.Gauge } : sum;
    }

    static SampleValue Incompatible(QueryRun run, Binary binary, string left, string right)
    {
        InformIncompatible(run, binary, left, right);
        return SampleValue.None;
    }

    public static void InformIncompatible(QueryRun run, Binary binary, string left, string right) => run.Annotations.Inform(binary.Span,
        $"incompatible sample types encountered for binary operator {Quoting.Quote(binary.Operator.Text())}: {left} {binary.Operator.Text()} {right}");
}
