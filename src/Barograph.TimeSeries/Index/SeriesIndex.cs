using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>
/// The series of the newest window, numbered from 0: found from the raw bytes of their keys, and through their labels. Adding
/// takes a lock; finding and reading take none.
/// <para>
/// A key is kept as the places of its labels, of which each is kept once, however many series have it: most of a key's bytes are labels that
/// hundreds of other series have as well (of 250 bytes some 80 remain), and those are in the processor's cache when they are compared.
/// </para>
/// </summary>
internal sealed class SeriesIndex
{
    const int PageShift = 12, PageMask = (1 << PageShift) - 1;

    readonly Lock _adding = new();
    readonly ByteArena _arena = new(new SlabPool(0)); // as long-lived as the index
    readonly List<int> _places = []; // of the series that is being added
    readonly GrowingBytes _key = new();
    Entry[][] _pages = [];
    ulong[] _slots = new ulong[1024]; // the hash's upper half above, series + 1 below; 0 is free
    int _count;

    public SeriesIndex() => (Labels, Ranks) = (new LabelIndex(_arena), new LabelRanks(this));

    /// <summary>Stands for this index where it must not be held.</summary>
    public long Id { get; } = SourceIds.Next();

    /// <summary>How many series there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The series by label.</summary>
    public LabelIndex Labels { get; }

    /// <summary>The series in the order of their labels.</summary>
    public LabelRanks Ranks { get; }

    /// <summary>The raw bytes of a series' labels, put together in room that the caller has for them.</summary>
    public ReadOnlySpan<byte> Key(int series, GrowingBytes room)
    {
        room.Clear();
        foreach (var place in Places(in At(series)))
            room.Write(LabelAt(place));
        return room.Written;
    }

    /// <summary>How many bytes the key of a series has.</summary>
    public int KeyLength(int series) => At(series).KeyLength;

    /// <summary>Orders series by their labels, as <see cref="SeriesKey.Compare"/> does.</summary>
    public int Compare(int left, int right)
    {
        var lefts = Places(in At(left));
        var rights = Places(in At(right));
        for (var i = 0; i < Math.Min(lefts.Length, rights.Length); i++)
        {
            if (lefts[i] != rights[i] && SeriesKey.Compare(LabelAt(lefts[i]), LabelAt(rights[i])) is not 0 and var order)
                return order;
        }

        return lefts.Length - rights.Length;
    }

    /// <summary>Puts what belongs to series into the order of their labels.</summary>
    /// <param name="series">The series; overwritten.</param>
    /// <param name="items">What belongs to each; perhaps the series themselves, from a copy.</param>
    public void SortByLabels(Span<int> series, Span<int> items)
    {
        // Below this, comparing labels costs less than looking after ranks.
        const int FewSeries = 256;
        if (series.Length < FewSeries)
        {
            series.Sort(items, Compare);
            return;
        }

        var ranks = Ranks.Of(Count);
        foreach (ref var place in series)
            place = ranks[place];
        series.Sort(items);
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
            if (guess >= 0 && HasKey(guess, key))
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
            if (series >> PageShift == _pages.Length)
                Volatile.Write(ref _pages, [.. _pages, new Entry[1 << PageShift]]);
            if (series >= _slots.Length / 4 * 3)
                Grow(series);
            Labels.Add(series, key, _places);
            var places = _arena.Keep(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_places)));
            At(series) = new Entry { Places = places, LabelCount = _places.Count, KeyLength = key.Length };
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
            if (slot >> 32 == hash >> 32 && HasKey((int)(uint)slot - 1, key))
                return (int)(uint)slot - 1;
        }
    }

    bool HasKey(int series, ReadOnlySpan<byte> key)
    {
        ref var entry = ref At(series);
        if (entry.KeyLength != key.Length)
            return false;
        foreach (var place in Places(in entry))
        {
            var label = LabelAt(place);
            if (!key.StartsWith(label))
                return false;
            key = key[label.Length..];
        }

        return true;
    }

    ReadOnlySpan<int> Places(ref readonly Entry entry) => MemoryMarshal.Cast<byte, int>(_arena.At(entry.Places, entry.LabelCount * sizeof(int)));

    ReadOnlySpan<byte> LabelAt(int place) => SeriesKey.First(_arena.At(place));

    void Grow(int count)
    {
        var grown = new ulong[_slots.Length * 2];
        for (var series = 0; series < count; series++)
            Insert(grown, KeyHash.Of(Key(series, _key)), series);
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
        public int Places;
        public int LabelCount;
        public int KeyLength;
        public int Follower; // the series that came next in a batch, + 1
    }
}
