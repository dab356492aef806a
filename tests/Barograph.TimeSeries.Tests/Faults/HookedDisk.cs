using Microsoft.Win32.SafeHandles;

namespace Barograph.TimeSeries.Tests;

/// <summary>A disk on which a test does something of its own at a change, by the name of the file: waits, throws, or looks.</summary>
internal sealed class HookedDisk : Disk
{
    /// <summary>Called before a file is made.</summary>
    public Action<string>? Creating { get; set; }

    /// <summary>Called before the log (or whatever writes pieces) is written.</summary>
    public Action? WritingPieces { get; set; }

    /// <summary>Called before a file goes.</summary>
    public Action<string>? Deleting { get; set; }

    public override SafeFileHandle Create(string path, FileMode mode)
    {
        Creating?.Invoke(path);
        return base.Create(path, mode);
    }

    public override void Write(SafeFileHandle file, IReadOnlyList<ReadOnlyMemory<byte>> pieces, long offsetBytes)
    {
        WritingPieces?.Invoke();
        base.Write(file, pieces, offsetBytes);
    }

    public override void Delete(string path)
    {
        Deleting?.Invoke(path);
        base.Delete(path);
    }
}
