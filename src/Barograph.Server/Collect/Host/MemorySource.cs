namespace Barograph.Server.Collect.Host;

/// <summary>
/// Memory and swap, from <c>/proc/meminfo</c> ("Name:   number kB" a line, which lines depends on the kernel), and paging, from
/// <c>/proc/vmstat</c> ("name number" a line). Used is what could not be had without swapping, as <c>free</c> of procps has it since
/// version 4. The kernel's estimate of what could be had does not know the cache of ZFS, which is no page cache: what that would give
/// back is in <c>/proc/spl/kstat/zfs/arcstats</c> ("name type number" a line).
/// </summary>
internal sealed class MemorySource(HostPaths paths, SourceSeries series) : ISource
{
    static readonly string[] States = ["used", "free", "cached", "buffers"];
    const int Used = 0, Free = 1, Cached = 2, Buffers = 3;

    readonly ProcFile _file = new(paths.Proc("meminfo"));
    readonly ProcFile _arcFile = new(paths.Proc("spl/kstat/zfs/arcstats"));
    readonly ProcFile _pagingFile = new(paths.Proc("vmstat"));
    readonly int[] _usage = [.. States.Select(state => series.Add(HostMetrics.MemoryUsage, state))];
    readonly int[] _utilization = [.. States.Select(state => series.Add(HostMetrics.MemoryUtilization, state))];
    readonly int _arcUsage = series.Add(HostMetrics.MemoryUsage, "arc");
    readonly int _arcUtilization = series.Add(HostMetrics.MemoryUtilization, "arc");
    readonly int _limit = series.Add(HostMetrics.MemoryLimit);
    readonly int _available = series.Add(HostMetrics.MemoryAvailable);
    readonly int _shared = series.Add(HostMetrics.MemoryShared);
    readonly int _slabReclaimable = series.Add(HostMetrics.MemorySlab, "reclaimable");
    readonly int _slabUnreclaimable = series.Add(HostMetrics.MemorySlab, "unreclaimable");
    readonly int _dirty = series.Add(HostMetrics.MemoryDirty);
    readonly int _swapUsed = series.Add(HostMetrics.PagingUsage, "used");
    readonly int _swapFree = series.Add(HostMetrics.PagingUsage, "free");
    readonly int _swapUsedRatio = series.Add(HostMetrics.PagingUtilization, "used");
    readonly int _swapFreeRatio = series.Add(HostMetrics.PagingUtilization, "free");
    readonly int _pagesIn = series.Add(HostMetrics.PagingOperations, "in");
    readonly int _pagesOut = series.Add(HostMetrics.PagingOperations, "out");
    readonly int _minorFaults = series.Add(HostMetrics.PagingFaults, "minor");
    readonly int _majorFaults = series.Add(HostMetrics.PagingFaults, "major");
    readonly int _kills = series.Add(HostMetrics.OutOfMemoryKills);

    public string Name => "memory";

    public SourceSeries Series => series;

    public void Read(Tick tick)
    {
        ReadMemory();
        ReadPaging();
    }

    public void Dispose()
    {
        _file.Dispose();
        _arcFile.Dispose();
        _pagingFile.Dispose();
    }

    void ReadMemory()
    {
        ulong total = 0, free = 0, buffers = 0, cached = 0, dirty = 0, swapTotal = 0, swapFree = 0, reclaimable = 0, shared = 0;
        ulong? available = null;
        var cursor = new ProcCursor(_file.Read(), _file.Path);
        for (; !cursor.AtEnd; cursor.NextLine())
        {
            if (cursor.TrySkip("MemTotal:"u8))
                total = Bytes(ref cursor);
            else if (cursor.TrySkip("MemFree:"u8))
                free = Bytes(ref cursor);
            else if (cursor.TrySkip("MemAvailable:"u8))
                available = Bytes(ref cursor);
            else if (cursor.TrySkip("Buffers:"u8))
                buffers = Bytes(ref cursor);
            else if (cursor.TrySkip("Cached:"u8))
                cached += Bytes(ref cursor);
            else if (cursor.TrySkip("Shmem:"u8))
                series.Set(_shared, shared = Bytes(ref cursor));
            else if (cursor.TrySkip("SReclaimable:"u8))
                reclaimable = Bytes(ref cursor);
            else if (cursor.TrySkip("SUnreclaim:"u8))
                series.Set(_slabUnreclaimable, Bytes(ref cursor));
            else if (cursor.TrySkip("Dirty:"u8) || cursor.TrySkip("Writeback:"u8))
                dirty += Bytes(ref cursor);
            else if (cursor.TrySkip("SwapTotal:"u8))
                swapTotal = Bytes(ref cursor);
            else if (cursor.TrySkip("SwapFree:"u8))
                swapFree = Bytes(ref cursor);
        }

        if (total == 0)
            cursor.Fail("MemTotal");
        series.Set(_slabReclaimable, reclaimable);
        series.Set(_dirty, dirty);
        // Kernels before 3.14 make no estimate; what is shared is in the page cache and cannot be given back.
        var reclaimed = cached + reclaimable - Math.Min(shared, cached + reclaimable);
        SetUsage(total, available ?? (free + buffers + reclaimed), free, buffers, ReadArc());
        SetSwap(swapTotal, Math.Min(swapFree, swapTotal));
    }

    /// <summary>What the cache of ZFS would give back: all but what it keeps in any case. Null without ZFS.</summary>
    ulong? ReadArc()
    {
        if (!_arcFile.TryRead(out var text))
            return null;
        ulong size = 0, least = 0;
        var cursor = new ProcCursor(text, _arcFile.Path);
        for (; !cursor.AtEnd; cursor.NextLine())
        {
            if (cursor.TrySkip("size "u8))
                size = NumberAfterType(ref cursor);
            else if (cursor.TrySkip("c_min "u8))
                least = NumberAfterType(ref cursor);
        }

        return size - Math.Min(least, size);
    }

    /// <summary>Sets the states so that they add up to the whole: the kernel does not take all numbers at one moment.</summary>
    void SetUsage(ulong total, ulong available, ulong free, ulong buffers, ulong? arc)
    {
        available = Math.Min(available + (arc ?? 0), total);
        free = Math.Min(free, available); // the kernel keeps some of what is free for itself
        var rest = available - free;
        var ofArc = Math.Min(arc ?? 0, rest);
        buffers = Math.Min(buffers, rest - ofArc);
        series.Set(_limit, total);
        series.Set(_available, available);
        SetState(Used, total - available, total);
        SetState(Free, free, total);
        SetState(Cached, rest - ofArc - buffers, total);
        SetState(Buffers, buffers, total);
        if (arc is null)
            return;
        series.Set(_arcUsage, ofArc);
        series.Set(_arcUtilization, ofArc / (double)total);
    }

    void SetState(int state, ulong bytes, ulong total)
    {
        series.Set(_usage[state], bytes);
        series.Set(_utilization[state], bytes / (double)total);
    }

    void SetSwap(ulong total, ulong free)
    {
        if (total == 0)
            return;
        series.Set(_swapUsed, total - free);
        series.Set(_swapFree, free);
        series.Set(_swapUsedRatio, (total - free) / (double)total);
        series.Set(_swapFreeRatio, free / (double)total);
    }

    void ReadPaging()
    {
        if (!_pagingFile.TryRead(out var text))
            return;
        ulong faults = 0, majorFaults = 0;
        var cursor = new ProcCursor(text, _pagingFile.Path);
        for (; !cursor.AtEnd; cursor.NextLine())
        {
            if (cursor.TrySkip("pswpin "u8))
                series.Set(_pagesIn, cursor.Number());
            else if (cursor.TrySkip("pswpout "u8))
                series.Set(_pagesOut, cursor.Number());
            else if (cursor.TrySkip("pgfault "u8))
                faults = cursor.Number();
            else if (cursor.TrySkip("pgmajfault "u8))
                majorFaults = cursor.Number();
            else if (cursor.TrySkip("oom_kill "u8))
                series.Set(_kills, cursor.Number());
        }

        series.Set(_minorFaults, faults - Math.Min(faults, majorFaults));
        series.Set(_majorFaults, majorFaults);
    }

    static ulong NumberAfterType(ref ProcCursor cursor)
    {
        cursor.Number();
        return cursor.Number();
    }

    static ulong Bytes(ref ProcCursor cursor) => cursor.Number() * 1024;
}
