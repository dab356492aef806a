using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Barograph.TimeSeries.Tests;

/// <summary>A change of files, as a disk is told of it.</summary>
internal abstract record DiskChange
{
    /// <summary>A file, whatever its name is at the time.</summary>
    internal sealed class FileBody;

    internal sealed record Create(string Path, FileBody Body) : DiskChange;

    internal sealed record Write(FileBody Body, long OffsetBytes, byte[] Bytes) : DiskChange;

    internal sealed record Resize(FileBody Body, long LengthBytes) : DiskChange;

    internal sealed record SyncData(FileBody Body) : DiskChange;

    internal sealed record SyncFolder(string Path) : DiskChange;

    internal sealed record Move(string From, string To) : DiskChange;

    internal sealed record Delete(string Path) : DiskChange;

    internal sealed record CreateFolder(string Path) : DiskChange;
}

/// <summary>A disk that does everything but sync, and remembers it in the order in which it happened.</summary>
/// <param name="lies">Says of the syncs of files that they were made, and makes none: to see whether that is noticed.</param>
internal sealed class RecordingDisk(bool lies = false) : Disk
{
    readonly Lock _gate = new();
    readonly List<DiskChange> _changes = [];
    readonly ConditionalWeakTable<SafeFileHandle, DiskChange.FileBody> _bodies = [];

    public IReadOnlyList<DiskChange> Changes => _changes;

    public int Count
    {
        get
        {
            lock (_gate)
                return _changes.Count;
        }
    }

    public override SafeFileHandle Create(string path, FileMode mode)
    {
        lock (_gate)
        {
            var handle = base.Create(path, mode);
            var body = new DiskChange.FileBody();
            _bodies.Add(handle, body);
            _changes.Add(new DiskChange.Create(path, body));
            return handle;
        }
    }

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offsetBytes)
    {
        lock (_gate)
        {
            base.Write(file, bytes, offsetBytes);
            _changes.Add(new DiskChange.Write(BodyOf(file), offsetBytes, bytes.ToArray()));
        }
    }

    public override void Write(SafeFileHandle file, IReadOnlyList<ReadOnlyMemory<byte>> pieces, long offsetBytes) =>
        Write(file, pieces.SelectMany(static piece => piece.ToArray()).ToArray(), offsetBytes);

    public override void SetLength(SafeFileHandle file, long lengthBytes)
    {
        lock (_gate)
        {
            base.SetLength(file, lengthBytes);
            _changes.Add(new DiskChange.Resize(BodyOf(file), lengthBytes));
        }
    }

    public override void Allocate(SafeFileHandle file, long offsetBytes, long lengthBytes)
    {
        lock (_gate)
        {
            base.Allocate(file, offsetBytes, lengthBytes);
            _changes.Add(new DiskChange.Resize(BodyOf(file), offsetBytes + lengthBytes));
        }
    }

    public override void SyncData(SafeFileHandle file)
    {
        if (!lies)
            Remember(new DiskChange.SyncData(BodyOf(file)), static () => { });
    }

    public override void SyncFolder(string folder) => Remember(new DiskChange.SyncFolder(folder), static () => { });

    public override void Move(string from, string to) => Remember(new DiskChange.Move(from, to), () => base.Move(from, to));

    public override void Delete(string path) => Remember(new DiskChange.Delete(path), () => base.Delete(path));

    public override void CreateFolder(string path) => Remember(new DiskChange.CreateFolder(path), () => base.CreateFolder(path));

    void Remember(DiskChange change, Action call)
    {
        lock (_gate)
        {
            call();
            _changes.Add(change);
        }
    }

    DiskChange.FileBody BodyOf(SafeFileHandle handle) =>
        _bodies.TryGetValue(handle, out var body) ? body : throw new InvalidOperationException("The handle is not of this disk.");
}
