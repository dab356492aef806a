namespace Barograph.Server.Collect.Host;

/// <summary>Which mounts are not shown. Everything else is: what nobody thought of may hold a person's data.</summary>
/// <param name="Filesystems">Types as the kernel names them. <c>overlay</c> at / is a container's own file system and always shown.</param>
/// <param name="Paths">Paths that are hidden with all below them; with <c>!</c> in front shown. The longest that fits decides.</param>
internal sealed record HiddenMounts(IReadOnlySet<string> Filesystems, IReadOnlyList<string> Paths)
{
    /// <summary>
    /// What the kernel makes up, what lives in memory, the inner works of desktops and containers, and pictures of a disk, which are always
    /// full and would raise every alert on full disks.
    /// </summary>
    public const string DefaultFilesystems =
        "autofs,binfmt_misc,bpf,cgroup,cgroup2,configfs,cramfs,debugfs,devpts,devtmpfs,efivarfs,erofs,fuse.fuse-overlayfs,fuse.gvfsd-fuse,"
        + "fuse.lxcfs,fuse.portal,fuse.snapfuse,fuse.squashfuse,fuse.vmware-vmblock,fusectl,hugetlbfs,iso9660,mqueue,nsfs,overlay,proc,pstore,"
        + "ramfs,resctrl,rootfs,rpc_pipefs,securityfs,selinuxfs,smackfs,squashfs,sysfs,tmpfs,tracefs,udf";

    /// <summary>Where the kernel, container engines and packages mount, and single files that containers have over their own.</summary>
    public const string DefaultPaths =
        "/dev,/etc,/mnt/wslg,/proc,/run,!/run/media,/snap,/sys,/usr/lib/wsl,/var/lib/containers/storage,/var/lib/docker,/var/lib/kubelet";

    /// <summary>The defaults.</summary>
    public static HiddenMounts Default { get; } = Read(DefaultFilesystems, DefaultPaths);

    /// <summary>Reads what the settings say.</summary>
    /// <param name="filesystems">Types, joined by commas, or none.</param>
    /// <param name="paths">Paths, joined by commas, or none.</param>
    public static HiddenMounts Read(string filesystems, string paths) => new(Items(filesystems).ToHashSet(StringComparer.Ordinal), Items(paths));

    /// <summary>Whether a text may stand for types of file systems.</summary>
    public static bool AreFilesystems(string text) => Items(text) is { } items && items.All(static item => !item.Any(char.IsWhiteSpace));

    /// <summary>Whether a text may stand for paths: each begins with a slash, or with <c>!/</c>.</summary>
    public static bool ArePaths(string text) => Items(text).All(static item => item.StartsWith('/') || item.StartsWith("!/", StringComparison.Ordinal));

    /// <summary>Whether a mount is not shown.</summary>
    public bool Hides(Mount mount)
    {
        if (mount.Path == "/" && mount.Type is "overlay" or "fuse.fuse-overlayfs")
            return false;
        if (Filesystems.Contains(mount.Type))
            return true;
        var deciding = Paths.Where(path => IsWithin(mount.Path, path.TrimStart('!'))).MaxBy(static path => path.TrimStart('!').Length);
        return deciding is not null && deciding[0] != '!';
    }

    static bool IsWithin(string path, string folder) =>
        path == folder || (path.StartsWith(folder, StringComparison.Ordinal) && (folder[^1] == '/' || path[folder.Length] == '/'));

    static string[] Items(string text) =>
        text == "none" ? [] : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
