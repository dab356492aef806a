using System.Runtime.CompilerServices;

namespace Barograph.TimeSeries;

/// <summary>
/// Memory that only grows and is given back as a whole: slabs of a mebibyte, cut in steps of 16 bytes. A place is an
/// <c>int</c>: the slab above, the step within it below. One thread allocates; any may read what was handed over to it.
/// </summary>
internal sealed class ByteArena(SlabPool pool)
{
    public const int SlabBytes = SlabPool.SlabBytes;
    const int StepShift = 4;
    const int StepsPerSlabShift = 16;

    byte[][] _slabs = [];
    int _usedOfLast = SlabBytes;

    /// <summary>Bytes that were handed out.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Hands out room. Place 0 is never handed out.</summary>
    public int Allocate(int sizeBytes)
    {
        var size = (sizeBytes + (1 << StepShift) - 1) >> StepShift << StepShift;
        if (_usedOfLast + size > SlabBytes)
            AddSlab(size);
        var place = ((_slabs.Length - 1) << StepsPerSlabShift) | (_usedOfLast >> StepShift);
        _usedOfLast += size;
        AllocatedBytes += size;
        return place;
    }

    /// <summary>The bytes from a place to the end of its slab.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> At(int place)
    {
        var slab = _slabs[(int)((uint)place >> StepsPerSlabShift)];
        return slab.AsSpan((place & ((1 << StepsPerSlabShift) - 1)) << StepShift);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> At(int place, int length)
    {
        var slab = _slabs[(int)((uint)place >> StepsPerSlabShift)];
        return slab.AsSpan((place & ((1 << StepsPerSlabShift) - 1)) << StepShift, length);
    }

    /// <summary>Takes bytes in and tells where they are.</summary>
    public int Keep(ReadOnlySpan<byte> bytes)
    {
        var place = Allocate(Math.Max(1, bytes.Length));
        bytes.CopyTo(At(place));
        return place;
    }

    /// <summary>Gives the memory back. Nobody may read any more.</summary>
    public void Release()
    {
        foreach (var slab in _slabs)
            pool.Return(slab);
        _slabs = [];
        _usedOfLast = SlabBytes;
    }

    void AddSlab(int size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, SlabBytes - (1 << StepShift));
        if (_slabs.Length == 1 << (31 - StepsPerSlabShift))
            throw new LimitExceededException("arena", "The newest window holds 32 GiB; it cannot hold more.");
        // Readers keep the old array of slabs, which holds every slab they know a place of.
        var slabs = new byte[_slabs.Length + 1][];
        _slabs.CopyTo(slabs, 0);
        slabs[^1] = pool.Rent();
        Volatile.Write(ref _slabs, slabs);
        _usedOfLast = slabs.Length == 1 ? 1 << StepShift : 0;
    }
}
