using System.Collections;
using System.Text;

namespace Barograph.TimeSeries;

/// <summary>
/// Texts as UTF-8, side by side: a hundred thousand strings would be a hundred thousand objects for an answer that is written as UTF-8 again.
/// Strings are made as they are asked for. What it keeps them in is rented: whoever is done with it first may dispose it; nobody must.
/// </summary>
public sealed class TextList : IReadOnlyList<string>, IDisposable
{
    readonly RentedList<byte> _bytes = new();
    readonly RentedList<int> _ends = new();

    /// <inheritdoc/>
    public int Count => _ends.Count;

    /// <inheritdoc/>
    public string this[int index] => Encoding.UTF8.GetString(Utf8(index));

    /// <summary>A text as UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8(int index)
    {
        var ends = _ends.Span;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)ends.Length, nameof(index));
        return _bytes.Span[(index == 0 ? 0 : ends[index - 1])..ends[index]];
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _ends.Dispose();
    }

    internal void Add(ReadOnlySpan<byte> utf8)
    {
        _bytes.Add(utf8);
        _ends.Add(_bytes.Count);
    }
}
