using System.Buffers.Binary;

namespace Barograph.TimeSeries;

/// <summary>What a record of the log holds.</summary>
internal enum WalRecordType : byte
{
    /// <summary>Numbers for series keys, valid in all segments of the same scope. Written twice, so that a damaged one costs nothing.</summary>
    Series = 1,

    /// <summary>Samples of numbered series.</summary>
    Samples = 2,

    /// <summary>Native histograms of numbered series.</summary>
    Histograms = 3,

    /// <summary>Exemplars, with the keys of their series.</summary>
    Exemplars = 4,

    /// <summary>What the owner of a <see cref="RecordLog"/> put into it; in no log of the store.</summary>
    Opaque = 255,
}

/// <summary>
/// The frame of a record. It can be found again after damage (marker), stands for its place only (the header's checksum covers
/// the segment's salt and the offset, so bytes inside a payload that look like a record are none), and is checked whole.
/// <code>
/// 0  byte[4] marker
/// 4  uint    payload length
/// 8  byte    type; three bytes 0
/// 12 uint    CRC-32C of the payload
/// 16 uint    CRC-32C of bytes 0…15, the segment's salt (ulong), the record's offset in the file (long)
/// 20 payload
/// </code>
/// </summary>
internal static class WalRecord
{
    public const int HeaderBytes = 20;

    public static ReadOnlySpan<byte> Marker => [0xB5, (byte)'B', (byte)'G', 0xF1];

    /// <summary>Writes what is known before the record's place is: call it where the payload is made.</summary>
    public static void Prepare(Span<byte> header, WalRecordType type, ReadOnlySpan<byte> payload)
    {
        Marker.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], (byte)type);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], Crc32C.Compute(payload));
    }

    /// <summary>Adds a prepared record whose payload is a count and entries.</summary>
    public static void Add(GrowingBytes records, WalRecordType type, int count, ReadOnlySpan<byte> entries)
    {
        var start = records.Length;
        records.Reserve(HeaderBytes);
        records.WriteVarint((ulong)count);
        records.Write(entries);
        var record = records.WrittenFrom(start);
        Prepare(record, type, record[HeaderBytes..]);
    }

    /// <summary>Binds prepared records, one behind the other, to their place.</summary>
    public static void Bind(Span<byte> records, ulong salt, long offset)
    {
        while (!records.IsEmpty)
        {
            var length = HeaderBytes + BinaryPrimitives.ReadInt32LittleEndian(records[4..]);
            BinaryPrimitives.WriteUInt32LittleEndian(records[16..], HeaderChecksum(records, salt, offset));
            records = records[length..];
            offset += length;
        }
    }

    /// <summary>Whether a record's header is whole and belongs here.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> bytes, ulong salt, long offset, out int payloadLength)
    {
        payloadLength = 0;
        if (bytes.Length < HeaderBytes || !bytes.StartsWith(Marker)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]) != HeaderChecksum(bytes, salt, offset))
            return false;
        payloadLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        return payloadLength >= 0;
    }

    public static WalRecordType Type(ReadOnlySpan<byte> header) => (WalRecordType)header[8];

    public static bool IsIntact(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) == Crc32C.Compute(payload);

    static uint HeaderChecksum(ReadOnlySpan<byte> header, ulong salt, long offset)
    {
        Span<byte> place = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(place, salt);
        BinaryPrimitives.WriteInt64LittleEndian(place[8..], offset);
        return Crc32C.Append(Crc32C.Compute(header[..16]), place);
    }
}
