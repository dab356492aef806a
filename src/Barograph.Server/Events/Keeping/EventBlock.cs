using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;

namespace Barograph.Server.Events;

/// <summary>What is known of a block without decompressing it.</summary>
/// <param name="MinMs">The earliest event.</param>
/// <param name="MaxMs">The latest event.</param>
/// <param name="TypeMask">One bit for each type in it, by <see cref="EventBlock.MaskOf"/>.</param>
/// <param name="Count">How many events.</param>
internal readonly record struct BlockHead(long MinMs, long MaxMs, ulong TypeMask, int Count);

/// <summary>An event in a decoded block.</summary>
internal readonly record struct BlockEntry(long TimeMs, ulong IdHash, ulong ContentHash, uint TypeHash, ReadOnlyMemory<byte> Json)
{
    /// <exception cref="JsonException">It cannot be read.</exception>
    /// <exception cref="BadEventException">It cannot be read.</exception>
    public EventRecord Restore() => EventParser.Restore(Json, TimeMs, IdHash, ContentHash);

    /// <summary>The event, or what stands for one that cannot be read: one bad row hides no other.</summary>
    public EventRecord RestoreOrStandIn()
    {
        try
        {
            return Restore();
        }
        catch (Exception unreadable) when (unreadable is JsonException or BadEventException)
        {
            return EventParser.Unreadable(TimeMs, IdHash, ContentHash);
        }
    }
}

/// <summary>
/// Some events as one record of the log.
/// <code>
/// 0   byte   version 1
/// 1   byte   1 when the body is compressed (Brotli)
/// 2   long   earliest, 10 long latest time; 18 ulong types
/// 26  int    events; 30 int bytes of the body, decompressed
/// 34  body:  for each event long time, ulong hash of the id, ulong hash of the content, uint hash of the type, int bytes of JSON;
///            then the JSON of all
/// </code>
/// </summary>
internal static class EventBlock
{
    public const int HeadBytes = 34;

    /// <summary>A block is closed when it has so many events or bytes.</summary>
    public const int EventsMax = 1000, BytesMax = 256 << 10;

    const byte Version = 1;
    const int EntryBytes = 32, LeastCompressedBytes = 600;

    public static ulong MaskOf(string type) => 1UL << (int)(StableHash.Of(type) & 63);

    public static uint TypeHash(string type) => (uint)StableHash.Of(type);

    public static byte[] Encode(ReadOnlySpan<EventRecord> events)
    {
        var bytes = events.Length * EntryBytes;
        foreach (var one in events)
            bytes += one.Json.Length;
        var body = new byte[bytes];
        var at = 0;
        var head = new BlockHead(long.MaxValue, long.MinValue, 0, events.Length);
        foreach (var one in events)
        {
            head = head with { MinMs = Math.Min(head.MinMs, one.TimeMs), MaxMs = Math.Max(head.MaxMs, one.TimeMs), TypeMask = head.TypeMask | MaskOf(one.Type) };
            var entry = body.AsSpan(at, EntryBytes);
            BinaryPrimitives.WriteInt64LittleEndian(entry, one.TimeMs);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], one.IdHash);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], one.ContentHash);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], TypeHash(one.Type));
            BinaryPrimitives.WriteInt32LittleEndian(entry[28..], one.Json.Length);
            at += EntryBytes;
        }

        foreach (var one in events)
        {
            one.Json.Span.CopyTo(body.AsSpan(at));
            at += one.Json.Length;
        }

        return Frame(head, body);
    }

    static byte[] Frame(BlockHead head, byte[] body)
    {
        var record = new byte[HeadBytes + body.Length];
        var written = 0;
        // Quality 1 is fast enough for the log's thread; what it doesn't make smaller is kept as it is.
        var isCompressed = body.Length >= LeastCompressedBytes
            && BrotliEncoder.TryCompress(body, record.AsSpan(HeadBytes), out written, quality: 1, window: 18) && written < body.Length;
        if (isCompressed)
            Array.Resize(ref record, HeadBytes + written);
        else
            body.CopyTo(record, HeadBytes);
        record[0] = Version;
        record[1] = isCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(2), head.MinMs);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(10), head.MaxMs);
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(18), head.TypeMask);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(26), head.Count);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(30), body.Length);
        return record;
    }

    /// <summary>Reads the head; false when it is not a block that this program knows.</summary>
    public static bool TryReadHead(ReadOnlySpan<byte> record, out BlockHead head)
    {
        head = default;
        if (record.Length < HeadBytes || record[0] != Version)
            return false;
        head = new BlockHead(
            BinaryPrimitives.ReadInt64LittleEndian(record[2..]), BinaryPrimitives.ReadInt64LittleEndian(record[10..]),
            BinaryPrimitives.ReadUInt64LittleEndian(record[18..]), BinaryPrimitives.ReadInt32LittleEndian(record[26..]));
        return true;
    }

    /// <summary>Reads all events of a block; the JSON lies in memory of its own.</summary>
    public static BlockEntry[] Decode(ReadOnlySpan<byte> record)
    {
        byte[] own = [];
        return Decode(record, ref own);
    }

    /// <summary>Reads all events of a block; the JSON lies in a room that is used again for the next one, and grows when it must.</summary>
    public static BlockEntry[] Decode(ReadOnlySpan<byte> record, ref byte[] room)
    {
        if (!TryReadHead(record, out var head))
            return [];
        var bytes = BinaryPrimitives.ReadInt32LittleEndian(record[30..]);
        if (room.Length < bytes)
            room = new byte[bytes];
        var body = room.AsMemory(0, bytes);
        if (record[1] == 0)
            record.Slice(HeadBytes, bytes).CopyTo(body.Span);
        else if (!BrotliDecoder.TryDecompress(record[HeadBytes..], body.Span, out var length) || length != bytes)
            return [];
        var entries = new BlockEntry[head.Count];
        var json = head.Count * EntryBytes;
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = body.Span[(i * EntryBytes)..];
            var jsonBytes = BinaryPrimitives.ReadInt32LittleEndian(entry[28..]);
            entries[i] = new BlockEntry(
                BinaryPrimitives.ReadInt64LittleEndian(entry), BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]),
                BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]), body.Slice(json, jsonBytes));
            json += jsonBytes;
        }

        return entries;
    }
}
