using Barograph.Server.Collect.Host;
using Barograph.Server.Collect.Portable;

namespace Barograph.Server.Collect;

/// <summary>What is read on this system.</summary>
internal static class HostSources
{
    /// <summary>Whether all of the catalogue can be had here; elsewhere only what .NET itself offers.</summary>
    public static bool IsComplete => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>The sources, in the order of reading: first what changes fastest.</summary>
    public static IReadOnlyList<ISource> Create(CollectOptions options, TimeProvider clock) =>
        IsComplete ? CreateForLinux(options, clock) : CreatePortable(options, clock);

    static IReadOnlyList<ISource> CreateForLinux(CollectOptions options, TimeProvider clock)
    {
        var paths = new HostPaths(options.ProcPath, options.SysPath);
        SourceSeries Host() => new("host", options.Instance);
        SourceSeries Own() => new(options.OwnJob, options.Instance);
        return
        [
            new CpuSource(paths, Host()),
            new LoadSource(paths, Host()),
            new MemorySource(paths, Host()),
            new PressureSource(paths, Host()),
            new DiskSource(paths, Host()),
            new NetworkSource(paths, Host()),
            new ProcessSource(paths, Host()),
            new SocketSource(paths, Host(), TcpStates.CountInto, clock),
            new FilesystemSource(paths, options.Hidden, Host(), Posix.ReadRoom),
            new ContainerSource(paths, Host()),
            new HostInfoSource(paths, options.Instance, Host()),
            new ServerProcessSource(paths, Own()),
            new RuntimeSource(Own()),
        ];
    }

    /// <summary>The sources of other systems; they work on Linux too, where tests hold them against the others.</summary>
    internal static IReadOnlyList<ISource> CreatePortable(CollectOptions options, TimeProvider clock) =>
    [
        new PortableHostSource(new SourceSeries("host", options.Instance)),
        new HostInfoSource(new HostPaths(options.ProcPath, options.SysPath), options.Instance, new SourceSeries("host", options.Instance)),
        new PortableProcessSource(new SourceSeries(options.OwnJob, options.Instance), clock),
        new RuntimeSource(new SourceSeries(options.OwnJob, options.Instance)),
    ];
}
