namespace Barograph.TimeSeries;

/// <summary>Series found at one commit, and where their samples ended then.</summary>
internal sealed class StoreSelection : SeriesSelection
{
    const int AttemptsBeforeLock = 3;

    StoreSelection(IReadOnlyList<Series> series) => Series = series;

    public override IReadOnlyList<Series> Series { get; }

    public override void Dispose()
    {
    }

    public static StoreSelection Open(Timeline timeline, IReadOnlyList<Matcher> matchers, TimeRange range, int seriesLimit)
    {
        var head = timeline.View.Head;
        var numbers = head.Bounds is var (minMs, maxMs) && minMs < range.EndMs && maxMs >= range.StartMs
            ? PostingsQuery.Find(head.Index.Labels, head.Index.Count, matchers)
            : [];
        if (numbers.Length > seriesLimit)
            throw new LimitExceededException(nameof(StoreOptions.SelectSeriesLimit),
                $"{numbers.Length} series match; SelectSeriesLimit is {seriesLimit}. Add matchers, or raise it.");
        var found = ReadEnds(timeline, head, numbers, range);
        found.Sort(static (left, right) => SeriesKey.Compare(left.Key, right.Key));
        return new StoreSelection(found);
    }

    static List<HeadSeries> ReadEnds(Timeline timeline, HeadWindow head, int[] numbers, TimeRange range)
    {
        var found = new List<HeadSeries>(numbers.Length);
        for (var attempt = 0; attempt < AttemptsBeforeLock; attempt++)
        {
            if (TryReadEnds(timeline.Commit, head, numbers, range, found))
                return found;
            found.Clear(); // writers were faster than this; what was read is of different moments
        }

        lock (timeline.Applying)
        {
            TryReadEnds(timeline.Commit, head, numbers, range, found);
            return found;
        }
    }

    static bool TryReadEnds(long commit, HeadWindow head, int[] numbers, TimeRange range, List<HeadSeries> found)
    {
        foreach (var series in numbers)
        {
            if (!head.TryReadEnds(series, commit, out var main, out var late))
                return false;
            if (!main.IsEmpty || !late.IsEmpty)
                found.Add(new HeadSeries(head, series, main, late, range));
        }

        return true;
    }
}

/// <summary>A series of the head window.</summary>
internal sealed class HeadSeries(HeadWindow head, int series, LaneEnd main, LaneEnd late, TimeRange range) : Series
{
    Labels? _labels;

    public ReadOnlySpan<byte> Key => head.Index.Key(series);

    public override Labels Labels => _labels ??= SeriesKey.Decode(Key);

    public override SampleReader OpenReader()
    {
        var chain = new HeadChainReader(head, main, range);
        return late.IsEmpty ? chain : new MergedReader([chain, new LateReader(head, late, range)]);
    }
}
