namespace Barograph.PromQL;

/// <summary>The operators <c>and</c>, <c>unless</c> and <c>or</c>: they look at who is there, not at values.</summary>
internal static class SetOperation
{
    public static VectorNode Open(QueryRun run, Binary binary, VectorNode left, VectorNode right, StepGrid grid)
    {
        var count = left.Heads.Length;
        var heads = run.OfLabels("both", left.Heads, right.Heads, () => (SeriesHead[])[.. left.Heads, .. right.Heads]);
        var groups = run.OfLabels(binary, heads, () => SeriesGroups.Of(heads, GroupKey.Of(binary.Matching, run.DelaysNameRemoval)));
        if (binary.Operator == BinaryOperator.Or)
        {
            var held = run.Hold(left, grid.Count);
            var leftThere = Presence(run, held, groups, 0, grid.Count);
            return MergedNode.Exactly(run, new OrNode(held, right, heads, groups.GroupOf, leftThere));
        }

        var rightThere = Presence(run, right, groups, count, grid.Count);
        return new FilterNode(left, groups.GroupOf, rightThere, keepsMatches: binary.Operator == BinaryOperator.And);
    }

    /// <summary>For each group, at which steps a series of it is there; null for never.</summary>
    static bool[]?[] Presence(QueryRun run, VectorNode vector, SeriesGroups groups, int offset, int steps)
    {
        var there = new bool[]?[groups.Count];
        run.ForEach(vector.Heads.Length, steps, _ => new bool[]?[groups.Count],
            (series, worker, mine) =>
            {
                var column = worker.Rent(steps);
                vector.Read(series, column, worker);
                var row = mine[groups.GroupOf[offset + series]] ??= new bool[steps];
                for (var step = 0; step < steps; step++)
                    row[step] |= column.Has(step);
                worker.Return(column);
            },
            (_, mine) =>
            {
                for (var group = 0; group < mine.Length; group++)
                {
                    if (mine[group] is not { } row)
                        continue;
                    if (there[group] is not { } all)
                    {
                        there[group] = row;
                        continue;
                    }

                    for (var step = 0; step < steps; step++)
                        all[step] |= row[step];
                }
            });
        return there;
    }

    sealed class FilterNode(VectorNode left, int[] groupOf, bool[]?[] there, bool keepsMatches) : VectorNode
    {
        public override SeriesHead[] Heads => left.Heads;

        public override void Read(int series, Column into, Worker worker)
        {
            var row = there[groupOf[series]];
            if (row is null)
            {
                if (keepsMatches)
                    into.Clear();
                else
                    left.Read(series, into, worker);
                return;
            }

            left.Read(series, into, worker);
            for (var step = 0; step < into.Count; step++)
            {
                if (row[step] != keepsMatches)
                    into.Set(step, Absent.Value);
            }
        }
    }

    sealed class OrNode(HeldNode left, VectorNode right, SeriesHead[] heads, int[] groupOf, bool[]?[] leftThere) : VectorNode
    {
        public override SeriesHead[] Heads => heads;

        public override void Read(int series, Column into, Worker worker)
        {
            var count = left.Heads.Length;
            if (series < count)
            {
                left.Read(series, into, worker);
                return;
            }

            right.Read(series - count, into, worker);
            if (leftThere[groupOf[series]] is not { } row)
                return;
            for (var step = 0; step < into.Count; step++)
            {
                if (row[step])
                    into.Set(step, Absent.Value);
            }
        }
    }
}
