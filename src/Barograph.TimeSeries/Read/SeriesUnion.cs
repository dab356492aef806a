namespace Barograph.TimeSeries;

/// <summary>Puts the series of blocks and head windows together, in the order of their labels: each source gives its own in order.</summary>
internal sealed class SeriesUnion(TimeRange range, int seriesLimit, SampleAllowance? allowance)
{
    // Below this, sorting by labels costs less than looking after ranks.
    const int FewSeries = 256;

    readonly KeyRoom _keys = new();
    StoreSeries[] _series = [];

    /// <summary>All that was added, sorted, each once; each knows the one before it.</summary>
    public StoreSeries[] Sorted()
    {
        for (var i = 1; i < _series.Length; i++)
            _series[i].Neighbour = _series[i - 1];
        return _series;
    }

    /// <summary>Adds what a block has.</summary>
    public void Add(Block block, IReadOnlyList<Matcher> matchers)
    {
        var found = new List<StoreSeries>();
        var key = new GrowingBytes();
        var labels = new List<(int Column, int Value)>();
        foreach (var series in block.Find(matchers))
        {
            if (!block.MayHaveSamples(series, range))
                continue;
            CheckLimit(found.Count + 1);
            block.ReadKey(series, key, labels);
            found.Add(new StoreSeries(_keys.Keep(key.Written), SampleSource.In(block, series), range, allowance));
        }

        Add(found.ToArray());
    }

    /// <summary>Adds what was found in a head window.</summary>
    public void Add(HeadWindow head, ReadOnlySpan<HeadHit> hits)
    {
        CheckLimit(hits.Length);
        var found = new StoreSeries[hits.Length];
        var key = new GrowingBytes();
        for (var i = 0; i < found.Length; i++)
            found[i] = new StoreSeries(_keys.Keep(head.Index.Key(hits[i].Series, key)), hits[i].Source, range, allowance);
        if (found.Length < FewSeries)
        {
            Array.Sort(found, static (left, right) => SeriesKey.Compare(left.Key, right.Key));
        }
        else
        {
            var ranks = head.Index.Ranks.Of(head.Index.Count);
            var places = new int[found.Length];
            for (var i = 0; i < places.Length; i++)
                places[i] = ranks[hits[i].Series];
            Array.Sort(places, found);
        }

        Add(found);
    }

    void Add(StoreSeries[] more)
    {
        if (_series.Length == 0 || more.Length == 0)
        {
            _series = _series.Length == 0 ? more : _series;
            return;
        }

        var merged = new StoreSeries[_series.Length + more.Length];
        var (left, right, count) = (0, 0, 0);
        while (left < _series.Length && right < more.Length)
        {
            var order = _series[left].Key.SequenceEqual(more[right].Key) ? 0 : SeriesKey.Compare(_series[left].Key, more[right].Key);
            if (order == 0)
                _series[left].Add(more[right++].FirstSource);
            merged[count++] = order <= 0 ? _series[left++] : more[right++];
        }

        for (; left < _series.Length; left++)
            merged[count++] = _series[left];
        for (; right < more.Length; right++)
            merged[count++] = more[right];
        CheckLimit(count);
        _series = count == merged.Length ? merged : merged[..count];
    }

    void CheckLimit(int count)
    {
        if (count > seriesLimit)
        {
            throw new LimitExceededException(nameof(StoreOptions.SelectSeriesLimit),
                $"More than {seriesLimit} series match (SelectSeriesLimit). Add matchers, or raise it.");
        }
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
