namespace Barograph.Server.Collect.Host;

/// <summary>The server's own process, from <c>/proc/self/stat</c> and <c>io</c>.</summary>
internal sealed class ServerProcessSource(HostPaths paths, SourceSeries series) : ISource
{
    const double TicksPerSecond = 100; // USER_HZ, see CpuSource
    const long DescriptorsCadenceMs = 10_000;
    const int DescriptorsMax = 1 << 20;

    readonly ProcFile _stat = new(paths.Proc("self/stat"));
    readonly ProcFile _io = new(paths.Proc("self/io"));
    readonly ProcFile _uptimeFile = new(paths.Proc("uptime"));
    readonly NumberedDirectory _descriptorDirectory = new(paths.Proc("self/fd"));
    readonly List<int> _openDescriptors = [];
    readonly int _user = series.Add(HostMetrics.ProcessCpuTime, "user");
    readonly int _system = series.Add(HostMetrics.ProcessCpuTime, "system");
    readonly int _memory = series.Add(HostMetrics.ProcessMemory, "");
    readonly int _virtual = series.Add(HostMetrics.ProcessVirtual);
    readonly int _threads = series.Add(HostMetrics.ProcessThreads, "");
    readonly int _descriptors = series.Add(HostMetrics.ProcessDescriptors);
    readonly int _uptime = series.Add(HostMetrics.ProcessUptime);
    readonly int _readBytes = series.Add(HostMetrics.ProcessDiskBytes, "read");
    readonly int _writtenBytes = series.Add(HostMetrics.ProcessDiskBytes, "write");
    long _listedMs = long.MinValue / 2;

    public string Name => "self";

    public SourceSeries Series => series;

    public void Read(Tick tick)
    {
        if (!ProcessStat.TryParse(_stat.Read(), out _, out var stat))
            throw new InvalidDataException($"{_stat.Path} is not what it should be.");
        series.Set(_user, stat.UserTicks / TicksPerSecond);
        series.Set(_system, stat.SystemTicks / TicksPerSecond);
        series.Set(_memory, (double)stat.ResidentPages * Environment.SystemPageSize);
        series.Set(_virtual, stat.VirtualBytes);
        series.Set(_threads, stat.ThreadCount);
        if (_uptimeFile.TryRead(out var uptime))
            series.Set(_uptime, new ProcCursor(uptime, _uptimeFile.Path).Fraction() - stat.StartTicks / TicksPerSecond);
        ReadDiskBytes();
        if (tick.MonotonicMs - _listedMs >= DescriptorsCadenceMs)
        {
            _descriptorDirectory.List(_openDescriptors, DescriptorsMax);
            _listedMs = tick.MonotonicMs;
        }

        series.Set(_descriptors, _openDescriptors.Count);
    }

    public void Dispose()
    {
        _stat.Dispose();
        _io.Dispose();
        _uptimeFile.Dispose();
        _descriptorDirectory.Dispose();
    }

    void ReadDiskBytes()
    {
        if (!_io.TryRead(out var text))
            return;
        var cursor = new ProcCursor(text, _io.Path);
        for (; !cursor.AtEnd; cursor.NextLine())
        {
            if (cursor.TrySkip("read_bytes:"u8))
                series.Set(_readBytes, cursor.Number());
            else if (cursor.TrySkip("write_bytes:"u8))
                series.Set(_writtenBytes, cursor.Number());
        }
    }
}
