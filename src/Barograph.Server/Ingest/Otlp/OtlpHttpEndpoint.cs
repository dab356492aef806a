using Barograph.Server.Api;
using Barograph.Server.Ingest.Wire;

namespace Barograph.Server.Ingest.Otlp;

/// <summary><c>POST /v1/metrics</c>, <c>/v1/traces</c>, <c>/v1/logs</c>: OTLP over HTTP, protobuf or JSON, plain or gzip. Answers in the request's own format.</summary>
internal static class OtlpHttpEndpoint
{
    const string Protobuf = "application/x-protobuf";
    const string Json = "application/json";

    /// <summary>For the API's document.</summary>
    public static RouteDescription Describe(RouteDescription route) => route
        .Says("The answer has the request's format, protobuf or JSON.")
        .Body(Protobuf, Shape.Bytes, "The signal's `Export…ServiceRequest`, gzip or plain.")
        .Body(Json, Shape.Any)
        .Answer(200, "Taken; what was refused of it is told in `partialSuccess`.", Shape.Any)
        .Answer(200, "Taken; what was refused of it is told in `partialSuccess`.", Shape.Bytes, Protobuf)
        .Answer(400, "The body cannot be read.", Shape.Of(OtlpJsonContext.Default.OtlpStatus))
        .Answer(413, "The request is too large.", Shape.Of(OtlpJsonContext.Default.OtlpStatus))
        .Answer(415, "Another content type or encoding than those above.", Shape.Of(OtlpJsonContext.Default.OtlpStatus))
        .Answer(503, "Nothing was written; send it again after `Retry-After`.", Shape.Of(OtlpJsonContext.Default.OtlpStatus));

    public static async Task WriteAsync(HttpContext http, IngestDesk desk, IOtlpReceiver receiver)
    {
        var isJson = IsType(http.Request.ContentType, Json);
        using var body = desk.OpenBody();
        var refusal = desk.Closed ?? Unknown(http.Request, isJson, out var encoding) ?? await body.ReadAsync(http.Request, encoding);
        var outcome = refusal is null ? await receiver.TakeAsync(http, body, isJson) : new OtlpOutcome(0, "", refusal);
        if (outcome.Failure is { } failure)
            await RefuseAsync(http, desk, receiver, failure);
        else if (isJson)
            await AnswerAsync(http.Response, Json, OtlpMessages.SuccessJson(outcome, receiver.RejectedName));
        else
            await AnswerAsync(http.Response, Protobuf, OtlpMessages.Success(outcome));
    }

    static Refusal? Unknown(HttpRequest request, bool isJson, out BodyEncoding encoding)
    {
        var name = request.Headers.ContentEncoding.ToString();
        encoding = name.Equals("gzip", StringComparison.OrdinalIgnoreCase) ? BodyEncoding.Gzip : BodyEncoding.None;
        if (!isJson && !IsType(request.ContentType, Protobuf))
            return Refusal.WrongMedia($"Content-Type '{request.ContentType}' is not taken; send {Protobuf} or {Json}");
        return encoding == BodyEncoding.Gzip || name is "" or "identity"
            ? null
            : Refusal.WrongMedia($"Content-Encoding '{name}' is not taken; send gzip or none");
    }

    static bool IsType(string? header, string type) =>
        header is not null && header.AsSpan(0, header.IndexOf(';', StringComparison.Ordinal) is >= 0 and var end ? end : header.Length).Trim()
            .Equals(type, StringComparison.OrdinalIgnoreCase);

    static Task RefuseAsync(HttpContext http, IngestDesk desk, IOtlpReceiver receiver, Refusal refusal)
    {
        desk.Note(receiver.Door, http, refusal);
        if (refusal.RetryAfterSeconds is { } seconds)
            http.Response.Headers.RetryAfter = seconds.ToString();
        return RefuseAsync(http, refusal.Status, OtlpMessages.GrpcCode(refusal.Status), refusal.Text);
    }

    /// <summary>Says no in the request's format; in JSON to who sends neither.</summary>
    public static Task RefuseAsync(HttpContext http, int status, int code, string text)
    {
        http.Response.StatusCode = status;
        return IsType(http.Request.ContentType, Protobuf)
            ? AnswerAsync(http.Response, Protobuf, OtlpMessages.Status(code, text))
            : AnswerAsync(http.Response, Json, OtlpMessages.StatusJson(code, text));
    }

    static async Task AnswerAsync(HttpResponse answer, string type, byte[] bytes)
    {
        answer.ContentType = type;
        answer.ContentLength = bytes.Length;
        await answer.Body.WriteAsync(bytes);
    }
}
