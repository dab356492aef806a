using System.Text;

namespace Barograph.Server.Collect.Host;

/// <summary>A mounted file system.</summary>
/// <param name="Device">What is mounted: "/dev/sda1", "server:/export".</param>
/// <param name="Path">Where.</param>
/// <param name="Type">"ext4", "nfs4" …</param>
internal sealed record Mount(string Device, string Path, string Type);

/// <summary>
/// Reads <c>/proc/self/mountinfo</c>: <c>id parent major:minor root path options fields … - type device super-options</c>, with
/// <c>\040</c> and the like for blanks.
/// </summary>
internal static class MountTable
{
    /// <summary>More mounts than this are not collected.</summary>
    public const int CountMax = 256;

    // Pictures of a disk, always full, that would raise every alert on full disks.
    static readonly HashSet<string> AlwaysFull = ["squashfs", "iso9660", "udf", "erofs", "cramfs"];

    // File systems that hold files of users without a block device of this host beneath.
    static readonly HashSet<string> WithoutDevice =
    [
        "zfs", "btrfs", "bcachefs", "nfs", "nfs4", "cifs", "smb3", "ceph", "9p", "virtiofs", "lustre", "glusterfs", "ocfs2", "gfs2",
        "fuseblk", "fuse.sshfs", "fuse.glusterfs", "fuse.mergerfs", "fuse.s3fs", "fuse.rclone", "fuse.ceph", "drvfs",
    ];

    // Inner works of container engines and the kernel, and single files that containers have mounted over their own.
    static readonly string[] HiddenBelow =
        ["/proc/", "/sys/", "/dev/", "/run/", "/etc/", "/snap/", "/var/lib/docker/", "/var/lib/containers/storage/", "/var/lib/kubelet/"];

    /// <summary>The real file systems, one mount each: the whole one rather than a part, and the shortest path.</summary>
    public static List<Mount> Parse(ReadOnlySpan<byte> mountInfo)
    {
        var best = new Dictionary<string, (Mount Mount, bool IsWhole)>();
        foreach (var line in Encoding.UTF8.GetString(mountInfo).Split('\n'))
        {
            if (TryParseLine(line, out var deviceNumber, out var root, out var mount) && IsReal(mount))
            {
                var candidate = (mount, IsWhole: root == "/");
                if (!best.TryGetValue(deviceNumber, out var known) || IsBetter(candidate, known))
                    best[deviceNumber] = candidate;
            }
        }

        return [.. best.Values.Select(static entry => entry.Mount).OrderBy(static mount => mount.Path, StringComparer.Ordinal).Take(CountMax)];
    }

    static bool TryParseLine(string line, out string deviceNumber, out string root, out Mount mount)
    {
        (deviceNumber, root, mount) = ("", "", new Mount("", "", ""));
        var words = line.Split(' ');
        var dash = Array.IndexOf(words, "-", Math.Min(6, words.Length));
        if (dash < 0 || dash + 2 >= words.Length)
            return false;
        (deviceNumber, root, mount) = (words[2], words[3], new Mount(Unescape(words[dash + 2]), Unescape(words[4]), words[dash + 1]));
        return true;
    }

    static bool IsReal(Mount mount)
    {
        if (AlwaysFull.Contains(mount.Type) || HiddenBelow.Any(prefix => mount.Path.StartsWith(prefix, StringComparison.Ordinal)))
            return false;
        return mount.Device.StartsWith("/dev/", StringComparison.Ordinal) || WithoutDevice.Contains(mount.Type)
            || (mount.Type == "overlay" && mount.Path == "/"); // a container's own file system
    }

    static bool IsBetter((Mount Mount, bool IsWhole) candidate, (Mount Mount, bool IsWhole) known) =>
        candidate.IsWhole != known.IsWhole ? candidate.IsWhole : candidate.Mount.Path.Length < known.Mount.Path.Length;

    static string Unescape(string escaped)
    {
        if (!escaped.Contains('\\', StringComparison.Ordinal))
            return escaped;
        var bytes = new List<byte>(escaped.Length);
        var source = Encoding.UTF8.GetBytes(escaped);
        for (var i = 0; i < source.Length; i++)
        {
            var isOctal = source[i] == '\\' && i + 3 < source.Length && source[(i + 1)..(i + 4)].All(static digit => digit is >= (byte)'0' and <= (byte)'7');
            bytes.Add(isOctal ? (byte)(((source[i + 1] - '0') << 6) | ((source[i + 2] - '0') << 3) | (source[i + 3] - '0')) : source[i]);
            i += isOctal ? 3 : 0;
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
