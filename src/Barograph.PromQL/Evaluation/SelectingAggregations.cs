using System.Text;
using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary><c>limitk</c> and <c>limit_ratio</c>: some of the series, always the same ones.</summary>
internal static class LimitNode
{
    public static VectorNode First(QueryRun run, VectorNode input, SeriesGroups groups, ScalarNode k, StepGrid grid)
    {
        var held = run.Hold(input, grid.Count);
        var columns = new Column[held.Heads.Length];
        for (var group = 0; group < groups.Count; group++)
        {
            var taken = new int[grid.Count];
            foreach (var member in groups.Members(group))
            {
                var column = columns[member] = new Column(grid.Count);
                column.Clear();
                for (var step = 0; step < grid.Count; step++)
                {
                    if (!held[member].Has(step) || taken[step] + 1 > k[step])
                        continue;
                    taken[step]++;
                    column.Set(step, held[member][step]);
                }
            }
        }

        return new HeldNode(held.Heads, columns);
    }

    public static VectorNode Ratio(VectorNode input, ScalarNode ratio) => new RatioNode(input, ratio);

    sealed class RatioNode(VectorNode input, ScalarNode ratio) : VectorNode
    {
        public override SeriesHead[] Heads => input.Heads;

        public override void Read(int series, Column into, Worker worker)
        {
            input.Read(series, into, worker);
            var place = Place(input.Heads[series].Labels);
            for (var step = 0; step < into.Count; step++)
            {
                // r and r - 1 are complements: the series below r, and those from r on.
                var limit = Math.Clamp(ratio[step], -1, 1);
                var taken = limit >= 0 ? place < limit : place >= 1 + limit;
                if (!taken)
                    into.Set(step, Absent.Value);
            }
        }

        /// <summary>A number in [0, 1) from the labels alone: FNV-1a, mixed so that its high bits depend on all input bits.</summary>
        static double Place(Labels labels)
        {
            var hash = 14695981039346656037UL;
            foreach (var pair in labels.Pairs)
            {
                Feed(pair.Name);
                Feed(pair.Value);
            }

            hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
            hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53UL;
            return (hash ^ (hash >> 33)) / 18446744073709551616.0;

            void Feed(string text)
            {
                foreach (var b in Encoding.UTF8.GetBytes(text))
                    hash = (hash ^ b) * 1099511628211UL;
                hash = (hash ^ 0xff) * 1099511628211UL;
            }
        }
    }
}

/// <summary><c>quantile</c> over the series of each group.</summary>
internal sealed class QuantileNode(
    QueryRun run, Aggregation aggregation, VectorNode input, SeriesGroups groups, GroupKey key, ScalarNode quantile) : VectorNode
{
    public override SeriesHead[] Heads { get; } = Aggregations.HeadsOf(run, input, groups, key);

    public override void Read(int group, Column into, Worker worker)
    {
        var members = groups.Members(group);
        var columns = new Column[members.Length];
        for (var i = 0; i < columns.Length; i++)
            input.Read(members[i], columns[i] = worker.Rent(into.Count), worker);
        var bytes = (long)columns.Length * into.Count * sizeof(double);
        run.HoldBytes(bytes);
        into.Clear();
        var values = new double[columns.Length];
        for (var step = 0; step < into.Count; step++)
        {
            var count = 0;
            foreach (var column in columns)
            {
                if (!Absent.Is(column.Values[step]))
                    values[count++] = column.Values[step];
                else if (column.Histograms?[step] is not null)
                    run.Annotations.Inform(aggregation.Operand.Span, "ignored histogram in quantile aggregation");
            }

            if (count > 0)
                into.Set(step, Quantile.Of(quantile[step], values.AsSpan(0, count)));
        }

        foreach (var column in columns)
            worker.Return(column);
        run.ReleaseBytes(bytes);
    }
}

/// <summary>Quantiles of plain values.</summary>
internal static class Quantile
{
    /// <summary>Sorts the values (NaN is the smallest) and interpolates between the two around the rank.</summary>
    public static double Of(double quantile, Span<double> values)
    {
        values.Sort(); // .NET sorts NaN first
        return OfSorted(quantile, values);
    }

    public static double OfSorted(double quantile, ReadOnlySpan<double> sorted)
    {
        if (sorted.IsEmpty || double.IsNaN(quantile))
            return double.NaN;
        if (quantile < 0)
            return double.NegativeInfinity;
        if (quantile > 1)
            return double.PositiveInfinity;
        var rank = quantile * (sorted.Length - 1);
        var lower = (int)Math.Floor(rank);
        var upper = Math.Min(lower + 1, sorted.Length - 1);
        var weight = rank - Math.Floor(rank);
        return sorted[lower] * (1 - weight) + sorted[upper] * weight;
    }
}

/// <summary><c>count_values</c>: a series for each value, and how many series have it.</summary>
internal static class CountValuesNode
{
    public static VectorNode Open(QueryRun run, VectorNode input, SeriesGroups groups, GroupKey key, string label, StepGrid grid)
    {
        var held = run.Hold(input, grid.Count);
        var groupHeads = Aggregations.HeadsOf(run, input, groups, key);
        var counts = new Dictionary<(Labels Labels, bool Nameless), Column>();
        for (var series = 0; series < held.Heads.Length; series++)
        {
            var group = groupHeads[groups.GroupOf[series]];
            for (var step = 0; step < grid.Count; step++)
            {
                if (step % 64 == 0)
                    run.ThrowIfStopped();
                if (!held[series].Has(step))
                    continue;
                var value = held[series][step];
                var text = value.Histogram is { } histogram ? HistogramText.Of(histogram) : SampleText.Of(value.Float);
                var labels = Labels.From(group.Labels.Where(pair => pair.Name != label).Append(new Label(label, text)));
                if (!counts.TryGetValue((labels, group.Nameless), out var column))
                {
                    counts.Add((labels, group.Nameless), column = new Column(grid.Count));
                    column.Clear();
                    run.HoldBytes(grid.Count * sizeof(double));
                }

                column.Set(step, Absent.Is(column.Values[step]) ? 1 : column.Values[step] + 1);
            }
        }

        return new HeldNode([.. counts.Keys.Select(static head => new SeriesHead(head.Labels, head.Nameless))], [.. counts.Values]);
    }
}
