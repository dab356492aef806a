using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Barograph.TimeSeries;

/// <summary>
/// Which numbers of series mean what: all segments that one process writes for one head window. Their salt is in the files'
/// names, because what is in a file can be damaged.
/// </summary>
internal sealed class WalScope(long generation)
{
    volatile bool[] _logged = new bool[1024];

    /// <summary>Which head window holds the same samples.</summary>
    public long Generation { get; } = generation;

    public ulong Salt { get; } = MemoryMarshal.Read<ulong>(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>Whether a series' key is in the log, durably. Any thread may ask.</summary>
    public bool HasSeries(int series)
    {
        var logged = _logged;
        return series < logged.Length && Volatile.Read(ref logged[series]);
    }

    /// <summary>The log's thread says that the key is there now.</summary>
    public void AddSeries(int series)
    {
        if (series >= _logged.Length)
        {
            var logged = _logged;
            Array.Resize(ref logged, Math.Max(series + 1, logged.Length * 2));
            _logged = logged;
        }

        Volatile.Write(ref _logged[series], true);
    }
}

/// <summary>The name of a segment: its number (ascending over the life of the store), its head window, its scope's salt.</summary>
internal readonly record struct WalSegmentName(long Number, long Generation, ulong Salt)
{
    const string Extension = ".log";

    public string FileName => string.Create(CultureInfo.InvariantCulture, $"{Number:D10}-{Generation:D10}-{Salt:x16}{Extension}");

    public static bool TryParse(string fileName, out WalSegmentName name)
    {
        name = default;
        if (!fileName.EndsWith(Extension, StringComparison.Ordinal))
            return false;
        var parts = fileName[..^Extension.Length].Split('-');
        if (parts.Length != 3 || !long.TryParse(parts[0], NumberStyles.None, null, out var number)
            || !long.TryParse(parts[1], NumberStyles.None, null, out var generation)
            || !ulong.TryParse(parts[2], NumberStyles.AllowHexSpecifier, null, out var salt))
            return false;
        name = new WalSegmentName(number, generation, salt);
        return true;
    }

    /// <summary>All segments of a folder, in the order in which they were written.</summary>
    public static IReadOnlyList<WalSegmentName> List(string folder) =>
        [.. StoreFolder.Files(folder).Select(static path => TryParse(Path.GetFileName(path), out var name) ? name : default)
            .Where(static name => name.Number > 0).OrderBy(static name => name.Number)];

    /// <summary>Deletes the segments of head windows that are in blocks.</summary>
    public static void DeleteUpTo(Disk disk, string folder, long generation)
    {
        foreach (var name in List(folder))
        {
            if (name.Generation <= generation)
                disk.Delete(Path.Combine(folder, name.FileName));
        }
    }
}

/// <summary>One file of the log, open for writing. Made durable (with its name) before it is used.</summary>
internal sealed class WalSegment : IDisposable
{
    /// <summary>How a segment begins: what it is, and the version of its format.</summary>
    public static ReadOnlySpan<byte> FileHeader => "BAROWAL1"u8;

    const int LeastRoomBytes = 64 << 10, MostRoomBytes = 4 << 20;

    readonly Disk _disk;
    readonly SafeFileHandle _file;
    long _roomEnd;
    bool _reserves = true;

    WalSegment(Disk disk, string folder, WalSegmentName name)
    {
        (_disk, Name) = (disk, name);
        _file = disk.Create(Path.Combine(folder, name.FileName), FileMode.CreateNew);
    }

    public WalSegmentName Name { get; }

    /// <summary>The end of the last record that is on disk.</summary>
    public long Length { get; private set; }

    public static WalSegment Create(Disk disk, string folder, WalSegmentName name)
    {
        var segment = new WalSegment(disk, folder, name);
        try
        {
            disk.Write(segment._file, FileHeader, 0);
            segment.Length = segment._roomEnd = FileHeader.Length;
            disk.SyncData(segment._file);
            disk.SyncFolder(folder);
            return segment;
        }
        catch
        {
            segment.Dispose();
            disk.Delete(Path.Combine(folder, name.FileName));
            throw;
        }
    }

    /// <summary>Writes bytes at the end and returns when they are on disk. After an exception only <see cref="GiveUp"/> may follow.</summary>
    public void Append(IReadOnlyList<ReadOnlyMemory<byte>> pieces, long sizeBytes)
    {
        ReserveRoom(sizeBytes);
        _disk.Write(_file, pieces, Length);
        _disk.SyncData(_file);
        Length += sizeBytes;
    }

    /// <summary>Cuts off what was not acknowledged (as far as the disk lets us) and closes the file.</summary>
    public void GiveUp()
    {
        try
        {
            Cut();
        }
        catch (IOException)
        {
            // What remains is either torn, and replay skips it, or whole, and replay takes a batch nobody was promised.
        }

        _file.Dispose();
    }

    /// <summary>Closes the file at its length.</summary>
    public void Dispose()
    {
        if (_file.IsClosed)
            return;
        if (_roomEnd > Length)
            GiveUp();
        _file.Dispose();
    }

    void Cut()
    {
        _disk.SetLength(_file, Length);
        _disk.SyncData(_file);
    }

    // A sync that need not record a new length is half as long. Room grows with the segment, so an idle store wastes little.
    void ReserveRoom(long sizeBytes)
    {
        if (!_reserves || Length + sizeBytes <= _roomEnd)
            return;
        var more = Math.Clamp(Length, LeastRoomBytes, MostRoomBytes);
        try
        {
            _disk.Allocate(_file, _roomEnd, Length + sizeBytes + more - _roomEnd);
            _roomEnd = Length + sizeBytes + more;
        }
        catch (IOException)
        {
            _reserves = false; // a nearly full disk may still take the record itself
        }
    }
}
