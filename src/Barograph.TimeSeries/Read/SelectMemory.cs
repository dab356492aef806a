using System.Runtime.CompilerServices;

namespace Barograph.TimeSeries;

/// <summary>
/// What selects with the same matchers found, from the second one on: dashboards, rules and tables ask the same again and again, and of short windows finding the
/// series, ordering them and reading their labels costs more than reading their samples. Nothing here goes out of date: a block never changes, and
/// what came to a window's index is looked at. How much is kept is counted in series; what was not asked for longest goes first. Safe from many threads.
/// </summary>
/// <param name="maxSeries">How many series may be kept; a select of more than half of them is not kept at all.</param>
internal sealed class SelectMemory(int maxSeries = 50_000)
{
    const int MaxSelects = 256;

    readonly Lock _gate = new(); // guards the fields below
    readonly int[] _seen = new int[1024]; // hashes of what was asked once
    readonly Dictionary<MatcherList, LinkedListNode<KnownSelect>> _selects = [];
    readonly LinkedList<KnownSelect> _byUse = new(); // the newest first
    long _series;

    /// <summary>How many series are kept.</summary>
    public long SeriesCount
    {
        get
        {
            lock (_gate)
                return _series;
        }
    }

    /// <summary>What is known of a select, or null: it is asked for the first time, by these very matchers.</summary>
    public KnownSelect? Of(IReadOnlyList<Matcher> matchers)
    {
        var list = new MatcherList([.. matchers]);
        var hash = list.GetHashCode();
        lock (_gate)
        {
            if (_selects.TryGetValue(list, out var node))
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
                return node.Value.IsTooLarge ? null : node.Value;
            }

            ref var seen = ref _seen[(uint)hash % _seen.Length];
            if (seen != hash)
            {
                seen = hash;
                return null;
            }

            var known = new KnownSelect(list);
            _selects.Add(list, _byUse.AddFirst(known));
            if (_selects.Count > MaxSelects)
                Drop(_byUse.Last!);
            return known;
        }
    }

    /// <summary>To be called after each select of one that is known.</summary>
    public void Count(KnownSelect known)
    {
        var size = known.SeriesCount;
        lock (_gate)
        {
            if (!_selects.TryGetValue(known.Matchers, out var node) || node.Value != known)
                return; // dropped meanwhile
            if (size > maxSeries / 2)
            {
                known.LetGo();
                size = 0;
            }

            (_series, known.CountedSeries) = (_series + size - known.CountedSeries, size);
            while (_series > maxSeries)
                Drop(_byUse.Last!);
        }
    }

    void Drop(LinkedListNode<KnownSelect> node)
    {
        _byUse.Remove(node);
        _selects.Remove(node.Value.Matchers);
        _series -= node.Value.CountedSeries;
    }
}

/// <summary>Matchers, the same when they are the very same ones: a prepared query has its own, for as long as it lives.</summary>
internal readonly struct MatcherList(Matcher[] matchers) : IEquatable<MatcherList>
{
    public ReadOnlySpan<Matcher> Matchers => matchers;

    public bool Equals(MatcherList other)
    {
        if (matchers.Length != other.Matchers.Length)
            return false;
        for (var i = 0; i < matchers.Length; i++)
        {
            if (!ReferenceEquals(matchers[i], other.Matchers[i]))
                return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => obj is MatcherList other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var matcher in matchers)
            hash.Add(RuntimeHelpers.GetHashCode(matcher));
        return hash.ToHashCode();
    }
}

/// <summary>One select that is asked again and again.</summary>
internal sealed class KnownSelect(MatcherList matchers)
{
    // Sources come and go with each block that is written; more than so many are not the last minutes of anything.
    const int MaxSources = 8;

    // Numbers are four bytes, a series with its labels some hundred.
    const int NumbersOfASeries = 16;

    // So many new series are looked at one by one; more are found by the index.
    const int FewSeries = 1000;

    Found[] _found = []; // the one that was used last first; replaced, never changed
    SeriesRoster? _roster;

    public MatcherList Matchers => matchers;

    /// <summary>What <see cref="SelectMemory"/> has counted it as.</summary>
    public long CountedSeries { get; set; }

    /// <summary>Nothing of it is kept.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>How many series it keeps, about.</summary>
    public long SeriesCount => 1 + (Volatile.Read(ref _roster)?.Count ?? 0) + Volatile.Read(ref _found).Sum(static found => (long)found.Series.Length) / NumbersOfASeries;

    /// <summary>The series of a window's index that match, in the order of their labels.</summary>
    public int[] Find(SeriesIndex index, IReadOnlyList<Matcher> wanted)
    {
        var count = index.Count;
        var found = Array.Find(Volatile.Read(ref _found), found => found.Source == index.Id);
        if (found.Series is { } known && (found.Count >= count || NoneMatches(index, found.Count, count)))
            return found.Count >= count ? known : Keep(new Found(index.Id, count, known));
        var series = PostingsQuery.Find(index.Labels, count, wanted);
        index.SortByLabels([.. series], series);
        return Keep(new Found(index.Id, count, series));
    }

    /// <summary>The series of a block that match; their order is that of their labels.</summary>
    public int[] Find(Block block, IReadOnlyList<Matcher> wanted)
    {
        var found = Array.Find(Volatile.Read(ref _found), found => found.Source == block.Id);
        return found.Series ?? Keep(new Found(block.Id, block.SeriesCount, block.Find(wanted)));
    }

    /// <summary>The roster of a union: that of the select before, when it has the same series.</summary>
    /// <param name="union">The series.</param>
    /// <param name="sources">What its parts call sources, by their identifiers.</param>
    public SeriesRoster Roster(SeriesUnion union, long[] sources)
    {
        if (Volatile.Read(ref _roster) is { } last && last.IsOf(union, sources))
            return last;
        var roster = new SeriesRoster(union, sources);
        Volatile.Write(ref _roster, roster);
        return roster;
    }

    /// <summary>It is too large to be kept.</summary>
    public void LetGo()
    {
        IsTooLarge = true;
        Volatile.Write(ref _found, []);
        Volatile.Write(ref _roster, null);
    }

    bool NoneMatches(SeriesIndex index, int from, int to)
    {
        if (to - from > FewSeries)
            return false;
        var key = new GrowingBytes();
        for (var series = from; series < to; series++)
        {
            var labels = index.Key(series, key);
            var all = true;
            foreach (var matcher in matchers.Matchers)
                all &= matcher.Matches(SeriesKey.Find(labels, System.Text.Encoding.UTF8.GetBytes(matcher.Name)));
            if (all)
                return false;
        }

        return true;
    }

    // Of two threads that replace it, one is forgotten: it is found again.
    int[] Keep(Found found)
    {
        Volatile.Write(ref _found, [found, .. Volatile.Read(ref _found).Where(other => other.Source != found.Source).Take(MaxSources - 1)]);
        return found.Series;
    }

    /// <summary>What was found in a source among its first series.</summary>
    readonly record struct Found(long Source, int Count, int[] Series);
}

/// <summary>
/// The series of a select in their order, and their labels as far as somebody asked for them. Two selects with the same roster have the same series:
/// what was worked out from the labels of one holds for the other.
/// </summary>
internal sealed class SeriesRoster
{
    readonly long[] _sources;
    readonly (int Series, ushort Source)[] _places; // of the first part of each

    public SeriesRoster(SeriesUnion union, long[] sources)
    {
        _sources = sources;
        _places = new (int, ushort)[union.Count];
        for (var series = 0; series < _places.Length; series++)
            _places[series] = PlaceOf(union, series);
        Labels = new Labels?[_places.Length];
    }

    public int Count => _places.Length;

    /// <summary>By series; null where nobody has asked.</summary>
    public Labels?[] Labels { get; }

    /// <summary>Whether it is of these series. A number of a source never comes to stand for another series.</summary>
    public bool IsOf(SeriesUnion union, long[] sources)
    {
        if (union.Count != _places.Length || !sources.AsSpan().SequenceEqual(_sources))
            return false;
        for (var series = 0; series < _places.Length; series++)
        {
            if (PlaceOf(union, series) != _places[series])
                return false;
        }

        return true;
    }

    static (int Series, ushort Source) PlaceOf(SeriesUnion union, int series)
    {
        var part = union[union.PartsOf(series).From];
        return (part.Series, part.Source);
    }
}

/// <summary>Numbers for what series are selected from, each given once: they may be kept where the source itself must not be.</summary>
internal static class SourceIds
{
    static long s_last;

    public static long Next() => Interlocked.Increment(ref s_last);
}
