namespace Barograph.Server.Collect.Portable;

/// <summary>What .NET itself can say of the server's own process on a system that is not Linux.</summary>
internal sealed class PortableProcessSource(SourceSeries series, TimeProvider clock) : ISource
{
    readonly long _started = clock.GetTimestamp();
    readonly int _user = series.Add(HostMetrics.ProcessCpuTime, "user");
    readonly int _system = series.Add(HostMetrics.ProcessCpuTime, "system");
    readonly int _memory = series.Add(HostMetrics.ProcessMemory, "");
    readonly int _uptime = series.Add(HostMetrics.ProcessUptime);

    public string Name => "self";

    public SourceSeries Series => series;

    public void Read(Tick tick)
    {
        if (!OperatingSystem.IsIOS() && !OperatingSystem.IsTvOS())
        {
            var used = Environment.CpuUsage;
            series.Set(_user, used.UserTime.TotalSeconds);
            series.Set(_system, used.PrivilegedTime.TotalSeconds);
        }

        series.Set(_memory, Environment.WorkingSet);
        series.Set(_uptime, clock.GetElapsedTime(_started).TotalSeconds);
    }

    public void Dispose()
    {
    }
}
