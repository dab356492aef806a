using Barograph.Server.Collect.Host;

namespace Barograph.Server.Tests.Collect;

/// <summary>A /proc and a /sys of our own making.</summary>
internal sealed class FixtureTree : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("barograph-proc-").FullName;

    public FixtureTree()
    {
        Directory.CreateDirectory(Paths.ProcRoot);
        Directory.CreateDirectory(Paths.SysRoot);
    }

    public HostPaths Paths => new(Path.Combine(_root, "proc"), Path.Combine(_root, "sys"));

    /// <summary>Writes a file below /proc, in place: an open handle sees it, as with the kernel's own.</summary>
    public FixtureTree Proc(string path, string text)
    {
        var file = Paths.Proc(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return this;
    }

    /// <summary>Makes the directory below /sys that tells a disk from a partition.</summary>
    public FixtureTree Disk(string name)
    {
        Directory.CreateDirectory(Paths.Sys("block/" + name));
        return this;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
