namespace Barograph.PromQL;

/// <summary>
/// What evaluations of queries worked out from labels alone (groups, matches, the labels of the answer), for the next evaluation of the same prepared
/// query: it holds for as long as the same series are selected, whatever the time. How much is kept is counted in series selected; what was not
/// asked for longest goes first. All evaluations with one memory have the same <see cref="QueryOptions.Experimental"/>. Safe from many threads.
/// </summary>
/// <param name="maxSeries">How many series may be kept, some 100 bytes each; a query of more than half of them is not kept.</param>
public sealed class LabelMemory(long maxSeries = 50_000)
{
    readonly Lock _gate = new(); // guards the fields below
    readonly Dictionary<PreparedQuery, LinkedListNode<Kept>> _kept = new(ReferenceEqualityComparer.Instance);
    readonly LinkedList<Kept> _byUse = new(); // the newest first
    long _series;

    /// <summary>How many series are kept.</summary>
    public long SeriesCount
    {
        get
        {
            lock (_gate)
                return _series;
        }
    }

    /// <summary>What the last evaluation left, for one at a time: a second one meanwhile begins anew.</summary>
    internal LabelWork Take(PreparedQuery query)
    {
        lock (_gate)
        {
            if (!_kept.TryGetValue(query, out var node))
                return new LabelWork();
            Drop(node);
            return node.Value.Work;
        }
    }

    /// <summary>Keeps it for the next.</summary>
    /// <param name="query">Which was evaluated.</param>
    /// <param name="work">From <see cref="Take"/>.</param>
    /// <param name="series">How many series were selected.</param>
    internal void Return(PreparedQuery query, LabelWork work, long series)
    {
        if (series == 0 || series > maxSeries / 2)
            return;
        lock (_gate)
        {
            if (_kept.TryGetValue(query, out var other))
                Drop(other);
            _kept.Add(query, _byUse.AddFirst(new Kept(query, work, series)));
            _series += series;
            while (_series > maxSeries)
                Drop(_byUse.Last!);
        }
    }

    void Drop(LinkedListNode<Kept> node)
    {
        _byUse.Remove(node);
        _kept.Remove(node.Value.Query);
        _series -= node.Value.Series;
    }

    sealed record Kept(PreparedQuery Query, LabelWork Work, long Series);
}
