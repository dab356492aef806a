namespace Barograph.TimeSeries;

/// <summary>
/// Goes through the series of several blocks in the order of their labels, each once. Their files are read from front to back and let go
/// on the way: large ones would all be in memory at the end.
/// </summary>
internal sealed class SeriesWalk
{
    const int SeriesBetweenLettingGo = 512; // labels lie in another order than series: many pages are read for few of them

    readonly IReadOnlyList<Block> _blocks;
    readonly int[] _next;
    readonly GrowingBytes[] _keys;
    int _walked;

    public SeriesWalk(IReadOnlyList<Block> blocks)
    {
        (_blocks, _next, _keys) = (blocks, new int[blocks.Count], new GrowingBytes[blocks.Count]);
        for (var source = 0; source < blocks.Count; source++)
        {
            _keys[source] = new GrowingBytes();
            ReadKey(source);
        }
    }

    /// <summary>The blocks that have the series, in their order, and its number there.</summary>
    public List<(int Source, int Series)> Sharing { get; } = [];

    /// <summary>The series' key (<see cref="SampleBatch"/>).</summary>
    public ReadOnlySpan<byte> Key => _keys[Sharing[0].Source].Written;

    public bool MoveNext()
    {
        if (++_walked % SeriesBetweenLettingGo == 0)
        {
            foreach (var block in _blocks)
                block.LetGo();
        }

        foreach (var (source, _) in Sharing)
        {
            _next[source]++;
            ReadKey(source);
        }

        Sharing.Clear();
        for (var source = 0; source < _blocks.Count; source++)
        {
            if (_next[source] == _blocks[source].SeriesCount)
                continue;
            var order = Sharing.Count == 0 ? 0 : SeriesKey.Compare(_keys[source].Written, Key);
            if (order < 0)
                Sharing.Clear();
            if (order <= 0)
                Sharing.Add((source, _next[source]));
        }

        return Sharing.Count > 0;
    }

    void ReadKey(int source)
    {
        if (_next[source] < _blocks[source].SeriesCount)
            _blocks[source].ReadKey(_next[source], _keys[source]);
    }
}
