namespace Barograph.TimeSeries;

/// <summary>Series found at one commit, and where their samples were then. Keeps the blocks open until it is disposed.</summary>
internal sealed class StoreSelection : SeriesSelection
{
    [ThreadStatic]
    static KeyRoom? s_room;

    readonly PinnedView _pinned;
    readonly IReadOnlyList<HeadHits> _heads;
    readonly SeriesUnion _union;
    readonly SampleAllowance? _allowance;
    readonly SeriesRoster? _roster; // when such selects are known
    Labels?[]? _labels; // of those who were asked for them
    StoreSeries[]? _series;
    bool _disposed;

    StoreSelection(PinnedView pinned, IReadOnlyList<HeadHits> heads, SeriesUnion union, SeriesRoster? roster, TimeRange range, SampleAllowance? allowance)
    {
        (_pinned, _heads, _union, Range, _allowance) = (pinned, heads, union, range, allowance);
        (_roster, _labels) = (roster, roster?.Labels);
    }

    public TimeRange Range { get; }

    public override int Count => _union.Count;

    public override object? Identity => _roster;

    public override IReadOnlyList<Series> Series => LazyInitializer.EnsureInitialized(ref _series, () =>
    {
        var series = new StoreSeries[Count];
        for (var i = 0; i < series.Length; i++)
            series[i] = new StoreSeries(this, i);
        return series;
    });

    /// <param name="memory">Of the store; null: nothing is kept.</param>
    /// <exception cref="LimitExceededException">More series match than <paramref name="seriesLimit"/>.</exception>
    public static StoreSelection Open(
        Timeline timeline, DamageLog damage, IReadOnlyList<Matcher> matchers, TimeRange range, int seriesLimit, long? samplesLimit, SelectMemory? memory)
    {
        var known = memory?.Of(matchers);
        var pinned = PinnedView.Open(timeline, range);
        var union = new SeriesUnion(seriesLimit);
        List<HeadHits> heads = [];
        List<SourceWalk> sources = [];
        try
        {
            heads = HeadSearch.Find(timeline, pinned.View, matchers, range, known);
            sources.AddRange(pinned.Blocks.Select(block => new BlockWalk(block, matchers, range, known)));
            sources.AddRange(heads.Select(static hits => new HeadWalk(hits)));
            foreach (var source in sources)
                MoveNext(source);
            union.Merge(sources, MoveNext);
            var roster = known?.Roster(union, [.. pinned.Blocks.Select(static block => block.Id), .. heads.Select(static hits => hits.Head.Index.Id)]);
            if (known is not null)
                memory!.Count(known);
            return new StoreSelection(pinned, heads, union, roster, range, samplesLimit is { } limit ? new SampleAllowance(limit) : null);
        }
        catch
        {
            union.Dispose();
            pinned.Dispose();
            throw;
        }
        finally
        {
            foreach (var source in sources)
                source.Dispose();
            foreach (var hits in heads)
                hits.Dispose();
        }

        void MoveNext(SourceWalk source)
        {
            try
            {
                source.MoveNext();
            }
            catch (CorruptBlockException cause)
            {
                damage.Add(new Damage(Path.GetFileName(cause.Path), $"cannot be read: {cause.Message}")); // what could be read of it stays
            }
        }
    }

    public override Labels LabelsOf(int series)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var labels = Volatile.Read(ref _labels) ?? Interlocked.CompareExchange(ref _labels, new Labels?[Count], null) ?? _labels;
        // Those of the series before are mostly the same, and their texts are used again.
        return labels[series] ??= SeriesKey.Decode(Key(series), series > 0 ? labels[series - 1] : null);
    }

    /// <summary>The raw bytes of a series' labels, valid until this thread asks for another.</summary>
    public ReadOnlySpan<byte> Key(int series)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var room = s_room ??= new KeyRoom();
        var part = _union[_union.PartsOf(series).From];
        if (part.Source >= _pinned.Blocks.Count)
            return Head(part).Head.Index.Key(part.Series, room.Key);
        _pinned.Blocks[part.Source].ReadKey(part.Series, room.Key, room.Labels);
        return room.Key.Written;
    }

    public override SampleReader OpenReader(int series, SampleReader? idle)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var reader = (StoreReader?)idle ?? new StoreReader(this, _allowance);
        reader.Open(_union, series);
        return reader;
    }

    /// <summary>The block that a part is in, or null: it is in a head window.</summary>
    public Block? BlockOf(SeriesPart part) => part.Source < _pinned.Blocks.Count ? _pinned.Blocks[part.Source] : null;

    /// <summary>The head window that a part is in, with what was found there.</summary>
    public HeadHits Head(SeriesPart part) => _heads[part.Source - _pinned.Blocks.Count];

    public override void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _union.Dispose();
        _pinned.Dispose();
    }

    sealed class KeyRoom
    {
        public GrowingBytes Key { get; } = new();

        public List<(int Column, int Value)> Labels { get; } = [];
    }
}
