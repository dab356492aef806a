using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Barograph.TimeSeries;

/// <summary>
/// The only way bytes become durable here. The runtime's own flush reports success on Linux when the kernel reported an
/// error (dotnet/runtime 124722), and it cannot sync a folder; so the calls are made directly and every failure is thrown.
/// </summary>
internal static partial class Posix
{
    const int Interrupted = 4, NoSpace = 28, WouldBlock = 11, QuotaExceeded = 122;
    const int ReadWrite = 2, Create = 0x40, CloseOnExec = 0x80000;
    const int DoNotNeed = 4;
    const int LockShared = 1, LockExclusive = 2, LockNonBlocking = 4, LockRelease = 8;

    /// <summary>Returns when the file's bytes (and its length) are on disk.</summary>
    /// <exception cref="IOException">They are not, or nobody knows.</exception>
    public static void SyncData(SafeFileHandle file)
    {
        int failed;
        do
            failed = fdatasync(file);
        while (failed != 0 && Marshal.GetLastPInvokeError() == Interrupted);
        if (failed != 0)
            throw Failure("fdatasync", Marshal.GetLastPInvokeError());
    }

    /// <summary>Returns when the folder's entries (created, renamed, deleted files) are on disk.</summary>
    public static void SyncFolder(string folder)
    {
        using var handle = OpenOrThrow(folder, CloseOnExec);
        int failed;
        do
            failed = fsync(handle);
        while (failed != 0 && Marshal.GetLastPInvokeError() == Interrupted);
        if (failed != 0)
            throw Failure($"fsync of {folder}", Marshal.GetLastPInvokeError());
    }

    /// <summary>Opens (or creates) a file and locks it for this process; null when another holds it. Undone by <see cref="Unlock"/>.</summary>
    public static SafeFileHandle? TryLock(string path) =>
        TryLock(path, OpenOrThrow(path, ReadWrite | Create | CloseOnExec), LockExclusive);

    /// <summary>Locks a file that is there together with other readers; null when a process has it for itself. Changes nothing.</summary>
    public static SafeFileHandle? TryLockShared(string path) => TryLock(path, OpenOrThrow(path, CloseOnExec), LockShared);

    static SafeFileHandle? TryLock(string path, SafeFileHandle handle, int kind)
    {
        if (flock(handle, kind | LockNonBlocking) == 0)
            return handle;
        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return error == WouldBlock ? null : throw Failure($"flock of {path}", error);
    }

    /// <summary>
    /// Gives the memory of an array to the system until it is written again; what was in it is lost. A hint: where the system does not
    /// take it, the array stays as it is.
    /// </summary>
    /// <param name="pinned">Was allocated as pinned.</param>
    public static unsafe void Discard<T>(T[] pinned)
        where T : unmanaged
    {
        if (!OperatingSystem.IsLinux())
            return;
        var page = (nuint)Environment.SystemPageSize;
        fixed (T* items = pinned)
        {
            var start = ((nuint)items + page - 1) / page * page;
            var end = (nuint)(items + pinned.Length) / page * page;
            if (end > start)
                _ = madvise((void*)start, end - start, DoNotNeed);
        }
    }

    /// <summary>Gives the memory of a mapped file that is only read to the system until it is read again. A hint as well.</summary>
    public static unsafe void LetGo(byte* mapped, long sizeBytes)
    {
        if (OperatingSystem.IsLinux())
            _ = madvise(mapped, (nuint)sizeBytes, DoNotNeed);
    }

    /// <summary>
    /// Unlocks and closes. Closing alone would not do: a child process that is being started holds a copy of every handle until
    /// its program is loaded, and with it the lock.
    /// </summary>
    public static void Unlock(SafeFileHandle locked)
    {
        _ = flock(locked, LockRelease);
        locked.Dispose();
    }

    /// <summary>Reserves room at the end of a file; the reserved bytes read as zeros.</summary>
    public static void Allocate(SafeFileHandle file, long offsetBytes, long lengthBytes)
    {
        int error;
        do
            error = posix_fallocate(file, offsetBytes, lengthBytes);
        while (error == Interrupted);
        if (error != 0)
            throw Failure("posix_fallocate", error);
    }

    /// <summary>Whether a failure means that the disk (or the quota on it) is full.</summary>
    public static bool IsDiskFull(IOException failure) => (failure.HResult & 0xFFFF) is NoSpace or QuotaExceeded;

    static SafeFileHandle OpenOrThrow(string path, int flags)
    {
        int descriptor;
        do
            descriptor = open(path, flags, 0x180); // rw-------
        while (descriptor < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw Failure($"open of {path}", Marshal.GetLastPInvokeError());
    }

    static IOException Failure(string call, int error) =>
        new($"{call} failed: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}).", error);

    [LibraryImport("libc")]
    private static unsafe partial int madvise(void* start, nuint length, int advice);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);

    [LibraryImport("libc")]
    private static partial int posix_fallocate(SafeFileHandle file, long offset, long length);

    // open(2) is variadic; on the systems we run on an integer third argument is passed the same way.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);
}
