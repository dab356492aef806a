using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Barograph.TimeSeries;

/// <summary>The small files of a log of records: the bookmark of its reader, and what stands beside a segment. Replaced whole.</summary>
internal sealed class SideFiles(string folder, Disk disk)
{
    const string BookmarkFile = "bookmark", IndexExtension = ".index";

    /// <summary>A file beside a segment.</summary>
    public string Beside(long segment, string extension) => Path.Combine(folder, $"{segment:D10}{extension}");

    public RecordPlace? ReadBookmark()
    {
        var path = Path.Combine(folder, BookmarkFile);
        if (!File.Exists(path))
            return null;
        var words = File.ReadAllText(path).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return words is [var segment, var offset]
            && long.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var offsetBytes)
            ? new RecordPlace(number, offsetBytes)
            : null;
    }

    public void WriteBookmark(RecordPlace done) => disk.Replace(
        Path.Combine(folder, BookmarkFile), Encoding.ASCII.GetBytes($"{done.Segment} {done.OffsetBytes}\n"));

    public void Write(long segment, ReadOnlySpan<byte> content)
    {
        var file = new byte[sizeof(uint) + content.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(file, Crc32C.Compute(content));
        content.CopyTo(file.AsSpan(sizeof(uint)));
        disk.Replace(Beside(segment, IndexExtension), file);
    }

    public byte[]? Read(long segment)
    {
        try
        {
            var file = File.ReadAllBytes(Beside(segment, IndexExtension));
            return file.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(file) == Crc32C.Compute(file.AsSpan(sizeof(uint)))
                ? file[sizeof(uint)..]
                : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    public void Delete(long segment) => disk.Delete(Beside(segment, IndexExtension));

    /// <summary>Removes what a crash left: files that were being written, and those of segments that are gone.</summary>
    public void RemoveLeftovers(RecordSegments segments)
    {
        foreach (var path in StoreFolder.Files(folder).ToList())
        {
            var isOrphan = Path.GetExtension(path) == IndexExtension
                && long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && !segments.TryFind(number, out _, out _);
            if (isOrphan || path.EndsWith(StoreFolder.TemporarySuffix, StringComparison.Ordinal))
                disk.Delete(path);
        }
    }
}
