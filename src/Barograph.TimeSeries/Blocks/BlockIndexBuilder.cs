namespace Barograph.TimeSeries;

/// <summary>
/// Gathers the series of a block under way, and writes its index when all are known. Until then labels have numbers in the
/// order of their coming; in the file they have numbers in the order of their bytes, and the series stand in the order of
/// their labels.
/// </summary>
internal sealed class BlockIndexBuilder
{
    readonly ByteArena _arena;
    readonly ByteStrings _names;
    readonly List<ByteStrings> _values = [];
    readonly ByteStrings _sets; // each the varints of its names' numbers
    readonly GrowingBytes _set = new();
    readonly GrowingBytes _entries = new(); // as in the section, with the numbers of before
    readonly List<int> _entryAt = [];

    public BlockIndexBuilder()
    {
        _arena = new ByteArena(new SlabPool(0));
        (_names, _sets) = (new ByteStrings(_arena), new ByteStrings(_arena));
    }

    public int SeriesCount => _entryAt.Count;

    public long ChunkCount { get; private set; }

    /// <summary>Adds a series; each comes once.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<ChunkRef> chunks)
    {
        _entryAt.Add(_entries.Length);
        _set.Clear();
        for (var labels = new SeriesKey(key); labels.MoveNext();)
        {
            var name = _names.Add(labels.Name);
            if (name == _values.Count)
                _values.Add(new ByteStrings(_arena));
            _set.WriteVarint((ulong)name);
        }

        _entries.WriteVarint((ulong)_sets.Add(_set.Written));
        var names = new ByteReader(_set.Written);
        for (var labels = new SeriesKey(key); labels.MoveNext();)
            _entries.WriteVarint((ulong)_values[(int)names.ReadVarint()].Add(labels.Value));
        _entries.WriteVarint((ulong)chunks.Length);
        long expected = 0;
        foreach (var chunk in chunks)
            SeriesSection.WriteChunk(_entries, chunk, ref expected);
        ChunkCount += chunks.Length;
    }

    /// <summary>Writes the sections, in the order of <see cref="SectionKind"/>.</summary>
    public Section[] Write(BlockFile file, TimesPool times)
    {
        var names = _names.Sorted();
        var values = names.Select(name => _values[name].Sorted()).ToArray();
        var (rankOfName, rankOfValue) = (Ranks(names), new int[names.Length][]);
        for (var rank = 0; rank < names.Length; rank++)
            rankOfValue[names[rank]] = Ranks(values[rank]);

        var postings = new PostingsBuilder([.. values.Select(static column => column.Length)]);
        var series = BuildSeries(rankOfName, rankOfValue, postings);
        var (postingsSection, offsets) = postings.Build();
        var labels = BuildLabels(names, values, offsets);
        return
        [
            file.WriteSection(labels.Written),
            file.WriteSection(postingsSection.Written),
            file.WriteSection(series.Written),
            file.WriteSection(times.Entries),
            file.WriteSection(BlockSpare.Build(labels.Written, SeriesSection.ToSpare(series.Written, SeriesCount).Written, times).Span),
        ];
    }

    GrowingBytes BuildSeries(int[] rankOfName, int[][] rankOfValue, PostingsBuilder postings)
    {
        var sets = Enumerable.Range(0, _sets.Count).Select(NamesOfSet).ToArray();
        var order = OrderOfSeries(sets, rankOfName, rankOfValue);
        CountMembers(sets, rankOfName, rankOfValue, postings);
        var section = new GrowingBytes(_entries.Length + SeriesCount * 2 * sizeof(uint));
        section.Reserve(SeriesCount * sizeof(uint));
        section.WriteVarint((ulong)sets.Length);
        foreach (var set in sets)
            SeriesSection.WriteSet(section, [.. set.Select(name => rankOfName[name])]);
        var entriesAt = section.Length;
        for (var series = 0; series < order.Length; series++)
        {
            section.SetUInt32(series * sizeof(uint), (uint)(section.Length - entriesAt));
            var reader = new ByteReader(Entry(order[series]));
            var set = reader.ReadVarint();
            section.WriteVarint(set);
            foreach (var name in sets[(int)set])
            {
                var value = rankOfValue[name][(int)reader.ReadVarint()];
                section.WriteVarint((ulong)value);
                postings.Add(rankOfName[name], value, series);
            }

            section.Write(reader.Remaining);
        }

        return section;
    }

    void CountMembers(int[][] sets, int[] rankOfName, int[][] rankOfValue, PostingsBuilder postings)
    {
        for (var series = 0; series < SeriesCount; series++)
        {
            var reader = new ByteReader(Entry(series));
            foreach (var name in sets[(int)reader.ReadVarint()])
                postings.Count(rankOfName[name], rankOfValue[name][(int)reader.ReadVarint()]);
        }
    }

    int[] NamesOfSet(int set)
    {
        List<int> names = [];
        for (var reader = new ByteReader(_sets[set]); reader.Remaining.Length > 0;)
            names.Add((int)reader.ReadVarint());
        return [.. names];
    }

    int[] OrderOfSeries(int[][] sets, int[] rankOfName, int[][] rankOfValue)
    {
        var order = new int[SeriesCount];
        var sorted = true;
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
            sorted &= i == 0 || Compare(i - 1, i) < 0;
        }

        if (!sorted)
            Array.Sort(order, Compare);
        return order;

        int Compare(int left, int right)
        {
            var lefts = new ByteReader(Entry(left));
            var rights = new ByteReader(Entry(right));
            var (leftSet, rightSet) = (sets[(int)lefts.ReadVarint()], sets[(int)rights.ReadVarint()]);
            for (var i = 0; i < Math.Min(leftSet.Length, rightSet.Length); i++)
            {
                if (leftSet[i] != rightSet[i])
                    return rankOfName[leftSet[i]] - rankOfName[rightSet[i]];
                var ranks = rankOfValue[leftSet[i]];
                var difference = ranks[(int)lefts.ReadVarint()] - ranks[(int)rights.ReadVarint()];
                if (difference != 0)
                    return difference;
            }

            return leftSet.Length - rightSet.Length;
        }
    }

    ReadOnlySpan<byte> Entry(int series)
    {
        var start = _entryAt[series];
        return _entries.Written[start..(series + 1 < SeriesCount ? _entryAt[series + 1] : _entries.Length)];
    }

    GrowingBytes BuildLabels(int[] names, int[][] values, uint[][] postingsOffsets)
    {
        var section = new GrowingBytes((int)_arena.AllocatedBytes + values.Sum(static column => column.Length + 8) * 2 * sizeof(uint));
        section.WriteUInt32((uint)names.Length);
        section.Reserve(names.Length * sizeof(uint));
        for (var rank = 0; rank < names.Length; rank++)
        {
            section.SetUInt32((rank + 1) * sizeof(uint), (uint)section.Length);
            var name = _names[names[rank]];
            section.WriteVarint((ulong)name.Length);
            section.Write(name);
            section.WriteUInt32((uint)values[rank].Length);
            uint textOffset = 0;
            foreach (var value in values[rank])
            {
                section.WriteUInt32(textOffset);
                textOffset += (uint)_values[names[rank]][value].Length;
            }

            section.WriteUInt32(textOffset);
            foreach (var offset in postingsOffsets[rank])
                section.WriteUInt32(offset);
            foreach (var value in values[rank])
                section.Write(_values[names[rank]][value]);
        }

        return section;
    }

    static int[] Ranks(int[] sorted)
    {
        var ranks = new int[sorted.Length];
        for (var rank = 0; rank < sorted.Length; rank++)
            ranks[sorted[rank]] = rank;
        return ranks;
    }
}
