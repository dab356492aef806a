using System.Runtime.InteropServices;

namespace Barograph.Server.Data;

/// <summary>The data folder as one thing: its rooms, and who may read it. It is locked, and has a version, by the store at its root.</summary>
internal static partial class DataFolder
{
    const UnixFileMode OwnersFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>All rooms. Whoever keeps something new adds its own.</summary>
    public static IReadOnlyList<DataRoom> Rooms { get; } =
    [
        new("samples", "samples, rollups, exemplars, metadata", "version", "lock", "metadata", "exemplars", "wal/", "blocks/", "rollups/")
        {
            Remade = ["lock"], OfTheMoment = ["version", "metadata", "exemplars", "wal/", "blocks/", "rollups/"],
        },
        new("events", "events, and what is derived of them", "events/log/", "events/derived/") { Remade = ["lock", ".ids"], OfTheMoment = ["events/derived/"] },
        new("definitions", "metrics defined in the pages and by the API, the key of hashed identities", "events/definitions.json", "events/identity-key"),
        new("traces", "spans", "traces/") { Remade = ["lock", ".index"] },
        new("logs", "log records", "logs/") { Remade = ["lock", ".index"] },
        new("process", "how the running server is reached, and from where a folder was restored", ControlFile.Name, Backup.BackupManifest.FileName)
        {
            Remade = [ControlFile.Name, Backup.BackupManifest.FileName],
        },
    ];

    /// <summary>The room of a file, or null.</summary>
    /// <param name="path">Within the data folder, with slashes.</param>
    public static DataRoom? RoomOf(string path) => Rooms.FirstOrDefault(room => room.Owns(path));

    /// <summary>The files of a folder, by their paths within it, with slashes; in the order of these.</summary>
    public static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/')).Order(StringComparer.Ordinal);

    /// <summary>What this process makes from now on is its user's alone: umask 077.</summary>
    public static void KeepPrivate()
    {
        if (!OperatingSystem.IsWindows())
            _ = umask(0x3F);
    }

    /// <summary>
    /// Takes from others what an earlier version let them read. Touches what belongs to a room, and the folder itself when there is nothing else in it: it may be somebody's
    /// home.
    /// </summary>
    /// <returns>How many files and folders had other rights.</returns>
    /// <exception cref="UnauthorizedAccessException">They are another user's.</exception>
    public static int MendModes(string folder)
    {
        if (OperatingSystem.IsWindows() || !Directory.Exists(folder))
            return 0;
        var isOurs = true;
        var mended = 0;
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (!Rooms.Any(room => room.Paths.Any(path => path.Split('/')[0] == entry.Name)))
                isOurs = false;
            else
                mended += Mend(entry);
        }

        return mended + (isOurs ? MendOne(new DirectoryInfo(folder)) : 0);
    }

    /// <summary>As <see cref="MendModes"/>, for a folder in which everything is ours.</summary>
    public static int MendModesOfAll(string folder) => OperatingSystem.IsWindows() || !Directory.Exists(folder) ? 0 : Mend(new DirectoryInfo(folder));

    static int Mend(FileSystemInfo entry)
    {
        if (entry.LinkTarget is not null)
            return 0; // what it points to is not in the folder
        var mended = MendOne(entry);
        return entry is DirectoryInfo folder ? mended + folder.EnumerateFileSystemInfos().Sum(Mend) : mended;
    }

    static int MendOne(FileSystemInfo entry)
    {
        var wanted = entry is DirectoryInfo ? OwnersFolder : OwnersFile;
        if (OperatingSystem.IsWindows() || (entry.UnixFileMode & ~wanted) == UnixFileMode.None)
            return 0;
        try
        {
            entry.UnixFileMode = wanted;
            return 1;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    [LibraryImport("libc")]
    private static partial uint umask(uint mask);
}
