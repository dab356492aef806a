namespace Barograph.PromQL;

/// <summary>
/// <c>topk</c> and <c>bottomk</c>: at each step and in each group, the k largest or smallest. Each series is read once and compared
/// with the worst of the best so far; only those are held.
/// </summary>
internal sealed class TopNode
{
    readonly QueryRun _run;
    readonly VectorNode _input;
    readonly SeriesGroups _groups;
    readonly StepGrid _grid;
    readonly bool _takesLargest;
    readonly Action _ignored;

    TopNode(QueryRun run, Aggregation aggregation, VectorNode input, SeriesGroups groups, StepGrid grid)
    {
        (_run, _input, _groups, _grid) = (run, input, groups, grid);
        _takesLargest = aggregation.Operator == AggregationOperator.TopK;
        _ignored = () => run.Annotations.Inform(aggregation.Operand.Span, $"ignored histogram in {aggregation.Operator.Name()} aggregation");
    }

    public static HeldNode Open(
        QueryRun run, Aggregation aggregation, VectorNode input, SeriesGroups groups, ScalarNode k, StepGrid grid)
    {
        var largest = 0.0;
        for (var step = 0; step < (k.IsConstant ? 1 : grid.Count); step++)
            largest = Math.Max(largest, k[step]);
        return new TopNode(run, aggregation, input, groups, grid).Choose((long)largest, k);
    }

    HeldNode Choose(long most, ScalarNode k)
    {
        var best = new Best?[_groups.Count];
        Best Begin(int group) => new(_run, most, _groups.Members(group).Length, _grid.Count, _takesLargest);
        _run.ForEach(_input.Heads.Length, _grid.Count, _ => new Best?[_groups.Count],
            (series, worker, mine) =>
            {
                var column = worker.Rent(_grid.Count);
                _input.Read(series, column, worker);
                if (column.Histograms is not null)
                    _ignored();
                (mine[_groups.GroupOf[series]] ??= Begin(_groups.GroupOf[series])).Add(series, column.Values);
                worker.Return(column);
            },
            (_, mine) =>
            {
                for (var group = 0; group < mine.Length; group++)
                {
                    if (best[group] is null)
                        best[group] = mine[group];
                    else if (mine[group] is { } part)
                        best[group]!.Add(part);
                }
            });
        return Gather(best, k);
    }

    // Series in the order of their places, so that an instant answer is sorted.
    HeldNode Gather(Best?[] best, ScalarNode k)
    {
        var columns = new Dictionary<int, Column>();
        var order = new List<int>();
        foreach (var group in best)
        {
            group?.Sort();
            for (var step = 0; group is not null && step < _grid.Count; step++)
            {
                for (var place = 0; place < group.CountAt(step) && place + 1 <= k[step]; place++)
                {
                    var (value, series) = group.At(step, place);
                    if (!columns.TryGetValue(series, out var column))
                    {
                        columns.Add(series, column = new Column(_grid.Count));
                        column.Clear();
                        order.Add(series);
                        _run.HoldBytes(_grid.Count * sizeof(double));
                    }

                    column.Set(step, value);
                }
            }
        }

        return new HeldNode([.. order.Select(series => _input.Heads[series])], [.. order.Select(series => columns[series])], _input.HasDistinctLabels);
    }

    /// <summary>The best values of a group at each step, the best first; NaN is worse than any other, of equals the earlier series is better.</summary>
    sealed class Best
    {
        readonly int _capacity;
        readonly bool _takesAll;
        readonly bool _takesLargest;
        readonly int[] _counts;
        readonly (double Value, int Series)[] _places;

        public Best(QueryRun run, long most, int members, int steps, bool takesLargest)
        {
            (_capacity, _takesAll, _takesLargest, _counts) = ((int)Math.Min(most, members), most >= members, takesLargest, new int[steps]);
            run.HoldBytes((long)_capacity * steps * 16);
            _places = new (double, int)[_capacity * steps];
        }

        public int CountAt(int step) => _counts[step];

        public (double Value, int Series) At(int step, int place) => _places[step * _capacity + place];

        public void Add(int series, ReadOnlySpan<double> values)
        {
            if (_capacity == 0)
                return;
            for (var step = 0; step < values.Length; step++)
            {
                var value = values[step];
                if (Absent.Is(value))
                    continue;
                if (_counts[step] < _capacity || IsBetter(value, _places[(step + 1) * _capacity - 1].Value))
                    Insert(step, series, value);
            }
        }

        /// <summary>Adds another part, whose series all come later.</summary>
        public void Add(Best part)
        {
            for (var step = 0; step < _counts.Length; step++)
            {
                for (var place = 0; place < part._counts[step]; place++)
                {
                    var (value, series) = part.At(step, place);
                    if (_counts[step] < _capacity || IsBetter(value, _places[(step + 1) * _capacity - 1].Value))
                        Insert(step, series, value);
                }
            }
        }

        /// <summary>Where all are taken, they come unsorted, which spares moving them.</summary>
        public void Sort()
        {
            for (var step = 0; _takesAll && step < _counts.Length; step++)
                _places.AsSpan(step * _capacity, _counts[step]).Sort(Compare);
        }

        int Compare((double Value, int Series) left, (double Value, int Series) right) =>
            IsBetter(left.Value, right.Value) ? -1 : IsBetter(right.Value, left.Value) ? 1 : left.Series - right.Series;

        void Insert(int step, int series, double value)
        {
            var places = _places.AsSpan(step * _capacity, _capacity);
            var count = _counts[step];
            if (_takesAll)
            {
                places[count] = (value, series);
                _counts[step]++;
                return;
            }

            var (low, high) = (0, count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (IsBetter(value, places[middle].Value))
                    high = middle;
                else
                    low = middle + 1;
            }

            var moved = Math.Min(count, _capacity - 1) - low;
            places.Slice(low, moved).CopyTo(places[(low + 1)..]);
            places[low] = (value, series);
            _counts[step] = Math.Min(count + 1, _capacity);
        }

        bool IsBetter(double value, double other) =>
            _takesLargest ? value > other || (double.IsNaN(other) && !double.IsNaN(value)) : value < other || (double.IsNaN(other) && !double.IsNaN(value));
    }
}
