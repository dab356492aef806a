namespace Barograph.Server.Collect.Host;

/// <summary>Where the kernel's files are; another place in tests.</summary>
internal sealed record HostPaths(string ProcRoot, string SysRoot)
{
    /// <summary>A path below /proc.</summary>
    public string Proc(string relative) => Path.Combine(ProcRoot, relative);

    /// <summary>A path below /sys.</summary>
    public string Sys(string relative) => Path.Combine(SysRoot, relative);
}
