using System.Runtime.InteropServices;

namespace Barograph.Server.Collect.Host;

/// <summary>The few calls of the C library that .NET has no equivalent of, or only a costly one.</summary>
internal static unsafe partial class Posix
{
    /// <summary>
    /// The start of <c>struct statvfs</c> on 64-bit Linux, the same in glibc and musl; the room behind is for the rest of it.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    struct StatVfs
    {
        public ulong BlockBytes;
        public ulong FragmentBytes;
        public ulong Blocks;
        public ulong BlocksFree;
        public ulong BlocksAvailable;
        public ulong Files;
        public ulong FilesFree;
        public fixed ulong Rest[16];
    }

    /// <summary>Asks a file system for its room. May hang as long as its server does.</summary>
    /// <returns>Null when it does not answer; the reason is in <see cref="Marshal.GetLastPInvokeError"/>.</returns>
    public static FilesystemRoom? ReadRoom(string mountPoint)
    {
        StatVfs stat;
        return statvfs(mountPoint, &stat) != 0 ? null : new FilesystemRoom(
            stat.Blocks * stat.FragmentBytes, stat.BlocksFree * stat.FragmentBytes, stat.BlocksAvailable * stat.FragmentBytes, stat.Files, stat.FilesFree);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statvfs(string path, StatVfs* stat);
}

/// <summary>The room in a file system.</summary>
/// <param name="SizeBytes">All of it.</param>
/// <param name="FreeBytes">What is not used.</param>
/// <param name="AvailableBytes">What of the free bytes everybody may use; the rest is the administrator's.</param>
/// <param name="InodeCount">All inodes, or 0 when there is no fixed number.</param>
/// <param name="InodesFree">Inodes not used.</param>
internal readonly record struct FilesystemRoom(ulong SizeBytes, ulong FreeBytes, ulong AvailableBytes, ulong InodeCount, ulong InodesFree);
