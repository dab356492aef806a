namespace Barograph.TimeSeries;

/// <summary>Series found at one commit, and where their samples were then. Keeps the blocks open until it is disposed.</summary>
internal sealed class StoreSelection : SeriesSelection
{
    readonly PinnedView _pinned;
    readonly StoreSeries[] _series;

    StoreSelection(StoreSeries[] series, PinnedView pinned) => (_series, _pinned) = (series, pinned);

    public override IReadOnlyList<Series> Series => _series;

    public ReadOnlySpan<StoreSeries> Found => _series;

    /// <exception cref="LimitExceededException">More series match than <paramref name="seriesLimit"/>.</exception>
    public static StoreSelection Open(Timeline timeline, DamageLog damage, IReadOnlyList<Matcher> matchers, TimeRange range, int seriesLimit)
    {
        var pinned = PinnedView.Open(timeline, range);
        try
        {
            var union = new Union(range, seriesLimit);
            foreach (var block in pinned.Blocks)
            {
                try
                {
                    union.Add(block, matchers);
                }
                catch (CorruptBlockException cause)
                {
                    damage.Add(new Damage(Path.GetFileName(block.Path), $"cannot be read: {cause.Message}"));
                }
            }

            foreach (var (head, series, ends) in HeadSearch.Find(timeline, pinned.View, matchers, range))
                union.Add(head.Index.Key(series), SampleSource.In(head, series, ends));
            return new StoreSelection(union.Sorted(), pinned);
        }
        catch
        {
            pinned.Dispose();
            throw;
        }
    }

    public override void Dispose() => _pinned.Dispose();

    /// <summary>Series by key, whatever they were found in.</summary>
    sealed class Union(TimeRange range, int seriesLimit)
    {
        readonly Dictionary<byte[], StoreSeries> _series = new(KeyBytes.Comparer);
        readonly GrowingBytes _key = new();

        public void Add(Block block, IReadOnlyList<Matcher> matchers)
        {
            foreach (var series in block.Find(matchers))
            {
                if (!block.MayHaveSamples(series, range))
                    continue;
                block.ReadKey(series, _key);
                Add(_key.Written, SampleSource.In(block, series));
            }
        }

        public void Add(ReadOnlySpan<byte> key, SampleSource source)
        {
            var lookup = _series.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (!lookup.TryGetValue(key, out var series))
            {
                if (_series.Count == seriesLimit)
                    throw new LimitExceededException(nameof(StoreOptions.SelectSeriesLimit),
                        $"More than {seriesLimit} series match (SelectSeriesLimit). Add matchers, or raise it.");
                var copy = key.ToArray();
                _series.Add(copy, series = new StoreSeries(copy, range));
            }

            series.Add(source);
        }

        public StoreSeries[] Sorted()
        {
            var sorted = _series.Values.ToArray();
            Array.Sort(sorted, static (left, right) => SeriesKey.Compare(left.Key, right.Key));
            return sorted;
        }
    }
}
