namespace Barograph.TimeSeries;

/// <summary>Small files that are replaced whole: for what stands beside the store and must be as durable.</summary>
public static class DurableFile
{
    /// <summary>Replaces a file so that, whatever happens, either the old or the new content is there, whole; durable on return.</summary>
    /// <exception cref="IOException">The disk did not take it; the old content is still there.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content) => Disk.Real.Replace(path, content);
}
