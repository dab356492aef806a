namespace Barograph.PromQL;

/// <summary>The state of one group's aggregation at all steps.</summary>
internal abstract class Folding
{
    /// <summary>Takes a series in.</summary>
    public abstract void Add(Column series);

    /// <summary>Takes in another part of the same group, of the same type.</summary>
    public abstract void Add(Folding part);

    /// <summary>Writes the result.</summary>
    public abstract void Finish(Column into);

    /// <summary>What makes the state of a group for a number of steps.</summary>
    public static Func<int, Folding> Of(QueryRun run, Aggregation aggregation)
    {
        void Ignored() => run.Annotations.Inform(
            aggregation.Operand.Span, $"ignored histogram in {aggregation.Operator.Name()} aggregation");
        var at = new HistogramFoldingSite(run.Annotations, aggregation.Operand.Span);
        return aggregation.Operator switch
        {
            AggregationOperator.Sum => steps => new SumFolding(steps, at),
            AggregationOperator.Avg => steps => new MeanFolding(steps, at),
            AggregationOperator.Min => steps => new ExtremeFolding(steps, takesLarger: false, Ignored),
            AggregationOperator.Max => steps => new ExtremeFolding(steps, takesLarger: true, Ignored),
            AggregationOperator.Count => static steps => new CountFolding(steps, isGroup: false),
            AggregationOperator.Group => static steps => new CountFolding(steps, isGroup: true),
            AggregationOperator.StdDev => steps => new VarianceFolding(steps, takesRoot: true, Ignored),
            AggregationOperator.StdVar => steps => new VarianceFolding(steps, takesRoot: false, Ignored),
            _ => throw new InvalidOperationException($"{aggregation.Operator} does not fold."),
        };
    }

    protected static double[] AllAbsent(int steps)
    {
        var values = new double[steps];
        Array.Fill(values, Absent.Value);
        return values;
    }
}

/// <summary><c>sum</c>, with compensation.</summary>
internal sealed class SumFolding(int steps, HistogramFoldingSite site) : Folding
{
    readonly double[] _sums = AllAbsent(steps);
    readonly double[] _compensations = new double[steps];
    HistogramFolding? _histograms;

    public override void Add(Column series)
    {
        var values = series.Values;
        for (var step = 0; step < values.Length; step++)
        {
            if (Absent.Is(values[step]))
                continue;
            if (Absent.Is(_sums[step]))
                _sums[step] = values[step];
            else
                CompensatedSum.Add(values[step], ref _sums[step], ref _compensations[step]);
        }

        if (series.Histograms is not null)
            (_histograms ??= new HistogramFolding(steps, site, isMean: false)).Add(series.Histograms);
    }

    public override void Add(Folding part)
    {
        var other = (SumFolding)part;
        for (var step = 0; step < steps; step++)
        {
            if (Absent.Is(other._sums[step]))
                continue;
            if (Absent.Is(_sums[step]))
            {
                (_sums[step], _compensations[step]) = (other._sums[step], other._compensations[step]);
                continue;
            }

            CompensatedSum.Add(other._sums[step], ref _sums[step], ref _compensations[step]);
            if (!double.IsInfinity(_sums[step]))
                _compensations[step] += other._compensations[step];
        }

        HistogramFolding.Merge(ref _histograms, other._histograms);
    }

    public override void Finish(Column into)
    {
        into.DropHistograms();
        for (var step = 0; step < steps; step++)
            into.Set(step, Absent.Is(_sums[step]) || double.IsInfinity(_sums[step]) ? _sums[step] : _sums[step] + _compensations[step]);
        _histograms?.Finish(into);
    }
}

/// <summary><c>avg</c>: the sum by the count, as long as the sum does not overflow.</summary>
internal sealed class MeanFolding(int steps, HistogramFoldingSite site) : Folding
{
    readonly Mean[] _means = new Mean[steps];
    HistogramFolding? _histograms;

    public override void Add(Column series)
    {
        var values = series.Values;
        for (var step = 0; step < values.Length; step++)
        {
            if (!Absent.Is(values[step]))
                _means[step].Add(values[step]);
        }

        if (series.Histograms is not null)
            (_histograms ??= new HistogramFolding(steps, site, isMean: true)).Add(series.Histograms);
    }

    public override void Add(Folding part)
    {
        var other = (MeanFolding)part;
        for (var step = 0; step < steps; step++)
            _means[step].Add(other._means[step]);
        HistogramFolding.Merge(ref _histograms, other._histograms);
    }

    public override void Finish(Column into)
    {
        into.DropHistograms();
        for (var step = 0; step < steps; step++)
            into.Set(step, _means[step].Count == 0 ? Absent.Value : _means[step].Value);
        _histograms?.Finish(into);
    }
}

/// <summary>
/// A mean that is the compensated sum by the count until the sum would overflow, and from then on is moved towards each value.
/// </summary>
internal struct Mean
{
    double _sumOrMean;
    double _compensation;
    bool _isMean;

    public long Count { get; private set; }

    public readonly double Value => _isMean
        ? _sumOrMean + _compensation
        : double.IsInfinity(_sumOrMean) ? _sumOrMean : _sumOrMean / Count + _compensation / Count;

    public void Add(double value)
    {
        Count++;
        if (Count == 1)
        {
            _sumOrMean = value;
            return;
        }

        if (!_isMean)
        {
            var (sum, compensation) = (_sumOrMean, _compensation);
            CompensatedSum.Add(value, ref sum, ref compensation);
            if (!double.IsInfinity(sum))
            {
                (_sumOrMean, _compensation) = (sum, compensation);
                return;
            }

            BecomeMean(Count - 1);
        }

        // Infinity stays what it is, unless its opposite or NaN comes.
        if (double.IsInfinity(_sumOrMean) && (double.IsFinite(value) || _sumOrMean == value))
            return;
        var share = (Count - 1) / (double)Count;
        _sumOrMean *= share;
        _compensation *= share;
        CompensatedSum.Add(value / Count, ref _sumOrMean, ref _compensation);
    }

    public void Add(Mean other)
    {
        if (other.Count == 0 || Count == 0)
        {
            this = Count == 0 ? other : this;
            return;
        }

        var total = Count + other.Count;
        if (!_isMean && !other._isMean)
        {
            var (sum, compensation) = (_sumOrMean, _compensation);
            CompensatedSum.Add(other._sumOrMean, ref sum, ref compensation);
            if (!double.IsInfinity(sum))
            {
                (_sumOrMean, _compensation, Count) = (sum, compensation + other._compensation, total);
                return;
            }
        }

        if (!_isMean)
            BecomeMean(Count);
        if (!other._isMean)
            other.BecomeMean(other.Count);
        if (!double.IsInfinity(_sumOrMean) || !(double.IsFinite(other._sumOrMean) || _sumOrMean == other._sumOrMean))
        {
            var share = Count / (double)total;
            _sumOrMean *= share;
            _compensation *= share;
            CompensatedSum.Add(other._sumOrMean * (1 - share), ref _sumOrMean, ref _compensation);
            _compensation += other._compensation * (1 - share);
        }

        Count = total;
    }

    void BecomeMean(long count)
    {
        _isMean = true;
        _sumOrMean /= count;
        _compensation /= count;
    }
}

/// <summary><c>min</c> and <c>max</c>: NaN only when there is nothing else.</summary>
internal sealed class ExtremeFolding(int steps, bool takesLarger, Action ignored) : Folding
{
    readonly double[] _extremes = AllAbsent(steps);

    public override void Add(Column series)
    {
        Add(series.Values);
        if (series.Histograms is not null)
            ignored();
    }

    public override void Add(Folding part) => Add(((ExtremeFolding)part)._extremes);

    public override void Finish(Column into)
    {
        into.DropHistograms();
        _extremes.CopyTo(into.Values);
    }

    void Add(ReadOnlySpan<double> values)
    {
        for (var step = 0; step < values.Length; step++)
        {
            var (value, extreme) = (values[step], _extremes[step]);
            if (!Absent.Is(value) && (double.IsNaN(extreme) || (takesLarger ? value > extreme : value < extreme)))
                _extremes[step] = value;
        }
    }
}

/// <summary><c>count</c> and <c>group</c>.</summary>
internal sealed class CountFolding(int steps, bool isGroup) : Folding
{
    readonly long[] _counts = new long[steps];

    public override void Add(Column series)
    {
        var values = series.Values;
        if (series.Histograms is not null)
        {
            for (var step = 0; step < steps; step++)
                _counts[step] += series.Has(step) ? 1 : 0;
            return;
        }

        for (var step = 0; step < values.Length; step++)
            _counts[step] += Absent.Is(values[step]) ? 0 : 1;
    }

    public override void Add(Folding part)
    {
        for (var step = 0; step < steps; step++)
            _counts[step] += ((CountFolding)part)._counts[step];
    }

    public override void Finish(Column into)
    {
        into.DropHistograms();
        for (var step = 0; step < steps; step++)
            into.Set(step, _counts[step] == 0 ? Absent.Value : isGroup ? 1 : _counts[step]);
    }
}

/// <summary><c>stdvar</c> and <c>stddev</c> of a whole population (Welford, Technometrics 4, 1962; parts after Chan et al., 1979).</summary>
internal sealed class VarianceFolding(int steps, bool takesRoot, Action ignored) : Folding
{
    readonly long[] _counts = new long[steps];
    readonly double[] _means = new double[steps];
    readonly double[] _squares = new double[steps];

    public override void Add(Column series)
    {
        var values = series.Values;
        for (var step = 0; step < values.Length; step++)
        {
            if (Absent.Is(values[step]))
                continue;
            var delta = values[step] - _means[step];
            _means[step] += delta / ++_counts[step];
            _squares[step] += delta * (values[step] - _means[step]);
        }

        if (series.Histograms is not null)
            ignored();
    }

    public override void Add(Folding part)
    {
        var other = (VarianceFolding)part;
        for (var step = 0; step < steps; step++)
        {
            if (other._counts[step] == 0)
                continue;
            var total = _counts[step] + other._counts[step];
            var delta = other._means[step] - _means[step];
            _squares[step] += other._squares[step] + delta * delta * ((double)_counts[step] * other._counts[step] / total);
            _means[step] += delta * other._counts[step] / total;
            _counts[step] = total;
        }
    }

    public override void Finish(Column into)
    {
        into.DropHistograms();
        for (var step = 0; step < steps; step++)
        {
            var variance = _squares[step] / _counts[step];
            into.Set(step, _counts[step] == 0 ? Absent.Value : takesRoot ? Math.Sqrt(variance) : variance);
        }
    }
}
