using System.Collections;
using System.Text;

namespace Barograph.TimeSeries;

/// <summary>
/// Texts as UTF-8, side by side: a hundred thousand strings would be a hundred thousand objects for an answer that is written as UTF-8 again.
/// Strings are made as they are asked for.
/// </summary>
public sealed class TextList : IReadOnlyList<string>
{
    const int TextsPerPage = 256; // so that a page is no large object

    readonly List<Page> _pages = [];

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public string this[int index] => Encoding.UTF8.GetString(Utf8(index));

    /// <summary>A text as UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return _pages[index / TextsPerPage][index % TextsPerPage];
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(ReadOnlySpan<byte> utf8)
    {
        var place = Count++ % TextsPerPage;
        if (place == 0)
            _pages.Add(new Page(_pages.Count == 0 ? utf8.Length : _pages[^1].SizeBytes)); // mostly about as large as the one before
        _pages[^1].Set(place, utf8);
    }

    sealed class Page(int capacity)
    {
        readonly GrowingBytes _bytes = new(Math.Max(64, capacity));
        readonly int[] _ends = new int[TextsPerPage];

        public int SizeBytes => _bytes.Length;

        public ReadOnlySpan<byte> this[int place] => _bytes.Written[(place == 0 ? 0 : _ends[place - 1]).._ends[place]];

        public void Set(int place, ReadOnlySpan<byte> utf8)
        {
            _bytes.Write(utf8);
            _ends[place] = _bytes.Length;
        }
    }
}
