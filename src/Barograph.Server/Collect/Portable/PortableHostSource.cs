using System.Net.NetworkInformation;
using System.Text;
using Barograph.Server.Collect.Host;

namespace Barograph.Server.Collect.Portable;

/// <summary>What .NET itself can say of a host that is not Linux: processors, memory, drives and network interfaces.</summary>
internal sealed class PortableHostSource : ISource
{
    const long DrivesCadenceMs = 10_000;

    // Packets and drops are not to be had everywhere.
    static readonly MetricDefinition[] NetworkMetrics = [HostMetrics.NetworkBytes, HostMetrics.NetworkErrors];

    readonly SourceSeries _series;
    readonly int _count;
    readonly int _uptime;
    readonly int _memoryLimit;
    readonly int _memoryUsed;
    readonly int _memoryFree;
    readonly NamedRows<int[]> _drives;
    readonly NamedRows<int[]> _interfaces;
    DriveInfo[] _listed = [];
    long _listedMs = long.MinValue / 2;

    public PortableHostSource(SourceSeries series)
    {
        _series = series;
        _count = series.Add(HostMetrics.CpuCount);
        _uptime = series.Add(HostMetrics.Uptime);
        _memoryLimit = series.Add(HostMetrics.MemoryLimit);
        _memoryUsed = series.Add(HostMetrics.MemoryUsage, "used");
        _memoryFree = series.Add(HostMetrics.MemoryUsage, "free");
        _drives = new NamedRows<int[]>(AddDrive, Remove);
        _interfaces = new NamedRows<int[]>(AddInterface, Remove);
    }

    public string Name => "host";

    public SourceSeries Series => _series;

    public void Read(Tick tick)
    {
        _series.Set(_count, Environment.ProcessorCount);
        _series.Set(_uptime, Environment.TickCount64 / 1000.0);
        ReadMemory();
        if (tick.MonotonicMs - _listedMs >= DrivesCadenceMs)
            (_listed, _listedMs) = (DriveInfo.GetDrives(), tick.MonotonicMs);
        ReadDrives();
        ReadInterfaces();
    }

    public void Dispose()
    {
    }

    void ReadMemory()
    {
        // As of the last garbage collection: the runtime offers nothing newer.
        var memory = GC.GetGCMemoryInfo(GCKind.Any);
        _series.Set(_memoryLimit, memory.TotalAvailableMemoryBytes);
        if (memory.Index == 0)
            return;
        _series.Set(_memoryUsed, memory.MemoryLoadBytes);
        _series.Set(_memoryFree, Math.Max(0, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes));
    }

    void ReadDrives()
    {
        _drives.Begin();
        foreach (var drive in _listed)
        {
            if (drive is not { DriveType: DriveType.Fixed, IsReady: true } || _drives.Find(Encoding.UTF8.GetBytes(drive.Name)) is not { } slots)
                continue;
            var used = drive.TotalSize - drive.TotalFreeSpace;
            _series.Set(slots[0], used);
            _series.Set(slots[1], drive.AvailableFreeSpace);
            _series.Set(slots[2], Math.Max(0, drive.TotalFreeSpace - drive.AvailableFreeSpace));
            _series.Set(slots[3], drive.TotalSize);
            if (used + drive.AvailableFreeSpace > 0)
                _series.Set(slots[4], used / (double)(used + drive.AvailableFreeSpace));
        }

        _drives.End();
    }

    void ReadInterfaces()
    {
        _interfaces.Begin();
        foreach (var card in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (_interfaces.Find(Encoding.UTF8.GetBytes(card.Name)) is not { } slots)
                continue;
            var seen = card.GetIPStatistics();
            SetBoth(slots, 0, seen.BytesReceived, seen.BytesSent);
            SetBoth(slots, 2, seen.IncomingPacketsWithErrors, seen.OutgoingPacketsWithErrors);
        }

        _interfaces.End();
    }

    void SetBoth(int[] slots, int first, long received, long transmitted)
    {
        _series.Set(slots[first], received);
        _series.Set(slots[first + 1], transmitted);
    }

    int[] AddDrive(string name)
    {
        var type = new DriveInfo(name).DriveFormat;
        return
        [
            _series.Add(HostMetrics.FilesystemUsage, name, name, type, "used"),
            _series.Add(HostMetrics.FilesystemUsage, name, name, type, "free"),
            _series.Add(HostMetrics.FilesystemUsage, name, name, type, "reserved"),
            _series.Add(HostMetrics.FilesystemLimit, name, name, type),
            _series.Add(HostMetrics.FilesystemUtilization, name, name, type),
        ];
    }

    int[] AddInterface(string name) =>
        [.. NetworkMetrics.SelectMany(metric => (int[])[_series.Add(metric, name, "receive"), _series.Add(metric, name, "transmit")])];

    void Remove(int[] slots)
    {
        foreach (var ended in slots)
            _series.Remove(ended);
    }
}
