using System.Buffers.Binary;
using System.Text;

namespace Barograph.TimeSeries;

/// <summary>
/// Exemplars as bytes, in a record of the log and in their file.
/// <code>
/// varint  count
/// count × { text series key (empty: that of the exemplar before), zigzag time, 8 bytes value, text labels in the form of a key }
/// </code>
/// A text is a varint length and bytes.
/// </summary>
internal static class ExemplarRecord
{
    const int MaxPayloadBytes = 32 << 10;

    /// <summary>As OpenMetrics has it: names and values of an exemplar's labels together, in characters of Unicode.</summary>
    const int LabelCharactersMax = 128;

    public delegate void ExemplarHandler(ReadOnlySpan<byte> seriesKey, long timestampMs, double value, ReadOnlySpan<byte> labelsKey);

    /// <summary>Whether these can be an exemplar's labels.</summary>
    public static bool HasGoodLabels(ReadOnlySpan<byte> labelsKey, StoreOptions limits)
    {
        if (labelsKey.IsEmpty)
            return true;
        if (SeriesKey.Check(labelsKey, limits) != RejectReason.None)
            return false;
        var characters = 0;
        for (var labels = new SeriesKey(labelsKey); labels.MoveNext();)
            characters += CountCharacters(labels.Name) + CountCharacters(labels.Value);
        return characters <= LabelCharactersMax;
    }

    /// <summary>Adds records (prepared, not bound) of the exemplars that are taken.</summary>
    public static void Write(GrowingBytes records, SampleBatch batch, ReadOnlySpan<bool> taken)
    {
        var exemplars = batch.Exemplars;
        var entries = new GrowingBytes();
        for (var next = 0; next < exemplars.Length;)
        {
            entries.Clear();
            var count = 0;
            var previous = -1;
            for (; next < exemplars.Length && entries.Length < MaxPayloadBytes; next++)
            {
                if (!taken[next])
                    continue;
                ref readonly var exemplar = ref exemplars[next];
                WriteEntry(entries, exemplar.Series == previous ? [] : batch.Key(exemplar.Series), exemplar.TimestampMs, exemplar.Value, exemplar.LabelsKey.Span);
                previous = exemplar.Series;
                count++;
            }

            if (count > 0)
                WalRecord.Add(records, WalRecordType.Exemplars, count, entries.Written);
        }
    }

    public static void WriteEntry(GrowingBytes entries, ReadOnlySpan<byte> seriesKey, long timestampMs, double value, ReadOnlySpan<byte> labelsKey)
    {
        entries.WriteVarint((ulong)seriesKey.Length);
        entries.Write(seriesKey);
        entries.WriteZigzag(timestampMs);
        BinaryPrimitives.WriteDoubleLittleEndian(entries.Reserve(sizeof(double)), value);
        entries.WriteVarint((ulong)labelsKey.Length);
        entries.Write(labelsKey);
    }

    /// <summary>Hands over what a payload holds, in order.</summary>
    public static void Read(ReadOnlySpan<byte> payload, ExemplarHandler take)
    {
        var reader = new ByteReader(payload);
        ReadOnlySpan<byte> seriesKey = [];
        for (var left = reader.ReadCount(payload.Length); left > 0; left--)
        {
            var length = reader.ReadCount(payload.Length);
            if (length > 0)
                seriesKey = reader.Read(length);
            var timestampMs = reader.ReadZigzag();
            var value = BinaryPrimitives.ReadDoubleLittleEndian(reader.Read(sizeof(double)));
            take(seriesKey, timestampMs, value, reader.Read(reader.ReadCount(payload.Length)));
        }
    }

    static int CountCharacters(ReadOnlySpan<byte> utf8)
    {
        var characters = 0;
        foreach (var _ in Encoding.UTF8.GetString(utf8).EnumerateRunes())
            characters++;
        return characters;
    }
}
