using System.Buffers;
using System.Buffers.Binary;
using Barograph.Server.Api;
using Barograph.Server.Ingest.Wire;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>
/// <c>opentelemetry.proto.collector.metrics.v1.MetricsService/Export</c> and its sisters for traces and logs: OTLP over gRPC. One message in, one out: a frame is a
/// byte that says whether it is compressed, four bytes of length, and the message; the status follows in the trailers.
/// </summary>
internal static class OtlpGrpcEndpoint
{
    public const string MetricsPath = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    public const string TracesPath = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    public const string LogsPath = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
    const int HeaderBytes = 5;
    const int Unimplemented = 12;

    /// <summary>For the API's document.</summary>
    public static RouteDescription Describe(RouteDescription route) => route
        .Says("On a port of its own (setting `otlp-grpc`), HTTP/2. What was refused is told in the trailer `grpc-status`; when to come again, in `grpc-status-details-bin` (`google.rpc.RetryInfo`).")
        .Body("application/grpc", Shape.Bytes, "The signal's `Export…ServiceRequest`, gzip or plain.")
        .Answer(200, "The signal's `Export…ServiceResponse`; the outcome is in the trailers.", Shape.Bytes, "application/grpc")
        .Answer(415, "The content type is not gRPC's.");

    public static async Task WriteAsync(HttpContext http, IngestDesk desk, IOtlpReceiver receiver)
    {
        if (!IsGrpc(http.Request))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        using var frame = desk.OpenBody();
        using var message = desk.OpenBody();
        var refusal = desk.Closed ?? await frame.ReadAsync(http.Request, BodyEncoding.None) ?? Unframe(http.Request, frame, message);
        var outcome = refusal is null ? await receiver.TakeAsync(http, message, isJson: false) : new OtlpOutcome(0, "", refusal);
        http.Response.ContentType = "application/grpc";
        if (outcome.Failure is { } failure)
        {
            desk.Note(receiver.Door, http, failure);
            var code = OtlpMessages.GrpcCode(failure.Status);
            End(http.Response, code, failure.Text);
            if (failure.RetryAfterSeconds is { } seconds)
                http.Response.AppendTrailer("grpc-status-details-bin", Convert.ToBase64String(OtlpMessages.RetryStatus(code, failure.Text, seconds)).TrimEnd('='));
            return;
        }

        var answer = OtlpMessages.Success(outcome);
        var framed = new byte[HeaderBytes + answer.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), answer.Length);
        answer.CopyTo(framed, HeaderBytes);
        await http.Response.Body.WriteAsync(framed);
        End(http.Response, 0, "");
    }

    /// <summary>Whether a request is one of gRPC.</summary>
    public static bool IsGrpc(HttpRequest request) => request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Says no without an answer: gRPC's status takes the place of HTTP's, and stands in the head.</summary>
    public static void Refuse(HttpResponse answer, int code, string message)
    {
        answer.StatusCode = StatusCodes.Status200OK;
        answer.ContentType = "application/grpc";
        answer.Headers["grpc-status"] = code.ToString();
        answer.Headers["grpc-message"] = Uri.EscapeDataString(message);
    }

    /// <summary>Any other method of gRPC.</summary>
    public static Task NoSuchMethod(HttpContext http, IngestDesk desk)
    {
        if (!HttpMethods.IsPost(http.Request.Method)) // gRPC is always posted: nobody who speaks it asks
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        var what = $"{http.Request.Path} is not served here";
        desk.Note("OTLP", http, Refusal.Malformed(what));
        http.Response.ContentType = "application/grpc";
        End(http.Response, Unimplemented, what);
        return Task.CompletedTask;
    }

    static Refusal? Unframe(HttpRequest request, RequestBody frame, RequestBody message)
    {
        var bytes = frame.Bytes;
        if (bytes.Length < HeaderBytes || bytes[0] > 1)
            return Refusal.Malformed("gRPC: the request is not a frame");
        var length = BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]);
        if (length != bytes.Length - HeaderBytes)
            return Refusal.Malformed($"gRPC: a frame of {length} bytes announced, {bytes.Length - HeaderBytes} received; one message is expected");
        var encoding = request.Headers["grpc-encoding"].ToString();
        if (bytes[0] == 1 && encoding != "gzip")
            return Refusal.WrongMedia($"grpc-encoding '{encoding}' is not taken; send gzip or identity");
        return message.Take(new ReadOnlySequence<byte>(frame.Memory[HeaderBytes..]), bytes[0] == 1 ? BodyEncoding.Gzip : BodyEncoding.None);
    }

    static void End(HttpResponse answer, int code, string message)
    {
        answer.AppendTrailer("grpc-status", code.ToString());
        if (message.Length > 0)
            answer.AppendTrailer("grpc-message", Uri.EscapeDataString(message)); // percent-encoded, as gRPC wants it
    }
}
