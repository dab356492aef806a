using System.Runtime.InteropServices;
using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>
/// Puts series into groups by their labels, once for all steps. Keys are never built: a series stands for its key, and two are
/// compared label by label.
/// </summary>
internal sealed class SeriesGroups
{
    readonly int[] _order;
    readonly int[] _starts;

    SeriesGroups(int[] groupOf, int count)
    {
        (GroupOf, Count) = (groupOf, count);
        _starts = new int[count + 1];
        foreach (var group in groupOf)
            _starts[group + 1]++;
        for (var group = 0; group < count; group++)
            _starts[group + 1] += _starts[group];
        _order = new int[groupOf.Length];
        var next = _starts.ToArray();
        for (var series = 0; series < groupOf.Length; series++)
            _order[next[groupOf[series]]++] = series;
    }

    /// <summary>How many groups.</summary>
    public int Count { get; }

    /// <summary>The group of each series.</summary>
    public int[] GroupOf { get; }

    /// <summary>The series of a group, ascending.</summary>
    public ReadOnlySpan<int> Members(int group) => _order.AsSpan(_starts[group], _starts[group + 1] - _starts[group]);

    public static SeriesGroups Of(SeriesHead[] heads, GroupKey key)
    {
        var groupOf = new int[heads.Length];
        if (key.PutsAllTogether)
            return new SeriesGroups(groupOf, heads.Length == 0 ? 0 : 1);
        var groups = new Dictionary<int, int>(new ByKey(heads, key));
        for (var i = 0; i < heads.Length; i++)
        {
            ref var group = ref CollectionsMarshal.GetValueRefOrAddDefault(groups, i, out var known);
            if (!known)
                group = groups.Count - 1;
            groupOf[i] = group;
        }

        return new SeriesGroups(groupOf, groups.Count);
    }

    sealed class ByKey(SeriesHead[] heads, GroupKey key) : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => key.AreEqual(heads[x], heads[y]);

        public int GetHashCode(int series) => key.Hash(heads[series]);
    }
}

/// <summary>Which labels make the key of a group.</summary>
internal sealed class GroupKey
{
    readonly string[] _names;
    readonly bool _excludes;
    readonly bool _seesNames;

    GroupKey(string[] names, bool excludes, bool seesNames)
    {
        Array.Sort(names, string.CompareOrdinal);
        (_names, _excludes, _seesNames) = (names, excludes, seesNames);
    }

    public bool PutsAllTogether => !_excludes && _names.Length == 0;

    /// <summary>The key of an aggregation.</summary>
    public static GroupKey Of(Grouping grouping, bool seesNames) => grouping.Without
        ? new GroupKey([.. grouping.Labels, Labels.MetricName, ReservedLabels.Type, ReservedLabels.Unit], excludes: true, seesNames)
        : new GroupKey([.. grouping.Labels.Distinct(StringComparer.Ordinal)], excludes: false, seesNames);

    /// <summary>The key of a match between two vectors.</summary>
    public static GroupKey Of(VectorMatching matching, bool seesNames) => matching.On
        ? new GroupKey([.. matching.Labels.Distinct(StringComparer.Ordinal)], excludes: false, seesNames)
        : new GroupKey([.. matching.Labels, Labels.MetricName], excludes: true, seesNames);

    /// <summary>All labels but some.</summary>
    public static GroupKey AllBut(params string[] names) => new(names, excludes: true, seesNames: true);

    public int Hash(SeriesHead head)
    {
        var hash = new HashCode();
        if (!_excludes)
        {
            foreach (var name in _names)
                hash.Add(Value(head, name));
            return hash.ToHashCode();
        }

        foreach (var pair in head.Labels.Pairs)
        {
            if (Skips(head, pair.Name))
                continue;
            hash.Add(pair.Name);
            hash.Add(pair.Value);
        }

        return hash.ToHashCode();
    }

    public bool AreEqual(SeriesHead left, SeriesHead right)
    {
        if (!_excludes)
        {
            foreach (var name in _names)
            {
                if (Value(left, name) != Value(right, name))
                    return false;
            }

            return true;
        }

        var a = left.Labels.Pairs;
        var b = right.Labels.Pairs;
        var (i, j) = (0, 0);
        while (true)
        {
            while (i < a.Length && Skips(left, a[i].Name))
                i++;
            while (j < b.Length && Skips(right, b[j].Name))
                j++;
            if (i == a.Length || j == b.Length)
                return i == a.Length && j == b.Length;
            if (a[i++] != b[j++])
                return false;
        }
    }

    /// <summary>The labels of the key, from any series of the group.</summary>
    public Labels LabelsOf(SeriesHead head)
    {
        if (PutsAllTogether)
            return Labels.Empty;
        var kept = new List<Label>();
        foreach (var pair in head.Labels.Pairs)
        {
            var keeps = _excludes ? !Skips(head, pair.Name) : IsListed(pair.Name) && !IsHidden(head, pair.Name);
            if (keeps)
                kept.Add(pair);
        }

        return Labels.FromSorted([.. kept]);
    }

    string Value(SeriesHead head, string name) => IsHidden(head, name) ? "" : head.Labels.Get(name);

    bool Skips(SeriesHead head, string name) => IsListed(name) || IsHidden(head, name);

    bool IsHidden(SeriesHead head, string name) => head.Nameless && !_seesNames && ReservedLabels.Contains(name);

    bool IsListed(string name)
    {
        foreach (var listed in _names)
        {
            if (listed == name)
                return true;
        }

        return false;
    }
}
