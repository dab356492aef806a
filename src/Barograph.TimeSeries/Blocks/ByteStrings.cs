namespace Barograph.TimeSeries;

/// <summary>Distinct byte strings, numbered in the order of their coming; sorted only when all are known.</summary>
internal sealed class ByteStrings
{
    readonly Dictionary<byte[], int> _numbers = new(ByContent.Instance);
    readonly List<byte[]> _strings = [];

    public int Count => _strings.Count;

    public ReadOnlySpan<byte> this[int number] => _strings[number];

    /// <summary>The number of a string, a new one if it has not been here.</summary>
    public int Add(ReadOnlySpan<byte> bytes)
    {
        var lookup = _numbers.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (lookup.TryGetValue(bytes, out var number))
            return number;
        var copy = bytes.ToArray();
        _strings.Add(copy);
        _numbers.Add(copy, _strings.Count - 1);
        return _strings.Count - 1;
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

    internal sealed class ByContent : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly ByContent Instance = new();

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(byte[]? left, byte[]? right) => left.AsSpan().SequenceEqual(right);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] bytes) => (int)KeyHash.Of(bytes);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)KeyHash.Of(alternate);
    }
}
