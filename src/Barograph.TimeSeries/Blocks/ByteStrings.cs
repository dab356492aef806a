namespace Barograph.TimeSeries;

/// <summary>Distinct byte strings, numbered in the order of their coming; sorted only when all are known.</summary>
/// <param name="arena">Where their bytes are kept; strings of several tables may share one.</param>
internal sealed class ByteStrings(ByteArena arena)
{
    readonly SymbolTable _symbols = new(arena);

    public int Count => _symbols.Count;

    public ReadOnlySpan<byte> this[int number] => _symbols[number];

    /// <summary>The number of a string, a new one if it has not been here.</summary>
    public int Add(ReadOnlySpan<byte> bytes)
    {
        var number = _symbols.Find(bytes);
        return number >= 0 ? number : _symbols.Add(bytes, arena.Keep(bytes), 0);
    }

    /// <summary>The numbers in the order of the strings' bytes.</summary>
    public int[] Sorted()
    {
        var numbers = new int[Count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = i;
        Array.Sort(numbers, (left, right) => this[left].SequenceCompareTo(this[right]));
        return numbers;
    }
}
