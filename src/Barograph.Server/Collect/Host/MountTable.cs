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

    /// <summary>
    /// The file systems that are not hidden, one mount each: the whole one rather than a part, and the shortest path. Subvolumes of btrfs are
    /// one file system with the same room, and yet each is told: who mounts them thinks of them as several.
    /// </summary>
    /// <param name="mountInfo">The text of the kernel's file.</param>
    /// <param name="hidden">What is not told.</param>
    public static List<Mount> Parse(ReadOnlySpan<byte> mountInfo, HiddenMounts hidden)
    {
        var best = new Dictionary<(string Device, string Subvolume), (Mount Mount, bool IsWhole)>();
        foreach (var line in Encoding.UTF8.GetString(mountInfo).Split('\n'))
        {
            if (!TryParseLine(line, out var key, out var root, out var mount) || hidden.Hides(mount))
                continue;
            var candidate = (mount, IsWhole: root == "/" || key.Subvolume.Length > 0);
            if (!best.TryGetValue(key, out var known) || IsBetter(candidate, known))
                best[key] = candidate;
        }

        return [.. best.Values.Select(static entry => entry.Mount).OrderBy(static mount => mount.Path, StringComparer.Ordinal).Take(CountMax)];
    }

    static bool TryParseLine(string line, out (string Device, string Subvolume) key, out string root, out Mount mount)
    {
        (key, root, mount) = (("", ""), "", new Mount("", "", ""));
        var words = line.Split(' ');
        var dash = Array.IndexOf(words, "-", Math.Min(6, words.Length));
        if (dash < 0 || dash + 2 >= words.Length)
            return false;
        root = words[3];
        mount = new Mount(Unescape(words[dash + 2]), Unescape(words[4]), words[dash + 1]);
        var isSubvolume = mount.Type == "btrfs" && dash + 3 < words.Length && words[dash + 3].Split(',').Contains($"subvol={root}");
        key = (words[2], isSubvolume ? root : "");
        return true;
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
