using System.Buffers;

namespace Barograph.TimeSeries;

/// <summary>Rented room for one method's work. Whoever makes it disposes it, once, and keeps no span of it.</summary>
internal ref struct Scratch<T>(int length) : IDisposable
    where T : unmanaged
{
    T[] _rented = ArrayPool<T>.Shared.Rent(length);
    readonly int _length = length;

    public readonly Span<T> Span => _rented.AsSpan(0, _length);

    public void Dispose()
    {
        var rented = _rented;
        _rented = [];
        if (rented.Length > 0)
            ArrayPool<T>.Shared.Return(rented);
    }
}
