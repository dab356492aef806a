using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Barograph.TimeSeries;

/// <summary>
/// A disk that kills its process before or after a change, named as in <see cref="Moments"/>: <c>before-rename-block</c>. No handler
/// runs, nothing is flushed: as kill -9, but at that moment.
/// </summary>
internal sealed class FatalDisk(string folder, string moment) : Disk
{
    /// <summary>All moments there are.</summary>
    public static readonly IReadOnlyList<string> Moments =
    [
        .. from change in new[]
            {
                "create-log", "write-log", "sync-log", "sync-folder-wal", "delete-log",
                "create-block", "write-block", "sync-block", "rename-block", "sync-folder-blocks", "delete-block",
                "sync-tombstones", "rename-tombstones", "delete-tombstones",
                "sync-rollup", "rename-rollup", "sync-folder-1m", "delete-rollup", "sync-progress", "rename-progress", "sync-metadata", "rename-metadata",
            }
            from side in new[] { "before", "after" }
            select $"{side}-{change}",
    ];

    readonly string _folder = Path.GetFullPath(folder);
    readonly Dictionary<SafeFileHandle, string> _kinds = [];
    int _left = 2; // not the first time: then the store is being opened

    public override SafeFileHandle Create(string path, FileMode mode) => Do("create", KindOf(path), () =>
    {
        var handle = base.Create(path, mode);
        lock (_kinds)
            _kinds[handle] = KindOf(path);
        return handle;
    });

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offsetBytes)
    {
        var copy = bytes.ToArray();
        Do("write", KindOf(file), () => base.Write(file, copy, offsetBytes));
    }

    public override void Write(SafeFileHandle file, IReadOnlyList<ReadOnlyMemory<byte>> pieces, long offsetBytes) =>
        Do("write", KindOf(file), () => base.Write(file, pieces, offsetBytes));

    public override void SyncData(SafeFileHandle file) => Do("sync", KindOf(file), () => base.SyncData(file));

    public override void SyncFolder(string folder) =>
        Do("sync-folder", folder.StartsWith(_folder + "/", StringComparison.Ordinal) ? Path.GetFileName(folder) : "elsewhere", () => base.SyncFolder(folder));

    public override void Move(string from, string to) => Do("rename", KindOf(to), () => base.Move(from, to));

    public override void Delete(string path) => Do("delete", File.Exists(path) ? KindOf(path) : "nothing", () => base.Delete(path));

    void Do(string what, string kind, Action change) => Do(what, kind, () =>
    {
        change();
        return true;
    });

    T Do<T>(string what, string kind, Func<T> change)
    {
        DieIf($"before-{what}-{kind}");
        var done = change();
        DieIf($"after-{what}-{kind}");
        return done;
    }

    void DieIf(string now)
    {
        if (now != moment || Interlocked.Decrement(ref _left) > 0)
            return;
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    string KindOf(SafeFileHandle file)
    {
        lock (_kinds)
            return _kinds[file];
    }

    string KindOf(string path)
    {
        if (!path.StartsWith(_folder + "/", StringComparison.Ordinal))
            return "elsewhere";
        var within = path[(_folder.Length + 1)..].Replace(StoreFolder.TemporarySuffix, "", StringComparison.Ordinal);
        return within.Split('/')[0] switch
        {
            _ when within.EndsWith(Tombstones.FileSuffix, StringComparison.Ordinal) => "tombstones",
            "wal" => "log",
            "blocks" => "block",
            "rollups" => within == RollupSet.ProgressName ? "progress" : "rollup",
            var name => name,
        };
    }
}
