using System.Security.Cryptography;
using Barograph.TimeSeries;

namespace Barograph.Server.Data.Backup;

/// <summary>
/// A folder into which files are copied, each with its sum. As long as it is not finished, a file in it says so, and nobody takes it for a backup or for a data folder.
/// </summary>
internal sealed class BackupFolder
{
    /// <summary>The store knows it, too: it opens no folder that has this file.</summary>
    public const string UnfinishedFile = "unfinished";

    readonly SortedDictionary<string, BackupFile> _files = new(StringComparer.Ordinal);
    readonly bool _isNew;

    /// <summary>Begins one.</summary>
    /// <param name="path">Is empty, or not there.</param>
    /// <exception cref="BackupTargetException">It is not empty.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public BackupFolder(string path)
    {
        Folder = Path.GetFullPath(path);
        if (Directory.Exists(Folder) && Directory.EnumerateFileSystemEntries(Folder).Any())
            throw new BackupTargetException($"The folder {Folder} is not empty; a copy goes into a new one.");
        _isNew = !Directory.Exists(Folder);
        CreateFolder(Folder);
        DurableFile.Replace(Path.Combine(Folder, UnfinishedFile), "A copy is being made here, or was cut short.\n"u8);
    }

    public string Folder { get; }

    /// <summary>The files so far, by path.</summary>
    public IReadOnlyCollection<BackupFile> Files => _files.Values;

    /// <summary>Copies a file, or the beginning of one that grows.</summary>
    public BackupFile Copy(string from, string path, long sizeBytes, CancellationToken cancel)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var copied = DurableFile.Copy(from, Place(path), sizeBytes, sum, cancel);
        return _files[path] = new BackupFile(path, copied, Convert.ToHexStringLower(sum.GetHashAndReset()));
    }

    /// <summary>Writes a file.</summary>
    public void Write(string path, byte[] content)
    {
        DurableFile.Replace(Place(path), content);
        _files[path] = new BackupFile(path, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    /// <summary>Notes what somebody else has copied into it so far.</summary>
    public void TakeWhatIsThere(CancellationToken cancel)
    {
        foreach (var path in DataFolder.Files(Folder).Where(path => path != UnfinishedFile && !_files.ContainsKey(path)))
        {
            cancel.ThrowIfCancellationRequested();
            using var file = File.OpenRead(Path.Combine(Folder, path));
            _files[path] = new BackupFile(path, file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
        }
    }

    /// <summary>Reads every file again, as the disk has it.</summary>
    /// <exception cref="BackupException">One is not as it was written.</exception>
    public static void Verify(string folder, IEnumerable<BackupFile> files, CancellationToken cancel)
    {
        foreach (var file in files)
        {
            cancel.ThrowIfCancellationRequested();
            var path = Inside(folder, file.Path);
            var info = new FileInfo(path);
            if (!info.Exists || info.LinkTarget is not null)
                throw new BackupException($"{path} is missing: the backup is not whole. {Remedy(folder)}");
            if (info.Length != file.SizeBytes)
                throw new BackupException($"{path} has {info.Length} bytes instead of {file.SizeBytes}: the backup is damaged. {Remedy(folder)}");
            using var content = info.OpenRead();
            if (Convert.ToHexStringLower(SHA256.HashData(content)) != file.Sha256)
                throw new BackupException($"{path} is not as it was written: the backup is damaged. {Remedy(folder)}");
        }
    }

    /// <summary>Makes all names durable, then takes the mark away.</summary>
    public void Finish()
    {
        foreach (var folder in Directory.EnumerateDirectories(Folder, "*", SearchOption.AllDirectories))
            DurableFile.SyncFolder(folder);
        DurableFile.SyncFolder(Folder);
        File.Delete(Path.Combine(Folder, UnfinishedFile));
        DurableFile.SyncFolder(Folder);
        DurableFile.SyncFolder(Path.GetDirectoryName(Folder) ?? Folder);
    }

    /// <summary>Takes away what was made of a copy that failed.</summary>
    public void GiveUp()
    {
        try
        {
            foreach (var folder in Directory.EnumerateDirectories(Folder))
                Directory.Delete(folder, recursive: true);
            foreach (var file in Directory.EnumerateFiles(Folder).Where(static file => Path.GetFileName(file) != UnfinishedFile))
                File.Delete(file);
            File.Delete(Path.Combine(Folder, UnfinishedFile)); // last: as long as there is something, it says that it is not whole
            if (_isNew)
                Directory.Delete(Folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The mark is still there.
        }
    }

    /// <summary>A file's path; a manifest is the world's, and may name what lies elsewhere.</summary>
    public static string Inside(string folder, string path)
    {
        var full = Path.GetFullPath(Path.Combine(folder, path));
        return full.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new BackupException($"The manifest of {folder} names '{path}', which does not lie in it. Do not use this backup.");
    }

    string Place(string path)
    {
        var full = Inside(Folder, path);
        CreateFolder(Path.GetDirectoryName(full)!);
        return full;
    }

    static string Remedy(string folder) => $"Use another one, or take what is left of it with 'barograph store restore {folder} …'.";

    static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
