using Barograph.Server.Collect.Host;

namespace Barograph.Server.Collect;

/// <summary>What the server measures of its own host.</summary>
/// <param name="Interval">The distance of ticks, at least 100 ms; null collects nothing.</param>
public sealed record CollectOptions(TimeSpan? Interval)
{
    /// <summary>The value of the label <c>instance</c> on every series: the host's name.</summary>
    public string Instance { get; init; } = Environment.MachineName;

    /// <summary>The value of the label <c>job</c> on what is measured of this program itself.</summary>
    public string OwnJob { get; init; } = "barograph";

    /// <summary>Which mounts are not shown.</summary>
    internal HiddenMounts Hidden { get; init; } = HiddenMounts.Default;

    /// <summary>Where the kernel's process file system is mounted.</summary>
    public string ProcPath { get; init; } = "/proc";

    /// <summary>Where the kernel's device file system is mounted.</summary>
    public string SysPath { get; init; } = "/sys";
}
