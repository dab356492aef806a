namespace Barograph.TimeSeries;

/// <summary>Where samples of a series are: a number in a block, or lanes in a head window.</summary>
internal readonly record struct SampleSource(Block? Block, HeadWindow? Head, int Series, LaneEnds Ends)
{
    public static SampleSource In(Block block, int series) => new(block, null, series, default);

    public static SampleSource In(HeadWindow head, int series, LaneEnds ends) => new(null, head, series, ends);

    public SampleReader OpenReader(TimeRange range)
    {
        if (Block is not null)
            return Block.OpenReader(Series, range);
        if (Ends.Histograms.IsEmpty && !Ends.HasLate)
            return new HeadChainReader(Head!, Ends.Floats, range);
        // No time is in two of them.
        List<SampleReader> readers = [];
        if (!Ends.Floats.IsEmpty)
            readers.Add(new HeadChainReader(Head!, Ends.Floats, range));
        if (!Ends.LateFloats.IsEmpty)
            readers.Add(new LateReader(Head!, Ends.LateFloats, range));
        if (!Ends.Histograms.IsEmpty)
            readers.Add(new HistogramChainReader(Head!, Ends.Histograms, range));
        if (!Ends.LateHistograms.IsEmpty)
            readers.Add(new LateHistogramReader(Head!, Ends.LateHistograms, range));
        return readers is [var only] ? only : new MergedReader(readers);
    }
}

/// <summary>A series of a selection: its sources, the one whose samples win first.</summary>
internal sealed class StoreSeries(ReadOnlyMemory<byte> key, SampleSource first, TimeRange range, SampleAllowance? allowance) : Series
{
    SampleSource[] _others = [];
    Labels? _labels;

    /// <summary>The raw bytes of the labels.</summary>
    public ReadOnlySpan<byte> Key => key.Span;

    /// <summary>The series before this one: its labels are mostly the same, and their texts are used again.</summary>
    public StoreSeries? Neighbour { private get; set; }

    public override Labels Labels => _labels ??= SeriesKey.Decode(key.Span, Neighbour?._labels);

    public void Add(SampleSource source) => _others = [.. _others, source];

    public override SampleReader OpenReader() => allowance is null ? OpenAll() : new CountedReader(OpenAll(), allowance);

    SampleReader OpenAll()
    {
        if (_others.Length == 0)
            return first.OpenReader(range);
        var readers = new SampleReader[_others.Length + 1];
        readers[0] = first.OpenReader(range);
        for (var i = 0; i < _others.Length; i++)
            readers[i + 1] = _others[i].OpenReader(range);
        return new MergedReader(readers);
    }
}
