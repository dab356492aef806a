using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http.Features;

namespace Barograph.Server.Ingest.Wire;

/// <summary>How a body is compressed.</summary>
internal enum BodyEncoding
{
    None,
    Gzip,
    SnappyBlock,
}

/// <summary>
/// The body of one request, decompressed, in rented memory. Nothing is allocated on the word of the sender: bytes are counted
/// against the request's limit and the budget of all requests before there is room for them.
/// </summary>
internal sealed class RequestBody(IngestLimits limits, IngestBudget budget) : IDisposable
{
    const int GuessBytes = 64 << 10;

    /// <summary>Deflate makes no more of a byte (zlib's technical details).</summary>
    const int GzipBytesPerByteMax = 1032;

    readonly IngestBudget.Share _share = budget.Open();
    readonly RentedBytes _sent = new();
    readonly RentedBytes _decoded = new();
    bool _isDecoded;

    /// <summary>The body, decompressed.</summary>
    public ReadOnlySpan<byte> Bytes => (_isDecoded ? _decoded : _sent).Written;

    /// <summary>The body, decompressed, for readers that need memory.</summary>
    public ReadOnlyMemory<byte> Memory => (_isDecoded ? _decoded : _sent).WrittenMemory;

    /// <summary>Reads and decompresses the body.</summary>
    /// <returns>Null, or why not.</returns>
    public async ValueTask<Refusal?> ReadAsync(HttpRequest request, BodyEncoding encoding)
    {
        // Our own limit answers in the protocol's form; the server's would not.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } serverLimit)
            serverLimit.MaxRequestBodySize = null;
        if (request.ContentLength > limits.RequestBytes)
            return TooLarge("the body", request.ContentLength.Value);
        if (await ReceiveAsync(request) is { } refusal)
            return refusal;
        return encoding == BodyEncoding.None ? null : Decode(encoding);
    }

    /// <summary>Takes bytes that were received elsewhere (a gRPC frame) and decompresses them.</summary>
    /// <returns>Null, or why not.</returns>
    public Refusal? Take(ReadOnlySequence<byte> bytes, BodyEncoding encoding) =>
        Store(bytes) ?? (encoding == BodyEncoding.None ? null : Decode(encoding));

    /// <inheritdoc/>
    public void Dispose()
    {
        _sent.Dispose();
        _decoded.Dispose();
        _share.Dispose();
    }

    async ValueTask<Refusal?> ReceiveAsync(HttpRequest request)
    {
        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
                var refusal = Store(read.Buffer);
                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (refusal is not null || read.IsCompleted)
                    return refusal;
            }
        }
        catch (BadHttpRequestException bad) // broken chunks, or too slow
        {
            return new Refusal(bad.StatusCode, bad.Message);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            return Refusal.Malformed("the connection was closed before the body ended");
        }
    }

    Refusal? Store(ReadOnlySequence<byte> bytes)
    {
        if (_sent.Length + bytes.Length > limits.RequestBytes)
            return TooLarge("the body", _sent.Length + bytes.Length);
        if (!_share.TryTake(bytes.Length))
            return Refusal.Overloaded(limits.QueueBytes);
        var length = (int)bytes.Length;
        bytes.CopyTo(_sent.Room(length).Span);
        _sent.Advance(length);
        return null;
    }

    Refusal? Decode(BodyEncoding encoding)
    {
        _isDecoded = true;
        return encoding == BodyEncoding.SnappyBlock ? DecodeSnappy() : DecodeGzip();
    }

    Refusal? DecodeSnappy()
    {
        if (!SnappyBlock.TryReadLength(_sent.Written, out var length, out var problem))
            return NoSnappy(problem);
        if (length > limits.RequestBytes)
            return TooLarge("the decompressed body", length);
        if (!_share.TryTake(length))
            return Refusal.Overloaded(limits.QueueBytes);
        var room = _decoded.Room((int)length);
        if (!SnappyBlock.TryDecode(_sent.Written, room.Span[..(int)length], out problem))
            return NoSnappy(problem);
        _decoded.Advance((int)length);
        return null;
    }

    static Refusal NoSnappy(string problem) =>
        Refusal.Malformed($"{problem}; expected is a whole body in Snappy's block format, nothing was written");

    /// <summary>
    /// Reads into as much room as the stream says that it needs (the last four bytes of gzip), when so few bytes can become so many. One
    /// that says too little, or that has several parts, is gone through once to count its bytes: memory is for those that are small enough.
    /// </summary>
    Refusal? DecodeGzip()
    {
        if (_sent.Length == 0)
            return Refusal.Malformed("gzip: the body is empty");
        var claimed = _sent.Length < sizeof(uint) ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(_sent.Written[^sizeof(uint)..]);
        var most = (long)_sent.Length * GzipBytesPerByteMax;
        if (claimed > limits.RequestBytes && claimed <= most)
            return TooLarge("the decompressed body", claimed);
        try
        {
            if (TryInflate((int)Math.Max(GuessBytes, Math.Min(Math.Min(claimed, limits.RequestBytes), most)), out var refusal))
                return refusal;
            var counted = CountInflated();
            if (counted > limits.RequestBytes)
                return TooLarge("the decompressed body", counted);
            TryInflate(counted, out refusal);
            return refusal;
        }
        catch (InvalidDataException)
        {
            return Refusal.Malformed("gzip: the body is damaged, cut short, or no gzip at all; nothing was written");
        }
    }

    /// <summary>Decompresses into so many bytes; false when there are more.</summary>
    bool TryInflate(int bytes, out Refusal? refusal)
    {
        var withOneMore = bytes + 1;
        refusal = _share.TryTake(withOneMore) ? null : Refusal.Overloaded(limits.QueueBytes);
        if (refusal is not null)
            return true;
        using var gzip = OpenGzip();
        var read = gzip.ReadAtLeast(_decoded.Room(withOneMore).Span[..withOneMore], withOneMore, throwOnEndOfStream: false);
        if (read > bytes)
            return false;
        _decoded.Advance(read);
        refusal = read > limits.RequestBytes ? TooLarge("the decompressed body", read) : null;
        return true;
    }

    /// <summary>How many bytes there are, or one more than the limit.</summary>
    int CountInflated()
    {
        using var gzip = OpenGzip();
        using var passing = new RentedBytes();
        var room = passing.Room(GuessBytes).Span;
        var count = 0;
        for (int read; count <= limits.RequestBytes && (read = gzip.Read(room)) > 0;)
            count += read;
        return Math.Min(count, limits.RequestBytes + 1);
    }

    GZipStream OpenGzip()
    {
        MemoryMarshal.TryGetArray(_sent.WrittenMemory, out var sent);
        return new GZipStream(new MemoryStream(sent.Array!, sent.Offset, sent.Count, writable: false), CompressionMode.Decompress);
    }

    Refusal TooLarge(string what, long bytes) => Refusal.TooLarge(
        $"{what} has {bytes} bytes or more; the limit is {limits.RequestBytes}: send smaller requests");
}
