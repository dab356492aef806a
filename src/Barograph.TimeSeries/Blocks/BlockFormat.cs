using System.Buffers.Binary;

namespace Barograph.TimeSeries;

/// <summary>What a block covers, chosen by who writes it.</summary>
/// <param name="Window">The window whose samples it holds; blocks of one level do not overlap.</param>
/// <param name="ResolutionMs">The step of a rollup block; 0 for raw samples.</param>
/// <param name="Level">0 for a block cut from the head; one more than its highest source for a merged one.</param>
internal readonly record struct BlockMeta(TimeRange Window, long ResolutionMs = 0, int Level = 0);

/// <summary>What a block holds, as its footer tells.</summary>
/// <param name="FirstMs">The first sample's time.</param>
/// <param name="LastMs">The last sample's time.</param>
internal readonly record struct BlockInfo(BlockMeta Meta, long FirstMs, long LastMs, int SeriesCount, long SampleCount, long ChunkCount);

/// <summary>Where a part of a block lies, and its checksum.</summary>
internal readonly record struct Section(long OffsetBytes, long SizeBytes, uint Checksum);

/// <summary>The parts of a block's index, in the order of the footer.</summary>
internal enum SectionKind
{
    /// <summary>Label names and their values, sorted.</summary>
    Labels,

    /// <summary>For each label and value its series.</summary>
    Postings,

    /// <summary>For each series its labels and chunks.</summary>
    Series,

    /// <summary>The time columns, which chunks refer to.</summary>
    Times,

    /// <summary>Labels, series and times once more, and the time columns that several chunks share; compressed.</summary>
    Spare,
}

/// <summary>
/// The end of a block: 192 bytes, twice, so that no single damage hides where things are.
/// <code>
///   0  8 bytes "BGBLOCK1"       8  u32 version    12  i32 level
///  16  i64 window start        24  i64 window end
///  32  i64 resolution          40  i64 first time  48  i64 last time
///  56  i64 series              64  i64 samples     72  i64 chunks
///  80  5 × { i64 offset, i64 size, u32 CRC-32C }   labels, postings, series, times, spare
/// 180  8 zero bytes           188  u32 CRC-32C of the 188 bytes before
/// </code>
/// </summary>
internal sealed record BlockFooter(BlockInfo Info, Section[] Sections)
{
    /// <summary>The version that is written; newer ones are refused, older ones read.</summary>
    public const int Version = 1;

    public const int SizeBytes = 192;

    /// <summary>The first bytes of the file, so that a person or a tool can tell what it is; the reader relies on the footer.</summary>
    public static ReadOnlySpan<byte> Magic => "BGBLOCK1"u8;

    const int SectionCount = 5, SectionsAt = 80, SectionBytes = 20, ChecksumAt = 188;

    public Section this[SectionKind kind] => Sections[(int)kind];

    public void Write(Span<byte> footer)
    {
        footer[..SizeBytes].Clear();
        Magic.CopyTo(footer);
        BinaryPrimitives.WriteUInt32LittleEndian(footer[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(footer[12..], Info.Meta.Level);
        Span<long> numbers =
        [
            Info.Meta.Window.StartMs, Info.Meta.Window.EndMs, Info.Meta.ResolutionMs, Info.FirstMs, Info.LastMs,
            Info.SeriesCount, Info.SampleCount, Info.ChunkCount,
        ];
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(footer[(16 + i * sizeof(long))..], numbers[i]);
        for (var i = 0; i < SectionCount; i++)
        {
            var at = footer[(SectionsAt + i * SectionBytes)..];
            BinaryPrimitives.WriteInt64LittleEndian(at, Sections[i].OffsetBytes);
            BinaryPrimitives.WriteInt64LittleEndian(at[8..], Sections[i].SizeBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(at[16..], Sections[i].Checksum);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(footer[ChecksumAt..], Crc32C.Compute(footer[..ChecksumAt]));
    }

    /// <summary>Reads a footer; null when it is damaged.</summary>
    public static BlockFooter? TryRead(ReadOnlySpan<byte> footer, long fileBytes)
    {
        if (!footer.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(footer[ChecksumAt..]) != Crc32C.Compute(footer[..ChecksumAt]))
            return null;
        Span<long> numbers = stackalloc long[8];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = BinaryPrimitives.ReadInt64LittleEndian(footer[(16 + i * sizeof(long))..]);
        var meta = new BlockMeta(new TimeRange(numbers[0], numbers[1]), numbers[2], BinaryPrimitives.ReadInt32LittleEndian(footer[12..]));
        var sections = new Section[SectionCount];
        for (var i = 0; i < SectionCount; i++)
        {
            var at = footer[(SectionsAt + i * SectionBytes)..];
            sections[i] = new Section(BinaryPrimitives.ReadInt64LittleEndian(at), BinaryPrimitives.ReadInt64LittleEndian(at[8..]),
                BinaryPrimitives.ReadUInt32LittleEndian(at[16..]));
            if (sections[i].OffsetBytes < 0 || sections[i].SizeBytes < 0 || sections[i].SizeBytes > fileBytes - sections[i].OffsetBytes)
                return null;
        }

        return numbers[5] is < 0 or > int.MaxValue
            ? null
            : new BlockFooter(new BlockInfo(meta, numbers[3], numbers[4], (int)numbers[5], numbers[6], numbers[7]), sections);
    }

    /// <summary>The version a footer claims; read before its checksum means anything, to refuse what is newer.</summary>
    public static uint ReadVersion(ReadOnlySpan<byte> footer) => BinaryPrimitives.ReadUInt32LittleEndian(footer[8..]);
}

/// <summary>One entry of the times section: 32 bytes.</summary>
/// <param name="OffsetBytes">Where the column's record (its CRC-32C, then the column) lies.</param>
/// <param name="SizeBytes">The column's size without the CRC.</param>
/// <param name="Count">How many times it has, and so how many values its chunks have.</param>
internal readonly record struct TimesEntry(long OffsetBytes, int SizeBytes, int Count, long FirstMs, long LastMs)
{
    public const int Bytes = 32;

    public void Write(Span<byte> entry)
    {
        BinaryPrimitives.WriteInt64LittleEndian(entry, OffsetBytes);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], SizeBytes);
        BinaryPrimitives.WriteInt32LittleEndian(entry[12..], Count);
        BinaryPrimitives.WriteInt64LittleEndian(entry[16..], FirstMs);
        BinaryPrimitives.WriteInt64LittleEndian(entry[24..], LastMs);
    }

    public static TimesEntry Read(ReadOnlySpan<byte> entry) => new(
        BinaryPrimitives.ReadInt64LittleEndian(entry), BinaryPrimitives.ReadInt32LittleEndian(entry[8..]),
        BinaryPrimitives.ReadInt32LittleEndian(entry[12..]), BinaryPrimitives.ReadInt64LittleEndian(entry[16..]),
        BinaryPrimitives.ReadInt64LittleEndian(entry[24..]));
}

/// <summary>Where a chunk's values lie.</summary>
/// <param name="Times">The number of its time column.</param>
/// <param name="OffsetBytes">Where its record (its CRC-32C, then the payload) lies.</param>
/// <param name="SizeBytes">The payload's size without the CRC.</param>
internal readonly record struct ChunkRef(int Times, long OffsetBytes, int SizeBytes);
