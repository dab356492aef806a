using System.Buffers;
using System.IO.Compression;

namespace Barograph.TimeSeries;

/// <summary>
/// The second copy of what many series depend on: the index (its postings follow from it) and the time columns that several
/// chunks share. Read only when the first copy is damaged.
/// </summary>
internal sealed class BlockSpare
{
    const int Quality = 5;
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
    public static void Write(ByteDrain spare, Action<ByteDrain> writeLabels, Action<ByteDrain> writeSeries, TimesPool times)
    {
        using var brotli = new BrotliEncoder(Quality, WindowBits);
        var plain = new ByteDrain(piece => Compress(piece, isLast: false));
        plain.WriteVarint((ulong)SizeOf(writeLabels));
        plain.WriteVarint((ulong)SizeOf(writeSeries));
        plain.WriteVarint((ulong)times.Entries.Length);
        writeLabels(plain);
        writeSeries(plain);
        plain.Write(times.Entries);
        plain.Write(times.Shared);
        plain.Close();
        Compress([], isLast: true);

        void Compress(ReadOnlySpan<byte> bytes, bool isLast)
        {
            Span<byte> room = stackalloc byte[4096];
            OperationStatus status;
            do
            {
                status = brotli.Compress(bytes, room, out var taken, out var written, isLast);
                Invariant.Holds(status is OperationStatus.Done or OperationStatus.DestinationTooSmall);
                bytes = bytes[taken..];
                spare.Write(room[..written]);
            }
            while (status == OperationStatus.DestinationTooSmall || bytes.Length > 0);
        }
    }

    /// <summary>How long something is that is made while it is written.</summary>
    static long SizeOf(Action<ByteDrain> write)
    {
        var counted = new ByteDrain(static _ => { });
        write(counted);
        counted.Close();
        return counted.Length;
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
