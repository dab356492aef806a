using Barograph.TimeSeries;

namespace Barograph.Server.Storage;

/// <summary>A file that is not what was written there. Nothing is lost of it: it stays beside, for whoever can mend it.</summary>
internal static class DamagedFile
{
    /// <summary>Copies a damaged file beside its place, durably; what is no file that can be read is moved there.</summary>
    /// <returns>Where the copy is.</returns>
    /// <exception cref="IOException">The disk did not take it, and nothing has changed.</exception>
    public static string Keep(string path, TimeProvider clock)
    {
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (UnauthorizedAccessException) // a folder, or a file of somebody else
        {
            return SetAside(path, clock);
        }

        var beside = FreeName(path, clock);
        DurableFile.Replace(beside, content);
        return beside;
    }

    /// <summary>Keeps a damaged file, or whatever is in its place, untouched beside its place, which is free then.</summary>
    /// <returns>Where it is now.</returns>
    /// <exception cref="IOException">It cannot be moved; then it stays where it was.</exception>
    public static string SetAside(string path, TimeProvider clock)
    {
        var beside = FreeName(path, clock);
        if (Directory.Exists(path))
            Directory.Move(path, beside);
        else
            File.Move(path, beside);
        return beside;
    }

    static string FreeName(string path, TimeProvider clock)
    {
        var name = $"{path}.damaged-{clock.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}";
        var free = name;
        for (var next = 2; Path.Exists(free); next++)
            free = $"{name}-{next}";
        return free;
    }
}
