namespace Barograph.PromQL;

/// <summary>Opens aggregations.</summary>
internal static class Aggregations
{
    public static VectorNode Open(Opener opener, Aggregation aggregation, StepGrid grid)
    {
        var run = opener.Run;
        var parameter = aggregation.Parameter is null ? null : opener.Open(aggregation.Parameter, grid);
        if (aggregation.Operator == AggregationOperator.CountValues && !Quoting.IsValidLabel(((StringNode)parameter!).Value))
            throw new QueryException($"invalid label name {Quoting.Quote(((StringNode)parameter).Value)}");
        if (parameter is ScalarNode scalar)
            CheckParameter(run, aggregation, scalar, grid);
        var input = opener.Vector(aggregation.Operand, grid);
        var key = GroupKey.Of(aggregation.Grouping ?? Grouping.All, run.DelaysNameRemoval);
        var groups = run.OfLabels(aggregation, input.Heads, () => SeriesGroups.Of(input.Heads, key));
        return aggregation.Operator switch
        {
            AggregationOperator.TopK or AggregationOperator.BottomK =>
                TopNode.Open(run, aggregation, input, groups, (ScalarNode)parameter!, grid),
            AggregationOperator.LimitK => LimitNode.First(run, input, groups, (ScalarNode)parameter!, grid),
            AggregationOperator.LimitRatio => LimitNode.Ratio(input, (ScalarNode)parameter!),
            AggregationOperator.Quantile => new QuantileNode(run, aggregation, input, groups, key, (ScalarNode)parameter!),
            AggregationOperator.CountValues => CountValuesNode.Open(run, input, groups, key, ((StringNode)parameter!).Value, grid),
            _ => AggregationNode.Open(run, aggregation, input, groups, key, grid),
        };
    }

    /// <summary>The labels of each group; it is without a name when one of its series is.</summary>
    public static SeriesHead[] HeadsOf(QueryRun run, VectorNode input, SeriesGroups groups, GroupKey key) => run.OfLabels("groups", groups, () =>
    {
        var heads = new SeriesHead[groups.Count];
        for (var group = 0; group < heads.Length; group++)
        {
            var members = groups.Members(group);
            var nameless = false;
            foreach (var member in members)
                nameless |= input.Heads[member].Nameless;
            heads[group] = new SeriesHead(key.LabelsOf(input.Heads[members[0]]), nameless);
        }

        return heads;
    });

    static void CheckParameter(QueryRun run, Aggregation aggregation, ScalarNode parameter, StepGrid grid)
    {
        var at = aggregation.Parameter!.Span;
        for (var step = 0; step < (parameter.IsConstant ? 1 : grid.Count); step++)
        {
            var value = parameter[step];
            switch (aggregation.Operator)
            {
                case AggregationOperator.Quantile when !(value >= 0 && value <= 1):
                    run.Annotations.Warn(at, AnnotationTexts.InvalidQuantile(value));
                    break;
                case AggregationOperator.LimitRatio when double.IsNaN(value):
                    throw new QueryException("Ratio value is NaN");
                case AggregationOperator.LimitRatio when Math.Abs(value) > 1:
                    run.Annotations.Warn(at, $"ratio value should be between -1 and 1, got {Printer.Number(value)}, capping to {Math.Sign(value)}");
                    break;
                case AggregationOperator.TopK or AggregationOperator.BottomK or AggregationOperator.LimitK when double.IsNaN(value):
                    throw new QueryException("Parameter value is NaN");
                case AggregationOperator.TopK or AggregationOperator.BottomK or AggregationOperator.LimitK when Math.Abs(value) >= 9.2e18:
                    throw new QueryException($"Scalar value {Printer.Number(value)} overflows int64");
            }
        }
    }
}

/// <summary>An aggregation that folds the series of each group into one.</summary>
internal sealed class AggregationNode : VectorNode
{
    readonly VectorNode _input;
    readonly SeriesGroups _groups;
    readonly QueryRun _run;
    readonly Func<int, Folding> _begin;

    AggregationNode(QueryRun run, VectorNode input, SeriesGroups groups, GroupKey key, Func<int, Folding> begin)
    {
        (_run, _input, _groups, _begin) = (run, input, groups, begin);
        Heads = Aggregations.HeadsOf(run, input, groups, key);
    }

    public override SeriesHead[] Heads { get; }

    public override bool HasDistinctLabels => true;

    public static VectorNode Open(QueryRun run, Aggregation aggregation, VectorNode input, SeriesGroups groups, GroupKey key, StepGrid grid)
    {
        var begin = Folding.Of(run, aggregation);
        var node = new AggregationNode(run, input, groups, key, begin);

        // Many groups: each is folded when it is asked for, and different ones on different threads. Few groups: the series are
        // shared out, and the parts of each group put together at the end.
        return run.OccupiesAll(groups.Count) ? node : node.FoldAll(grid.Count);
    }

    public override void Read(int group, Column into, Worker worker)
    {
        var folding = _begin(into.Count);
        var column = worker.Rent(into.Count);
        foreach (var member in _groups.Members(group))
        {
            _run.ThrowIfStopped();
            _input.Read(member, column, worker);
            folding.Add(column);
        }

        worker.Return(column);
        folding.Finish(into);
    }

    HeldNode FoldAll(int steps)
    {
        var foldings = new Folding?[_groups.Count];
        _run.HoldBytes((long)foldings.Length * steps * 3 * sizeof(double));
        _run.ForEach(_input.Heads.Length, steps, _ => new Folding?[_groups.Count],
            (series, worker, mine) =>
            {
                var column = worker.Rent(steps);
                _input.Read(series, column, worker);
                (mine[_groups.GroupOf[series]] ??= _begin(steps)).Add(column);
                worker.Return(column);
            },
            (_, mine) =>
            {
                for (var group = 0; group < mine.Length; group++)
                {
                    if (foldings[group] is null)
                        foldings[group] = mine[group];
                    else if (mine[group] is { } part)
                        foldings[group]!.Add(part);
                }
            });
        var columns = new Column[foldings.Length];
        for (var group = 0; group < columns.Length; group++)
            foldings[group]!.Finish(columns[group] = new Column(steps));
        return new HeldNode(Heads, columns, hasDistinctLabels: true);
    }
}
