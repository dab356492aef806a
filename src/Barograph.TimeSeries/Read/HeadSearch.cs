namespace Barograph.TimeSeries;

/// <summary>
/// The series that were found in a head window, and where their lanes ended at the commit that was looked at. The room is rented: dispose it;
/// <see cref="Head"/> and <see cref="Others"/> stay.
/// </summary>
internal sealed class HeadHits(HeadWindow head) : IDisposable
{
    readonly RentedList<int> _series = new();
    readonly RentedList<LaneEnd> _floats = new();
    Dictionary<int, LaneEnds>? _others;

    public HeadWindow Head => head;

    /// <summary>Whether the series are in the order of their labels, and not of their numbers.</summary>
    public bool AreOrdered { get; init; }

    public int Count => _series.Count;

    public int Series(int hit) => _series[hit];

    /// <summary>Where the floats of a series ended that came in the order of time.</summary>
    public LaneEnd Floats(int hit) => _floats[hit];

    /// <summary>All ends of the few series that have more than such floats, by series; null when none has.</summary>
    public IReadOnlyDictionary<int, LaneEnds>? Others => _others;

    public void Add(int series, in LaneEnds ends)
    {
        _series.Add(series);
        _floats.Add(ends.Floats);
        if (!ends.Histograms.IsEmpty || ends.HasLate)
            (_others ??= [])[series] = ends;
    }

    public void Clear()
    {
        _series.Clear();
        _floats.Clear();
        _others = null;
    }

    public void Dispose()
    {
        _series.Dispose();
        _floats.Dispose();
    }
}

/// <summary>Series found in the head windows, all at one commit.</summary>
internal static class HeadSearch
{
    const int AttemptsBeforeLock = 3;

    /// <summary>Window by window, the older one first; who asks disposes them.</summary>
    /// <param name="known">What is known of such selects, or null.</param>
    public static List<HeadHits> Find(Timeline timeline, StoreView view, IReadOnlyList<Matcher> matchers, TimeRange range, KnownSelect? known)
    {
        var candidates = new List<(HeadHits Hits, int[] Series)>();
        foreach (var head in view.Windows)
        {
            var (minMs, maxMs) = head.Bounds;
            if (minMs < range.EndMs && maxMs >= range.StartMs)
            {
                candidates.Add((new HeadHits(head) { AreOrdered = known is not null },
                    known?.Find(head.Index, matchers) ?? PostingsQuery.Find(head.Index.Labels, head.Index.Count, matchers)));
            }
        }

        var found = candidates.ConvertAll(static candidate => candidate.Hits);
        for (var attempt = 0; attempt < AttemptsBeforeLock; attempt++)
        {
            if (TryReadEnds(timeline.Commit, candidates, range))
                return found;
        }

        lock (timeline.Applying)
        {
            TryReadEnds(timeline.Commit, candidates, range);
            return found;
        }
    }

    /// <summary>False: writers were faster, and what was read is of different moments.</summary>
    static bool TryReadEnds(long commit, List<(HeadHits Hits, int[] Series)> candidates, TimeRange range)
    {
        foreach (var (hits, numbers) in candidates)
        {
            hits.Clear();
            foreach (var series in numbers)
            {
                RightOfWay.StepAside();
                if (!hits.Head.TryReadEnds(series, commit, out var ends))
                    return false;
                if (!ends.IsEmpty && (hits.Head.NewestMs(series) >= range.StartMs || ends.HasLate))
                    hits.Add(series, ends);
            }
        }

        return true;
    }
}
