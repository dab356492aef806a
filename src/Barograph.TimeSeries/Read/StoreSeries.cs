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
            return Floats(range);
        // No time is in two of them.
        List<SampleReader> readers = [];
        if (!Ends.Floats.IsEmpty)
            readers.Add(Floats(range));
        if (!Ends.LateFloats.IsEmpty)
            readers.Add(new LateReader(Head!, Ends.LateFloats, range));
        if (!Ends.Histograms.IsEmpty)
            readers.Add(new HistogramChainReader(Head!, Ends.Histograms, range));
        if (!Ends.LateHistograms.IsEmpty)
            readers.Add(new LateHistogramReader(Head!, Ends.LateHistograms, range));
        return readers is [var only] ? only : new MergedReader(readers);
    }

    HeadChainReader Floats(TimeRange range)
    {
        var reader = new HeadChainReader();
        reader.Open(Head!, Ends.Floats, range);
        return reader;
    }
}

/// <summary>A series of a selection, for who wants an object.</summary>
internal sealed class StoreSeries(StoreSelection selection, int index) : Series
{
    public override Labels Labels => selection.LabelsOf(index);

    public override SampleReader OpenReader() => selection.OpenReader(index, idle: null);
}
