using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Barograph.Server.Archive;

/// <summary>A record of a segment, and the times of what is in it, Unix nanoseconds.</summary>
internal readonly record struct ArchivedRecord(long OffsetBytes, long MinNs, long MaxNs);

/// <summary>
/// Where in one segment what lies: the times of each record, and which records have something of a trace. Built in memory while
/// the segment grows, then written beside it:
/// <code>
/// 0  "BAROIDX1"    8 int records    12 int keys
/// 16 records, by offset: long offset, long first time, long last time
///    keys, by hash: ulong hash of a trace's id, long offset
/// </code>
/// It can be built anew from its segment at any time, so a damaged one costs nothing.
/// </summary>
internal sealed class ArchiveIndex
{
    const int HeaderBytes = 16;
    public const int TraceIdBytes = 16;

    readonly List<ArchivedRecord> _records = [];
    readonly List<Key> _keys = [];

    /// <summary>Something of a trace is in a record.</summary>
    readonly record struct Key(ulong Hash, long OffsetBytes);

    static ReadOnlySpan<byte> Magic => "BAROIDX1"u8;

    /// <summary>All records.</summary>
    public IReadOnlyList<ArchivedRecord> Records => _records;

    /// <summary>The first and the last time in it; an empty span when there is no record.</summary>
    public (long MinNs, long MaxNs) Span { get; private set; } = (long.MaxValue, long.MinValue);

    /// <summary>Adds a record.</summary>
    /// <param name="record">Where and when.</param>
    /// <param name="traceIds">The ids of its traces, 16 bytes each.</param>
    public void Add(ArchivedRecord record, ReadOnlySpan<byte> traceIds)
    {
        _records.Add(record);
        Span = (Math.Min(Span.MinNs, record.MinNs), Math.Max(Span.MaxNs, record.MaxNs));
        for (; traceIds.Length >= TraceIdBytes; traceIds = traceIds[TraceIdBytes..])
            _keys.Add(new Key(HashOf(traceIds), record.OffsetBytes));
    }

    /// <summary>The places of the records that may have something of a trace; another trace may share its hash.</summary>
    public IReadOnlyList<long> Find(ReadOnlySpan<byte> traceId)
    {
        var hash = HashOf(traceId);
        return [.. _keys.Where(key => key.Hash == hash).Select(static key => key.OffsetBytes).Distinct().Order()];
    }

    /// <summary>As it is written.</summary>
    public byte[] Encode()
    {
        _records.Sort(static (left, right) => left.OffsetBytes.CompareTo(right.OffsetBytes));
        _keys.Sort(static (left, right) => left.Hash.CompareTo(right.Hash));
        var records = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_records));
        var keys = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_keys));
        var content = new byte[HeaderBytes + records.Length + keys.Length];
        Magic.CopyTo(content);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(8), _records.Count);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(12), _keys.Count);
        records.CopyTo(content.AsSpan(HeaderBytes));
        keys.CopyTo(content.AsSpan(HeaderBytes + records.Length));
        return content;
    }

    /// <summary>Reads what <see cref="Encode"/> wrote; null when it is something else.</summary>
    public static ArchiveIndex? Decode(ReadOnlySpan<byte> content)
    {
        if (content.Length < HeaderBytes || !content.StartsWith(Magic))
            return null;
        var records = MemoryMarshal.Cast<byte, ArchivedRecord>(content[HeaderBytes..])[..BinaryPrimitives.ReadInt32LittleEndian(content[8..])];
        var keys = MemoryMarshal.Cast<byte, Key>(content[(HeaderBytes + MemoryMarshal.AsBytes(records).Length)..]);
        var index = new ArchiveIndex();
        foreach (var record in records)
            index.Add(record, default);
        index._keys.AddRange(keys);
        return index;
    }

    /// <summary>Ids are random, as the specification wants them; others only make more records look alike.</summary>
    static ulong HashOf(ReadOnlySpan<byte> traceId) =>
        BinaryPrimitives.ReadUInt64LittleEndian(traceId) ^ BinaryPrimitives.ReadUInt64LittleEndian(traceId[8..]);
}
