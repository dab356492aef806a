using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Barograph.TimeSeries;

/// <summary>Where a record lies.</summary>
/// <param name="Segment">The number of its segment; ascending over the life of the log.</param>
/// <param name="OffsetBytes">Its first byte in that file.</param>
public readonly record struct RecordPlace(long Segment, long OffsetBytes)
{
    /// <summary>Whether it lies behind another, and so was appended later.</summary>
    public bool IsAfter(RecordPlace other) => (Segment, OffsetBytes).CompareTo((other.Segment, other.OffsetBytes)) > 0;
}

/// <summary>One file of the log.</summary>
/// <param name="Number">Its number; ascending.</param>
/// <param name="BegunMs">When it was begun, Unix milliseconds.</param>
/// <param name="SizeBytes">Its whole records.</param>
/// <param name="IsSealed">Whether nothing is written to it any more.</param>
public readonly record struct RecordSegment(long Number, long BegunMs, long SizeBytes, bool IsSealed);

/// <summary>
/// An append-only log of opaque records in segments, with the frame, the checksums and the durability of the store's own log
/// (docs/format.md). Records come back in the order in which they were appended; what is damaged is skipped and told. It
/// deletes only what it is told to. Safe from many threads; one process at a time has a folder.
/// </summary>
public sealed class RecordLog : IDisposable
{
    const string BookmarkFile = "bookmark";

    readonly string _folder;
    readonly long _segmentBytes, _segmentAgeMs;
    readonly TimeProvider _clock;
    readonly SafeFileHandle _lock;
    readonly DamageLog _damage = new();
    readonly Lock _gate = new(); // guards the segments, what waits, and whether somebody writes
    readonly SortedDictionary<long, Sealed> _sealed = [];
    readonly List<ReadOnlyMemory<byte>> _pieces = [];
    List<Pending> _waiting = [];
    List<Pending> _group = [];
    bool _isWriting;
    bool _isDisposed;
    WalSegment? _active; // changed by who writes, under the gate
    long _activeBytes;
    long _lastNumber;

    readonly record struct Sealed(WalSegmentName Name, long SizeBytes);

    /// <summary>A record on its way to the disk.</summary>
    sealed class Pending(byte[] record)
    {
        public byte[] Record => record;
        public TaskCompletionSource<RecordPlace> OnDisk { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    RecordLog(string folder, long segmentBytes, long segmentAgeMs, TimeProvider clock, SafeFileHandle taken) =>
        (_folder, _segmentBytes, _segmentAgeMs, _clock, _lock) = (folder, segmentBytes, segmentAgeMs, clock, taken);

    /// <summary>Receives a record; the bytes are valid during the call only. False ends the reading.</summary>
    public delegate bool RecordHandler(RecordPlace place, ReadOnlySpan<byte> payload);

    /// <summary>What was damaged in segments read so far.</summary>
    public IReadOnlyList<Damage> Damage => _damage.Found;

    /// <summary>All segments, the oldest first.</summary>
    public IReadOnlyList<RecordSegment> Segments
    {
        get
        {
            lock (_gate)
            {
                var segments = _sealed.Values.Select(static one => new RecordSegment(one.Name.Number, one.Name.Generation, one.SizeBytes, true));
                return _active is { } active
                    ? [.. segments, new RecordSegment(active.Name.Number, active.Name.Generation, _activeBytes, false)]
                    : [.. segments];
            }
        }
    }

    /// <summary>Bytes of all segments.</summary>
    public long SizeBytes
    {
        get
        {
            lock (_gate)
                return _activeBytes + _sealed.Values.Sum(static one => one.SizeBytes);
        }
    }

    /// <summary>Opens a log; makes the folder when it is missing.</summary>
    /// <param name="folder">Its folder, which nothing else uses.</param>
    /// <param name="segmentBytes">When a segment is this large, another is begun.</param>
    /// <param name="clock">For the times in <see cref="RecordSegment"/>.</param>
    /// <param name="segmentAge">When it is so old, too; null for never.</param>
    /// <exception cref="StoreUnavailableException">The folder cannot be used, or another process has it.</exception>
    public static RecordLog Open(string folder, long segmentBytes, TimeProvider clock, TimeSpan? segmentAge = null)
    {
        try
        {
            StoreFolder.CreatePrivately(folder);
            var taken = Posix.TryLock(Path.Combine(folder, "lock"))
                ?? throw new StoreUnavailableException($"The folder {folder} is in use by another Barograph. Stop that one, or choose another folder.");
            var log = new RecordLog(folder, segmentBytes, (long)(segmentAge ?? TimeSpan.MaxValue).TotalMilliseconds, clock, taken);
            foreach (var name in WalSegmentName.List(folder))
            {
                log._sealed.Add(name.Number, new Sealed(name, new FileInfo(log.PathOf(name)).Length));
                log._lastNumber = name.Number;
            }

            return log;
        }
        catch (Exception cause) when (cause is UnauthorizedAccessException or IOException and not StoreUnavailableException)
        {
            throw new StoreUnavailableException($"The folder {folder} cannot be used: {cause.Message}", cause);
        }
    }

    /// <summary>Appends a record; completes when it is on disk. Records that come meanwhile share the next sync.</summary>
    /// <param name="payload">Copied.</param>
    /// <exception cref="StoreUnavailableException">The disk did not take it; nothing of it is in the log.</exception>
    public Task<RecordPlace> AppendAsync(ReadOnlySpan<byte> payload)
    {
        var record = new byte[WalRecord.HeaderBytes + payload.Length];
        payload.CopyTo(record.AsSpan(WalRecord.HeaderBytes));
        WalRecord.Prepare(record, WalRecordType.Opaque, payload);
        var pending = new Pending(record);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _waiting.Add(pending);
            if (_isWriting)
                return pending.OnDisk.Task;
            _isWriting = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static log => log.WriteWaiting(), this, preferLocal: false);
        return pending.OnDisk.Task;
    }

    /// <summary>Hands over the whole records of a segment, from a place on.</summary>
    /// <param name="from">The first to be handed over; an offset of 0 is the segment's beginning.</param>
    /// <param name="take">Gets them in order.</param>
    /// <returns>False when the segment is not there (any more).</returns>
    public bool Read(RecordPlace from, RecordHandler take)
    {
        if (!TryFind(from.Segment, out var name, out var endBytes))
            return false;
        byte[] content;
        try
        {
            content = ReadFile(PathOf(name), endBytes);
        }
        catch (FileNotFoundException)
        {
            return false;
        }

        var isWanted = true;
        var file = Path.Combine(Path.GetFileName(_folder), name.FileName);
        var tail = WalReader.Read(content, name.Salt,
            (offset, _, payload) =>
            {
                if (isWanted && offset >= from.OffsetBytes)
                    isWanted = take(new RecordPlace(from.Segment, offset), payload);
            },
            (offset, length) => Report(new Damage(file, $"{length} damaged bytes at byte {offset} were skipped; the records that were there are lost.")));
        if (tail > 0)
            Report(new Damage(file, $"the last {tail} bytes are no whole record; nothing acknowledged is lost, if the process was killed while it wrote.", IsUsualAfterKill: true));
        return true;
    }

    /// <summary>Reads one record; null when it is not there (any more) or damaged.</summary>
    public byte[]? TryRead(RecordPlace place)
    {
        if (!TryFind(place.Segment, out var name, out _))
            return null;
        try
        {
            using var file = File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var header = new byte[WalRecord.HeaderBytes];
            if (RandomAccess.Read(file, header, place.OffsetBytes) < header.Length
                || !WalRecord.TryReadHeader(header, name.Salt, place.OffsetBytes, out var length) || length > RandomAccess.GetLength(file))
                return null;
            var payload = new byte[length];
            return RandomAccess.Read(file, payload, place.OffsetBytes + header.Length) == length && WalRecord.IsIntact(header, payload) ? payload : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Up to which record (this one too) a reader is done, as it said last; null when it never did, or nobody knows.</summary>
    public RecordPlace? ReadBookmark()
    {
        var path = Path.Combine(_folder, BookmarkFile);
        if (!File.Exists(path))
            return null;
        var words = File.ReadAllText(path).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return words is [var segment, var offset]
            && long.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var offsetBytes)
            ? new RecordPlace(number, offsetBytes)
            : null;
    }

    /// <summary>Keeps for <see cref="ReadBookmark"/> how far a reader is; durable on return.</summary>
    /// <exception cref="IOException">The disk did not take it; the old one is still there.</exception>
    public void WriteBookmark(RecordPlace done) => Disk.Real.Replace(
        Path.Combine(_folder, BookmarkFile), Encoding.ASCII.GetBytes($"{done.Segment} {done.OffsetBytes}\n"));

    /// <summary>Deletes a segment. The one that is written is sealed first.</summary>
    public void Delete(long segment)
    {
        WalSegmentName name;
        lock (_gate)
        {
            if (_active?.Name.Number == segment && !_isWriting)
                SealActive();
            if (!_sealed.Remove(segment, out var removed))
                return;
            name = removed.Name;
        }

        Disk.Real.Delete(PathOf(name));
        Disk.Real.Delete(PathBeside(segment));
    }

    /// <summary>The path of a file that stands beside a segment and goes when somebody deletes it.</summary>
    public string BesideSegment(long segment, string extension) => Path.Combine(_folder, $"{segment:D10}{extension}");

    /// <summary>Writes what its owner wants to know of a segment, into a file beside it that goes with it; durable, and checked when it is read.</summary>
    /// <exception cref="IOException">The disk did not take it; the file is as it was before.</exception>
    public void WriteBeside(long segment, ReadOnlySpan<byte> content)
    {
        var file = new byte[sizeof(uint) + content.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(file, Crc32C.Compute(content));
        content.CopyTo(file.AsSpan(sizeof(uint)));
        Disk.Real.Replace(PathBeside(segment), file);
    }

    /// <summary>What was written beside a segment; null when there is nothing, or it is damaged.</summary>
    public byte[]? ReadBeside(long segment)
    {
        try
        {
            var file = File.ReadAllBytes(PathBeside(segment));
            return file.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(file) == Crc32C.Compute(file.AsSpan(sizeof(uint))) ? file[sizeof(uint)..] : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Waits for what is being written, and closes.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
        }

        SpinWait.SpinUntil(() =>
        {
            lock (_gate)
                return !_isWriting;
        });
        _active?.Dispose();
        Posix.Unlock(_lock);
    }

    long NowMs => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    string PathBeside(long segment) => BesideSegment(segment, ".index");

    string PathOf(WalSegmentName name) => Path.Combine(_folder, name.FileName);

    bool TryFind(long segment, out WalSegmentName name, out long endBytes)
    {
        lock (_gate)
        {
            (name, endBytes) = (default, 0);
            if (_active is { } active && active.Name.Number == segment)
                (name, endBytes) = (active.Name, _activeBytes);
            else if (_sealed.TryGetValue(segment, out var found))
                (name, endBytes) = (found.Name, found.SizeBytes);
            return name.Number > 0;
        }
    }

    /// <summary>The file up to an end, which for the segment that is written lies before what is not acknowledged yet.</summary>
    static byte[] ReadFile(string path, long endBytes)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var content = new byte[Math.Min(endBytes, RandomAccess.GetLength(file))];
        var read = RandomAccess.Read(file, content, 0);
        return read == content.Length ? content : content[..read];
    }

    void Report(Damage damage)
    {
        if (!_damage.Found.Contains(damage))
            _damage.Add(damage);
    }

    void WriteWaiting()
    {
        while (true)
        {
            lock (_gate)
            {
                (_group, _waiting) = (_waiting, _group);
                if (_group.Count == 0)
                {
                    _isWriting = false;
                    return;
                }
            }

            WriteGroup();
            _group.Clear();
        }
    }

    void WriteGroup()
    {
        try
        {
            if (_active is null || _active.Length >= _segmentBytes || NowMs - _active.Name.Generation >= _segmentAgeMs)
                BeginSegment();
            var active = _active!;
            var places = new RecordPlace[_group.Count];
            var end = active.Length;
            _pieces.Clear();
            for (var i = 0; i < places.Length; i++)
            {
                WalRecord.Bind(_group[i].Record, active.Name.Salt, end);
                _pieces.Add(_group[i].Record);
                places[i] = new RecordPlace(active.Name.Number, end);
                end += _group[i].Record.Length;
            }

            active.Append(_pieces, end - active.Length);
            lock (_gate)
                _activeBytes = active.Length;
            for (var i = 0; i < places.Length; i++)
                _group[i].OnDisk.SetResult(places[i]);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // As in the store's log: cut back to what was acknowledged, and never write that file again.
            _active?.GiveUp();
            lock (_gate)
                SealActive();
            foreach (var pending in _group)
                pending.OnDisk.TrySetException(new StoreUnavailableException(DiskFault.Explain(cause), cause));
        }
    }

    void BeginSegment()
    {
        var scope = new WalScope(NowMs);
        var next = WalSegment.Create(Disk.Real, _folder, new WalSegmentName(_lastNumber + 1, scope.Generation, scope.Salt));
        lock (_gate)
        {
            SealActive();
            _lastNumber++;
            (_active, _activeBytes) = (next, next.Length);
        }
    }

    void SealActive()
    {
        if (_active is not { } active)
            return;
        active.Dispose();
        _sealed.Add(active.Name.Number, new Sealed(active.Name, active.Length));
        (_active, _activeBytes) = (null, 0);
    }
}
