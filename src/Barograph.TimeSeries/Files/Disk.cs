using Microsoft.Win32.SafeHandles;

namespace Barograph.TimeSeries;

/// <summary>
/// Every change that a store makes to its folder, call by call. There is this one, and the ones of tests and experiments: they
/// fail at a call, remember all calls, or end the process between two of them.
/// </summary>
internal class Disk
{
    public static readonly Disk Real = new();

    /// <summary>Opens a file for writing. Others may read it.</summary>
    public virtual SafeFileHandle Create(string path, FileMode mode) => File.OpenHandle(path, mode, FileAccess.Write, FileShare.Read);

    public virtual void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offsetBytes) => RandomAccess.Write(file, bytes, offsetBytes);

    /// <summary>Writes pieces one behind the other.</summary>
    public virtual void Write(SafeFileHandle file, IReadOnlyList<ReadOnlyMemory<byte>> pieces, long offsetBytes) =>
        RandomAccess.Write(file, pieces, offsetBytes);

    public virtual void SetLength(SafeFileHandle file, long lengthBytes) => RandomAccess.SetLength(file, lengthBytes);

    /// <summary>Reserves room at the end of a file; the reserved bytes read as zeros.</summary>
    public virtual void Allocate(SafeFileHandle file, long offsetBytes, long lengthBytes) => Posix.Allocate(file, offsetBytes, lengthBytes);

    /// <summary>Returns when the file's bytes (and its length) are on disk.</summary>
    public virtual void SyncData(SafeFileHandle file) => Posix.SyncData(file);

    /// <summary>Returns when the folder's entries (created, renamed, deleted files) are on disk.</summary>
    public virtual void SyncFolder(string folder) => Posix.SyncFolder(folder);

    /// <summary>Renames, over what has the name already.</summary>
    public virtual void Move(string from, string to) => File.Move(from, to, overwrite: true);

    /// <summary>Deletes a file; one that is not there is fine.</summary>
    public virtual void Delete(string path) => File.Delete(path);

    public virtual void CreateFolder(string path) => Directory.CreateDirectory(path);

    /// <summary>How many bytes more the file system of a folder takes from us, and how many it has in all.</summary>
    public virtual (long FreeBytes, long TotalBytes) Space(string folder)
    {
        var drive = new DriveInfo(folder);
        return (drive.AvailableFreeSpace, drive.TotalSize);
    }

    /// <summary>Replaces a file so that, whatever happens, either the old or the new one is there, whole.</summary>
    public void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + StoreFolder.TemporarySuffix;
        using (var file = Create(temporary, FileMode.Create))
        {
            Write(file, content, 0);
            SyncData(file);
        }

        Move(temporary, path);
        SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Deletes a block and what is beside it.</summary>
    public void DeleteBlock(string path)
    {
        Delete(path);
        Delete(path + Tombstones.FileSuffix);
    }
}
