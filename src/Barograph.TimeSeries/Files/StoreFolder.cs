using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Barograph.TimeSeries;

/// <summary>
/// A store's folder: held by one process at a time, with the version of its format. Files are replaced whole: written
/// beside, synced, renamed, and the folder synced.
/// </summary>
internal sealed class StoreFolder : IDisposable
{
    /// <summary>The version of the format that this code writes; it refuses newer ones.</summary>
    public const int FormatVersion = 1;

    const string VersionFile = "version";
    /// <summary>Ends the name of a file that is being written; what a crash leaves is removed at the next open.</summary>
    public const string TemporarySuffix = ".new";

    readonly SafeFileHandle _lock;

    StoreFolder(string path, SafeFileHandle @lock, Disk disk) => (Path, _lock, Disk) = (path, @lock, disk);

    public string Path { get; }

    /// <summary>What changes its files.</summary>
    public Disk Disk { get; }

    public string Wal => In("wal");

    public string Blocks => In("blocks");

    public string Rollups => In("rollups");

    public string In(BlockName block) => System.IO.Path.Combine(Blocks, block.FileName);

    public long SizeBytes() => new DirectoryInfo(Path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Exists ? file.Length : 0);

    public Damage Describe(BlockDamage damage) => new(
        System.IO.Path.GetRelativePath(Path, damage.Path),
        damage.Series is null ? damage.What : $"{damage.What} ({damage.Series}, {damage.Lost.StartMs} to {damage.Lost.EndMs})");

    public string In(string name) => System.IO.Path.Combine(Path, name);

    // What a host and its services do is nobody else's business: only the owner may read it. An existing folder keeps its rights.
    static void CreatePrivately(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Creates the folder if need be, takes it for this process and checks its format.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be written, another process has it, or its format is newer.</exception>
    public static StoreFolder Open(string path, Disk disk)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            var isNew = !Directory.Exists(path);
            CreatePrivately(path);
            if (isNew && System.IO.Path.GetDirectoryName(path) is { } parent)
                disk.SyncFolder(parent);
            var taken = Posix.TryLock(System.IO.Path.Combine(path, "lock"))
                ?? throw new StoreUnavailableException(
                    $"The folder {path} is in use by another Barograph. Stop that one, or choose another folder.");
            try
            {
                var folder = new StoreFolder(path, taken, disk);
                folder.CheckVersion();
                folder.RemoveTemporaryFiles();
                disk.CreateFolder(folder.Wal);
                disk.CreateFolder(folder.Blocks);
                disk.CreateFolder(folder.Rollups);
                disk.SyncFolder(path);
                return folder;
            }
            catch
            {
                Posix.Unlock(taken);
                throw;
            }
        }
        catch (Exception cause) when (cause is UnauthorizedAccessException or IOException and not StoreUnavailableException)
        {
            throw new StoreUnavailableException($"The folder {path} cannot be used as a store: {cause.Message}", cause);
        }
    }

    public void Dispose() => Posix.Unlock(_lock);

    void CheckVersion()
    {
        var path = In(VersionFile);
        if (!File.Exists(path))
        {
            Disk.Replace(path, Encoding.ASCII.GetBytes($"barograph store {FormatVersion}\n"));
            return;
        }

        var words = File.ReadAllText(path).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (words is not ["barograph", "store", var number] || !int.TryParse(number, out var version))
            throw new StoreUnavailableException($"{path} does not name a store's format; expected \"barograph store {FormatVersion}\".");
        if (version > FormatVersion)
            throw new StoreUnavailableException(
                $"The store in {Path} has format {version}; this program knows up to {FormatVersion}. Use a newer program.");
    }

    void RemoveTemporaryFiles()
    {
        foreach (var file in Directory.EnumerateFiles(Path, "*" + TemporarySuffix, SearchOption.AllDirectories))
            Disk.Delete(file);
    }
}
