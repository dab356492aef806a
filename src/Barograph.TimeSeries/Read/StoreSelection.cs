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
    public static StoreSelection Open(Timeline timeline, DamageLog damage, IReadOnlyList<Matcher> matchers, TimeRange range, int seriesLimit, long? samplesLimit)
    {
        var pinned = PinnedView.Open(timeline, range);
        try
        {
            var union = new SeriesUnion(range, seriesLimit, samplesLimit is { } limit ? new SampleAllowance(limit) : null);
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

            using var found = HeadSearch.Find(timeline, pinned.View, matchers, range);
            var hits = found.Hits;
            foreach (var window in pinned.View.Windows)
            {
                var count = 0;
                while (count < hits.Length && hits.Span[count].Head == window)
                    count++;
                union.Add(window, hits[..count]);
                hits = hits[count..];
            }

            return new StoreSelection(union.Sorted(), pinned);
        }
        catch
        {
            pinned.Dispose();
            throw;
        }
    }

    public override void Dispose() => _pinned.Dispose();
}
