using System.Buffers.Binary;
using System.IO.Compression;
using System.Threading.Channels;
using Barograph.TimeSeries;

namespace Barograph.Server.Agent;

/// <summary>
/// The samples that the server has not taken yet, on disk. A record is one batch as the body of a remote-write 1.0 request
/// (which may be joined by putting one behind the other), compressed:
/// <code>
/// long  newest time, Unix ms    int samples    int bytes of the body    byte[] the body, Brotli
/// </code>
/// When the disk space is used up, the oldest segment goes and what was in it is counted.
/// </summary>
internal sealed class SampleQueue : ISampleSink, IDisposable
{
    const int HeaderBytes = 16;
    const int BrotliQuality = 2; // a twentieth of the bytes for 2 ms of a tick of 800 series; more costs more than it saves
    const int BrotliWindowBits = 20;

    readonly RecordLog _log;
    readonly long _bytesMax;
    readonly Lock _gate = new(); // guards the entries and their sums
    readonly LinkedList<Entry> _entries = [];
    readonly Channel<bool> _arrived = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly Dictionary<string, MetricMetadata> _metadata = new(StringComparer.Ordinal);
    byte[] _body = new byte[64 << 10];
    byte[] _record = [];
    long _bytes;

    /// <summary>A record that is to be sent.</summary>
    internal readonly record struct Entry(RecordPlace Place, long NewestMs, int Samples, int RecordBytes, int BodyBytes);

    SampleQueue(RecordLog log, long bytesMax) => (_log, _bytesMax) = (log, bytesMax);

    /// <summary>Bytes on disk of what is to be sent.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Samples that were given up.</summary>
    public long DroppedSamples { get; private set; }

    /// <summary>The time of the oldest record that is to be sent; null when there is none.</summary>
    public long? OldestMs
    {
        get
        {
            lock (_gate)
                return _entries.First?.Value.NewestMs;
        }
    }

    /// <summary>The newest time that the last process left, sent or not; null when it left nothing.</summary>
    public long? NewestLeftMs { get; private set; }

    /// <summary>What is known of the metrics.</summary>
    public IReadOnlyDictionary<string, MetricMetadata> Metadata
    {
        get
        {
            lock (_gate)
                return new Dictionary<string, MetricMetadata>(_metadata, StringComparer.Ordinal);
        }
    }

    /// <summary>Opens the queue with what the last process left in it.</summary>
    /// <exception cref="StoreUnavailableException">The folder cannot be used.</exception>
    public static SampleQueue Open(string folder, long bytesMax, TimeProvider clock)
    {
        // A segment is what a full queue loses at once, and what one fewer segment of a short queue would waste.
        var log = RecordLog.Open(folder, new RecordLogOptions { SegmentBytes = Math.Clamp(bytesMax / 16, 64 << 10, 8 << 20), Clock = clock });
        var queue = new SampleQueue(log, bytesMax);
        var done = log.ReadBookmark();
        foreach (var segment in log.Segments)
        {
            if (segment.Number < done?.Segment)
                log.Delete(segment.Number);
            else
                log.Read(new RecordPlace(segment.Number, 0), queue.TakeBack(done));
        }

        return queue;
    }

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(SampleBatch batch, CancellationToken cancel = default)
    {
        if (batch.SampleCount == 0)
            return default;
        var (record, bodyBytes) = Encode(batch);
        MakeRoom(record.Length);
        var place = await _log.AppendAsync(record.Span);
        Add(new Entry(place, NewestMs(batch), batch.SampleCount, record.Length, bodyBytes));
        _arrived.Writer.TryWrite(true);
        return new AppendResult(batch.SampleCount, 0, RejectReason.None, null);
    }

    /// <inheritdoc/>
    public void SetMetadata(string metric, MetricMetadata metadata)
    {
        lock (_gate)
            _metadata[metric] = metadata;
    }

    /// <summary>The oldest records, as many as fit.</summary>
    /// <param name="bodyBytesMax">Bytes of their bodies; one record is always given.</param>
    /// <param name="cancel">Ends the wait for the first.</param>
    public async ValueTask<IReadOnlyList<Entry>> NextAsync(int bodyBytesMax, CancellationToken cancel)
    {
        while (true)
        {
            lock (_gate)
            {
                var (taken, bytes) = (new List<Entry>(), 0L);
                foreach (var entry in _entries)
                {
                    bytes += entry.BodyBytes;
                    if (taken.Count > 0 && bytes > bodyBytesMax)
                        break;
                    taken.Add(entry);
                }

                if (taken.Count > 0)
                    return taken;
            }

            await _arrived.Reader.ReadAsync(cancel);
        }
    }

    /// <summary>Reads the body of a record behind what was read before.</summary>
    /// <returns>False when it is damaged, or was dropped meanwhile.</returns>
    public bool TryReadBody(Entry entry, Ingest.Wire.RentedBytes bodies)
    {
        if (_log.TryRead(entry.Place) is not { } record)
            return false;
        var room = bodies.Room(entry.BodyBytes).Span[..entry.BodyBytes];
        if (!BrotliDecoder.TryDecompress(record.AsSpan(HeaderBytes), room, out var written) || written != room.Length)
            return false;
        bodies.Advance(written);
        return true;
    }

    /// <summary>Takes records out that the server has, or never will have.</summary>
    /// <param name="entries">As <see cref="NextAsync"/> gave them.</param>
    /// <exception cref="IOException">The disk did not take it; then they are sent again after a restart, which the server notices.</exception>
    public void Remove(IReadOnlyList<Entry> entries)
    {
        var last = entries[^1].Place;
        lock (_gate)
        {
            while (_entries.First is { } first && !first.Value.Place.IsAfter(last))
                RemoveFirst();
        }

        foreach (var segment in _log.Segments)
        {
            if (segment.Number < last.Segment)
                _log.Delete(segment.Number);
        }

        _log.WriteBookmark(last);
    }

    /// <summary>Counts samples that could not be read any more.</summary>
    public void CountLost(int samples)
    {
        lock (_gate)
            DroppedSamples += samples;
    }

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    RecordLog.RecordHandler TakeBack(RecordPlace? done) => (place, payload) =>
    {
        var newestMs = BinaryPrimitives.ReadInt64LittleEndian(payload);
        NewestLeftMs = Math.Max(NewestLeftMs ?? newestMs, newestMs);
        if (done is { } bookmark && !place.IsAfter(bookmark))
            return true;
        Add(new Entry(
            place,
            newestMs,
            BinaryPrimitives.ReadInt32LittleEndian(payload[8..]),
            payload.Length,
            BinaryPrimitives.ReadInt32LittleEndian(payload[12..])));
        return true;
    };

    void Add(Entry entry)
    {
        lock (_gate)
        {
            _entries.AddLast(entry);
            _bytes += entry.RecordBytes;
        }
    }

    void RemoveFirst()
    {
        _bytes -= _entries.First!.Value.RecordBytes;
        _entries.RemoveFirst();
    }

    /// <summary>Drops the oldest segments until a record fits.</summary>
    void MakeRoom(int recordBytes)
    {
        while (_log.SizeBytes + recordBytes > _bytesMax && _log.Segments is [var oldest, _, ..])
        {
            _log.Delete(oldest.Number);
            lock (_gate)
            {
                while (_entries.First is { } first && first.Value.Place.Segment <= oldest.Number)
                {
                    DroppedSamples += first.Value.Samples;
                    RemoveFirst();
                }
            }
        }
    }

    static long NewestMs(SampleBatch batch)
    {
        var newest = long.MinValue;
        foreach (var timestampMs in batch.TimestampsMs)
            newest = Math.Max(newest, timestampMs);
        return newest;
    }

    (ReadOnlyMemory<byte> Record, int BodyBytes) Encode(SampleBatch batch)
    {
        var body = RemoteWriteMessage.Write(batch, ref _body);
        var room = HeaderBytes + BrotliEncoder.GetMaxCompressedLength(body);
        if (_record.Length < room)
            _record = new byte[room];
        BinaryPrimitives.WriteInt64LittleEndian(_record, NewestMs(batch));
        BinaryPrimitives.WriteInt32LittleEndian(_record.AsSpan(8), batch.SampleCount);
        BinaryPrimitives.WriteInt32LittleEndian(_record.AsSpan(12), body);
        BrotliEncoder.TryCompress(_body.AsSpan(0, body), _record.AsSpan(HeaderBytes), out var written, BrotliQuality, BrotliWindowBits);
        return (_record.AsMemory(0, HeaderBytes + written), body);
    }
}
