using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>
/// The labels of several blocks in one numbering, in the order of their bytes. Each block's labels are read once, from front to back;
/// what remains in memory is a number for each value that has another one in its block, which most have not: blocks of one store
/// have nearly the same labels.
/// </summary>
internal sealed class MergedLabels : ILabelTexts
{
    const int ValuesBetweenLettingGo = 8192;

    readonly IReadOnlyList<Block> _blocks;
    readonly List<Name> _names = [];
    readonly int[][] _nameOf; // by block and column
    readonly int[]?[][] _valueOf; // by block, column and value; null where the numbers are the same

    /// <param name="blocks">Pinned by the caller.</param>
    public MergedLabels(IReadOnlyList<Block> blocks)
    {
        _blocks = blocks;
        _nameOf = [.. blocks.Select(static block => new int[block.Labels.Columns.Count])];
        _valueOf = [.. blocks.Select(static block => new int[block.Labels.Columns.Count][])];
        var next = new int[blocks.Count];
        while (TakeColumns(next) is { Count: > 0 } columns)
            Add(columns);
        LetGo();
    }

    public int NameCount => _names.Count;

    ReadOnlySpan<byte> ILabelTexts.Name(int name) => _names[name].Bytes;

    public int ValueCount(int name) => _names[name].ValueCount;

    public ReadOnlySpan<byte> Value(int name, int value)
    {
        var (_, places, column, _) = _names[name];
        return places is null ? column[value] : ColumnOf(places[value].Block, name)[places[value].Value];
    }

    public void ReadValueOrder(int name, Span<int> order)
    {
        for (var value = 0; value < order.Length; value++)
            order[value] = value;
    }

    public void LetGo()
    {
        foreach (var block in _blocks)
            block.LetGo();
    }

    /// <summary>The labels of a series of one of the blocks, in the place of what the list held.</summary>
    public void Read(int block, int series, List<(int Name, int Value)> labels)
    {
        _blocks[block].Index.Series.ReadLabels(series, labels);
        foreach (ref var label in CollectionsMarshal.AsSpan(labels))
            label = (_nameOf[block][label.Name], _valueOf[block][label.Name] is { } numbers ? numbers[label.Value] : label.Value);
    }

    /// <summary>The columns, at most one of each block, that have the next name.</summary>
    List<(int Block, int Column)> TakeColumns(int[] next)
    {
        List<(int Block, int Column)> taken = [];
        for (var block = 0; block < _blocks.Count; block++)
        {
            if (next[block] == _nameOf[block].Length)
                continue;
            var order = taken.Count == 0 ? 0 : ColumnAt(block, next[block]).NameBytes.SequenceCompareTo(ColumnAt(taken[0].Block, taken[0].Column).NameBytes);
            if (order < 0)
                taken.Clear();
            if (order <= 0)
                taken.Add((block, next[block]));
        }

        foreach (var (block, column) in taken)
        {
            _nameOf[block][column] = _names.Count;
            next[block]++;
        }

        return taken;
    }

    /// <summary>Numbers the values of columns that have the same name.</summary>
    void Add(List<(int Block, int Column)> columns)
    {
        var sources = columns.Select(at => ColumnAt(at.Block, at.Column)).ToArray();
        var numbers = new int[]?[sources.Length];
        var next = new int[sources.Length];
        var count = 0;
        List<int> least = [];
        while (true)
        {
            least.Clear();
            for (var source = 0; source < sources.Length; source++)
            {
                if (next[source] == sources[source].Count)
                    continue;
                var order = least.Count == 0 ? 0 : sources[source][next[source]].SequenceCompareTo(sources[least[0]][next[least[0]]]);
                if (order < 0)
                    least.Clear();
                if (order <= 0)
                    least.Add(source);
            }

            if (least.Count == 0)
                break;
            foreach (var source in least)
                SetNumber(ref numbers[source], sources[source].Count, next[source]++, count);
            if (++count % ValuesBetweenLettingGo == 0)
                LetGo();
        }

        for (var source = 0; source < sources.Length; source++)
            _valueOf[columns[source].Block][columns[source].Column] = numbers[source];
        var whole = Enumerable.Range(0, sources.Length).FirstOrDefault(source => numbers[source] is null && sources[source].Count == count, -1);
        _names.Add(new Name(sources[0].NameBytes.ToArray(), whole >= 0 ? null : Places(columns, sources, numbers, count), sources[Math.Max(whole, 0)], count));
    }

    /// <summary>Notes the number of a value; as long as all are their own, nothing is noted.</summary>
    static void SetNumber(ref int[]? numbers, int count, int value, int number)
    {
        if (numbers is null)
        {
            if (value == number)
                return;
            numbers = new int[count];
            for (var same = 0; same < value; same++)
                numbers[same] = same;
        }

        numbers[value] = number;
    }

    /// <summary>Where each value's text is, when no block has all of them.</summary>
    static (int Block, int Value)[] Places(List<(int Block, int Column)> columns, BlockLabels.Column[] sources, int[]?[] numbers, int count)
    {
        var places = new (int Block, int Value)[count];
        for (var source = sources.Length - 1; source >= 0; source--)
        {
            for (var value = 0; value < sources[source].Count; value++)
                places[numbers[source]?[value] ?? value] = (columns[source].Block, value);
        }

        return places;
    }

    BlockLabels.Column ColumnAt(int block, int column) => _blocks[block].Labels.Columns[column];

    BlockLabels.Column ColumnOf(int block, int name) => ColumnAt(block, Array.BinarySearch(_nameOf[block], name));

    /// <param name="Bytes">The name, in UTF-8.</param>
    /// <param name="Places">Where the values' texts are; null when a column has all of them.</param>
    /// <param name="Column">Then that column.</param>
    sealed record Name(byte[] Bytes, (int Block, int Value)[]? Places, BlockLabels.Column Column, int ValueCount);
}
