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
internal sealed class StoreSeries(byte[] key, TimeRange range) : Series
{
    SampleSource[] _sources = [];
    Labels? _labels;

    /// <summary>The raw bytes of the labels.</summary>
    public ReadOnlySpan<byte> Key => key;

    public override Labels Labels => _labels ??= SeriesKey.Decode(key);

    public void Add(SampleSource source) => _sources = [.. _sources, source];

    public override SampleReader OpenReader() =>
        _sources.Length == 1 ? _sources[0].OpenReader(range) : new MergedReader(_sources.Select(source => source.OpenReader(range)));
}
