using Barograph.Server.Collect.Host;

namespace Barograph.Server.Collect;

/// <summary>What is read on this system.</summary>
internal static class HostSources
{
    /// <summary>The sources, in the order of reading: first what changes fastest.</summary>
    public static IReadOnlyList<ISource> Create(CollectOptions options, TimeProvider clock)
    {
        var paths = new HostPaths(options.ProcPath, options.SysPath);
        SourceSeries Host() => new("host", options.Instance);
        return
        [
            new CpuSource(paths, Host()),
            new LoadSource(paths, Host()),
            new MemorySource(paths, Host()),
            new PressureSource(paths, Host()),
            new DiskSource(paths, Host()),
            new NetworkSource(paths, Host()),
            new FilesystemSource(paths, Host(), Posix.ReadRoom),
        ];
    }
}
