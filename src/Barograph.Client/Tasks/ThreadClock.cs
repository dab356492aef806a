using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Barograph.Client;

/// <summary>The processor time of the calling thread, from the operating system: 64-bit Linux and macOS to the nanosecond, Windows to 15.6 ms; elsewhere unknown.</summary>
internal static partial class ThreadClock
{
    public static readonly bool IsSupported = TryRead();

    /// <summary>0 where it is unknown.</summary>
    public static long CpuNs() => IsSupported ? Read() : 0;

    static bool TryRead()
    {
        try
        {
            return Environment.Is64BitProcess && (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() || OperatingSystem.IsWindows()) && Read() >= 0;
        }
        catch (Exception absent) when (absent is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    static long Read()
    {
        if (OperatingSystem.IsWindows())
            return GetThreadTimes(GetCurrentThread(), out _, out _, out var kernelTicks, out var userTicks) ? (kernelTicks + userTicks) * 100 : -1;
        var clock = OperatingSystem.IsMacOS() ? 16 : 3; // CLOCK_THREAD_CPUTIME_ID
        return ClockGetTime(clock, out var time) == 0 ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : -1;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [SupportedOSPlatform("windows")]
    [LibraryImport("kernel32")]
    private static partial nint GetCurrentThread();

    [SupportedOSPlatform("windows")]
    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetThreadTimes(nint thread, out long createdTicks, out long exitedTicks, out long kernelTicks, out long userTicks);

    [StructLayout(LayoutKind.Sequential)]
    struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
