using Microsoft.Win32.SafeHandles;

namespace Barograph.TimeSeries;

/// <summary>
/// An append-only log of opaque records in segments, with the frame, the checksums and the durability of the store's own log
/// (docs/format.md). Records come back in the order in which they were appended; what is damaged is skipped and told. It
/// deletes only what it is told to. Safe from many threads; one process at a time has a folder.
/// </summary>
public sealed class RecordLog : IDisposable
{
    readonly string _folder;
    readonly Disk _disk;
    readonly SafeFileHandle _lock;
    readonly DamageLog _damage = new();
    readonly RecordSegments _segments;
    readonly RecordWriter _writer;
    readonly SideFiles _sideFiles;
    int _isDisposed;

    RecordLog(string folder, RecordLogOptions options, SafeFileHandle taken)
    {
        (_folder, _disk, _lock) = (folder, options.Disk, taken);
        _segments = new RecordSegments(folder, options.Disk);
        _writer = new RecordWriter(_segments, folder, options);
        _sideFiles = new SideFiles(folder, options.Disk);
        _sideFiles.RemoveLeftovers(_segments);
    }

    /// <summary>Receives a record; the bytes are valid during the call only. False ends the reading.</summary>
    public delegate bool RecordHandler(RecordPlace place, ReadOnlySpan<byte> payload);

    /// <summary>What was damaged in segments read so far, each once; the first thousand.</summary>
    public IReadOnlyList<Damage> Damage => _damage.Found;

    /// <summary>How often damage was met, also what is too much to be listed.</summary>
    public long DamageCount => _damage.Count;

    /// <summary>Why the last record was not taken, in a sentence, or null: the disk, or a bug, after which none is taken any more.</summary>
    public string? Failure => _writer.Failure;

    /// <summary>All segments, the oldest first.</summary>
    public IReadOnlyList<RecordSegment> Segments => _segments.All;

    /// <summary>Its segments' files, the oldest first, each with the bytes of it that are on disk: what a copy may take while the log is written.</summary>
    public IReadOnlyList<(string Path, long SizeBytes)> Files => _segments.Files;

    /// <summary>Bytes of all segments.</summary>
    public long SizeBytes => _segments.SizeBytes;

    /// <summary>Opens a log; makes the folder when it is missing.</summary>
    /// <param name="folder">Its folder, which nothing else uses.</param>
    /// <param name="options">How it is kept.</param>
    /// <exception cref="StoreUnavailableException">The folder cannot be used, or another process has it.</exception>
    public static RecordLog Open(string folder, RecordLogOptions options)
    {
        folder = Path.GetFullPath(folder);
        try
        {
            var isNew = !Directory.Exists(folder);
            StoreFolder.CreatePrivately(folder);
            if (isNew && Path.GetDirectoryName(folder) is { } parent)
                options.Disk.SyncFolder(parent);
            var taken = Posix.TryLock(Path.Combine(folder, StoreFolder.LockFile)) ?? throw StoreFolder.InUse(folder);
            try
            {
                return new RecordLog(folder, options, taken);
            }
            catch
            {
                Posix.Unlock(taken);
                throw;
            }
        }
        catch (Exception cause) when (DiskFault.Is(cause) && cause is not StoreUnavailableException)
        {
            throw new StoreUnavailableException($"The folder {folder} cannot be used: {cause.Message}", cause);
        }
    }

    /// <summary>Appends a record; completes when it is on disk. Records that come meanwhile share the next sync.</summary>
    /// <param name="payload">Copied.</param>
    /// <exception cref="StoreUnavailableException">
    /// The disk did not take it, or the log is being closed or broken (<see cref="StoreBrokenException"/>): it was not acknowledged.
    /// </exception>
    public Task<RecordPlace> AppendAsync(ReadOnlySpan<byte> payload) => _writer.AppendAsync(payload);

    /// <summary>Hands over the whole records of a segment, from a place on.</summary>
    /// <param name="from">The first to be handed over; an offset of 0 is the segment's beginning.</param>
    /// <param name="take">Gets them in order.</param>
    /// <returns>False when the segment is not there (any more).</returns>
    public bool Read(RecordPlace from, RecordHandler take)
    {
        if (!_segments.TryFind(from.Segment, out var name, out var endBytes))
            return false;
        byte[] content;
        try
        {
            content = ReadFile(_segments.PathOf(name), endBytes);
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
            (offset, length) => _damage.AddNew(new Damage(
                file, $"{length} damaged bytes at byte {offset} were skipped; the records that were there are lost.")));
        if (tail > 0 && !WalReader.BeginsWhole(content))
        {
            _damage.AddNew(new Damage(file, $"its beginning and its last {tail} bytes are damaged; the records that were there are lost."));
        }
        else if (tail > 0)
        {
            _damage.AddNew(new Damage(
                file,
                $"the last {tail} bytes are no whole record; nothing acknowledged is lost, if the process was killed while it wrote.",
                IsUsualAfterKill: true));
        }

        return true;
    }

    /// <summary>Reads one record; null when it is not there (any more) or damaged.</summary>
    public byte[]? TryRead(RecordPlace place)
    {
        if (!_segments.TryFind(place.Segment, out var name, out _))
            return null;
        try
        {
            using var file = OpenToRead(_segments.PathOf(name));
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
    public RecordPlace? ReadBookmark() => _sideFiles.ReadBookmark();

    /// <summary>Keeps for <see cref="ReadBookmark"/> how far a reader is; durable on return.</summary>
    /// <exception cref="IOException">The disk did not take it; the old one is still there.</exception>
    public void WriteBookmark(RecordPlace done) => _sideFiles.WriteBookmark(done);

    /// <summary>Deletes a segment. The one that is written is sealed first. After a power cut it may be there again.</summary>
    public void Delete(long segment)
    {
        _writer.SealIf(segment);
        if (_segments.Remove(segment) is not { } path)
            return;
        _disk.Delete(path);
        _sideFiles.Delete(segment);
    }

    /// <summary>The path of a file that stands beside a segment and goes when somebody deletes it.</summary>
    public string BesideSegment(long segment, string extension) => _sideFiles.Beside(segment, extension);

    /// <summary>Writes what its owner wants to know of a segment, into a file beside it that goes with it; durable, and checked when it is read.</summary>
    /// <exception cref="IOException">The disk did not take it; the file is as it was before.</exception>
    public void WriteBeside(long segment, ReadOnlySpan<byte> content) => _sideFiles.Write(segment, content);

    /// <summary>What was written beside a segment; null when there is nothing, or it is damaged.</summary>
    public byte[]? ReadBeside(long segment) => _sideFiles.Read(segment);

    /// <summary>Waits for what is being written, and closes.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        _writer.Dispose();
        Posix.Unlock(_lock);
    }

    static SafeFileHandle OpenToRead(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>The file up to an end, which for the segment that is written lies before what is not acknowledged yet.</summary>
    static byte[] ReadFile(string path, long endBytes)
    {
        using var file = OpenToRead(path);
        var content = new byte[Math.Min(endBytes, RandomAccess.GetLength(file))];
        var read = RandomAccess.Read(file, content, 0);
        return read == content.Length ? content : content[..read];
    }
}
