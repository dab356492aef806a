using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>Runs the whole expression and puts the answer together.</summary>
internal static class Answer
{
    public static QueryResult Of(QueryRun run)
    {
        var grid = StepGrid.Of(run.Times);
        if (grid.Count > run.Options.MaxSteps)
        {
            throw new LimitExceededException(nameof(QueryOptions.MaxSteps),
                $"The query has {grid.Count:N0} steps; the limit is {run.Options.MaxSteps:N0}. Take a longer step or a shorter range, or raise MaxSteps.");
        }

        var opener = new Opener(run);
        var expression = run.Query.Expression;
        if (expression.Type == ExpressionType.RangeVector)
        {
            if (!run.Times.IsInstant)
                throw new QueryException("invalid expression type \"range vector\" for range query, must be scalar or instant vector");
            return Result(run, grid, ResultKind.Matrix, Samples(run, opener.Range(expression, grid), grid));
        }

        var node = opener.Open(expression, grid);
        switch (node)
        {
            case StringNode text when run.Times.IsInstant:
                return Result(run, grid, ResultKind.String, []) with { Text = text.Value };
            case StringNode:
                throw new QueryException("invalid expression type \"string\" for range query, must be scalar or instant vector");
            case ScalarNode scalar when run.Times.IsInstant:
                return Result(run, grid, ResultKind.Scalar, []) with { Scalar = scalar[0] };
            case ScalarNode scalar:
                var values = new double[grid.Count];
                for (var i = 0; i < values.Length; i++)
                    values[i] = scalar[i];
                return Result(run, grid, ResultKind.Matrix, [new ResultSeries(Labels.Empty, values, null, null)]);
            default:
                var vector = MergedNode.AtEnd(run, (VectorNode)node);
                var kind = run.Times.IsInstant ? ResultKind.Vector : ResultKind.Matrix;
                return Result(run, grid, kind, Series(run, vector, grid));
        }
    }

    static List<ResultSeries> Series(QueryRun run, VectorNode vector, StepGrid grid)
    {
        var all = new ResultSeries?[vector.Heads.Length];
        var labels = run.OfLabels("effective", vector.Heads, () => new Labels?[all.Length]); // filled in for those that have values
        run.ForEach(all.Length, grid.Count, (i, worker) =>
        {
            var column = worker.Rent(grid.Count);
            vector.Read(i, column, worker);
            if (column.IsEmpty)
            {
                worker.Return(column);
                return;
            }

            run.HoldBytes((long)grid.Count * sizeof(double) + 64);
            var (values, histograms) = column.Release();
            all[i] = new ResultSeries(labels[i] ??= vector.Heads[i].Effective, values, histograms, null);
        });
        var series = new List<ResultSeries>(all.Length);
        foreach (var one in all)
        {
            if (one is not null)
                series.Add(one);
        }

        if (!run.Times.IsInstant)
            SortByLabels(series);
        return series;
    }

    static List<ResultSeries> Samples(QueryRun run, RangeNode range, StepGrid grid)
    {
        var series = new List<ResultSeries>();
        using var worker = new Worker();
        var buffer = worker.RentBuffer();
        for (var i = 0; i < range.Heads.Length; i++)
        {
            run.ThrowIfStopped();
            range.Read(i, buffer, worker);
            var end = range.WindowEndMs(0);
            var from = SelectorNode.UpperBound(buffer.Times, end - range.RangeMs);
            var to = SelectorNode.UpperBound(buffer.Times, end);
            if (from == to)
                continue;
            run.HoldBytes((to - from) * 16L);
            series.Add(new ResultSeries(
                range.Heads[i].Effective,
                buffer.Values[from..to].ToArray(),
                buffer.HasHistograms ? buffer.Histograms[from..to].ToArray() : null,
                buffer.Times[from..to].ToArray()));
        }

        worker.Return(buffer);
        SortByLabels(series);
        return series;
    }

    static void SortByLabels(List<ResultSeries> series) =>
        series.Sort(static (left, right) => LabelOrder.Compare(left.Labels, right.Labels));

    static QueryResult Result(QueryRun run, StepGrid grid, ResultKind kind, List<ResultSeries> series)
    {
        var samples = kind == ResultKind.Scalar ? 1 : series.Sum(static one => (long)one.Values.Length);
        return new QueryResult
        {
            Kind = kind,
            StartMs = grid.StartMs,
            StepMs = grid.StepMs,
            Steps = grid.Count,
            Series = series,
            Warnings = run.Annotations.Warnings,
            Infos = run.Annotations.Infos,
            Statistics = run.Statistics(samples, grid.Count),
        };
    }
}

/// <summary>The order of label sets: pair by pair, name before value, the shorter first.</summary>
public static class LabelOrder
{
    /// <summary>Less than 0 when the left one comes first.</summary>
    public static int Compare(Labels left, Labels right)
    {
        var a = left.Pairs;
        var b = right.Pairs;
        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            var order = string.CompareOrdinal(a[i].Name, b[i].Name);
            if (order == 0)
                order = string.CompareOrdinal(a[i].Value, b[i].Value);
            if (order != 0)
                return order;
        }

        return a.Length - b.Length;
    }
}
