using System.Runtime.CompilerServices;

namespace Barograph.TimeSeries;

/// <summary>
/// Distinct byte strings, numbered from 0 in the order of their coming. The bytes stay where they are in the arena. One
/// thread adds; any number find and read meanwhile, without locks: what they were given a number of does not move.
/// </summary>
internal sealed class SymbolTable(ByteArena arena)
{
    const int SmallestSlots = 8;

    (int Place, int Offset, int Length)[] _symbols = new (int, int, int)[4];
    ulong[] _slots = new ulong[SmallestSlots]; // the hash's upper half above, number + 1 below; 0 is free
    int _count;

    public int Count => Volatile.Read(ref _count);

    public ReadOnlySpan<byte> this[int number]
    {
        get
        {
            var (place, offset, length) = Volatile.Read(ref _symbols)[number];
            return arena.At(place).Slice(offset, length);
        }
    }

    /// <summary>The place that a symbol was added with.</summary>
    public int PlaceOf(int number) => Volatile.Read(ref _symbols)[number].Place;

    /// <summary>The number of a symbol, or -1.</summary>
    public int Find(ReadOnlySpan<byte> symbol) => Find(symbol, KeyHash.Of(symbol));

    /// <summary>The number of a symbol; a new one gets the next, and its bytes are at that place of the arena from then on.</summary>
    public int Add(ReadOnlySpan<byte> symbol, int place, int offset)
    {
        var hash = KeyHash.Of(symbol);
        var number = Find(symbol, hash);
        if (number >= 0)
            return number;
        number = _count;
        if (number == _symbols.Length)
        {
            var symbols = _symbols;
            Array.Resize(ref symbols, number * 2);
            Volatile.Write(ref _symbols, symbols);
        }

        _symbols[number] = (place, offset, symbol.Length);
        if (number >= _slots.Length / 4 * 3)
            Grow();
        Insert(_slots, hash, number);
        Volatile.Write(ref _count, number + 1);
        return number;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    int Find(ReadOnlySpan<byte> symbol, ulong hash)
    {
        var slots = Volatile.Read(ref _slots);
        var mask = slots.Length - 1;
        for (var at = (int)hash & mask; ; at = (at + 1) & mask)
        {
            var slot = Volatile.Read(ref slots[at]);
            if (slot == 0)
                return -1;
            if (slot >> 32 == hash >> 32 && this[(int)(uint)slot - 1].SequenceEqual(symbol))
                return (int)(uint)slot - 1;
        }
    }

    void Grow()
    {
        var grown = new ulong[_slots.Length * 2];
        for (var number = 0; number < _count; number++)
            Insert(grown, KeyHash.Of(this[number]), number);
        Volatile.Write(ref _slots, grown);
    }

    static void Insert(ulong[] slots, ulong hash, int number)
    {
        var mask = slots.Length - 1;
        var at = (int)hash & mask;
        while (slots[at] != 0)
            at = (at + 1) & mask;
        Volatile.Write(ref slots[at], (hash >> 32 << 32) | (uint)(number + 1));
    }
}
