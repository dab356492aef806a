using System.Collections.Concurrent;

namespace Barograph.TimeSeries;

/// <summary>
/// Slabs that are used again: a window in memory comes and goes every few seconds under load, and the collector would see
/// to the large arrays of the last one only much later. Idle ones keep their addresses and give their memory to the system.
/// </summary>
internal sealed class SlabPool(int capacity)
{
    public const int SlabBytes = 1 << 20;

    readonly ConcurrentBag<byte[]> _idle = [];

    /// <summary>A slab with anything in it.</summary>
    public byte[] Rent() => _idle.TryTake(out var slab) ? slab : GC.AllocateUninitializedArray<byte>(SlabBytes, pinned: capacity > 0);

    public void Return(byte[] slab)
    {
        if (_idle.Count >= capacity)
            return;
        Posix.Discard(slab);
        _idle.Add(slab);
    }
}
