using System.Buffers.Binary;

namespace Barograph.TimeSeries;

/// <summary>
/// What was deleted of a block: ranges of time, series by series. Immutable; kept in a small file beside the block until a
/// merge leaves the samples out.
/// <code>
/// 8 bytes "BGTOMBS1"; varint series, series × { varint number - number before, varint ranges,
/// ranges × { zigzag start, varint length } }; u32 CRC-32C of all before
/// </code>
/// </summary>
internal sealed class Tombstones
{
    public static readonly Tombstones None = new([]);

    /// <summary>Appended to the block's file name.</summary>
    public const string FileSuffix = ".tombstones";

    static ReadOnlySpan<byte> Magic => "BGTOMBS1"u8;

    readonly SortedDictionary<int, TimeRange[]> _ranges;

    Tombstones(SortedDictionary<int, TimeRange[]> ranges) => _ranges = ranges;

    public bool IsEmpty => _ranges.Count == 0;

    /// <summary>The deleted ranges of a series, ascending, apart from each other.</summary>
    public ReadOnlySpan<TimeRange> Of(int series) => _ranges.Count > 0 && _ranges.TryGetValue(series, out var ranges) ? ranges : [];

    /// <summary>These and a range of some series.</summary>
    public Tombstones With(IEnumerable<int> series, TimeRange deleted)
    {
        var all = new SortedDictionary<int, TimeRange[]>(_ranges);
        foreach (var one in series)
            all[one] = Join(all.TryGetValue(one, out var before) ? before : [], deleted);
        return new Tombstones(all);
    }

    public byte[] Encode()
    {
        var bytes = new GrowingBytes();
        bytes.Write(Magic);
        bytes.WriteVarint((ulong)_ranges.Count);
        var last = 0;
        foreach (var (series, ranges) in _ranges)
        {
            bytes.WriteVarint((ulong)(series - last));
            last = series;
            bytes.WriteVarint((ulong)ranges.Length);
            foreach (var range in ranges)
            {
                bytes.WriteZigzag(range.StartMs);
                bytes.WriteVarint((ulong)(range.EndMs - range.StartMs));
            }
        }

        bytes.WriteUInt32(Crc32C.Compute(bytes.Written));
        return bytes.Written.ToArray();
    }

    /// <exception cref="CorruptChunkException">The bytes are not what <see cref="Encode"/> made.</exception>
    public static Tombstones Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Magic.Length + sizeof(uint) || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]) != Crc32C.Compute(bytes[..^sizeof(uint)]))
            CorruptChunkException.Throw("the tombstones are damaged");
        var reader = new ByteReader(bytes[Magic.Length..^sizeof(uint)]);
        var all = new SortedDictionary<int, TimeRange[]>();
        var series = 0;
        for (var left = reader.ReadVarint(); left > 0; left--)
        {
            series += (int)reader.ReadVarint();
            var ranges = new TimeRange[reader.ReadCount(bytes.Length)];
            foreach (ref var range in ranges.AsSpan())
            {
                var start = reader.ReadZigzag();
                range = new TimeRange(start, start + (long)reader.ReadVarint());
            }

            all[series] = ranges;
        }

        return new Tombstones(all);
    }

    /// <summary>Whether some range has a moment between two times, both included.</summary>
    public static bool Touches(ReadOnlySpan<TimeRange> deleted, long firstMs, long lastMs)
    {
        foreach (var range in deleted)
        {
            if (range.StartMs <= lastMs && firstMs < range.EndMs)
                return true;
        }

        return false;
    }

    public static bool Covers(ReadOnlySpan<TimeRange> deleted, long timestampMs)
    {
        foreach (var range in deleted)
        {
            if (range.Contains(timestampMs))
                return true;
        }

        return false;
    }

    static TimeRange[] Join(TimeRange[] ranges, TimeRange added)
    {
        var joined = new List<TimeRange>();
        foreach (var range in ranges)
        {
            if (range.EndMs < added.StartMs || range.StartMs > added.EndMs)
                joined.Add(range);
            else
                added = new TimeRange(Math.Min(range.StartMs, added.StartMs), Math.Max(range.EndMs, added.EndMs));
        }

        joined.Add(added);
        joined.Sort(static (left, right) => left.StartMs.CompareTo(right.StartMs));
        return [.. joined];
    }
}
