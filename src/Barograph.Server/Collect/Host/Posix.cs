using System.Runtime.InteropServices;

namespace Barograph.Server.Collect.Host;

/// <summary>The few calls of the C library that .NET has no equivalent of, or only one that allocates. Linux, 64 bits.</summary>
internal static unsafe partial class Posix
{
    public const int NoDescriptor = -1;

    const int ReadOnlyCloseOnExec = 0x80000; // O_RDONLY | O_CLOEXEC
    const int SeekSet = 0;

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

    /// <summary>Opens a file or directory for reading.</summary>
    /// <param name="zeroTerminatedPath">UTF-8, ending with a 0.</param>
    /// <returns>A descriptor, or <see cref="NoDescriptor"/>.</returns>
    public static int Open(ReadOnlySpan<byte> zeroTerminatedPath)
    {
        fixed (byte* path = zeroTerminatedPath)
            return open(path, ReadOnlyCloseOnExec);
    }

    /// <summary>Reads from the start of a file; a negative number when it cannot be read.</summary>
    public static int ReadStart(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
            return (int)pread(descriptor, start, (nuint)buffer.Length, 0);
    }

    /// <summary>Closes a descriptor, if it is one.</summary>
    public static void Close(int descriptor)
    {
        if (descriptor >= 0)
            _ = close(descriptor);
    }

    /// <summary>Goes back to the first entry of a directory.</summary>
    public static void Rewind(int directory) => lseek(directory, 0, SeekSet);

    /// <summary>Reads the next entries of a directory: <c>struct linux_dirent64</c>, one behind the other.</summary>
    /// <returns>The bytes read; 0 at the end; negative when it cannot be read.</returns>
    public static int ReadEntries(int directory, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
            return (int)syscall(GetDents64, directory, start, (nuint)buffer.Length);
    }

    // The C library has a function for it only since glibc 2.30, the kernel since ever.
    static readonly nint GetDents64 = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 217,
        Architecture.S390x => 220,
        Architecture.Ppc64le => 202,
        _ => 61, // the number of all newer architectures: arm64, riscv64, loongarch64
    };

    /// <summary>Opens a socket for questions to the kernel about sockets (NETLINK_SOCK_DIAG).</summary>
    public static int OpenSocketDiagnosis() => socket(16, 3 | 0x80000, 4); // AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG

    /// <summary>Sends a message whole; false when it was not taken.</summary>
    public static bool Send(int descriptor, ReadOnlySpan<byte> message)
    {
        fixed (byte* start = message)
            return send(descriptor, start, (nuint)message.Length, 0) == message.Length;
    }

    /// <summary>Receives a message; a negative number when there is none to be had.</summary>
    public static int Receive(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
            return (int)recv(descriptor, start, (nuint)buffer.Length, 0);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statvfs(string path, StatVfs* stat);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int open(byte* path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(int descriptor, byte* buffer, nuint count, long offset);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);

    [LibraryImport("libc")]
    private static partial long lseek(int descriptor, long offset, int origin);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint directory, byte* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int descriptor, byte* buffer, nuint count, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int descriptor, byte* buffer, nuint count, int flags);
}

/// <summary>The room in a file system.</summary>
/// <param name="SizeBytes">All of it.</param>
/// <param name="FreeBytes">What is not used.</param>
/// <param name="AvailableBytes">What of the free bytes everybody may use; the rest is the administrator's.</param>
/// <param name="InodeCount">All inodes, or 0 when there is no fixed number.</param>
/// <param name="InodesFree">Inodes not used.</param>
internal readonly record struct FilesystemRoom(ulong SizeBytes, ulong FreeBytes, ulong AvailableBytes, ulong InodeCount, ulong InodesFree);
