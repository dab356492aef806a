namespace Barograph.TimeSeries;

/// <summary>A number for each value of each column of labels, for one piece of work.</summary>
internal sealed class ColumnNumbers : IDisposable
{
    readonly int[] _starts;
    readonly OffHeap<int> _numbers;

    /// <param name="valueCounts">For each column how many values it has. All numbers are 0.</param>
    public ColumnNumbers(ReadOnlySpan<int> valueCounts)
    {
        _starts = new int[valueCounts.Length + 1];
        for (var column = 0; column < valueCounts.Length; column++)
            _starts[column + 1] = _starts[column] + valueCounts[column];
        _numbers = new OffHeap<int>(_starts[^1]);
    }

    public int ColumnCount => _starts.Length - 1;

    /// <summary>The numbers of a column, by value.</summary>
    public Span<int> this[int column] => _numbers.Span[_starts[column].._starts[column + 1]];

    /// <summary>The number of a value.</summary>
    public ref int At(int column, int value) => ref _numbers.Span[_starts[column] + value];

    /// <summary>For each column how many values it has.</summary>
    public int[] ValueCounts()
    {
        var counts = new int[ColumnCount];
        for (var column = 0; column < counts.Length; column++)
            counts[column] = this[column].Length;
        return counts;
    }

    public void Dispose() => _numbers.Dispose();
}
