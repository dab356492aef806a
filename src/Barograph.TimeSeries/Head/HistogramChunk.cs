using System.Buffers.Binary;

namespace Barograph.TimeSeries;

/// <summary>
/// A chunk of native histograms that is still written. Its first 16 bytes are those of a <see cref="HeadChunk"/> (the chunk before, the
/// bytes used, the first time), and it is read and written under the same rules.
/// <code>
/// 16  zigzag time − time before (of the first: − the first time), then a <see cref="HistogramEntry"/>, and so on
/// </code>
/// In the order of time each entry is what differs from the one before it; among those that came late each stands for itself.
/// </summary>
internal static class HistogramChunk
{
    public const int HeaderBytes = 16;

    /// <summary>The most bytes that one chunk has.</summary>
    public const int MaxBytes = ushort.MaxValue / 16 * 16;

    /// <summary>Begins a chunk without entries.</summary>
    public static void Begin(Span<byte> chunk, int previous, long timestampMs)
    {
        BinaryPrimitives.WriteInt32LittleEndian(chunk, previous);
        BinaryPrimitives.WriteInt32LittleEndian(chunk[4..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(chunk[8..], timestampMs);
    }

    /// <summary>Makes an entry, in the place of what the bytes held.</summary>
    public static void WriteEntry(GrowingBytes entry, long sinceBeforeMs, NativeHistogram? before, NativeHistogram histogram)
    {
        entry.Clear();
        entry.WriteZigzag(sinceBeforeMs);
        HistogramEntry.Write(before, histogram, entry);
    }

    /// <summary>Reads the entries of the first <paramref name="used"/> bytes of a chunk, adding to what the lists hold.</summary>
    public static void Decode(ReadOnlySpan<byte> chunk, int used, List<long> timestampsMs, List<NativeHistogram> histograms)
    {
        var time = HeadChunk.FirstMs(chunk);
        NativeHistogram? before = null;
        var reader = new ByteReader(chunk[HeaderBytes..used]);
        while (reader.Remaining.Length > 0)
        {
            time += reader.ReadZigzag();
            var histogram = HistogramEntry.Read(before, ref reader);
            if (!histogram.IsStale)
                before = histogram;
            timestampsMs.Add(time);
            histograms.Add(histogram);
        }
    }

    /// <summary>Reads one entry that stands for itself.</summary>
    public static NativeHistogram DecodeEntry(ReadOnlySpan<byte> entry)
    {
        var reader = new ByteReader(entry);
        reader.ReadZigzag();
        return HistogramEntry.Read(null, ref reader);
    }
}
