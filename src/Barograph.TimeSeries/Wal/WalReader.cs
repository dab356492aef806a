namespace Barograph.TimeSeries;

/// <summary>Reads the records of a segment, around damage.</summary>
internal static class WalReader
{
    public delegate void RecordHandler(long offset, WalRecordType type, ReadOnlySpan<byte> payload);

    /// <summary>Hands over each intact record in order.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="salt">From the file's name.</param>
    /// <param name="take">Called for each record.</param>
    /// <param name="skip">Called for each run of bytes that is no record: offset, length.</param>
    /// <returns>
    /// The bytes behind the last record that are no record either. After a crash that is a write which was never
    /// acknowledged; a disk that lost the file's end looks the same.
    /// </returns>
    public static long Read(ReadOnlySpan<byte> content, ulong salt, RecordHandler take, Action<long, long> skip)
    {
        var at = WalSegment.FileHeader.Length;
        while (true)
        {
            var next = FindRecord(content, at, salt, out var payloadLength);
            if (next < 0)
                return content[Math.Min(at, content.Length)..].TrimEnd((byte)0).Length;
            if (next > at)
                skip(at, next - at);
            var header = content.Slice(next, WalRecord.HeaderBytes);
            at = next + WalRecord.HeaderBytes;
            if (payloadLength > content.Length - at)
                return content.Length - next;
            var payload = content.Slice(at, payloadLength);
            if (WalRecord.IsIntact(header, payload))
                take(next, WalRecord.Type(header), payload);
            else if (FindRecord(content, at + payloadLength, salt, out _) < 0 && at + payloadLength >= content.TrimEnd((byte)0).Length)
                return content.Length - next; // torn at the very end
            else
                skip(next, WalRecord.HeaderBytes + payloadLength);
            at += payloadLength;
        }
    }

    /// <summary>
    /// Whether a segment begins as one. A process that was killed leaves the whole beginning or none of it, so anything else is damage
    /// even where no record follows: then all of the file is lost, and not only a write that was never acknowledged.
    /// </summary>
    public static bool BeginsWhole(ReadOnlySpan<byte> content)
    {
        var beginning = content[..Math.Min(content.Length, WalSegment.FileHeader.Length)];
        return beginning.SequenceEqual(WalSegment.FileHeader[..beginning.Length]) || !beginning.ContainsAnyExcept((byte)0);
    }

    static int FindRecord(ReadOnlySpan<byte> content, int from, ulong salt, out int payloadLength)
    {
        while (from + WalRecord.HeaderBytes <= content.Length)
        {
            if (WalRecord.TryReadHeader(content[from..], salt, from, out payloadLength))
                return from;
            var found = content[(from + 1)..].IndexOf(WalRecord.Marker);
            if (found < 0)
                break;
            from += 1 + found;
        }

        payloadLength = 0;
        return -1;
    }
}
