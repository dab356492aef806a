using System.Runtime.InteropServices;

namespace Barograph.Server.Processes;

/// <summary>
/// The C library's heap, from which the runtime, its compiler and Brotli take what they need for a moment. By itself glibc keeps up to
/// 64 MB that were given back, and one such heap for every thread: 30 MB more resident memory under load (bench ingest).
/// </summary>
internal static partial class NativeHeap
{
    const int TrimThreshold = -1, MapThreshold = -3, ArenaMax = -8; // M_… of malloc.h
    const int LargeBytes = 128 << 10; // glibc's own first values; setting them stops it from raising them

    /// <summary>Large pieces go back to the system at once. Call it first of all.</summary>
    public static void GiveBack()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = mallopt(ArenaMax, 2);
            _ = mallopt(MapThreshold, LargeBytes);
            _ = mallopt(TrimThreshold, LargeBytes);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library (musl), which does not keep them.
        }
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);
}
