using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>
/// Gathers the series of a block under way, some twenty bytes for each, and writes its index when all are known. Until then labels have the numbers of
/// their source; in the file those that some series has are numbered in the order of their bytes.
/// </summary>
/// <param name="labels">What the numbers stand for.</param>
/// <param name="seriesExpected">About how many series will come.</param>
internal sealed class BlockIndexBuilder(ILabelTexts labels, int seriesExpected) : IDisposable
{
    const int BytesOfSeries = 24;
    const int ValuesBetweenLettingGo = 8192;

    readonly List<int[]> _sets = []; // of names
    readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _setNumbers = new Dictionary<byte[], int>(KeyBytes.Comparer).GetAlternateLookup<ReadOnlySpan<byte>>();
    readonly List<int> _set = [];
    readonly OffHeapBytes _entries = new(seriesExpected * BytesOfSeries); // set, values, size of the chunks; the chunks as in the section
    readonly GrowingBytes _entry = new();
    readonly GrowingBytes _chunks = new();

    public int SeriesCount { get; private set; }

    public long ChunkCount { get; private set; }

    /// <summary>Adds a series; they come in the order of their labels, each once.</summary>
    public void Add(ReadOnlySpan<(int Name, int Value)> series, ReadOnlySpan<ChunkRef> chunks)
    {
        _set.Clear();
        foreach (var (name, _) in series)
            _set.Add(name);
        _entry.Clear();
        _entry.WriteVarint((ulong)NumberOfSet(CollectionsMarshal.AsSpan(_set)));
        foreach (var (_, value) in series)
            _entry.WriteVarint((ulong)value);
        _chunks.Clear();
        _chunks.WriteVarint((ulong)chunks.Length);
        long expected = 0;
        foreach (var chunk in chunks)
            SeriesSection.WriteChunk(_chunks, chunk, ref expected);
        _entry.WriteVarint((ulong)_chunks.Length);
        _entry.Write(_chunks.Written);
        _entries.Write(_entry.Written);
        SeriesCount++;
        ChunkCount += chunks.Length;
    }

    /// <summary>Writes the sections, in the order of <see cref="SectionKind"/>.</summary>
    public Section[] Write(BlockFile file, TimesPool times)
    {
        using var ranks = new Ranks(labels, CountUses());
        Invariant.Holds(IsSorted(ranks));
        var (postings, offsets) = PostingsBuilder.Build(ranks.Counts, use => ForEachLabel(ranks, use));
        using (postings)
        using (offsets)
        {
            return
            [
                file.WriteSection(to => WriteLabels(to, ranks, offsets)),
                file.WriteSection(postings.Written),
                file.WriteSection(to => WriteSeries(to, ranks)),
                file.WriteSection(times.Entries),
                file.WriteSection(to => BlockSpare.Write(to, plain => WriteLabels(plain, ranks, offsets), plain => WriteSeriesOfSpare(plain, ranks), times)),
            ];
        }
    }

    public void Dispose() => _entries.Dispose();

    int NumberOfSet(ReadOnlySpan<int> names)
    {
        if (_sets.Count > 0 && names.SequenceEqual(_sets[^1]))
            return _sets.Count - 1;
        var bytes = MemoryMarshal.AsBytes(names);
        if (_setNumbers.TryGetValue(bytes, out var known))
            return known;
        _setNumbers[bytes] = _sets.Count;
        _sets.Add([.. names]);
        return _sets.Count - 1;
    }

    /// <summary>For each name and value how many series have it.</summary>
    ColumnNumbers CountUses()
    {
        var uses = new ColumnNumbers([.. Enumerable.Range(0, labels.NameCount).Select(labels.ValueCount)]);
        var entries = new Entries(_entries.Written, _sets);
        while (entries.MoveNext())
        {
            foreach (var name in entries.Names)
                uses.At(name, entries.ReadValue())++;
        }

        return uses;
    }

    bool IsSorted(Ranks ranks)
    {
        List<(int, int)> before = [], current = [];
        var entries = new Entries(_entries.Written, _sets);
        while (entries.MoveNext())
        {
            current.Clear();
            foreach (var name in entries.Names)
                current.Add((ranks.OfName[name], ranks.OfValue.At(name, entries.ReadValue())));
            if (before.Count > 0 && CollectionsMarshal.AsSpan(before).SequenceCompareTo(CollectionsMarshal.AsSpan(current)) >= 0)
                return false;
            (before, current) = (current, before);
        }

        return true;
    }

    void ForEachLabel(Ranks ranks, PostingsBuilder.Member use)
    {
        var entries = new Entries(_entries.Written, _sets);
        for (var series = 0; entries.MoveNext(); series++)
        {
            foreach (var name in entries.Names)
                use(ranks.OfName[name], ranks.OfValue.At(name, entries.ReadValue()), series);
        }
    }

    void WriteLabels(ByteDrain to, Ranks ranks, ColumnNumbers postingsOffsets)
    {
        to.WriteUInt32((uint)ranks.Names.Length);
        var columnAt = (uint)(1 + ranks.Names.Length) * sizeof(uint);
        foreach (var name in ranks.Names)
        {
            to.WriteUInt32(columnAt);
            columnAt += SizeOfColumn(ranks, name);
        }

        foreach (var name in ranks.Names)
        {
            to.WriteVarint((ulong)labels.Name(name).Length);
            to.Write(labels.Name(name));
            to.WriteUInt32((uint)ranks.Counts[ranks.OfName[name]].Length);
            uint textAt = 0;
            ForEachValue(ranks, name, value =>
            {
                to.WriteUInt32(textAt);
                textAt += (uint)labels.Value(name, value).Length;
            });
            to.WriteUInt32(textAt);
            foreach (var offset in postingsOffsets[ranks.OfName[name]])
                to.WriteUInt32((uint)offset);
            ForEachValue(ranks, name, value => to.Write(labels.Value(name, value)));
        }

        labels.LetGo();
    }

    uint SizeOfColumn(Ranks ranks, int name)
    {
        var texts = 0;
        ForEachValue(ranks, name, value => texts += labels.Value(name, value).Length);
        var nameBytes = labels.Name(name).Length;
        return (uint)(ByteWriter.VarintBytes(nameBytes) + nameBytes + (2 + 2 * ranks.Counts[ranks.OfName[name]].Length) * sizeof(uint) + texts);
    }

    /// <summary>The values of a name that some series has, in order.</summary>
    void ForEachValue(Ranks ranks, int name, Action<int> use)
    {
        var done = 0;
        foreach (var value in ranks.Orders[name])
        {
            if (ranks.OfValue.At(name, value) >= 0)
                use(value);
            if (++done % ValuesBetweenLettingGo == 0)
                labels.LetGo();
        }
    }

    void WriteSeries(ByteDrain to, Ranks ranks)
    {
        var at = 0;
        var entries = new Entries(_entries.Written, _sets);
        while (entries.MoveNext())
        {
            to.WriteUInt32((uint)at);
            at += ByteWriter.VarintBytes(entries.Set);
            foreach (var name in entries.Names)
                at += ByteWriter.VarintBytes(ranks.OfValue.At(name, entries.ReadValue()));
            at += entries.Chunks.Length;
        }

        WriteSets(to, ranks);
        for (entries = new Entries(_entries.Written, _sets); entries.MoveNext();)
        {
            WriteLabels(to, ranks, ref entries);
            to.Write(entries.Chunks);
        }
    }

    /// <summary>Without the offsets, and with "expected" going on from series to series.</summary>
    void WriteSeriesOfSpare(ByteDrain to, Ranks ranks)
    {
        WriteSets(to, ranks);
        var entry = new GrowingBytes();
        long expected = 0;
        for (var entries = new Entries(_entries.Written, _sets); entries.MoveNext();)
        {
            WriteLabels(to, ranks, ref entries);
            var chunks = new ByteReader(entries.Chunks);
            entry.Clear();
            long from = 0;
            SeriesSection.CopyChunks(ref chunks, entry, ref from, ref expected);
            to.Write(entry.Written);
        }
    }

    void WriteSets(ByteDrain to, Ranks ranks)
    {
        to.WriteVarint((ulong)_sets.Count);
        var bytes = new GrowingBytes();
        foreach (var set in _sets)
        {
            bytes.Clear();
            SeriesSection.WriteSet(bytes, [.. set.Select(name => ranks.OfName[name])]);
            to.Write(bytes.Written);
        }
    }

    static void WriteLabels(ByteDrain to, Ranks ranks, ref Entries entries)
    {
        to.WriteVarint((ulong)entries.Set);
        foreach (var name in entries.Names)
            to.WriteVarint((ulong)ranks.OfValue.At(name, entries.ReadValue()));
    }

    /// <summary>Steps through the gathered series: for each take the value of each of its names, then its chunks.</summary>
    ref struct Entries(ReadOnlySpan<byte> entries, List<int[]> sets)
    {
        ByteReader _reader = new(entries);

        public int Set { get; private set; }

        public readonly int[] Names => sets[Set];

        /// <summary>The chunks, when all values were read.</summary>
        public ReadOnlySpan<byte> Chunks { get; private set; }

        int _left;

        public bool MoveNext()
        {
            if (_reader.Remaining.IsEmpty)
                return false;
            Set = (int)_reader.ReadVarint();
            _left = Names.Length;
            if (_left == 0)
                ReadChunks();
            return true;
        }

        public int ReadValue()
        {
            var value = (int)_reader.ReadVarint();
            if (--_left == 0)
                ReadChunks();
            return value;
        }

        void ReadChunks() => Chunks = _reader.Read((int)_reader.ReadVarint());
    }

    /// <summary>What labels are numbered with in the file.</summary>
    sealed class Ranks : IDisposable
    {
        /// <param name="labels">The labels.</param>
        /// <param name="uses">For each name and value how many series have it; becomes <see cref="OfValue"/>.</param>
        public Ranks(ILabelTexts labels, ColumnNumbers uses)
        {
            OfValue = uses;
            OfName = new int[uses.ColumnCount];
            Orders = new ColumnNumbers(uses.ValueCounts());
            Names = [.. Enumerable.Range(0, uses.ColumnCount).Where(name => uses[name].ContainsAnyExcept(0))];
            Array.Sort(Names, (left, right) => labels.Name(left).SequenceCompareTo(labels.Name(right)));
            Counts = new ColumnNumbers([.. Names.Select(name => uses[name].Length - uses[name].Count(0))]);
            for (var rank = 0; rank < Names.Length; rank++)
            {
                var name = Names[rank];
                OfName[name] = rank;
                labels.ReadValueOrder(name, Orders[name]);
                Rank(uses[name], Orders[name], Counts[rank]);
            }
        }

        /// <summary>The names that some series has, in order.</summary>
        public int[] Names { get; }

        public int[] OfName { get; }

        /// <summary>For each name and value; below 0 for values that no series has.</summary>
        public ColumnNumbers OfValue { get; }

        /// <summary>For each name its values in order.</summary>
        public ColumnNumbers Orders { get; }

        /// <summary>For each rank of a name, and rank of a value, how many series have it.</summary>
        public ColumnNumbers Counts { get; }

        public void Dispose()
        {
            OfValue.Dispose();
            Orders.Dispose();
            Counts.Dispose();
        }

        /// <summary>Puts ranks in the place of counts, which move to where their rank says.</summary>
        static void Rank(Span<int> uses, ReadOnlySpan<int> order, Span<int> counts)
        {
            var rank = 0;
            foreach (var value in order)
            {
                if (uses[value] > 0)
                {
                    counts[rank] = uses[value];
                    uses[value] = rank++;
                }
                else
                {
                    uses[value] = -1;
                }
            }
        }
    }
}
