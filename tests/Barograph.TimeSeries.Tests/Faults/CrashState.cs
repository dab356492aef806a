namespace Barograph.TimeSeries.Tests;

/// <summary>
/// What a disk may hold after a power cut (after ALICE, OSDI 2014): all that was synced, and of the rest anything: each write of a
/// file, and each change of a folder's entries, may be there or not, whatever the order; a write may be there in part, in
/// sectors of 512 bytes.
/// </summary>
internal sealed class CrashState(Random random)
{
    const int SectorBytes = 512;

    readonly Dictionary<DiskChange.FileBody, FileState> _files = [];
    readonly Dictionary<string, FolderState> _folders = new(StringComparer.Ordinal);

    /// <summary>Lets the first changes happen, and then cuts the power.</summary>
    public static CrashState After(IEnumerable<DiskChange> changes, Random random)
    {
        var state = new CrashState(random);
        foreach (var change in changes)
            state.Apply(change);
        return state;
    }

    /// <summary>Writes what is left of a folder into another one, which is empty.</summary>
    public void Write(string from, string into)
    {
        var survivors = Folder(from).Survive(random);
        foreach (var (path, body) in survivors)
        {
            var target = Path.Combine(into, Path.GetRelativePath(from, path));
            if (body is not null)
            {
                using var file = File.OpenHandle(target, FileMode.Create, FileAccess.Write);
                _files[body].Survive(random, file);
                continue;
            }

            Directory.CreateDirectory(target);
            Write(path, target);
        }
    }

    void Apply(DiskChange change)
    {
        switch (change)
        {
            case DiskChange.Create(var path, var body):
                _files[body] = new FileState();
                FolderOf(path).Add(new Entry(path, body), removed: null);
                break;
            case DiskChange.Write(var body, var offset, var bytes):
                _files[body].Add(new FileChange(offset, bytes, null));
                break;
            case DiskChange.Resize(var body, var length):
                _files[body].Add(new FileChange(0, [], length));
                break;
            case DiskChange.SyncData(var body):
                _files[body].Sync();
                break;
            case DiskChange.SyncFolder(var path):
                Folder(path).Sync();
                break;
            case DiskChange.Move(var from, var to):
                FolderOf(to).Add(new Entry(to, FolderOf(from).Now(from)), removed: from);
                break;
            case DiskChange.Delete(var path):
                FolderOf(path).Add(null, removed: path);
                break;
            case DiskChange.CreateFolder(var path):
                if (_folders.TryAdd(path, new FolderState()))
                    FolderOf(path).Add(new Entry(path, null), removed: null);
                break;
        }
    }

    FolderState FolderOf(string path) => Folder(Path.GetDirectoryName(path)!);

    FolderState Folder(string path)
    {
        if (!_folders.TryGetValue(path, out var folder))
            _folders[path] = folder = new FolderState();
        return folder;
    }

    /// <summary>A name and its file, or null for a folder.</summary>
    sealed record Entry(string Path, DiskChange.FileBody? Body);

    sealed record EntryChange(Entry? Added, string? Removed);

    sealed class FolderState
    {
        readonly Dictionary<string, Entry> _synced = new(StringComparer.Ordinal), _now = new(StringComparer.Ordinal);
        readonly List<EntryChange> _pending = [];

        public DiskChange.FileBody? Now(string path) => _now[path].Body;

        public void Add(Entry? added, string? removed)
        {
            var change = new EntryChange(added, removed);
            _pending.Add(change);
            Do(_now, change);
        }

        public void Sync()
        {
            foreach (var change in _pending)
                Do(_synced, change);
            _pending.Clear();
        }

        public IEnumerable<(string Path, DiskChange.FileBody? Body)> Survive(Random random)
        {
            var left = new Dictionary<string, Entry>(_synced, StringComparer.Ordinal);
            foreach (var change in Luck.Choose(_pending, random))
                Do(left, change);
            return left.Values.Select(static entry => (entry.Path, entry.Body));
        }

        static void Do(Dictionary<string, Entry> entries, EntryChange change)
        {
            if (change.Removed is not null)
                entries.Remove(change.Removed);
            if (change.Added is not null)
                entries[change.Added.Path] = change.Added;
        }
    }

    sealed record FileChange(long OffsetBytes, byte[] Bytes, long? LengthBytes);

    sealed class FileState
    {
        readonly List<FileChange> _synced = [], _pending = [];

        public void Add(FileChange change) => _pending.Add(change);

        public void Sync()
        {
            _synced.AddRange(_pending);
            _pending.Clear();
        }

        public void Survive(Random random, Microsoft.Win32.SafeHandles.SafeFileHandle file)
        {
            foreach (var change in _synced)
                Do(file, change);
            foreach (var change in Luck.Choose(_pending, random))
            {
                foreach (var part in random.Next(3) == 0 ? Tear(change, random) : [change])
                    Do(file, part);
            }
        }

        static IEnumerable<FileChange> Tear(FileChange change, Random random)
        {
            for (var at = 0; at < change.Bytes.Length;)
            {
                var end = (int)Math.Min(change.Bytes.Length, at + SectorBytes - (change.OffsetBytes + at) % SectorBytes);
                if (random.Next(2) == 0)
                    yield return new FileChange(change.OffsetBytes + at, change.Bytes[at..end], null);
                at = end;
            }
        }

        static void Do(Microsoft.Win32.SafeHandles.SafeFileHandle file, FileChange change)
        {
            if (change.LengthBytes is { } length)
                RandomAccess.SetLength(file, length);
            else
                RandomAccess.Write(file, change.Bytes, change.OffsetBytes);
        }
    }

    /// <summary>What of the changes that were not synced is there: nothing, all, the first ones, or any.</summary>
    static class Luck
    {
        public static IEnumerable<T> Choose<T>(List<T> pending, Random random) => random.Next(4) switch
        {
            0 => [],
            1 => pending,
            2 => pending.Take(random.Next(pending.Count + 1)),
            _ => pending.Where(_ => random.Next(2) == 0),
        };
    }
}
