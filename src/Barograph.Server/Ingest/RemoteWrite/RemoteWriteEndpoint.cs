using System.Diagnostics.CodeAnalysis;
using Barograph.Server.Api;
using Barograph.Server.Ingest.Wire;
using Microsoft.Net.Http.Headers;

namespace Barograph.Server.Ingest.RemoteWrite;

/// <summary>
/// <c>POST /api/v1/write</c>: Prometheus Remote-Write 1.0 and 2.0. Answers as the specifications want it: 204 when everything
/// is on disk, 400 when something is wrong for good (the valid rest is written, and the text says so), 415, 413, 429 when
/// only new series were refused, 503 when nothing was written and the same request should come again.
/// </summary>
internal static class RemoteWriteEndpoint
{
    public const string Door = "remote write";
    const string V1 = "prometheus.WriteRequest";
    const string V2 = "io.prometheus.write.v2.Request";

    /// <summary>For the API's document.</summary>
    public static RouteDescription Describe(RouteDescription route) => route
        .Header("Content-Type", "`application/x-protobuf`, with `proto=io.prometheus.write.v2.Request` for 2.0.")
        .Header("Content-Encoding", "`snappy` (block format).")
        .Body("application/x-protobuf", Shape.Bytes, "`prometheus.WriteRequest` or `io.prometheus.write.v2.Request`, compressed with snappy.")
        .Answer(204, "All is on disk. To 2.0 headers tell how much was written.")
        .Answer(400, "Something is wrong for good; the valid rest is written, and the text says so.", Shape.Text, "text/plain")
        .Answer(413, "The request is too large.", Shape.Text, "text/plain")
        .Answer(415, "Another encoding or message than those above.", Shape.Text, "text/plain")
        .Answer(429, "Only new series were refused: there is no room for more.", Shape.Text, "text/plain")
        .Answer(503, "Nothing was written; send it again after `Retry-After`.", Shape.Text, "text/plain");

    public static async Task WriteAsync(HttpContext http, IngestDesk desk)
    {
        var answer = http.Response;
        if (!TryChooseMessage(http.Request, out var isV2, out var refusal))
        {
            await RefuseAsync(http, desk, refusal, isV2: false);
            return;
        }

        var decoded = desk.Rent();
        try
        {
            using var body = desk.OpenBody();
            refusal = desk.Closed ?? await body.ReadAsync(http.Request, BodyEncoding.SnappyBlock) ?? Decode(body, decoded, isV2);
            var outcome = refusal is null ? await desk.WriteAsync(decoded, http.RequestAborted) : Outcome.Failed(refusal);
            if (outcome.Failure is { } failure)
            {
                await RefuseAsync(http, desk, failure, isV2);
                return;
            }

            desk.Note(Door, http, outcome);
            if (isV2)
                SetWritten(answer, outcome);
            if (outcome.Rejected == 0)
                answer.StatusCode = StatusCodes.Status204NoContent;
            else if (outcome.IsSeriesLimit)
                await SayAsync(answer, new Refusal(StatusCodes.Status429TooManyRequests, outcome.PartialText, Random.Shared.Next(1, 11)));
            else
                await SayAsync(answer, Refusal.Malformed(outcome.PartialText));
        }
        finally
        {
            desk.Return(decoded);
        }
    }

    static Refusal? Decode(RequestBody body, DecodedRequest decoded, bool isV2)
    {
        try
        {
            if (isV2)
                RemoteWriteV2.Decode(body.Bytes, decoded);
            else
                RemoteWriteV1.Decode(body.Bytes, decoded);
            return null;
        }
        catch (MalformedRequestException malformed)
        {
            return Refusal.Malformed($"{malformed.Message}; nothing was written");
        }
        catch (RequestTooLargeException tooLarge)
        {
            return Refusal.TooLarge($"{tooLarge.Message}; nothing was written");
        }
    }

    /// <summary>By the content type's <c>proto</c>. Missing headers mean 1.0 with snappy: its early senders left them out.</summary>
    static bool TryChooseMessage(HttpRequest request, out bool isV2, [NotNullWhen(false)] out Refusal? refusal)
    {
        isV2 = false;
        refusal = null;
        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && !encoding.Equals("snappy", StringComparison.OrdinalIgnoreCase))
            refusal = Refusal.WrongMedia($"Content-Encoding '{encoding}' is not taken; send snappy (block format)");
        else if (request.ContentType is { Length: > 0 } text && text != "application/x-protobuf")
            refusal = ChooseByType(text, out isV2);
        return refusal is null;
    }

    static Refusal? ChooseByType(string text, out bool isV2)
    {
        isV2 = false;
        if (!MediaTypeHeaderValue.TryParse(text, out var type) || !type.MediaType.Equals("application/x-protobuf", StringComparison.OrdinalIgnoreCase))
            return Refusal.WrongMedia($"Content-Type '{text}' is not taken; send application/x-protobuf");
        var proto = type.Parameters.FirstOrDefault(static parameter => parameter.Name.Equals("proto", StringComparison.OrdinalIgnoreCase));
        var message = proto is null ? V1 : HeaderUtilities.RemoveQuotes(proto.Value).ToString();
        isV2 = message == V2;
        return isV2 || message == V1 ? null : Refusal.WrongMedia($"the message '{message}' is not known; send {V1} or {V2}");
    }

    static Task RefuseAsync(HttpContext http, IngestDesk desk, Refusal refusal, bool isV2)
    {
        desk.Note(Door, http, refusal);
        if (isV2)
            SetWritten(http.Response, default);
        return SayAsync(http.Response, refusal);
    }

    /// <summary>What 2.0 senders compare with what they sent.</summary>
    static void SetWritten(HttpResponse answer, Outcome outcome)
    {
        answer.Headers["X-Prometheus-Remote-Write-Samples-Written"] = (outcome.Accepted - outcome.AcceptedHistograms).ToString();
        answer.Headers["X-Prometheus-Remote-Write-Histograms-Written"] = outcome.AcceptedHistograms.ToString();
        answer.Headers["X-Prometheus-Remote-Write-Exemplars-Written"] = outcome.AcceptedExemplars.ToString();
    }

    static Task SayAsync(HttpResponse answer, Refusal refusal)
    {
        answer.StatusCode = refusal.Status;
        if (refusal.RetryAfterSeconds is { } seconds)
            answer.Headers.RetryAfter = seconds.ToString();
        answer.ContentType = "text/plain; charset=utf-8";
        return answer.WriteAsync(refusal.Text + "\n");
    }
}
