using Microsoft.Win32.SafeHandles;

namespace Barograph.TimeSeries;

/// <summary>
/// The disk of a store that is only looked at. What opening a store tidies up stays as it is; writing is a mistake of ours.
/// </summary>
internal sealed class ReadOnlyDisk : Disk
{
    public static readonly ReadOnlyDisk Instance = new();

    ReadOnlyDisk()
    {
    }

    public override SafeFileHandle Create(string path, FileMode mode) => throw new InvariantException($"{path} is only read");

    public override void Move(string from, string to)
    {
        // It stays where it is.
    }

    public override void Delete(string path)
    {
        // It stays.
    }

    public override void CreateFolder(string path)
    {
        // It is there, or it is empty.
    }
}
