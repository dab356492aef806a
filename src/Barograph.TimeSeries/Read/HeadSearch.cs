using System.Buffers;

namespace Barograph.TimeSeries;

/// <summary>A series found in a head window, and where its lanes ended at the commit that was looked at.</summary>
internal readonly record struct HeadHit(HeadWindow Head, int Series, LaneEnds Ends)
{
    public SampleSource Source => SampleSource.In(Head, Series, Ends);
}

/// <summary>Series found in the head windows, all at one commit. The room is rented: dispose it.</summary>
internal sealed class HeadSearch : IDisposable
{
    const int AttemptsBeforeLock = 3;

    HeadHit[] _hits = [];
    int _count;

    /// <summary>Window by window.</summary>
    public ReadOnlyMemory<HeadHit> Hits => _hits.AsMemory(0, _count);

    public static HeadSearch Find(Timeline timeline, StoreView view, IReadOnlyList<Matcher> matchers, TimeRange range)
    {
        var candidates = new List<(HeadWindow Head, int[] Series)>();
        foreach (var head in view.Windows)
        {
            var (minMs, maxMs) = head.Bounds;
            if (minMs < range.EndMs && maxMs >= range.StartMs)
                candidates.Add((head, PostingsQuery.Find(head.Index.Labels, head.Index.Count, matchers)));
        }

        var found = new HeadSearch { _hits = ArrayPool<HeadHit>.Shared.Rent(candidates.Sum(static candidate => candidate.Series.Length)) };
        for (var attempt = 0; attempt < AttemptsBeforeLock; attempt++)
        {
            if (found.TryReadEnds(timeline.Commit, candidates, range))
                return found;
        }

        lock (timeline.Applying)
        {
            found.TryReadEnds(timeline.Commit, candidates, range);
            return found;
        }
    }

    public void Dispose()
    {
        if (_hits.Length > 0)
            ArrayPool<HeadHit>.Shared.Return(_hits, clearArray: true);
        (_hits, _count) = ([], 0);
    }

    /// <summary>False: writers were faster, and what was read is of different moments.</summary>
    bool TryReadEnds(long commit, List<(HeadWindow Head, int[] Series)> candidates, TimeRange range)
    {
        _count = 0;
        foreach (var (head, numbers) in candidates)
        {
            foreach (var series in numbers)
            {
                RightOfWay.StepAside();
                if (!head.TryReadEnds(series, commit, out var ends))
                    return false;
                if (!ends.IsEmpty && (head.NewestMs(series) >= range.StartMs || ends.HasLate))
                    _hits[_count++] = new HeadHit(head, series, ends);
            }
        }

        return true;
    }
}
