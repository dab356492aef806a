using System.Runtime.InteropServices;

namespace Barograph.Server.Collect.Host;

/// <summary>What the host is; looked at once, for it does not change while the server runs.</summary>
internal sealed class HostInfoSource(HostPaths paths, string instance, SourceSeries series) : ISource
{
    readonly int _info = series.Add(HostMetrics.HostInfo,
        instance, SystemType(), RuntimeInformation.OSDescription, Kernel(paths), Architecture(RuntimeInformation.OSArchitecture), ProcessorModel(paths));

    public string Name => "host";

    public SourceSeries Series => series;

    public void Read(Tick tick) => series.Set(_info, 1);

    public void Dispose()
    {
    }

    static string SystemType() =>
        OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "unknown";

    static string Kernel(HostPaths paths)
    {
        var release = paths.Proc("sys/kernel/osrelease");
        return File.Exists(release) ? File.ReadAllText(release).Trim() : Environment.OSVersion.Version.ToString();
    }

    /// <summary>The words of OpenTelemetry for architectures.</summary>
    internal static string Architecture(Architecture architecture) => architecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm or System.Runtime.InteropServices.Architecture.Armv6 => "arm32",
        System.Runtime.InteropServices.Architecture.Ppc64le => "ppc64",
        _ => architecture.ToString().ToLowerInvariant(), // arm64, x86, s390x
    };

    /// <summary>The processor's name as it gives it itself; "" where it does not (ARM).</summary>
    static string ProcessorModel(HostPaths paths)
    {
        var processors = paths.Proc("cpuinfo");
        if (!File.Exists(processors))
            return "";
        foreach (var line in File.ReadLines(processors))
        {
            if (line.StartsWith("model name", StringComparison.Ordinal) && line.IndexOf(':') is > 0 and var colon)
                return line[(colon + 1)..].Trim();
            if (line.Length == 0)
                break; // the end of the first processor; a large host has a hundred of the same
        }

        return "";
    }
}
