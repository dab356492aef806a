using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>
/// Room for one large piece of work, outside of the collected heap: the system has it back when it is disposed, not when the collector
/// comes to it. Whoever makes it disposes it, and keeps no span of it.
/// </summary>
internal sealed unsafe class OffHeap<T> : IDisposable
    where T : unmanaged
{
    T* _start;

    /// <param name="length">How many; all are zero.</param>
    public OffHeap(int length)
    {
        _start = (T*)NativeMemory.AllocZeroed((nuint)Math.Max(1, length), (nuint)sizeof(T));
        Length = length;
    }

    ~OffHeap() => NativeMemory.Free(_start);

    public int Length { get; private set; }

    public Span<T> Span => new(_start, Length);

    /// <summary>Makes it longer; what is added may be anything, and spans of before are gone.</summary>
    public void Grow(int length)
    {
        Invariant.Holds(length > Length);
        _start = (T*)NativeMemory.Realloc(_start, (nuint)length * (nuint)sizeof(T));
        Length = length;
    }

    public void Dispose()
    {
        Length = 0;
        NativeMemory.Free(_start);
        _start = null;
        GC.SuppressFinalize(this);
    }
}

/// <summary>Bytes that grow at the end, many of them, for one piece of work (<see cref="OffHeap{T}"/>).</summary>
/// <param name="capacity">About how many there will be.</param>
internal sealed class OffHeapBytes(int capacity) : IDisposable
{
    readonly OffHeap<byte> _bytes = new(capacity);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.Span[..Length];

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (Length + bytes.Length > _bytes.Length)
            _bytes.Grow(Math.Max(checked(Length + bytes.Length), (int)Math.Min(Array.MaxLength, _bytes.Length * 2L)));
        bytes.CopyTo(_bytes.Span[Length..]);
        Length += bytes.Length;
    }

    public void Dispose() => _bytes.Dispose();
}
