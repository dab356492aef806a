using System.Buffers;

namespace Barograph.TimeSeries;

/// <summary>Values in a row in a rented array that grows. Whoever makes it disposes it, once, and keeps no span of it.</summary>
internal sealed class RentedList<T> : IDisposable
    where T : unmanaged
{
    const int Smallest = 64;

    T[] _rented = [];

    public int Count { get; private set; }

    public ReadOnlySpan<T> Span => _rented.AsSpan(0, Count);

    public T this[int index] => Span[index];

    public void Add(T value)
    {
        if (Count == _rented.Length)
            Grow(Count + 1);
        _rented[Count++] = value;
    }

    public void Add(ReadOnlySpan<T> values)
    {
        if (values.Length > _rented.Length - Count)
            Grow(Count + values.Length);
        values.CopyTo(_rented.AsSpan(Count));
        Count += values.Length;
    }

    /// <summary>Forgets the content, keeps the memory.</summary>
    public void Clear() => Count = 0;

    public void Dispose()
    {
        Count = 0;
        Replace([]);
    }

    void Grow(int needed)
    {
        var larger = ArrayPool<T>.Shared.Rent(Math.Max(Math.Max(Smallest, needed), (int)Math.Min(Array.MaxLength, 2L * _rented.Length)));
        Span.CopyTo(larger);
        Replace(larger);
    }

    void Replace(T[] with)
    {
        if (_rented.Length > 0)
            ArrayPool<T>.Shared.Return(_rented);
        _rented = with;
    }
}
