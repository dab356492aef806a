using System.Buffers;
using System.Collections;
using System.Text;

namespace Barograph.TimeSeries;

/// <summary>
/// Texts as UTF-8, side by side: a hundred thousand strings would be a hundred thousand objects for an answer that is written as UTF-8 again.
/// Strings are made as they are asked for. What it keeps them in is rented: whoever is done with it first may dispose it; nobody must.
/// </summary>
public sealed class TextList : IReadOnlyList<string>, IDisposable
{
    byte[] _bytes = [];
    int[] _ends = [];

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public string this[int index] => Encoding.UTF8.GetString(Utf8(index));

    /// <summary>A text as UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        var start = index == 0 ? 0 : _ends[index - 1];
        return _bytes.AsSpan(start, _ends[index] - start);
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
        Count = 0;
        Replace(ref _bytes, []);
        Replace(ref _ends, []);
    }

    internal void Add(ReadOnlySpan<byte> utf8)
    {
        var start = Count == 0 ? 0 : _ends[Count - 1];
        if (Count == _ends.Length)
            Grow(ref _ends, Count, Count + 1);
        if (utf8.Length > _bytes.Length - start)
            Grow(ref _bytes, start, start + utf8.Length);
        utf8.CopyTo(_bytes.AsSpan(start));
        _ends[Count++] = start + utf8.Length;
    }

    static void Grow<T>(ref T[] rented, int used, int needed)
    {
        var larger = ArrayPool<T>.Shared.Rent(Math.Max(Math.Max(256, needed), (int)Math.Min(Array.MaxLength, 2L * rented.Length)));
        rented.AsSpan(0, used).CopyTo(larger);
        Replace(ref rented, larger);
    }

    static void Replace<T>(ref T[] rented, T[] with)
    {
        if (rented.Length > 0)
            ArrayPool<T>.Shared.Return(rented);
        rented = with;
    }
}
