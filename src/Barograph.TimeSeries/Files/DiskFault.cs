namespace Barograph.TimeSeries;

/// <summary>
/// What a disk does to us, told from what we did to ourselves. A disk that refuses, or a file that is damaged, is expected: nothing is
/// acknowledged, and it is tried again. Everything else is a bug: what it touched takes no more writes.
/// </summary>
internal static class DiskFault
{
    /// <summary>Whether the world is at fault.</summary>
    public static bool Is(Exception cause) =>
        cause is UnauthorizedAccessException or IOException and not StoreBrokenException;

    /// <summary>A sentence for who is refused.</summary>
    public static string Explain(Exception cause) =>
        cause is IOException io && Posix.IsDiskFull(io)
            ? "The disk is full; nothing is written until there is room again."
            : $"The disk takes no writes: {cause.Message}";
}
