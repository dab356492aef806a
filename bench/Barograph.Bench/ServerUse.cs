using System.Globalization;

namespace Barograph.Bench;

/// <summary>What a process has used so far, from /proc.</summary>
internal readonly record struct ServerUse(double CpuSeconds, double ResidentMb, double PeakMb, int Descriptors)
{
    const double TicksPerSecond = 100; // USER_HZ, the same on every Linux that .NET runs on

    public static ServerUse Of(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var status = File.ReadAllLines($"/proc/{processId}/status");
        double Kilobytes(string name) => double.Parse(
            status.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return new ServerUse(
            ticks / TicksPerSecond, Kilobytes("VmRSS:") / 1024, Kilobytes("VmHWM:") / 1024, Directory.GetFiles($"/proc/{processId}/fd").Length);
    }
}
