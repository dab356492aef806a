using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Barograph.Server.Events;

/// <summary>Where an event is within its segment: the record's offset and the event's number in it.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal readonly record struct IdEntry(ulong IdHash, ulong ContentHash, ulong Packed)
{
    public IdEntry(ulong idHash, ulong contentHash, long offset, int ordinal)
        : this(idHash, contentHash, (ulong)offset << 20 | (uint)ordinal)
    {
    }

    public long Offset => (long)(Packed >> 20);

    public int Ordinal => (int)(Packed & 0xFFFFF);
}

/// <summary>How many events of a type there are, and when the last one happened.</summary>
internal readonly record struct TypeCount(long Count, long LastMs)
{
    public TypeCount Plus(TypeCount other) => new(Count + other.Count, Math.Max(LastMs, other.LastMs));
}

/// <summary>
/// What is known of one segment of the log: its times, its types, its ids. While it is written the ids are in a dictionary; sealed, they are in a sorted
/// file beside it, behind a filter in memory. The file is made of the segment and can be made again at any time.
/// </summary>
internal sealed class EventSegment(long number) : IDisposable
{
    const ulong Magic = 0x3153444956454742; // "BGEVIDS1"
    const int EntryBytes = 24;

    Dictionary<ulong, IdEntry>? _open = [];
    IdFilter? _filter;
    SafeFileHandle? _file;
    long _entriesOffset;
    int _entryCount;

    public long Number => number;

    public long MinMs { get; private set; } = long.MaxValue;

    public long MaxMs { get; private set; } = long.MinValue;

    public long Count { get; private set; }

    /// <summary>By type; guarded by whoever changes it: replaced while it is open, fixed afterwards.</summary>
    public Dictionary<string, TypeCount> Types { get; } = new(StringComparer.Ordinal);

    public int FilterBytes => _filter?.Bytes.Length ?? 0;

    /// <summary>Notes an event that is in the log.</summary>
    public void Add(string type, long timeMs, IdEntry entry)
    {
        (MinMs, MaxMs) = (Math.Min(MinMs, timeMs), Math.Max(MaxMs, timeMs));
        Count++;
        Types[type] = Types.GetValueOrDefault(type).Plus(new TypeCount(1, timeMs));
        if (entry.IdHash != 0)
            _open!.TryAdd(entry.IdHash, entry);
    }

    /// <summary>Looks an id up.</summary>
    public bool TryFind(ulong idHash, out IdEntry entry)
    {
        if (_open is { } open)
            return open.TryGetValue(idHash, out entry);
        entry = default;
        return (_filter is null || _filter.MayHave(idHash)) && Search(idHash, out entry);
    }

    /// <summary>Seals it, unless that was done when it was opened.</summary>
    public void SealOnce(string path)
    {
        if (_open is not null)
            Seal(path);
    }

    /// <summary>Puts the ids into a file, from where they are read from now on.</summary>
    /// <exception cref="IOException">The disk did not take it; the ids stay in memory.</exception>
    public void Seal(string path)
    {
        IdEntry[] entries = [.. _open!.Values];
        Array.Sort(entries, static (left, right) => left.IdHash.CompareTo(right.IdHash));
        _filter = IdFilter.Of(entries.Select(static entry => entry.IdHash).ToArray());
        using var head = new MemoryStream();
        using (var writer = new BinaryWriter(head, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(MinMs);
            writer.Write(MaxMs);
            writer.Write(Count);
            writer.Write(Types.Count);
            foreach (var (type, count) in Types)
            {
                writer.Write(type);
                writer.Write(count.Count);
                writer.Write(count.LastMs);
            }

            writer.Write(entries.Length);
            writer.Write(_filter.Bytes.Length);
            writer.Write(_filter.Bytes);
        }

        var bytes = new byte[24 + head.Length + entries.Length * EntryBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), head.Length);
        head.GetBuffer().AsSpan(0, (int)head.Length).CopyTo(bytes.AsSpan(24));
        MemoryMarshal.AsBytes<IdEntry>(entries).CopyTo(bytes.AsSpan(24 + (int)head.Length));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), StableHash.Of(bytes.AsSpan(24)));
        TimeSeries.DurableFile.Replace(path, bytes);
        (_entriesOffset, _entryCount) = (24 + head.Length, entries.Length);
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _open = null;
    }

    /// <summary>Reads what <see cref="Seal"/> wrote; null when it is missing or damaged, and must be made again.</summary>
    public static EventSegment? Load(long number, string path)
    {
        if (!File.Exists(path))
            return null;
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < 24 || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(16)) != StableHash.Of(bytes.AsSpan(24)))
            return null;
        var headLength = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8));
        using var reader = new BinaryReader(new MemoryStream(bytes, 24, (int)headLength), Encoding.UTF8);
        var segment = new EventSegment(number) { _open = null, MinMs = reader.ReadInt64(), MaxMs = reader.ReadInt64(), Count = reader.ReadInt64() };
        for (var types = reader.ReadInt32(); types > 0; types--)
            segment.Types.Add(reader.ReadString(), new TypeCount(reader.ReadInt64(), reader.ReadInt64()));
        (segment._entryCount, segment._entriesOffset) = (reader.ReadInt32(), 24 + headLength);
        segment._filter = IdFilter.Read(reader.ReadBytes(reader.ReadInt32()));
        segment._file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return segment;
    }

    /// <summary>Gives the filter's memory back; every look-up then reads the file.</summary>
    public void DropFilter() => _filter = null;

    public void Dispose() => _file?.Dispose();

    bool Search(ulong idHash, out IdEntry entry)
    {
        entry = default;
        Span<IdEntry> one = stackalloc IdEntry[1];
        int low = 0, high = _entryCount - 1;
        while (low <= high)
        {
            var middle = low + (high - low) / 2;
            RandomAccess.Read(_file!, MemoryMarshal.AsBytes(one), _entriesOffset + (long)middle * EntryBytes);
            if (one[0].IdHash == idHash)
            {
                entry = one[0];
                return true;
            }

            if (one[0].IdHash < idHash)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return false;
    }
}
