namespace Barograph.TimeSeries;

/// <summary>Where samples of a series are: a number in a block, or two chains in a head window.</summary>
internal readonly record struct SampleSource(Block? Block, HeadWindow? Head, int Series, LaneEnd Main, LaneEnd Late)
{
    public static SampleSource In(Block block, int series) => new(block, null, series, default, default);

    public static SampleSource In(HeadWindow head, int series, LaneEnd main, LaneEnd late) => new(null, head, series, main, late);

    public SampleReader OpenReader(TimeRange range)
    {
        if (Block is not null)
            return Block.OpenReader(Series, range);
        if (Main.IsEmpty)
            return new LateReader(Head!, Late, range);
        var chain = new HeadChainReader(Head!, Main, range);
        return Late.IsEmpty ? chain : new MergedReader([chain, new LateReader(Head!, Late, range)]);
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
