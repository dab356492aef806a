namespace Barograph.TimeSeries;

/// <summary>
/// Reads the series of a selection, one after the other: what reads a block or a lane is made for the first and used again for the rest. A query of
/// all series would else make six objects for each.
/// </summary>
internal sealed class StoreReader(StoreSelection selection, SampleAllowance? allowance) : SampleReader
{
    readonly List<BlockReader> _blocks = [];
    readonly List<HeadChainReader> _chains = [];
    readonly List<SampleReader> _parts = []; // of the series, the one whose samples win first
    readonly List<SampleReader> _rare = []; // made for this series alone
    MergedReader? _merged;
    SampleReader _current = null!; // the only part, or all of them merged
    int _blocksUsed, _chainsUsed;

    public override ReadOnlySpan<long> TimestampsMs => _current.TimestampsMs;

    public override ReadOnlySpan<double> Values => _current.Values;

    public override ReadOnlySpan<NativeHistogram> Histograms => _current.Histograms;

    /// <summary>Begins with a series.</summary>
    public void Open(SeriesUnion union, int series)
    {
        ForgetRare();
        _parts.Clear();
        (_blocksUsed, _chainsUsed) = (0, 0);
        var (from, to) = union.PartsOf(series);
        for (var part = from; part < to; part++)
            _parts.Add(Open(union[part]));
        if (_parts is [var only])
        {
            _current = only;
            return;
        }

        _merged ??= new MergedReader();
        _merged.Open(_parts);
        _current = _merged;
    }

    public override bool MoveNext()
    {
        if (!_current.MoveNext())
            return false;
        allowance?.Take(_current.TimestampsMs.Length);
        return true;
    }

    public override void Dispose()
    {
        ForgetRare();
        _merged?.Dispose();
        foreach (var reader in _blocks)
            reader.Dispose();
        foreach (var reader in _chains)
            reader.Dispose();
    }

    SampleReader Open(SeriesPart part)
    {
        if (selection.BlockOf(part) is { } block)
        {
            if (_blocksUsed == _blocks.Count)
                _blocks.Add(new BlockReader());
            var reader = _blocks[_blocksUsed++];
            reader.Open(block, part.Series, selection.Range);
            return reader;
        }

        var hits = selection.Head(part);
        if (hits.Others is { } others && others.TryGetValue(part.Series, out var ends))
        {
            _rare.Add(SampleSource.In(hits.Head, part.Series, ends).OpenReader(selection.Range));
            return _rare[^1];
        }

        if (_chainsUsed == _chains.Count)
            _chains.Add(new HeadChainReader());
        var chain = _chains[_chainsUsed++];
        chain.Open(hits.Head, part.Floats, selection.Range);
        return chain;
    }

    void ForgetRare()
    {
        foreach (var reader in _rare)
            reader.Dispose();
        _rare.Clear();
    }
}
