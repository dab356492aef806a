namespace Barograph.TimeSeries;

/// <summary>Where a part of a series' samples is.</summary>
/// <param name="Series">The series' number there.</param>
/// <param name="Chunk">The chunk that its floats end in, in a head window.</param>
/// <param name="Used">And where in that.</param>
/// <param name="Source">Which of the selection's sources.</param>
internal readonly record struct SeriesPart(int Series, int Chunk, ushort Used, ushort Source) // 12 bytes
{
    public static SeriesPart Of(int source, SourceWalk walk) => new(walk.Series, walk.Floats.Chunk, walk.Floats.Used, checked((ushort)source));

    public LaneEnd Floats => new(Chunk, Used);
}

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

    /// <summary>One of all parts.</summary>
    public SeriesPart this[int part] => _parts[part];

    /// <summary>Which parts are those of a series.</summary>
    public (int From, int To) PartsOf(int series) => (series == 0 ? 0 : _ends[series - 1], _ends[series]);

    /// <summary>Merges the series of all sources by their labels.</summary>
    /// <param name="sources">Each at its first series or at its end.</param>
    /// <param name="moveNext">Steps one on.</param>
    /// <exception cref="LimitExceededException">There are too many.</exception>
    public void Merge(IReadOnlyList<SourceWalk> sources, Action<SourceWalk> moveNext)
    {
        if (sources is [var only])
        {
            TakeAll(only, moveNext);
            return;
        }

        var sharing = new List<int>(sources.Count); // the sources that have the series with the least labels
        while (FindLeast(sources, sharing))
        {
            ThrowIfFull();
            foreach (var source in sharing)
            {
                _parts.Add(SeriesPart.Of(source, sources[source]));
                moveNext(sources[source]);
            }

            _ends.Add(_parts.Count);
        }
    }

    void TakeAll(SourceWalk source, Action<SourceWalk> moveNext)
    {
        for (; !source.AtEnd; moveNext(source))
        {
            ThrowIfFull();
            _parts.Add(SeriesPart.Of(0, source));
            _ends.Add(_parts.Count);
        }
    }

    void ThrowIfFull()
    {
        if (Count == seriesLimit)
        {
            throw new LimitExceededException(nameof(StoreOptions.SelectSeriesLimit),
                $"More than {seriesLimit} series match (SelectSeriesLimit). Add matchers, or raise it.");
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
            if (sharing.Count > 0 && SourceWalk.Compare(sources[source], sources[sharing[0]]) is not 0 and var order)
            {
                if (order > 0)
                    continue;
                sharing.Clear();
            }

            sharing.Add(source);
        }

        return sharing.Count > 0;
    }
}
