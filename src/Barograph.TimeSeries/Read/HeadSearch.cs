namespace Barograph.TimeSeries;

/// <summary>A series found in a head window, and where its lanes ended at the commit that was looked at.</summary>
internal readonly record struct HeadHit(HeadWindow Head, int Series, LaneEnds Ends)
{
    public SampleSource Source => SampleSource.In(Head, Series, Ends);
}

/// <summary>Finds series in the head windows, all at one commit.</summary>
internal static class HeadSearch
{
    const int AttemptsBeforeLock = 3;

    public static List<HeadHit> Find(Timeline timeline, StoreView view, IReadOnlyList<Matcher> matchers, TimeRange range)
    {
        var candidates = new List<(HeadWindow Head, int[] Series)>();
        foreach (var head in view.Windows)
        {
            var (minMs, maxMs) = head.Bounds;
            if (minMs < range.EndMs && maxMs >= range.StartMs)
                candidates.Add((head, PostingsQuery.Find(head.Index.Labels, head.Index.Count, matchers)));
        }

        var found = new List<HeadHit>();
        for (var attempt = 0; attempt < AttemptsBeforeLock; attempt++)
        {
            if (TryReadEnds(timeline.Commit, candidates, range, found))
                return found;
            found.Clear(); // writers were faster: what was read is of different moments
        }

        lock (timeline.Applying)
        {
            TryReadEnds(timeline.Commit, candidates, range, found);
            return found;
        }
    }

    static bool TryReadEnds(long commit, List<(HeadWindow Head, int[] Series)> candidates, TimeRange range, List<HeadHit> found)
    {
        foreach (var (head, numbers) in candidates)
        {
            foreach (var series in numbers)
            {
                if (!head.TryReadEnds(series, commit, out var ends))
                    return false;
                if (!ends.IsEmpty && (head.NewestMs(series) >= range.StartMs || ends.HasLate))
                    found.Add(new HeadHit(head, series, ends));
            }
        }

        return true;
    }
}
