using System.Buffers;
using System.IO.Compression;

namespace Barograph.TimeSeries;

/// <summary>
/// The second copy of what many series depend on: the index (its postings follow from it) and the time columns that several
/// chunks share. Read only when the first copy is damaged.
/// </summary>
internal sealed class BlockSpare
{
    const int Quality = 4;
    const int WindowBits = 20; // the default of 22 takes four times the memory

    BlockSpare(ReadOnlyMemory<byte> labels, ReadOnlyMemory<byte> series, ReadOnlyMemory<byte> times,
        IReadOnlyDictionary<int, ReadOnlyMemory<byte>> timeColumns) =>
        (Labels, Series, Times, TimeColumns) = (labels, series, times, timeColumns);

    public ReadOnlyMemory<byte> Labels { get; }

    public ReadOnlyMemory<byte> Series { get; }

    public ReadOnlyMemory<byte> Times { get; }

    /// <summary>The shared time columns by their numbers.</summary>
    public IReadOnlyDictionary<int, ReadOnlyMemory<byte>> TimeColumns { get; }

    /// <summary>
    /// One Brotli stream: varint sizes of labels, series and times; these three; then the shared time columns, each as varint
    /// number, varint size, bytes.
    /// </summary>
    public static ReadOnlyMemory<byte> Build(ReadOnlySpan<byte> labels, ReadOnlySpan<byte> series, TimesPool times)
    {
        var sizes = new GrowingBytes();
        sizes.WriteVarint((ulong)labels.Length);
        sizes.WriteVarint((ulong)series.Length);
        sizes.WriteVarint((ulong)times.Entries.Length);
        var compressed = new MemoryStream((labels.Length + series.Length) / 4);
        using var brotli = new BrotliEncoder(Quality, WindowBits);
        Compress(brotli, sizes.Written, isLast: false, compressed);
        Compress(brotli, labels, isLast: false, compressed);
        Compress(brotli, series, isLast: false, compressed);
        Compress(brotli, times.Entries, isLast: false, compressed);
        Compress(brotli, times.Shared, isLast: true, compressed);

        return compressed.GetBuffer().AsMemory(0, (int)compressed.Length);
    }

    static void Compress(BrotliEncoder brotli, ReadOnlySpan<byte> bytes, bool isLast, MemoryStream compressed)
    {
        Span<byte> room = stackalloc byte[4096];
        OperationStatus status;
        do
        {
            status = brotli.Compress(bytes, room, out var taken, out var written, isLast);
            Invariant.Holds(status is OperationStatus.Done or OperationStatus.DestinationTooSmall);
            bytes = bytes[taken..];
            compressed.Write(room[..written]);
        }
        while (status == OperationStatus.DestinationTooSmall || bytes.Length > 0);
    }

    /// <summary>Reads the spare, or null when it is damaged.</summary>
    public static BlockSpare? TryRead(MappedFile file, BlockFooter footer)
    {
        if (!BlockIndex.TryReadSection(file, footer[SectionKind.Spare], out var compressed))
            return null;
        var content = new MemoryStream();
        using (var brotli = new BrotliStream(new MemoryStream(compressed.ToArray()), CompressionMode.Decompress))
            brotli.CopyTo(content);
        return Parse(content.ToArray(), footer.Info.SeriesCount);
    }

    static BlockSpare Parse(ReadOnlyMemory<byte> content, int seriesCount)
    {
        var reader = new ByteReader(content.Span);
        var sizes = (reader.ReadCount(content.Length), reader.ReadCount(content.Length), reader.ReadCount(content.Length));
        var labels = Take(ref reader, sizes.Item1);
        var series = Take(ref reader, sizes.Item2);
        var times = Take(ref reader, sizes.Item3);
        var columns = new Dictionary<int, ReadOnlyMemory<byte>>();
        while (reader.Remaining.Length > 0)
        {
            var number = (int)reader.ReadVarint();
            columns[number] = Take(ref reader, reader.ReadCount(content.Length));
        }

        return new BlockSpare(labels, SeriesSection.FromSpare(series.Span, seriesCount), times, columns);

        ReadOnlyMemory<byte> Take(ref ByteReader from, int count)
        {
            var part = content.Slice(from.Position, count);
            from.Read(count);
            return part;
        }
    }
}
