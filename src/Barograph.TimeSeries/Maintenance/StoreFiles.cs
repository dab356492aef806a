namespace Barograph.TimeSeries;

/// <summary>Work on the files of all blocks. The caller sees to it that no other work changes them meanwhile.</summary>
internal static class StoreFiles
{
    const int CopyBytes = 256 << 10;

    /// <returns>How many series had something deleted.</returns>
    public static int Delete(BlockSet blocks, IReadOnlyList<Matcher> matchers, TimeRange range)
    {
        var deleted = new HashSet<byte[]>(KeyBytes.Comparer);
        var key = new GrowingBytes();
        foreach (var (_, block) in blocks.Blocks)
        {
            if (block.Info.FirstMs >= range.EndMs || block.Info.LastMs < range.StartMs)
                continue;
            var series = block.Find(matchers).Where(number => block.MayHaveSamples(number, range)).ToArray();
            if (series.Length == 0)
                continue;
            // A tombstone's end must be a time: ranges without end are cut to what the block has.
            block.Delete(series, new TimeRange(Math.Max(range.StartMs, block.Info.FirstMs), Math.Min(range.EndMs, block.Info.LastMs + 1)));
            foreach (var number in series)
            {
                block.ReadKey(number, key);
                deleted.Add(key.Written.ToArray());
            }
        }

        return deleted.Count;
    }

    /// <summary>Copies a store whose samples are all in blocks.</summary>
    public static void Copy(StoreFolder folder, BlockSet blocks, string target, CancellationToken stopping)
    {
        var files = blocks.Blocks.Select(static block => block.Block.Path).SelectMany(static path => new[] { path, path + Tombstones.FileSuffix })
            .Concat(Directory.EnumerateFiles(folder.Rollups, "*", SearchOption.AllDirectories));
        Copy(folder, [.. files, folder.In(MetadataFile.Name), folder.In(ExemplarFile.Name)], target, folder.Disk, stopping);
    }

    /// <summary>Copies a store that nobody has open.</summary>
    public static void Restore(StoreFolder backup, string target, Disk disk, CancellationToken stopping) =>
        Copy(backup, [.. Directory.EnumerateFiles(backup.Path, "*", SearchOption.AllDirectories)], target, disk, stopping);

    /// <summary>Copies files of a store into a new folder. The version comes last: a copy cut short is no store.</summary>
    static void Copy(StoreFolder folder, IReadOnlyList<string> files, string target, Disk disk, CancellationToken stopping)
    {
        target = Path.GetFullPath(target);
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any(static entry => Path.GetFileName(entry) != StoreFolder.UnfinishedFile))
            throw new IOException($"The folder {target} is not empty; a copy goes into a new one.");
        StoreFolder.CreatePrivately(target);
        var version = folder.In(StoreFolder.VersionFile);
        foreach (var file in files)
        {
            stopping.ThrowIfCancellationRequested();
            if (file == version || file == folder.In(StoreFolder.LockFile) || file.EndsWith(StoreFolder.TemporarySuffix, StringComparison.Ordinal))
                continue;
            var into = Path.Combine(target, Path.GetRelativePath(folder.Path, Path.GetDirectoryName(file)!));
            disk.CreateFolder(into);
            CopyFile(disk, file, into, stopping);
        }

        foreach (var into in Directory.EnumerateDirectories(target, "*", SearchOption.AllDirectories))
            disk.SyncFolder(into);
        disk.SyncFolder(target);
        CopyFile(disk, version, target, stopping);
        disk.SyncFolder(target);
        disk.SyncFolder(Path.GetDirectoryName(target)!);
    }

    static void CopyFile(Disk disk, string path, string folder, CancellationToken stopping)
    {
        if (!File.Exists(path))
            return;
        using var from = File.OpenHandle(path);
        using var to = disk.Create(Path.Combine(folder, Path.GetFileName(path)), FileMode.CreateNew);
        var buffer = new byte[CopyBytes];
        for (long at = 0; RandomAccess.Read(from, buffer, at) is > 0 and var read; at += read)
        {
            stopping.ThrowIfCancellationRequested();
            disk.Write(to, buffer.AsSpan(0, read), at);
        }

        disk.SyncData(to);
    }
}
