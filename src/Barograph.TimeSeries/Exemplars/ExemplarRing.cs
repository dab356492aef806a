namespace Barograph.TimeSeries;

/// <summary>
/// The newest exemplars of all series, so many and no more: a new one takes the place of the one that came first. For each series they
/// are in the order of time, value, labels; the same one again changes nothing. Safe from many threads.
/// </summary>
internal sealed class ExemplarRing(int limit)
{
    /// <summary>One that comes so late that it stands behind so many newer ones of its series is not worth the way.</summary>
    const int StepsMax = 1000;

    readonly Lock _gate = new(); // guards the fields below and all that hangs on them
    readonly Dictionary<byte[], Entry> _series = new(KeyBytes.Comparer);
    Node?[] _ring = []; // in the order of their coming; grows up to the limit
    int _count, _next;

    /// <summary>Whether there is something that the file does not have.</summary>
    public bool HasChanged { get; private set; }

    /// <summary>Whether a series has this exemplar.</summary>
    public bool Contains(ReadOnlySpan<byte> seriesKey, in ExemplarSample exemplar)
    {
        lock (_gate)
        {
            return _series.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(seriesKey, out var series)
                && FindPlace(series, exemplar.TimestampMs, exemplar.Value, exemplar.LabelsKey.Span, out _) == Place.Taken;
        }
    }

    /// <summary>Adds an exemplar.</summary>
    /// <returns>Whether it is there now; false when it came too late.</returns>
    public bool Add(ReadOnlySpan<byte> seriesKey, long timestampMs, double value, ReadOnlySpan<byte> labelsKey)
    {
        lock (_gate)
        {
            if (limit == 0)
                return false;
            var byKey = _series.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (!byKey.TryGetValue(seriesKey, out var series))
            {
                series = new Entry(seriesKey.ToArray());
                _series.Add(series.Key, series);
            }

            var place = FindPlace(series, timestampMs, value, labelsKey, out var earlier);
            if (place != Place.Free)
                return place == Place.Taken;
            var node = new Node(series, timestampMs, value, labelsKey.ToArray());
            series.InsertAfter(earlier, node);
            Keep(node);
            HasChanged = true;
            return true;
        }
    }

    /// <summary>The exemplars of the series that match, in a range; series sorted by labels.</summary>
    public IReadOnlyList<SeriesExemplars> Select(IReadOnlyList<Matcher> matchers, TimeRange range)
    {
        var found = new List<SeriesExemplars>();
        foreach (var series in EntriesNow().Where(series => IsMatch(series, matchers)))
        {
            lock (_gate)
            {
                var exemplars = new List<Exemplar>();
                for (var node = series.Newest; node is not null && node.TimestampMs >= range.StartMs; node = node.Earlier)
                {
                    if (node.TimestampMs < range.EndMs)
                        exemplars.Add(new Exemplar(node.TimestampMs, node.Value, SeriesKey.Decode(node.LabelsKey)));
                }

                exemplars.Reverse();
                if (exemplars.Count > 0)
                    found.Add(new SeriesExemplars(series.Labels, exemplars));
            }
        }

        return found;
    }

    /// <summary>Forgets what the series that match have in a range.</summary>
    public void Delete(IReadOnlyList<Matcher> matchers, TimeRange range)
    {
        var matching = EntriesNow().Where(series => IsMatch(series, matchers)).ToHashSet();
        lock (_gate)
        {
            var kept = InOrder().Where(node => !matching.Contains(node.Series) || !range.Contains(node.TimestampMs)).ToArray();
            HasChanged |= kept.Length < _count;
            _series.Clear();
            (_ring, _count, _next) = ([], 0, 0);
            foreach (var node in kept)
                Add(node.Series.Key, node.TimestampMs, node.Value, node.LabelsKey);
        }
    }

    /// <summary>All of them as entries of a record, in the order of their coming; what comes later counts as changed.</summary>
    public (int Count, GrowingBytes Entries) Encode()
    {
        lock (_gate)
        {
            var entries = new GrowingBytes();
            byte[]? previous = null;
            foreach (var node in InOrder())
            {
                ExemplarRecord.WriteEntry(entries, node.Series.Key == previous ? [] : node.Series.Key, node.TimestampMs, node.Value, node.LabelsKey);
                previous = node.Series.Key;
            }

            HasChanged = false;
            return (_count, entries);
        }
    }

    /// <summary>What was encoded is not in the file after all.</summary>
    public void MarkChanged()
    {
        lock (_gate)
            HasChanged = true;
    }

    Entry[] EntriesNow()
    {
        lock (_gate)
            return [.. _series.Values.OrderBy(static series => series.Key, Comparer<byte[]>.Create(static (left, right) => SeriesKey.Compare(left, right)))];
    }

    IEnumerable<Node> InOrder()
    {
        for (var i = _count; i > 0; i--)
            yield return _ring[(_next - i + _ring.Length) % _ring.Length]!;
    }

    void Keep(Node node)
    {
        if (_count == _ring.Length && _count < limit)
        {
            Array.Resize(ref _ring, (int)Math.Min(limit, Math.Max(64, 2L * _count))); // not full before, so the oldest stands first
            _next = _count;
        }

        if (_ring[_next] is { } oldest)
        {
            oldest.Series.Remove(oldest);
            if (oldest.Series.Newest is null)
                _series.Remove(oldest.Series.Key);
            _count--;
        }

        _ring[_next] = node;
        _next = (_next + 1) % _ring.Length;
        _count++;
    }

    static bool IsMatch(Entry series, IReadOnlyList<Matcher> matchers)
    {
        foreach (var matcher in matchers)
        {
            if (!matcher.Matches(series.Labels.Get(matcher.Name)))
                return false;
        }

        return true;
    }

    static Place FindPlace(Entry series, long timestampMs, double value, ReadOnlySpan<byte> labelsKey, out Node? earlier)
    {
        earlier = series.Newest;
        for (var steps = 0; earlier is not null; earlier = earlier.Earlier)
        {
            var order = earlier.CompareTo(timestampMs, value, labelsKey);
            if (order == 0)
                return Place.Taken;
            if (order < 0)
                break;
            if (++steps > StepsMax)
                return Place.TooFar;
        }

        return Place.Free;
    }

    enum Place
    {
        Free,
        Taken,
        TooFar,
    }

    sealed class Entry(byte[] key)
    {
        Labels? _labels;

        public byte[] Key => key;

        public Labels Labels => _labels ??= SeriesKey.Decode(key);

        public Node? Newest { get; private set; }

        public void InsertAfter(Node? earlier, Node node)
        {
            node.Earlier = earlier;
            node.Later = earlier is null ? Oldest() : earlier.Later;
            if (earlier is not null)
                earlier.Later = node;
            if (node.Later is { } later)
                later.Earlier = node;
            else
                Newest = node;
        }

        public void Remove(Node node)
        {
            if (node.Earlier is { } earlier)
                earlier.Later = node.Later;
            if (node.Later is { } later)
                later.Earlier = node.Earlier;
            else
                Newest = node.Earlier;
        }

        // One that goes before all: the way there was walked just now, and is short.
        Node? Oldest()
        {
            var node = Newest;
            while (node?.Earlier is { } earlier)
                node = earlier;
            return node;
        }
    }

    sealed class Node(Entry series, long timestampMs, double value, byte[] labelsKey)
    {
        public Entry Series => series;

        public long TimestampMs => timestampMs;

        public double Value => value;

        public byte[] LabelsKey => labelsKey;

        public Node? Earlier { get; set; }

        public Node? Later { get; set; }

        public int CompareTo(long otherMs, double otherValue, ReadOnlySpan<byte> otherLabels)
        {
            var order = timestampMs.CompareTo(otherMs);
            if (order == 0)
                order = value.CompareTo(otherValue);
            return order != 0 ? order : labelsKey.AsSpan().SequenceCompareTo(otherLabels);
        }
    }
}
