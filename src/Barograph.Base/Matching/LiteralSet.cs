namespace Barograph.Base;

/// <summary>Texts in UTF-8, of which one is looked up by a hash.</summary>
internal sealed class LiteralSet
{
    readonly byte[][] _sorted;
    readonly int[] _slots; // number of a text and one, or 0; open addressing, at most half full
    readonly int _shortest, _longest;

    public LiteralSet(IEnumerable<byte[]> texts)
    {
        _sorted = Sorted(texts);
        _slots = new int[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)_sorted.Length * 2 + 1)];
        for (var number = 0; number < _sorted.Length; number++)
        {
            var slot = Slot(_sorted[number]);
            while (_slots[slot] != 0)
                slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = number + 1;
        }

        if (_sorted.Length > 0)
            (_shortest, _longest) = (_sorted.Min(static text => text.Length), _sorted.Max(static text => text.Length));
    }

    /// <summary>The texts in the order of their bytes, each once.</summary>
    public IReadOnlyList<byte[]> Texts => _sorted;

    public bool Contains(ReadOnlySpan<byte> text)
    {
        if (text.Length < _shortest || text.Length > _longest)
            return false;
        if (_sorted.Length == 1)
            return text.SequenceEqual(_sorted[0]);
        for (var slot = Slot(text); _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
        {
            if (text.SequenceEqual(_sorted[_slots[slot] - 1]))
                return true;
        }

        return false;
    }

    /// <summary>Each text once, in the order of its bytes.</summary>
    public static byte[][] Sorted(IEnumerable<byte[]> texts)
    {
        var sorted = texts.ToArray();
        Array.Sort(sorted, static (left, right) => left.AsSpan().SequenceCompareTo(right));
        var count = 0;
        foreach (var text in sorted)
        {
            if (count == 0 || !text.AsSpan().SequenceEqual(sorted[count - 1]))
                sorted[count++] = text;
        }

        return sorted[..count];
    }

    /// <summary>As <see cref="Sorted"/>, without those that begin with another one.</summary>
    public static byte[][] Shortest(IEnumerable<byte[]> texts)
    {
        var shortest = new List<byte[]>();
        foreach (var text in Sorted(texts))
        {
            if (shortest.Count == 0 || !text.AsSpan().StartsWith(shortest[^1]))
                shortest.Add(text);
        }

        return [.. shortest];
    }

    int Slot(ReadOnlySpan<byte> text) => (int)KeyHash.Of(text) & (_slots.Length - 1);
}
