namespace Barograph.Server.Collect.Host;

/// <summary>
/// Disks, from <c>/proc/diskstats</c>: <c>major minor name reads merged sectors ms writes merged sectors ms in-flight busy-ms …</c>.
/// Whole disks only, no partitions (a directory below /sys/block tells), no memory disks and no loop devices.
/// </summary>
internal sealed class DiskSource : ISource
{
    const int SectorBytes = 512; // in this file, whatever the disk's own sectors are

    readonly HostPaths _paths;
    readonly SourceSeries _series;
    readonly ProcFile _file;
    readonly NamedRows<Disk> _disks;

    public DiskSource(HostPaths paths, SourceSeries series)
    {
        (_paths, _series) = (paths, series);
        _file = new ProcFile(paths.Proc("diskstats"));
        _disks = new NamedRows<Disk>(Create, Remove);
    }

    /// <summary>What one direction of a disk has done.</summary>
    sealed class Direction(SourceSeries series, string disk, string direction)
    {
        readonly int _operations = series.Add(HostMetrics.DiskOperations, disk, direction);
        readonly int _bytes = series.Add(HostMetrics.DiskBytes, disk, direction);
        readonly int _time = series.Add(HostMetrics.DiskOperationTime, disk, direction);
        WrappingCounter _timeMs;

        public void Read(ref ProcCursor cursor)
        {
            series.Set(_operations, cursor.Number());
            cursor.SkipWords(1);
            series.Set(_bytes, (double)cursor.Number() * SectorBytes);
            series.Set(_time, _timeMs.Next(cursor.Number()) / 1000.0);
        }

        public void Remove()
        {
            series.Remove(_operations);
            series.Remove(_bytes);
            series.Remove(_time);
        }
    }

    sealed class Disk(SourceSeries series, string name)
    {
        public WrappingCounter BusyMs;
        public readonly Direction Reads = new(series, name, "read");
        public readonly Direction Writes = new(series, name, "write");
        public readonly int Busy = series.Add(HostMetrics.DiskIoTime, name);
    }

    public string Name => "disk";

    public SourceSeries Series => _series;

    public void Read(Tick tick)
    {
        var cursor = new ProcCursor(_file.Read(), _file.Path);
        _disks.Begin();
        for (; !cursor.AtEnd; cursor.NextLine())
        {
            cursor.SkipWords(2);
            if (_disks.Find(cursor.Word()) is not { } disk)
                continue;
            disk.Reads.Read(ref cursor);
            disk.Writes.Read(ref cursor);
            cursor.SkipWords(1);
            _series.Set(disk.Busy, disk.BusyMs.Next(cursor.Number()) / 1000.0);
        }

        _disks.End();
    }

    public void Dispose() => _file.Dispose();

    Disk? Create(string name) =>
        IsMemory(name) || !Directory.Exists(_paths.Sys("block/" + name.Replace('/', '!'))) ? null : new Disk(_series, name);

    void Remove(Disk disk)
    {
        disk.Reads.Remove();
        disk.Writes.Remove();
        _series.Remove(disk.Busy);
    }

    static bool IsMemory(string name) =>
        name.StartsWith("loop", StringComparison.Ordinal) || name.StartsWith("ram", StringComparison.Ordinal)
        || name.StartsWith("zram", StringComparison.Ordinal);
}

/// <summary>A kernel counter of 32 bits (milliseconds of disks wrap after 49 days of work), carried on beyond its wrap.</summary>
internal struct WrappingCounter
{
    ulong _last;
    ulong _carried;

    /// <summary>Takes the counter as it is now and gives it without the wraps. One that starts again at about zero starts again.</summary>
    public ulong Next(ulong now)
    {
        if (now < _last)
            _carried = _last <= uint.MaxValue && _last - now > uint.MaxValue / 2 ? _carried + (1UL << 32) : 0;
        _last = now;
        return _carried + now;
    }
}
