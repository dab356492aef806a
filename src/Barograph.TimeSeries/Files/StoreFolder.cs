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

    /// <summary>Holds the format's version; without it a folder is no store.</summary>
    public const string VersionFile = "version";

    /// <summary>Locked by whoever has the store open.</summary>
    public const string LockFile = "lock";

    /// <summary>Stands in a folder as long as something is copied into it: a copy that was cut short is not taken for a store.</summary>
    public const string UnfinishedFile = "unfinished";

    /// <summary>Ends the name of a file that is being written; what a crash leaves is removed at the next open.</summary>
    public const string TemporarySuffix = ".new";

    const long SizeKeptMs = 10_000;

    readonly SafeFileHandle? _lock;
    long _sizeBytes, _sizeCountedAgainAt;

    StoreFolder(string path, SafeFileHandle? @lock, Disk disk) => (Path, _lock, Disk) = (path, @lock, disk);

    public string Path { get; }

    /// <summary>What changes its files.</summary>
    public Disk Disk { get; }

    /// <summary>The version of its format.</summary>
    public int Version { get; private set; }

    public string Wal => In("wal");

    public string Blocks => In("blocks");

    public string Rollups => In("rollups");

    public string In(BlockName block) => System.IO.Path.Combine(Blocks, block.FileName);

    /// <summary>The files of a folder; none when it is not there, as the log's folder of a backup.</summary>
    public static IEnumerable<string> Files(string folder, string pattern = "*") =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern) : [];

    /// <summary>A file's path within the store, with slashes.</summary>
    public string Within(string path) => System.IO.Path.GetRelativePath(Path, path).Replace('\\', '/');

    /// <summary>Bytes of all its files. Counted again after some seconds: it looks at every one, and the live stream asks for the store's status each second.</summary>
    public long SizeBytes()
    {
        if (Environment.TickCount64 >= Volatile.Read(ref _sizeCountedAgainAt))
        {
            CountSize();
            Volatile.Write(ref _sizeCountedAgainAt, Environment.TickCount64 + SizeKeptMs);
        }

        return Volatile.Read(ref _sizeBytes);
    }

    void CountSize()
    {
        try
        {
            var files = new DirectoryInfo(Path).EnumerateFiles("*", SearchOption.AllDirectories);
            Volatile.Write(ref _sizeBytes, files.Sum(static file => file.Exists ? file.Length : 0));
        }
        catch (Exception cause) when (DiskFault.Is(cause))
        {
            // A file went while it was looked at, or the disk does not tell: as it was.
        }
    }

    public Damage Describe(BlockDamage damage) => new(
        Within(damage.Path),
        damage.Series is null ? damage.What : $"{damage.What} ({damage.Series}, {damage.Lost.StartMs} to {damage.Lost.EndMs})");

    public string In(string name) => System.IO.Path.Combine(Path, name);

    // What a host and its services do is nobody else's business: only the owner may read it. An existing folder keeps its rights.
    internal static void CreatePrivately(string path)
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
            var taken = Posix.TryLock(System.IO.Path.Combine(path, LockFile)) ?? throw InUse(path);
            try
            {
                var folder = new StoreFolder(path, taken, disk);
                if (File.Exists(folder.In(UnfinishedFile)))
                    throw new StoreUnavailableException($"{path} is a copy that was cut short. Empty the folder, and make the copy again.");
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

    /// <summary>Takes a store's folder for reading: nothing in it is changed, and no other process may change it meanwhile.</summary>
    /// <exception cref="StoreUnavailableException">It is no store, another process has it open, or its format is newer.</exception>
    public static StoreFolder OpenToRead(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        if (!File.Exists(System.IO.Path.Combine(path, VersionFile)))
            throw new StoreUnavailableException($"There is no store in {path}: it has no file named {VersionFile}.");
        try
        {
            var lockFile = System.IO.Path.Combine(path, LockFile);
            // A backup has no lock: nobody has opened it yet.
            var taken = File.Exists(lockFile) ? Posix.TryLockShared(lockFile) ?? throw InUse(path) : null;
            var folder = new StoreFolder(path, taken, ReadOnlyDisk.Instance);
            try
            {
                folder.CheckVersion();
                return folder;
            }
            catch
            {
                folder.Dispose();
                throw;
            }
        }
        catch (Exception cause) when (cause is UnauthorizedAccessException or IOException and not StoreUnavailableException)
        {
            throw new StoreUnavailableException($"The store in {path} cannot be read: {cause.Message}", cause);
        }
    }

    public void Dispose()
    {
        if (_lock is not null)
            Posix.Unlock(_lock);
    }

    internal static StoreUnavailableException InUse(string path) =>
        new($"The folder {path} is in use by another Barograph. Stop that one, or choose another folder.");

    void CheckVersion()
    {
        var path = In(VersionFile);
        if (!File.Exists(path))
        {
            Version = FormatVersion;
            Disk.Replace(path, Encoding.ASCII.GetBytes($"barograph store {FormatVersion}\n"));
            return;
        }

        var words = File.ReadAllText(path).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (words is not ["barograph", "store", var number] || !int.TryParse(number, out var version))
            throw new StoreUnavailableException($"{path} does not name a store's format; expected \"barograph store {FormatVersion}\".");
        Version = version;
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
