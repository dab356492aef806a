using System.Buffers;

namespace Barograph.TimeSeries;

/// <summary>
/// Puts the series of blocks and head windows together, in the order of their labels: each source gives its own in order. What it works
/// in is rented, for a query of all series would else leave tens of megabytes to the garbage collector.
/// </summary>
internal sealed class SeriesUnion(TimeRange range, int seriesLimit, SampleAllowance? allowance)
{
    // Below this, sorting by labels costs less than looking after ranks.
    const int FewSeries = 256;

    readonly KeyRoom _keys = new();
    StoreSeries[] _series = [];
    int _count;

    // While a source is added: what is there already up to _passed, and the new series among it.
    StoreSeries[] _next = [];
    int _nextCount;
    int _passed;

    /// <summary>All that was added, sorted, each once; each knows the one before it. To be called once.</summary>
    public StoreSeries[] Sorted()
    {
        var sorted = _series.AsSpan(0, _count).ToArray();
        for (var i = 1; i < sorted.Length; i++)
            sorted[i].Neighbour = sorted[i - 1];
        Return(_series);
        Return(_next);
        (_series, _next) = ([], []);
        return sorted;
    }

    /// <summary>Adds what a block has.</summary>
    public void Add(Block block, IReadOnlyList<Matcher> matchers)
    {
        var key = new GrowingBytes();
        var labels = new List<(int Column, int Value)>();
        try
        {
            foreach (var series in block.Find(matchers))
            {
                RightOfWay.StepAside();
                if (!block.MayHaveSamples(series, range))
                    continue;
                block.ReadKey(series, key, labels);
                if (!Join(key.Written, SampleSource.In(block, series)))
                    Push(new StoreSeries(_keys.Keep(key.Written), SampleSource.In(block, series), range, allowance));
            }
        }
        finally
        {
            EndSource(); // of a block that turns out to be damaged, what could be read stays
        }
    }

    /// <summary>Adds what was found in a head window.</summary>
    public void Add(HeadWindow head, ReadOnlyMemory<HeadHit> hits)
    {
        using var order = new Scratch<int>(hits.Length);
        InOrder(head.Index, hits, order.Span);
        var found = hits.Span;
        var room = new GrowingBytes();
        foreach (var place in order.Span)
        {
            RightOfWay.StepAside();
            var key = head.Index.Key(found[place].Series, room);
            if (!Join(key, found[place].Source))
                Push(new StoreSeries(_keys.Keep(key), found[place].Source, range, allowance));
        }

        EndSource();
    }

    static void InOrder(SeriesIndex index, ReadOnlyMemory<HeadHit> hits, Span<int> order)
    {
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        if (order.Length < FewSeries)
        {
            order.Sort((left, right) => index.Compare(hits.Span[left].Series, hits.Span[right].Series));
            return;
        }

        var ranks = index.Ranks.Of(index.Count);
        using var places = new Scratch<int>(order.Length);
        for (var i = 0; i < order.Length; i++)
            places.Span[i] = ranks[hits.Span[i].Series];
        places.Span.Sort(order);
    }

    /// <summary>Goes on to a key; a series that has it gets one more source. False: there is none yet.</summary>
    bool Join(ReadOnlySpan<byte> key, SampleSource source)
    {
        for (; _passed < _count; _passed++)
        {
            var present = _series[_passed];
            var order = present.Key.SequenceEqual(key) ? 0 : SeriesKey.Compare(present.Key, key);
            if (order == 0)
                present.Add(source);
            if (order >= 0)
                return order == 0;
            Push(present);
        }

        return false;
    }

    void Push(StoreSeries series)
    {
        if (_nextCount == seriesLimit)
        {
            throw new LimitExceededException(nameof(StoreOptions.SelectSeriesLimit),
                $"More than {seriesLimit} series match (SelectSeriesLimit). Add matchers, or raise it.");
        }

        if (_nextCount == _next.Length)
        {
            var larger = ArrayPool<StoreSeries>.Shared.Rent(Math.Max(64, 2 * _nextCount));
            _next.AsSpan(0, _nextCount).CopyTo(larger);
            Return(_next);
            _next = larger;
        }

        _next[_nextCount++] = series;
    }

    void EndSource()
    {
        while (_passed < _count)
            Push(_series[_passed++]);
        (_series, _count, _next, _nextCount, _passed) = (_next, _nextCount, _series, 0, 0);
    }

    static void Return(StoreSeries[] rented)
    {
        if (rented.Length > 0)
            ArrayPool<StoreSeries>.Shared.Return(rented, clearArray: true);
    }

    /// <summary>Keys side by side: an array for each would be three times as much.</summary>
    sealed class KeyRoom
    {
        const int SlabBytes = 32 << 10; // small enough not to be a large object

        byte[] _slab = [];
        int _used;

        public ReadOnlyMemory<byte> Keep(ReadOnlySpan<byte> key)
        {
            if (key.Length > _slab.Length - _used)
                (_slab, _used) = (new byte[Math.Max(SlabBytes, key.Length)], 0);
            key.CopyTo(_slab.AsSpan(_used));
            var kept = _slab.AsMemory(_used, key.Length);
            _used += key.Length;
            return kept;
        }
    }
}
