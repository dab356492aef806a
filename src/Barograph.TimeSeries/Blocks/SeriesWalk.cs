using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>
/// Goes through the series of several blocks in the order of their labels, each once. Their files are read from front to back and let go
/// on the way: large ones would all be in memory at the end.
/// </summary>
internal sealed class SeriesWalk
{
    const int SeriesBetweenLettingGo = 512;

    readonly IReadOnlyList<Block> _blocks;
    readonly MergedLabels _texts;
    readonly int[] _next;
    readonly List<(int Name, int Value)>[] _labels; // of the next series of each block
    int _walked;

    /// <param name="blocks">Pinned by the caller.</param>
    public SeriesWalk(IReadOnlyList<Block> blocks)
    {
        (_blocks, _texts, _next, _labels) = (blocks, new MergedLabels(blocks), new int[blocks.Count], new List<(int Name, int Value)>[blocks.Count]);
        for (var source = 0; source < blocks.Count; source++)
        {
            _labels[source] = [];
            ReadLabels(source);
        }
    }

    /// <summary>What the numbers of labels stand for.</summary>
    public ILabelTexts Texts => _texts;

    /// <summary>At least so many series will come, and not many more where the blocks have mostly the same.</summary>
    public int SeriesExpected => _blocks.Max(static block => block.SeriesCount);

    /// <summary>The blocks that have the series, in their order, and its number there.</summary>
    public List<(int Source, int Series)> Sharing { get; } = [];

    /// <summary>The series' labels.</summary>
    public ReadOnlySpan<(int Name, int Value)> Labels => CollectionsMarshal.AsSpan(_labels[Sharing[0].Source]);

    public bool MoveNext()
    {
        if (++_walked % SeriesBetweenLettingGo == 0)
            _texts.LetGo();

        foreach (var (source, _) in Sharing)
        {
            _next[source]++;
            ReadLabels(source);
        }

        Sharing.Clear();
        for (var source = 0; source < _blocks.Count; source++)
        {
            if (_next[source] == _blocks[source].SeriesCount)
                continue;
            var order = Sharing.Count == 0 ? 0 : CollectionsMarshal.AsSpan(_labels[source]).SequenceCompareTo(Labels);
            if (order < 0)
                Sharing.Clear();
            if (order <= 0)
                Sharing.Add((source, _next[source]));
        }

        return Sharing.Count > 0;
    }

    void ReadLabels(int source)
    {
        if (_next[source] < _blocks[source].SeriesCount)
            _texts.Read(source, _next[source], _labels[source]);
    }
}
