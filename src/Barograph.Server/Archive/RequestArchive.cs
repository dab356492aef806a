using System.Buffers.Binary;
using System.IO.Compression;
using Barograph.TimeSeries;

namespace Barograph.Server.Archive;

/// <summary>What is to be known of a request before it is kept.</summary>
/// <param name="Items">How many spans or log records it has.</param>
/// <param name="MinNs">The first of their times, Unix nanoseconds.</param>
/// <param name="MaxNs">The last.</param>
/// <param name="TraceIds">The ids of their traces, 16 bytes each, none twice.</param>
internal sealed record ArchivedRequest(int Items, long MinNs, long MaxNs, byte[] TraceIds);

/// <summary>How much is kept.</summary>
/// <param name="Retention">How long after it arrived; null for ever.</param>
/// <param name="BytesMax">Of the disk; beyond it the oldest goes first.</param>
/// <param name="DiskReserveBytes">Of the disk, left to the store.</param>
internal sealed record ArchiveLimits(TimeSpan? Retention, long BytesMax, long DiskReserveBytes = 0);

/// <summary>
/// Requests as they came, in a log with an index by time and trace: the first durable form of signals that are more than
/// numbers. A record is
/// <code>
/// long first time    long last time    int items    int trace ids    int bytes of the body    the ids    the body, Brotli
/// </code>
/// What is read is found by segment, then by record; memory holds the index of the segment that grows, and two numbers of each
/// other. Safe from many threads.
/// </summary>
internal sealed class RequestArchive : IDisposable
{
    const int HeaderBytes = 28;
    const int BrotliQuality = 1;
    const int BrotliWindowBits = 20;
    const long SegmentBytes = 16 << 20;

    readonly RecordLog _log;
    readonly ArchiveLimits _limits;
    readonly TimeProvider _clock;
    readonly Lock _gate = new(); // guards what follows
    readonly Dictionary<long, ArchiveIndex> _growing = [];
    readonly Dictionary<long, (long MinNs, long MaxNs)> _spans = [];

    RequestArchive(RecordLog log, ArchiveLimits limits, TimeProvider clock) => (_log, _limits, _clock) = (log, limits, clock);

    /// <summary>Bytes on disk.</summary>
    public long SizeBytes => _log.SizeBytes;

    /// <summary>Its files, and up to where they are on disk.</summary>
    public IReadOnlyList<(string Path, long SizeBytes)> Files => _log.Files;

    /// <summary>What was found damaged, and skipped.</summary>
    public IReadOnlyList<Damage> Damage => _log.Damage;

    /// <summary>Opens an archive; builds the index of what the last process left without one.</summary>
    /// <exception cref="StoreUnavailableException">The folder cannot be used.</exception>
    public static RequestArchive Open(string folder, ArchiveLimits limits, TimeProvider clock, Action<Exception>? reportBug = null)
    {
        // A sixteenth of what is kept goes at once.
        var age = limits.Retention / 16 ?? TimeSpan.FromDays(7);
        var segmentBytes = Math.Clamp(limits.BytesMax / 16, 64 << 10, SegmentBytes);
        var options = new RecordLogOptions
        {
            SegmentBytes = segmentBytes,
            SegmentAge = age,
            DiskReserveBytes = limits.DiskReserveBytes,
            Clock = clock,
            ReportBug = reportBug ?? (static _ => { }),
        };
        var archive = new RequestArchive(RecordLog.Open(folder, options), limits, clock);
        foreach (var segment in archive._log.Segments)
            archive._spans[segment.Number] = archive.IndexOf(segment.Number).Span;
        archive.Keep();
        return archive;
    }

    /// <summary>Keeps a request; returns when it is on disk.</summary>
    /// <exception cref="StoreUnavailableException">The disk did not take it.</exception>
    public async Task AppendAsync(ArchivedRequest request, ReadOnlyMemory<byte> body)
    {
        var place = await _log.AppendAsync(Encode(request, body.Span).Span);
        lock (_gate)
        {
            if (_spans.ContainsKey(place.Segment))
                return; // its segment is full, and its index was built of what is in it
            if (!_growing.TryGetValue(place.Segment, out var index))
                _growing[place.Segment] = index = new ArchiveIndex();
            index.Add(new ArchivedRecord(place.OffsetBytes, request.MinNs, request.MaxNs), request.TraceIds);
        }
    }

    /// <summary>The bodies of all requests that may have something of a trace, in the order of their arrival.</summary>
    public IEnumerable<byte[]> Find(byte[] traceId)
    {
        foreach (var segment in _log.Segments)
        {
            IReadOnlyList<long> places;
            lock (_gate)
                places = _growing.TryGetValue(segment.Number, out var growing) ? growing.Find(traceId) : [];
            if (places.Count == 0 && segment.IsSealed)
                places = IndexOf(segment.Number).Find(traceId);
            foreach (var place in places)
            {
                if (ReadBody(new RecordPlace(segment.Number, place)) is { } body)
                    yield return body;
            }
        }
    }

    /// <summary>The bodies of all requests with times in a window, by their last time, the newest first.</summary>
    /// <param name="fromNs">The first time that is wanted.</param>
    /// <param name="toNs">The first that is not.</param>
    public IEnumerable<(long MaxNs, byte[] Body)> Read(long fromNs, long toNs)
    {
        bool Overlaps(long minNs, long maxNs) => minNs < toNs && maxNs >= fromNs;
        var waiting = new PriorityQueue<(long Segment, ArchivedRecord? Record), long>();
        foreach (var segment in _log.Segments)
        {
            var (minNs, maxNs) = SpanOf(segment);
            if (Overlaps(minNs, maxNs))
                waiting.Enqueue((segment.Number, null), -maxNs);
        }

        // A segment stands for its records until its turn comes.
        while (waiting.TryDequeue(out var next, out _))
        {
            if (next.Record is { } record)
            {
                if (ReadBody(new RecordPlace(next.Segment, record.OffsetBytes)) is { } body)
                    yield return (record.MaxNs, body);
                continue;
            }

            foreach (var one in RecordsOf(next.Segment))
            {
                if (Overlaps(one.MinNs, one.MaxNs))
                    waiting.Enqueue((next.Segment, one), -one.MaxNs);
            }
        }
    }

    /// <summary>Writes the indices of full segments, and deletes what is too old or too much. Called now and then.</summary>
    /// <exception cref="IOException">The disk did not take an index; it is tried again.</exception>
    public void Keep()
    {
        var segments = _log.Segments;
        var oldestMs = _limits.Retention is { } retention ? (_clock.GetUtcNow() - retention).ToUnixTimeMilliseconds() : long.MinValue;
        var bytes = _log.SizeBytes;
        for (var i = 0; i + 1 < segments.Count && (bytes > _limits.BytesMax || segments[i + 1].BegunMs < oldestMs); i++)
        {
            bytes -= segments[i].SizeBytes;
            _log.Delete(segments[i].Number);
            lock (_gate)
            {
                _growing.Remove(segments[i].Number);
                _spans.Remove(segments[i].Number);
            }
        }

        foreach (var segment in _log.Segments)
        {
            if (segment.IsSealed && IsGrowing(segment.Number))
                Seal(segment.Number);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    static ReadOnlyMemory<byte> Encode(ArchivedRequest request, ReadOnlySpan<byte> body)
    {
        var head = HeaderBytes + request.TraceIds.Length;
        var record = new byte[head + BrotliEncoder.GetMaxCompressedLength(body.Length)];
        BinaryPrimitives.WriteInt64LittleEndian(record, request.MinNs);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(8), request.MaxNs);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(16), request.Items);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(20), request.TraceIds.Length / ArchiveIndex.TraceIdBytes);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(24), body.Length);
        request.TraceIds.CopyTo(record, HeaderBytes);
        BrotliEncoder.TryCompress(body, record.AsSpan(head), out var written, BrotliQuality, BrotliWindowBits);
        return record.AsMemory(0, head + written);
    }

    byte[]? ReadBody(RecordPlace place)
    {
        if (_log.TryRead(place) is not { } record)
            return null;
        var body = new byte[BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(24))];
        var head = HeaderBytes + BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(20)) * ArchiveIndex.TraceIdBytes;
        return BrotliDecoder.TryDecompress(record.AsSpan(head), body, out var written) && written == body.Length ? body : null;
    }

    bool IsGrowing(long segment)
    {
        lock (_gate)
            return _growing.ContainsKey(segment);
    }

    (long MinNs, long MaxNs) SpanOf(RecordSegment segment)
    {
        lock (_gate)
        {
            if (_growing.TryGetValue(segment.Number, out var growing))
                return growing.Span;
            return _spans.TryGetValue(segment.Number, out var span) ? span : (long.MaxValue, long.MinValue);
        }
    }

    IReadOnlyList<ArchivedRecord> RecordsOf(long segment)
    {
        lock (_gate)
        {
            if (_growing.TryGetValue(segment, out var growing))
                return [.. growing.Records];
        }

        return IndexOf(segment).Records;
    }

    /// <summary>From the index beside a full segment, which is written anew when there is none that is whole.</summary>
    ArchiveIndex IndexOf(long segment) =>
        _log.ReadBeside(segment) is { } content && ArchiveIndex.Decode(content) is { } index ? index : Seal(segment);

    /// <summary>Builds the index from what is really in the segment: an answer that was lost does not leave a gap in it.</summary>
    ArchiveIndex Seal(long segment)
    {
        var index = new ArchiveIndex();
        var isThere = _log.Read(new RecordPlace(segment, 0), (place, payload) =>
        {
            var minNs = BinaryPrimitives.ReadInt64LittleEndian(payload);
            var maxNs = BinaryPrimitives.ReadInt64LittleEndian(payload[8..]);
            var idBytes = BinaryPrimitives.ReadInt32LittleEndian(payload[20..]) * ArchiveIndex.TraceIdBytes;
            index.Add(new ArchivedRecord(place.OffsetBytes, minNs, maxNs), payload.Slice(HeaderBytes, idBytes));
            return true;
        });
        if (!isThere)
            return index;
        _log.WriteBeside(segment, index.Encode());
        lock (_gate)
        {
            _spans[segment] = index.Span;
            _growing.Remove(segment);
        }

        return index;
    }
}
