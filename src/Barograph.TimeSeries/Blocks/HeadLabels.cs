using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Barograph.TimeSeries;

/// <summary>The labels of the series in a window, as the window numbers them: a block that is made of it needs no second copy.</summary>
internal sealed class HeadLabels : ILabelTexts
{
    readonly SeriesIndex _index;
    readonly LabelColumn[] _columns;
    readonly byte[][] _names;
    readonly int[] _valueCounts; // as they were: the next window may add some meanwhile
    readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _numbers;
    readonly List<(int Name, int Value)> _labels = [];
    GrowingBytes _key = new(), _keyBefore = new();

    /// <param name="index">All series that will be asked for are in it.</param>
    public HeadLabels(SeriesIndex index)
    {
        _index = index;
        _columns = index.Labels.Columns.ToArray();
        _names = [.. _columns.Select(static column => Encoding.UTF8.GetBytes(column.Name))];
        _valueCounts = [.. _columns.Select(static column => column.Values.Count)];
        var numbers = new Dictionary<byte[], int>(KeyBytes.Comparer);
        for (var name = 0; name < _names.Length; name++)
            numbers.Add(_names[name], name);
        _numbers = numbers.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public int NameCount => _names.Length;

    public ReadOnlySpan<byte> Name(int name) => _names[name];

    public int ValueCount(int name) => _valueCounts[name];

    public ReadOnlySpan<byte> Value(int name, int value) => _columns[name].Values[value];

    public void ReadValueOrder(int name, Span<int> order)
    {
        for (var value = 0; value < order.Length; value++)
            order[value] = value;
        Sort(order, _columns[name].Values);
    }

    public void LetGo()
    {
        // They are in memory anyway.
    }

    /// <summary>The labels of a series, in the order of their names; until the next call.</summary>
    public ReadOnlySpan<(int Name, int Value)> Of(int series)
    {
        (_key, _keyBefore) = (_keyBefore, _key);
        var key = new SeriesKey(_index.Key(series, _key));
        var keyBefore = new SeriesKey(_keyBefore.Written);
        var count = 0;
        for (; key.MoveNext(); count++)
        {
            // Neighbours have most labels in common, and comparing costs less than looking up.
            if (keyBefore.MoveNext() && keyBefore.Label.SequenceEqual(key.Label))
                continue;
            var name = _numbers[key.Name];
            CollectionsMarshal.SetCount(_labels, Math.Max(_labels.Count, count + 1));
            _labels[count] = (name, _columns[name].Values.Find(key.Value));
        }

        CollectionsMarshal.SetCount(_labels, count);
        return CollectionsMarshal.AsSpan(_labels);
    }

    /// <summary>
    /// Sorts values by their bytes. Those of a label mostly begin alike (a fleet's instances and pods): the eight bytes behind what all
    /// have in common are compared as numbers, the texts only where those are the same.
    /// </summary>
    static void Sort(Span<int> values, SymbolTable texts)
    {
        if (values.Length < 2)
            return;
        var common = texts[values[0]].Length;
        foreach (var value in values)
            common = texts[values[0]][..common].CommonPrefixLength(texts[value]);
        using var room = new OffHeap<ulong>(values.Length);
        var keys = room.Span;
        Span<byte> eight = stackalloc byte[sizeof(ulong)];
        for (var i = 0; i < keys.Length; i++)
        {
            eight.Clear();
            var rest = texts[values[i]][common..];
            rest[..Math.Min(rest.Length, eight.Length)].CopyTo(eight);
            keys[i] = BinaryPrimitives.ReadUInt64BigEndian(eight);
        }

        keys.Sort(values);
        Comparison<int> compare = (left, right) => texts[left].SequenceCompareTo(texts[right]);
        for (int start = 0, end; start < keys.Length; start = end)
        {
            for (end = start + 1; end < keys.Length && keys[end] == keys[start];)
                end++;
            if (end > start + 1)
                values[start..end].Sort(compare);
        }
    }
}
