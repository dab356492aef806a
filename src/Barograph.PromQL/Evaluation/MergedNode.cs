namespace Barograph.PromQL;

/// <summary>
/// Makes one series of those that have come to have the same labels. They may take turns over time; two values at one step are an error.
/// </summary>
internal sealed class MergedNode : VectorNode
{
    readonly VectorNode _input;
    readonly int[][] _members;

    MergedNode(VectorNode input, SeriesHead[] heads, int[][] members) => (_input, Heads, _members) = (input, heads, members);

    public override SeriesHead[] Heads { get; }

    /// <summary>After an operation that may have taken names away: at once, unless names stay until the end.</summary>
    public static VectorNode Over(QueryRun run, VectorNode input) => run.DelaysNameRemoval ? input : Merge(run, input, static head => head.Effective);

    /// <summary>At the end of a query.</summary>
    public static VectorNode AtEnd(QueryRun run, VectorNode input) => Merge(run, input, static head => head.Effective);

    /// <summary>After an operation that puts several series under the same labels, all of them still there.</summary>
    public static VectorNode Exactly(QueryRun run, VectorNode input) => Merge<SeriesHead>(run, input, static head => head);

    public override void Read(int series, Column into, Worker worker)
    {
        var members = _members[series];
        _input.Read(members[0], into, worker);
        if (members.Length == 1)
            return;
        var column = worker.Rent(into.Count);
        foreach (var member in members.AsSpan(1))
        {
            _input.Read(member, column, worker);
            for (var step = 0; step < into.Count; step++)
            {
                if (!column.Has(step))
                    continue;
                if (into.Has(step))
                    throw new QueryException("vector cannot contain metrics with the same labelset");
                into.Set(step, column[step]);
            }
        }

        worker.Return(column);
    }

    static VectorNode Merge<TKey>(QueryRun run, VectorNode input, Func<SeriesHead, TKey> key) where TKey : notnull
    {
        var found = run.OfLabels(key, input.Heads, () => Doubles.Find(input, key));
        return found == Doubles.None ? input : new MergedNode(input, found.Heads, found.Members);
    }

    /// <summary>Who has the same labels as others.</summary>
    sealed record Doubles(SeriesHead[] Heads, int[][] Members)
    {
        public static readonly Doubles None = new([], []);

        public static Doubles Find<TKey>(VectorNode input, Func<SeriesHead, TKey> key) where TKey : notnull
        {
            var heads = input.Heads;
            if (heads.Length < 2 || AreDistinct(input))
                return None;
            var groups = new Dictionary<TKey, List<int>>(heads.Length);
            for (var i = 0; i < heads.Length; i++)
            {
                var labels = key(heads[i]);
                if (!groups.TryGetValue(labels, out var members))
                    groups.Add(labels, members = []);
                members.Add(i);
            }

            return groups.Count == heads.Length
                ? None
                : new Doubles([.. groups.Values.Select(members => heads[members[0]])], [.. groups.Values.Select(static members => members.ToArray())]);
        }
    }

    // Series that differ with their names and have all the same name differ without it. Label sets keep their hash, so this is quick.
    static bool AreDistinct(VectorNode input)
    {
        var first = input.Heads[0];
        var reserved = Reserved(first);
        foreach (var head in input.Heads)
        {
            if (head.Nameless != first.Nameless || (first.Nameless && Reserved(head) != reserved))
                return false;
        }

        if (input.HasDistinctLabels)
            return true;
        var seen = new HashSet<TimeSeries.Labels>(input.Heads.Length);
        foreach (var head in input.Heads)
        {
            if (!seen.Add(head.Labels))
                return false;
        }

        return true;
    }

    static (string Name, string Type, string Unit) Reserved(SeriesHead head) =>
        (head.Labels.Name, head.Labels.Get(ReservedLabels.Type), head.Labels.Get(ReservedLabels.Unit));
}

/// <summary>The values with the opposite sign.</summary>
internal sealed class NegatedNode(QueryRun run, VectorNode input) : VectorNode
{
    public override SeriesHead[] Heads { get; } = Nameless(run, input.Heads);

    public override bool HasDistinctLabels => input.HasDistinctLabels;

    public static SeriesHead[] Nameless(QueryRun run, SeriesHead[] heads) => run.OfLabels("nameless", heads, () =>
    {
        var nameless = new SeriesHead[heads.Length];
        for (var i = 0; i < heads.Length; i++)
            nameless[i] = heads[i] with { Nameless = true };
        return nameless;
    });

    public override void Read(int series, Column into, Worker worker)
    {
        input.Read(series, into, worker);
        var values = into.Values;
        for (var i = 0; i < values.Length; i++)
        {
            if (!Absent.Is(values[i]))
                values[i] = -values[i];
            else if (into.Histograms?[i] is { } histogram)
                into.Set(i, HistogramMath.Scale(histogram, -1));
        }
    }
}
