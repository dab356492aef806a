using System.Text;
using System.Text.Unicode;

namespace Barograph.TimeSeries;

/// <summary>Walks the labels of a series key (its format: <see cref="SampleBatch"/>). Use it on keys that were checked.</summary>
internal ref struct SeriesKey(ReadOnlySpan<byte> key)
{
    readonly ReadOnlySpan<byte> _key = key;
    int _next;

    /// <summary>The label's name, in UTF-8.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The label's value, in UTF-8.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The whole label as it stands in the key: these in a row are the key.</summary>
    public ReadOnlySpan<byte> Label { get; private set; }

    /// <summary>Steps to the next label; false at the end or where the key is broken.</summary>
    public bool MoveNext()
    {
        if (_next >= _key.Length)
            return false;
        if (TryReadLabel())
            return true;
        _next = int.MaxValue; // not at the end, ever
        return false;
    }

    /// <summary>Whether everything was read: a key is whole only if the walk ended here.</summary>
    public readonly bool AtEnd => _next == _key.Length;

    /// <summary>The first label of a key that goes on behind it.</summary>
    public static ReadOnlySpan<byte> First(ReadOnlySpan<byte> labels)
    {
        if (labels[1] < 0x80)
            return labels[..(2 + labels[1])];
        var key = new SeriesKey(labels);
        key.MoveNext();
        return key.Label;
    }

    /// <summary>Why a key cannot name a series, or <see cref="RejectReason.None"/>.</summary>
    public static RejectReason Check(ReadOnlySpan<byte> key, StoreOptions limits)
    {
        var labels = new SeriesKey(key);
        ReadOnlySpan<byte> previous = [];
        var count = 0;
        while (labels.MoveNext())
        {
            if (labels.Name.IsEmpty || labels.Value.IsEmpty || previous.SequenceCompareTo(labels.Name) >= 0
                || !Utf8.IsValid(labels.Name) || !Utf8.IsValid(labels.Value))
                return RejectReason.InvalidLabels;
            if (++count > limits.LabelCountLimit || labels.Name.Length > limits.LabelNameBytesLimit
                || labels.Value.Length > limits.LabelValueBytesLimit)
                return RejectReason.LabelLimit;
            previous = labels.Name;
        }

        return count > 0 && labels.AtEnd ? RejectReason.None : RejectReason.InvalidLabels;
    }

    /// <summary>The labels as text.</summary>
    /// <param name="key">The raw bytes.</param>
    /// <param name="similar">Labels of a series that may be similar: texts that are the same are used again.</param>
    public static Labels Decode(ReadOnlySpan<byte> key, Labels? similar = null)
    {
        var known = similar is null ? [] : similar.Pairs;
        var pairs = new Label[Count(key)];
        var labels = new SeriesKey(key);
        var isSorted = true;
        for (var i = 0; labels.MoveNext(); i++)
        {
            var like = i < known.Length && Ascii.Equals(labels.Name, known[i].Name) ? known[i] : default;
            pairs[i] = new Label(
                like.Name ?? LabelNames.Text(labels.Name),
                like.Value is not null && Ascii.Equals(labels.Value, like.Value) ? like.Value : Encoding.UTF8.GetString(labels.Value));
            isSorted &= i == 0 || string.CompareOrdinal(pairs[i - 1].Name, pairs[i].Name) < 0;
        }

        // By UTF-8 bytes and by UTF-16 units differ beyond the basic plane; Labels wants the latter.
        if (!isSorted)
            Array.Sort(pairs, static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        return Labels.FromSorted(pairs);
    }

    static int Count(ReadOnlySpan<byte> key)
    {
        var labels = new SeriesKey(key);
        var count = 0;
        while (labels.MoveNext())
            count++;
        return count;
    }

    /// <summary>The value of a label, empty when the series does not have it.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> key, ReadOnlySpan<byte> name)
    {
        var labels = new SeriesKey(key);
        while (labels.MoveNext())
        {
            if (labels.Name.SequenceEqual(name))
                return labels.Value;
        }

        return [];
    }

    /// <summary>Orders keys by their labels: names first, then values, label by label.</summary>
    public static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var lefts = new SeriesKey(left);
        var rights = new SeriesKey(right);
        while (true)
        {
            var hasLeft = lefts.MoveNext();
            var hasRight = rights.MoveNext();
            if (!hasLeft || !hasRight)
                return hasLeft.CompareTo(hasRight);
            var order = lefts.Name.SequenceCompareTo(rights.Name);
            if (order == 0)
                order = lefts.Value.SequenceCompareTo(rights.Value);
            if (order != 0)
                return order;
        }
    }

    bool TryReadLabel()
    {
        var start = _next;
        if (_key[_next++] != 0x0A || !TryReadLength(out var inner))
            return false;
        var end = _next + inner;
        if (!TryReadField(0x0A, end, out var name) || !TryReadField(0x12, end, out var value) || _next != end)
            return false;
        Name = name;
        Value = value;
        Label = _key[start..end];
        return true;
    }

    bool TryReadField(byte tag, int end, out ReadOnlySpan<byte> field)
    {
        field = default;
        if (end > _key.Length || end < _next || _next >= end || _key[_next++] != tag || !TryReadLength(out var length) || length > end - _next)
            return false;
        field = _key.Slice(_next, length);
        _next += length;
        return true;
    }

    bool TryReadLength(out int length)
    {
        length = 0;
        for (var shift = 0; shift < 28 && _next < _key.Length; shift += 7)
        {
            var more = _key[_next++];
            length |= (more & 0x7F) << shift;
            if (more < 0x80)
                return shift == 0 || more != 0; // one spelling only: a padded length would make two keys of one series
        }

        return false;
    }
}

/// <summary>Label names as text, each once: there are few of them, and every series repeats them.</summary>
internal static class LabelNames
{
    const int Capacity = 4096; // names beyond it are simply not shared
    static readonly System.Collections.Concurrent.ConcurrentDictionary<string, string> Known = new(StringComparer.Ordinal);

    public static string Text(ReadOnlySpan<byte> name)
    {
        Span<char> buffer = stackalloc char[128];
        if (name.Length > buffer.Length)
            return Encoding.UTF8.GetString(name);
        var text = buffer[..Encoding.UTF8.GetChars(name, buffer)];
        var lookup = Known.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(text, out var shared))
            return shared;
        var made = text.ToString();
        return Known.Count < Capacity ? Known.GetOrAdd(made, made) : made;
    }
}
