using System.Buffers.Binary;

namespace Barograph.TimeSeries;

/// <summary>
/// How far the rollups have come: the newest raw block they know, and the ranges that changed since they were made. Kept in a
/// file that is replaced as a whole; when it is damaged everything counts as changed.
/// <code>
/// 8 bytes "BGROLLP1"; i64 generation; i64 first raw sample; i64 gone before; varint ranges,
/// ranges × { i64 start, i64 end }; u32 CRC-32C of all before
/// </code>
/// </summary>
/// <param name="FirstRawMs">The time of the oldest raw sample at the last refresh.</param>
/// <param name="GoneBeforeMs">Raw samples before this were dropped: windows that begin before it can not be made any more.</param>
internal sealed record RollupProgress(long Generation, long FirstRawMs, long GoneBeforeMs, IReadOnlyList<TimeRange> Changed)
{
    public static readonly RollupProgress None = new(0, long.MaxValue, long.MinValue, []);

    /// <summary>All changed, and whatever is older than the raw samples at hand may have been dropped.</summary>
    public static readonly RollupProgress Unknown = new(0, long.MinValue, long.MinValue, [TimeRange.All]);

    static ReadOnlySpan<byte> Magic => "BGROLLP1"u8;

    /// <summary>More ranges than this are joined to one.</summary>
    const int MaxRanges = 1000;

    public RollupProgress With(TimeRange changed) => this with
    {
        Changed = Changed.Count < MaxRanges
            ? [.. Changed, changed]
            : [new TimeRange(Math.Min(changed.StartMs, Changed.Min(static range => range.StartMs)), Math.Max(changed.EndMs, Changed.Max(static range => range.EndMs)))],
    };

    /// <summary>What is known when the oldest raw sample is now this one.</summary>
    public RollupProgress WithFirstRaw(long firstRawMs) =>
        this with { FirstRawMs = firstRawMs, GoneBeforeMs = firstRawMs > FirstRawMs ? Math.Max(GoneBeforeMs, firstRawMs) : GoneBeforeMs };

    public void Save(Disk disk, string path)
    {
        var bytes = new GrowingBytes();
        bytes.Write(Magic);
        WriteInt64(bytes, Generation);
        WriteInt64(bytes, FirstRawMs);
        WriteInt64(bytes, GoneBeforeMs);
        bytes.WriteVarint((ulong)Changed.Count);
        foreach (var range in Changed)
        {
            WriteInt64(bytes, range.StartMs);
            WriteInt64(bytes, range.EndMs);
        }

        bytes.WriteUInt32(Crc32C.Compute(bytes.Written));
        disk.Replace(path, bytes.Written);
    }

    /// <summary>What was saved; nothing known when the file is missing; all of time changed when it is damaged.</summary>
    public static RollupProgress Load(string path)
    {
        if (!File.Exists(path))
            return None;
        var bytes = File.ReadAllBytes(path).AsSpan();
        if (bytes.Length < Magic.Length + sizeof(uint) || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]) != Crc32C.Compute(bytes[..^sizeof(uint)]))
            return Unknown;
        var reader = new ByteReader(bytes[Magic.Length..^sizeof(uint)]);
        var (generation, firstRawMs, goneBeforeMs) = (ReadInt64(ref reader), ReadInt64(ref reader), ReadInt64(ref reader));
        var changed = new TimeRange[reader.ReadCount(MaxRanges + 1)];
        foreach (ref var range in changed.AsSpan())
            range = new TimeRange(ReadInt64(ref reader), ReadInt64(ref reader));
        return new RollupProgress(generation, firstRawMs, goneBeforeMs, changed);
    }

    static void WriteInt64(GrowingBytes bytes, long value) => BinaryPrimitives.WriteInt64LittleEndian(bytes.Reserve(sizeof(long)), value);

    static long ReadInt64(ref ByteReader reader) => BinaryPrimitives.ReadInt64LittleEndian(reader.Read(sizeof(long)));
}
