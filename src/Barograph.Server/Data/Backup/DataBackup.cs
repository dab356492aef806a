using Barograph.TimeSeries;

namespace Barograph.Server.Data.Backup;

/// <summary>Copies a data folder as of one moment, and puts such a copy back. Described in docs/operations.md.</summary>
internal static class DataBackup
{
    /// <summary>Copies the folder of a server that does not run; nobody can start one meanwhile.</summary>
    /// <exception cref="StoreUnavailableException">It is no data folder, or a server has it open.</exception>
    /// <exception cref="IOException">The target is not empty, or a disk failed.</exception>
    public static async Task<BackupManifest> OfFolderAsync(string data, string target, TimeProvider clock, CancellationToken cancel)
    {
        using var held = ReadOnlyStore.Open(data);
        data = Path.GetFullPath(data);
        return await MakeAsync(data, target, clock, into =>
        {
            CopyFiles(data, into, static _ => false, new Dictionary<string, long>(StringComparer.Ordinal), cancel);
            return Task.CompletedTask;
        }, cancel);
    }

    /// <summary>
    /// Copies the folder of the server that calls it, while it works. The samples are those of one moment, at which everything that derives samples stood still; its files
    /// are of that moment, too. The logs are copied after it, so that they have all that was derived: what they have besides is derived at the next start.
    /// </summary>
    /// <exception cref="IOException">The target is not empty, or a disk failed.</exception>
    public static async Task<BackupManifest> OfServerAsync(
        MetricStore store, IReadOnlyList<IBackupPart> parts, string data, string target, TimeProvider clock, CancellationToken cancel)
    {
        data = Path.GetFullPath(data);
        return await MakeAsync(data, target, clock, async into =>
        {
            var stills = new List<StandStill>();
            await store.BackupAsync(into.Folder, asked => StandStillAsync(parts, stills, asked), cancel);
            into.TakeWhatIsThere(cancel);
            foreach (var (path, content) in stills.SelectMany(static still => still.Files))
                into.Write(Within(data, path), content);
            // Asked for now, and not before the moment: they have to reach behind it.
            var growing = parts.SelectMany(static part => part.GrowingFiles).ToDictionary(one => Within(data, one.Path), static one => one.SizeBytes, StringComparer.Ordinal);
            CopyFiles(data, into, static path => DataFolder.RoomOf(path) is { } room && room.IsOfTheMoment(path), growing, cancel);
        }, cancel);
    }

    /// <summary>Reads a whole backup, and its store in every byte.</summary>
    /// <exception cref="BackupException">It is none, not whole or damaged.</exception>
    public static (BackupManifest Manifest, StoreReport Store) Verify(string backup, CancellationToken cancel)
    {
        backup = Path.GetFullPath(backup);
        var manifest = BackupManifest.Read(backup);
        BackupFolder.Verify(backup, manifest.Files(), cancel);
        return (manifest, MetricStore.Verify(backup, cancel));
    }

    /// <summary>Copies a backup, once it is known to be whole, into a folder that is empty or not there.</summary>
    /// <exception cref="BackupException">It is no backup, not whole or damaged; nothing was copied.</exception>
    /// <exception cref="IOException">The folder is not empty, or a disk failed.</exception>
    public static BackupManifest Restore(string backup, string data, CancellationToken cancel)
    {
        backup = Path.GetFullPath(backup);
        var manifest = BackupManifest.Read(backup);
        if (Directory.Exists(data) && Directory.EnumerateFileSystemEntries(data).Any())
            throw new BackupTargetException($"The folder {Path.GetFullPath(data)} is not empty; a backup is restored into a new one.");
        BackupFolder.Verify(backup, manifest.Files(), cancel);
        var into = new BackupFolder(data);
        try
        {
            foreach (var file in manifest.Files())
            {
                if (into.Copy(BackupFolder.Inside(backup, file.Path), file.Path, long.MaxValue, cancel) != file)
                    throw new BackupException($"{file.Path} changed while it was copied from {backup}.");
            }

            BackupFolder.Verify(into.Folder, into.Files, cancel);
            into.Finish();
            return manifest;
        }
        catch
        {
            into.GiveUp();
            throw;
        }
    }

    static async Task<BackupManifest> MakeAsync(string data, string target, TimeProvider clock, Func<BackupFolder, Task> copy, CancellationToken cancel)
    {
        if ((Path.GetFullPath(target) + Path.DirectorySeparatorChar).StartsWith(data + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new BackupTargetException($"The folder {Path.GetFullPath(target)} lies in the data folder; a backup goes elsewhere, best onto another disk.");
        var made = clock.GetUtcNow();
        var into = new BackupFolder(target);
        try
        {
            await copy(into);
            var rooms = into.Files.GroupBy(static file => DataFolder.RoomOf(file.Path)?.Name ?? "other", StringComparer.Ordinal).Select(static room =>
                new BackupRoom(room.Key, DataFolder.Rooms.FirstOrDefault(known => known.Name == room.Key)?.Holds ?? "files that this version does not know", [.. room]));
            var manifest = new BackupManifest(BackupManifest.CurrentFormat, made, CommandLine.Version, [.. rooms], "");
            DurableFile.Replace(Path.Combine(into.Folder, BackupManifest.FileName), manifest.Encode());
            BackupFolder.Verify(into.Folder, manifest.Files(), cancel);
            into.Finish();
            return manifest;
        }
        catch
        {
            into.GiveUp();
            throw;
        }
    }

    static async Task<IDisposable> StandStillAsync(IReadOnlyList<IBackupPart> parts, List<StandStill> stills, CancellationToken cancel)
    {
        try
        {
            foreach (var part in parts)
                stills.Add(await part.StandStillAsync(cancel));
        }
        catch
        {
            stills.ForEach(static still => still.Dispose());
            throw;
        }

        return new AllOf(stills);
    }

    /// <summary>Copies what is not remade. What says how far somebody is in a log comes before the log: what is done twice is less bad than what is not done.</summary>
    static void CopyFiles(string data, BackupFolder into, Func<string, bool> isLeftOut, Dictionary<string, long> growing, CancellationToken cancel)
    {
        foreach (var path in DataFolder.Files(data).OrderBy(growing.ContainsKey))
        {
            if (DataFolder.RoomOf(path) is { } room ? room.IsRemade(path) || isLeftOut(path) : path.EndsWith(".new", StringComparison.Ordinal))
                continue;
            try
            {
                into.Copy(Path.Combine(data, path), path, growing.GetValueOrDefault(path, long.MaxValue), cancel);
            }
            catch (FileNotFoundException)
            {
                // Past its retention since it was listed.
            }
        }
    }

    static string Within(string data, string path) => Path.GetRelativePath(data, path).Replace('\\', '/');

    sealed class AllOf(List<StandStill> stills) : IDisposable
    {
        public void Dispose() => stills.ForEach(static still => still.Dispose());
    }
}
