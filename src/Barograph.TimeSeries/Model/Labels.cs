using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Barograph.TimeSeries;

/// <summary>One name–value pair of a series. The value is never empty: an empty value is the same as no label.</summary>
public readonly record struct Label(string Name, string Value);

/// <summary>
/// What identifies a series: its metric name (the label <see cref="MetricName"/>) and all other labels, sorted by name
/// (ordinal), each name once. Immutable; equality is by content.
/// </summary>
public sealed class Labels : IEquatable<Labels>, IReadOnlyList<Label>
{
    /// <summary>The label that holds the metric's name.</summary>
    public const string MetricName = "__name__";

    /// <summary>No labels at all.</summary>
    public static readonly Labels Empty = new([]);

    readonly Label[] _pairs;
    int _hash;

    Labels(Label[] sorted) => _pairs = sorted;

    /// <summary>Builds labels from pairs in any order; pairs with an empty value are left out.</summary>
    /// <exception cref="ArgumentException">A name is empty or occurs twice.</exception>
    public static Labels From(params IEnumerable<Label> pairs)
    {
        var kept = pairs.Where(pair => pair.Value.Length > 0).ToArray();
        Array.Sort(kept, static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        for (var i = 0; i < kept.Length; i++)
        {
            if (kept[i].Name.Length == 0)
                throw new ArgumentException("A label name is empty.", nameof(pairs));
            if (i > 0 && kept[i].Name == kept[i - 1].Name)
                throw new ArgumentException($"The label '{kept[i].Name}' occurs twice.", nameof(pairs));
        }

        return kept.Length == 0 ? Empty : new Labels(kept);
    }

    /// <summary>Builds labels from name, value, name, value …</summary>
    public static Labels Of(params ReadOnlySpan<string> namesAndValues)
    {
        var pairs = new Label[namesAndValues.Length / 2];
        for (var i = 0; i < pairs.Length; i++)
            pairs[i] = new Label(namesAndValues[2 * i], namesAndValues[2 * i + 1]);
        return From(pairs);
    }

    /// <summary>Takes over an array that is sorted by name, without empty values and duplicates. The caller forgets the array.</summary>
    public static Labels FromSorted(Label[] sorted) => sorted.Length == 0 ? Empty : new Labels(sorted);

    /// <inheritdoc/>
    public int Count => _pairs.Length;

    /// <inheritdoc/>
    public Label this[int index] => _pairs[index];

    /// <summary>The pairs, sorted by name.</summary>
    public ReadOnlySpan<Label> Pairs => _pairs;

    /// <summary>The metric's name, or "" when there is none.</summary>
    public string Name => Get(MetricName);

    /// <summary>The value of a label, or "" when the series does not have it.</summary>
    public string Get(string name) => TryGet(name, out var value) ? value : "";

    /// <summary>Looks a label up by name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out string? value)
    {
        foreach (var pair in _pairs)
        {
            if (pair.Name == name)
            {
                value = pair.Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <inheritdoc/>
    public bool Equals(Labels? other) =>
        ReferenceEquals(this, other) || (other is not null && GetHashCode() == other.GetHashCode() && Pairs.SequenceEqual(other.Pairs));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Labels);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        if (_hash != 0)
            return _hash;
        var hash = new HashCode();
        foreach (var pair in _pairs)
        {
            hash.Add(pair.Name);
            hash.Add(pair.Value);
        }

        var computed = hash.ToHashCode();
        return _hash = computed == 0 ? 1 : computed; // 0 means "not computed yet"
    }

    /// <inheritdoc/>
    public IEnumerator<Label> GetEnumerator() => ((IEnumerable<Label>)_pairs).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>As PromQL writes it: <c>up{host="a"}</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Name);
        var first = true;
        foreach (var (name, value) in _pairs)
        {
            if (name == MetricName)
                continue;
            text.Append(first ? '{' : ',').Append(name).Append("=\"")
                .Append(value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")).Append('"');
            first = false;
        }

        if (!first)
            text.Append('}');
        return text.Length == 0 ? "{}" : text.ToString();
    }
}
