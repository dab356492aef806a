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
    const int GrowthBytes = 64 << 10;

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
            return Refusal.Malformed(problem);
        if (length > limits.RequestBytes)
            return TooLarge("the decompressed body", length);
        if (!_share.TryTake(length))
            return Refusal.Overloaded(limits.QueueBytes);
        var room = _decoded.Room((int)length);
        if (!SnappyBlock.TryDecode(_sent.Written, room.Span[..(int)length], out problem))
            return Refusal.Malformed(problem);
        _decoded.Advance((int)length);
        return null;
    }

    /// <summary>
    /// Reads into as much room as the stream says that it needs (the last four bytes of gzip), when so few bytes can become so many.
    /// A stream that says too little, or that has several parts, gets twice the room again and again, up to the limit.
    /// </summary>
    Refusal? DecodeGzip()
    {
        if (_sent.Length == 0)
            return Refusal.Malformed("gzip: the body is empty");
        var claimed = _sent.Length < sizeof(uint) ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(_sent.Written[^sizeof(uint)..]);
        if (claimed > limits.RequestBytes && claimed <= (long)_sent.Length * GzipBytesPerByteMax)
            return TooLarge("the decompressed body", claimed);
        var room = (int)Math.Max(GrowthBytes, Math.Min(Math.Min(claimed, limits.RequestBytes), (long)_sent.Length * GzipBytesPerByteMax)) + 1; // one more shows the end
        MemoryMarshal.TryGetArray(_sent.WrittenMemory, out var sent);
        try
        {
            using var compressed = new MemoryStream(sent.Array!, sent.Offset, sent.Count, writable: false);
            using var gzip = new GZipStream(compressed, CompressionMode.Decompress);
            while (true)
            {
                if (!_share.TryTake(room))
                    return Refusal.Overloaded(limits.QueueBytes);
                var read = gzip.ReadAtLeast(_decoded.Room(room).Span[..room], room, throwOnEndOfStream: false);
                _decoded.Advance(read);
                if (_decoded.Length > limits.RequestBytes)
                    return TooLarge("the decompressed body", _decoded.Length);
                if (read < room)
                    return null;
                room = Math.Min(_decoded.Length, limits.RequestBytes + 1 - _decoded.Length);
            }
        }
        catch (InvalidDataException broken)
        {
            return Refusal.Malformed($"gzip: {broken.Message}");
        }
    }

    Refusal TooLarge(string what, long bytes) => Refusal.TooLarge(
        $"{what} has {bytes} bytes or more; the limit is {limits.RequestBytes}: send smaller requests");
}
