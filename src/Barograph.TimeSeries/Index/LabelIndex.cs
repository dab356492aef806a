using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Barograph.TimeSeries;

/// <summary>
/// For each label and value the series that have it (postings), numbered ascending. One thread adds; any number read
/// meanwhile, without locks, and see at least what was added before they began.
/// </summary>
internal sealed class LabelIndex(ByteArena arena) : ILabelColumns
{
    readonly SymbolTable _names = new(arena);
    LabelColumn[] _columns = new LabelColumn[16];

    /// <summary>The labels that occur.</summary>
    public ReadOnlySpan<LabelColumn> Columns
    {
        get
        {
            var count = _names.Count; // before the array: a column is in place before its name is counted
            return Volatile.Read(ref _columns).AsSpan(0, count);
        }
    }

    /// <summary>Adds a series with a key that was checked. Series come in ascending order.</summary>
    /// <param name="places">Where in the arena its labels are kept, one after the other.</param>
    public void Add(int series, ReadOnlySpan<byte> key, List<int> places)
    {
        places.Clear();
        var labels = new SeriesKey(key);
        while (labels.MoveNext())
        {
            var name = _names.Find(labels.Name);
            if (name < 0)
                name = AddColumn(labels.Name);
            places.Add(_columns[name].Add(series, labels.Label, labels.Value));
        }
    }

    public IEnumerable<string> Names => Columns.ToArray().Select(static column => column.Name);

    ILabelColumn? ILabelColumns.Find(ReadOnlySpan<byte> name) => Find(name);

    /// <summary>The column of a label, or null when no series has it.</summary>
    public LabelColumn? Find(ReadOnlySpan<byte> name)
    {
        var number = _names.Find(name);
        return number < 0 ? null : Volatile.Read(ref _columns)[number];
    }

    int AddColumn(ReadOnlySpan<byte> name)
    {
        var number = _names.Count;
        if (number == _columns.Length)
        {
            var columns = _columns;
            Array.Resize(ref columns, number * 2);
            Volatile.Write(ref _columns, columns);
        }

        _columns[number] = new LabelColumn(LabelNames.Text(name), arena);
        return _names.Add(name, arena.Keep(name), 0);
    }
}

/// <summary>The values of one label and their series.</summary>
internal sealed class LabelColumn(string name, ByteArena arena) : ILabelColumn
{
    Posting[] _postings = new Posting[4];
    GrowingOrder? _order; // from the first on who asks

    public string Name { get; } = name;

    /// <summary>The values, numbered as the postings.</summary>
    public SymbolTable Values { get; } = new(arena);

    /// <summary>The series with a value, ascending.</summary>
    public ReadOnlySpan<int> Series(int value) => Volatile.Read(ref _postings)[value].Read();

    int ILabelColumn.Count => Values.Count;

    int[]? ILabelColumn.Order => LazyInitializer.EnsureInitialized(ref _order, () => new GrowingOrder((left, right) => Values[left].SequenceCompareTo(Values[right]))).Of(Values.Count);

    ReadOnlySpan<byte> ILabelColumn.this[int value] => Values[value];

    int ILabelColumn.Find(ReadOnlySpan<byte> value) => Values.Find(value);

    void ILabelColumn.AddSeries(int value, SeriesSet set) => set.Add(Series(value));

    /// <summary>Adds a series with a label; its bytes are kept once for all series that have it.</summary>
    /// <returns>Where in the arena the label is.</returns>
    public int Add(int series, ReadOnlySpan<byte> label, ReadOnlySpan<byte> value)
    {
        var number = Values.Find(value);
        if (number < 0)
        {
            if (Values.Count == _postings.Length)
            {
                var postings = _postings;
                Array.Resize(ref postings, _postings.Length * 2);
                Volatile.Write(ref _postings, postings);
            }

            _postings[Values.Count].Add(series);
            number = Values.Add(value, arena.Keep(label), label.Length - value.Length);
        }
        else
        {
            _postings[number].Add(series);
        }

        return Values.PlaceOf(number);
    }

    /// <summary>Ascending numbers. Most values of a label that tells series apart have one series: it needs no array.</summary>
    struct Posting
    {
        int[]? _series; // from the second on, all of them
        int _first;
        int _count;

        public void Add(int series)
        {
            // What a reader finds there before the count: it takes the count first.
            if (_count == 0)
                _first = series;
            else if (_series is null || _count == _series.Length)
                Grow();
            if (_count > 0)
                _series![_count] = series;
            Volatile.Write(ref _count, _count + 1);
        }

        [UnscopedRef]
        public readonly ReadOnlySpan<int> Read()
        {
            var count = Volatile.Read(in _count);
            return count <= 1 ? new ReadOnlySpan<int>(in _first)[..count] : Volatile.Read(in _series).AsSpan(0, count);
        }

        void Grow()
        {
            var grown = new int[BitOperations.RoundUpToPowerOf2((uint)_count + 1)];
            if (_series is null)
                grown[0] = _first;
            else
                _series.CopyTo(grown, 0);
            Volatile.Write(ref _series, grown);
        }
    }
}
