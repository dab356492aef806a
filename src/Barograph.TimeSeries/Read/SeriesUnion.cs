namespace Barograph.TimeSeries;

/// <summary>Where a part of a series' samples is.</summary>
/// <param name="Source">Which of the selection's sources.</param>
/// <param name="Series">The series' number there.</param>
/// <param name="Floats">Where its floats end, in a head window.</param>
internal readonly record struct SeriesPart(int Source, int Series, LaneEnd Floats);

/// <summary>
/// The series of a select, and for each the parts that it has in blocks and head windows, the one whose samples win first. Numbers in rented
/// rows: an object for each series of a query of everything would leave tens of megabytes to the garbage collector, of which most outlive its young
/// generation. Labels are not kept either, the sources have them. Dispose it.
/// </summary>
internal sealed class SeriesUnion(int seriesLimit) : IDisposable
{
    readonly RentedList<SeriesPart> _parts = new();
    readonly RentedList<int> _ends = new(); // of each series' parts

    public int Count => _ends.Count;

    public ReadOnlySpan<SeriesPart> Parts(int series)
    {
        var ends = _ends.Span;
        return _parts.Span[(series == 0 ? 0 : ends[series - 1])..ends[series]];
    }

    /// <summary>Merges the series of all sources by their labels.</summary>
    /// <param name="sources">Each at its first series or at its end.</param>
    /// <param name="moveNext">Steps one on.</param>
    /// <exception cref="LimitExceededException">There are too many.</exception>
    public void Merge(IReadOnlyList<SourceWalk> sources, Action<SourceWalk> moveNext)
    {
        var sharing = new List<int>(sources.Count); // the sources that have the series with the least labels
        while (FindLeast(sources, sharing))
        {
            if (Count == seriesLimit)
            {
                throw new LimitExceededException(nameof(StoreOptions.SelectSeriesLimit),
                    $"More than {seriesLimit} series match (SelectSeriesLimit). Add matchers, or raise it.");
            }

            foreach (var source in sharing)
            {
                _parts.Add(new SeriesPart(source, sources[source].Series, sources[source].Floats));
                moveNext(sources[source]);
            }

            _ends.Add(_parts.Count);
        }
    }

    public void Dispose()
    {
        _parts.Dispose();
        _ends.Dispose();
    }

    static bool FindLeast(IReadOnlyList<SourceWalk> sources, List<int> sharing)
    {
        sharing.Clear();
        for (var source = 0; source < sources.Count; source++)
        {
            if (sources[source].AtEnd)
                continue;
            if (sharing.Count > 0)
            {
                var key = sources[source].Key;
                var least = sources[sharing[0]].Key;
                if (!key.SequenceEqual(least)) // mostly they are the same
                {
                    if (SeriesKey.Compare(key, least) > 0)
                        continue;
                    sharing.Clear();
                }
            }

            sharing.Add(source);
        }

        return sharing.Count > 0;
    }
}
