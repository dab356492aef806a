using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Barograph.TimeSeries;

/// <summary>
/// Pages of lanes that are used again, as <see cref="SlabPool"/> does with what lanes point to. Left to the collector, the pages of past
/// windows would be copied from generation to generation and stay for several windows more.
/// </summary>
internal sealed class LanePool(int capacity)
{
    public const int PageShift = 9;

    /// <summary>What a page takes.</summary>
    public static int PageBytes => (1 << PageShift) * Unsafe.SizeOf<Lane>();

    readonly ConcurrentBag<Lane[]> _idle = [];

    /// <summary>A page of lanes that nothing is in.</summary>
    public Lane[] Rent()
    {
        if (!_idle.TryTake(out var page))
            return GC.AllocateArray<Lane>(1 << PageShift, pinned: true);
        Array.Clear(page);
        return page;
    }

    public void Return(Lane[] page)
    {
        if (_idle.Count >= capacity)
            return;
        Posix.Discard(page);
        _idle.Add(page);
    }
}
