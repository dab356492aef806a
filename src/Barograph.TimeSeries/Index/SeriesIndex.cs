using System.Runtime.CompilerServices;

namespace Barograph.TimeSeries;

/// <summary>
/// The series of the newest window, numbered from 0: found from the raw bytes of their keys, and through their labels. Adding
/// takes a lock; finding and reading take none.
/// </summary>
internal sealed class SeriesIndex
{
    const int PageShift = 12, PageMask = (1 << PageShift) - 1;

    readonly Lock _adding = new();
    readonly ByteArena _keys = new(new SlabPool(0)); // as long-lived as the index
    Entry[][] _pages = [];
    ulong[] _slots = new ulong[1024]; // the hash's upper half above, series + 1 below; 0 is free
    int _count;

    public SeriesIndex() => (Labels, Ranks) = (new LabelIndex(_keys), new LabelRanks(this));

    /// <summary>How many series there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The series by label.</summary>
    public LabelIndex Labels { get; }

    /// <summary>The series in the order of their labels.</summary>
    public LabelRanks Ranks { get; }

    /// <summary>The raw bytes of a series' labels, for whoever keeps them longer than a moment.</summary>
    public ReadOnlyMemory<byte> KeyMemory(int series)
    {
        ref var entry = ref At(series);
        return _keys.MemoryAt(entry.Place, entry.Length);
    }

    /// <summary>The raw bytes of a series' labels.</summary>
    public ReadOnlySpan<byte> Key(int series)
    {
        ref var entry = ref At(series);
        return _keys.At(entry.Place, entry.Length);
    }

    /// <summary>
    /// Finds a series. Senders repeat themselves, so the one that followed <paramref name="previous"/> last time is tried
    /// first: right, it costs one comparison of bytes and no hash.
    /// </summary>
    /// <param name="key">The raw bytes.</param>
    /// <param name="previous">The series found before this one in the same batch, or -1.</param>
    /// <returns>The series, or -1.</returns>
    public int Find(ReadOnlySpan<byte> key, int previous)
    {
        if (previous >= 0)
        {
            var guess = At(previous).Follower - 1;
            if (guess >= 0 && At(guess).Length == key.Length && Key(guess).SequenceEqual(key))
                return guess;
        }

        var found = Find(key, KeyHash.Of(key));
        if (previous >= 0 && found >= 0)
            At(previous).Follower = found + 1; // a hint: racing writers may each be right
        return found;
    }

    /// <summary>Adds a series, unless another thread was faster. The key must have been checked.</summary>
    public int Add(ReadOnlySpan<byte> key)
    {
        var hash = KeyHash.Of(key);
        lock (_adding)
        {
            var series = Find(key, hash);
            if (series >= 0)
                return series;
            series = _count;
            var place = _keys.Allocate(key.Length);
            key.CopyTo(_keys.At(place));
            if (series >> PageShift == _pages.Length)
                Volatile.Write(ref _pages, [.. _pages, new Entry[1 << PageShift]]);
            At(series) = new Entry { Place = place, Length = key.Length };
            if (series >= _slots.Length / 4 * 3)
                Grow(series);
            Labels.Add(series, place, key);
            Volatile.Write(ref _count, series + 1);
            // The slot last: whoever finds the series may append to it, and then selects must find it by its labels.
            Insert(_slots, hash, series);
            return series;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    ref Entry At(int series) => ref Volatile.Read(ref _pages)[series >> PageShift][series & PageMask];

    int Find(ReadOnlySpan<byte> key, ulong hash)
    {
        var slots = Volatile.Read(ref _slots);
        var mask = slots.Length - 1;
        for (var at = (int)hash & mask; ; at = (at + 1) & mask)
        {
            var slot = Volatile.Read(ref slots[at]);
            if (slot == 0)
                return -1;
            if (slot >> 32 == hash >> 32 && Key((int)(uint)slot - 1).SequenceEqual(key))
                return (int)(uint)slot - 1;
        }
    }

    void Grow(int count)
    {
        var grown = new ulong[_slots.Length * 2];
        for (var series = 0; series < count; series++)
            Insert(grown, KeyHash.Of(Key(series)), series);
        Volatile.Write(ref _slots, grown);
    }

    static void Insert(ulong[] slots, ulong hash, int series)
    {
        var mask = slots.Length - 1;
        var at = (int)hash & mask;
        while (slots[at] != 0)
            at = (at + 1) & mask;
        Volatile.Write(ref slots[at], (hash >> 32 << 32) | (uint)(series + 1));
    }

    struct Entry
    {
        public int Place;
        public int Length;
        public int Follower; // the series that came next in a batch, + 1
    }
}
