using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Barograph.Server.Api;
using Barograph.Server.Http;
using Barograph.Server.Ingest.Wire;

namespace Barograph.Server.Ingest.Influx;

/// <summary>
/// <c>POST /write</c> and <c>POST /api/v2/write</c>: InfluxDB's line protocol, plain or gzip, as Telegraf and the Influx
/// clients send it. 204 when all is on disk, 400 when lines were refused (the others are written), in Influx' own JSON.
/// </summary>
internal static class InfluxEndpoint
{
    const string Door = "Influx line protocol";

    /// <summary>What clients are told that they speak to: the version whose <c>/write</c> this is.</summary>
    const string SpokenVersion = "1.8.10";

    /// <summary>Read in terminals and logs, and never part of a page.</summary>
    static readonly JsonTypeInfo<InfluxError> Readable =
        new InfluxJson(new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).InfluxError;

    /// <summary><c>/ping</c> of Influx: clients ask before they write, some of them for the version.</summary>
    public static IResult Ping(HttpResponse answer)
    {
        answer.Headers["X-Influxdb-Version"] = SpokenVersion;
        return TypedResults.NoContent();
    }

    /// <summary><c>/query</c> of Influx: clients make their database before they write. There is nothing to make, and nothing else is answered.</summary>
    public static async Task QueryAsync(HttpContext http)
    {
        var posted = http.Request.HasFormContentType ? (await PostedForm.ReadAsync(http.Request)).Of("q") : default;
        var query = posted.Count > 0 ? posted.ToString() : http.Request.Query["q"].ToString();
        if (query.TrimStart().StartsWith("CREATE DATABASE", StringComparison.OrdinalIgnoreCase))
            await http.Response.WriteAsJsonAsync(new InfluxResults([new InfluxResult(0)]), InfluxJson.Default.InfluxResults);
        else
            await SayAsync(http.Response, Refusal.Malformed("InfluxQL is not spoken here, but for CREATE DATABASE, which does nothing: ask by PromQL at /api/v1/query"));
    }

    /// <summary>For the API's document.</summary>
    public static RouteDescription Describe(RouteDescription route) => route
        .Query("precision", "The unit of the timestamps; ns when left out.", Shape.Words("ns", "us", "ms", "s", "m", "h", "n", "u"))
        .Body("text/plain", Shape.Text, "Lines: `measurement,tag=a field=1 timestamp`; plain or gzip.")
        .Answer(204, "All is on disk.")
        .Answer(400, "Lines were refused; the others are written.", Shape.Of(InfluxJson.Default.InfluxError))
        .Answer(413, "The request is too large.", Shape.Of(InfluxJson.Default.InfluxError))
        .Answer(415, "Another encoding than gzip.", Shape.Of(InfluxJson.Default.InfluxError))
        .Answer(503, "Nothing was written; send it again after `Retry-After`.", Shape.Of(InfluxJson.Default.InfluxError));

    public static Task WriteV1Async(HttpContext http, IngestDesk desk, TimeProvider clock) => WriteAsync(http, desk, clock, "db");

    public static Task WriteV2Async(HttpContext http, IngestDesk desk, TimeProvider clock) => WriteAsync(http, desk, clock, "bucket");

    static async Task WriteAsync(HttpContext http, IngestDesk desk, TimeProvider clock, string databaseParameter)
    {
        var decoded = desk.Rent();
        try
        {
            using var body = desk.OpenBody();
            var query = http.Request.Query;
            var unit = TimestampUnit.Of(query["precision"].ToString());
            var refusal = desk.Closed ?? Unknown(http.Request, unit, out var encoding) ?? await body.ReadAsync(http.Request, encoding);
            refusal ??= Decode(body, query[databaseParameter].ToString(), unit!.Value, clock.GetUtcNow().ToUnixTimeMilliseconds(), decoded);
            var outcome = refusal is null ? await desk.WriteAsync(decoded, http.RequestAborted) : Outcome.Failed(refusal);
            if (outcome.Failure is { } failure)
            {
                desk.Note(Door, http, failure);
                await SayAsync(http.Response, failure);
                return;
            }

            desk.Note(Door, http, outcome);
            if (outcome.Rejected == 0)
                http.Response.StatusCode = StatusCodes.Status204NoContent;
            else
                await SayAsync(http.Response, Refusal.Malformed($"partial write: {outcome.PartialText}"));
        }
        finally
        {
            desk.Return(decoded);
        }
    }

    static Refusal? Unknown(HttpRequest request, TimestampUnit? unit, out BodyEncoding encoding)
    {
        var name = request.Headers.ContentEncoding.ToString();
        encoding = name.Equals("gzip", StringComparison.OrdinalIgnoreCase) ? BodyEncoding.Gzip : BodyEncoding.None;
        if (encoding == BodyEncoding.None && name is not ("" or "identity"))
            return Refusal.WrongMedia($"Content-Encoding '{name}' is not taken; send gzip or none");
        return unit is null
            ? Refusal.Malformed($"precision '{request.Query["precision"]}' is not known; expected ns, us, ms, s, m or h")
            : null;
    }

    static Refusal? Decode(RequestBody body, string database, TimestampUnit unit, long nowMs, DecodedRequest decoded)
    {
        try
        {
            // "telegraf/autogen" is a database and its retention policy; the policy is ours to choose.
            LineProtocol.Decode(body.Bytes, database.Split('/')[0], unit, nowMs, decoded);
            return null;
        }
        catch (RequestTooLargeException tooLarge)
        {
            return Refusal.TooLarge($"{tooLarge.Message}; nothing was written");
        }
    }

    /// <summary>Says no in Influx' own JSON.</summary>
    public static Task SayAsync(HttpResponse answer, Refusal refusal)
    {
        answer.StatusCode = refusal.Status;
        if (refusal.RetryAfterSeconds is { } seconds)
            answer.Headers.RetryAfter = seconds.ToString();
        var code = refusal.Status switch
        {
            StatusCodes.Status413PayloadTooLarge => "request too large",
            StatusCodes.Status503ServiceUnavailable => "unavailable",
            StatusCodes.Status404NotFound => "not found",
            StatusCodes.Status405MethodNotAllowed => "method not allowed",
            StatusCodes.Status403Forbidden or StatusCodes.Status421MisdirectedRequest => "forbidden",
            >= StatusCodes.Status500InternalServerError => "internal error",
            _ => "invalid",
        };
        return answer.WriteAsJsonAsync(new InfluxError(code, refusal.Text, refusal.Text), Readable);
    }
}

/// <summary>An error as version 1 (<c>error</c>) and version 2 (<c>code</c>, <c>message</c>) of Influx write it.</summary>
internal sealed record InfluxError(string Code, string Message, string Error);

/// <summary>Of each statement its number, and no series.</summary>
internal sealed record InfluxResults(IReadOnlyList<InfluxResult> Results);

/// <summary>What one statement led to.</summary>
internal sealed record InfluxResult([property: JsonPropertyName("statement_id")] int StatementId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(InfluxError))]
[JsonSerializable(typeof(InfluxResults))]
internal sealed partial class InfluxJson : JsonSerializerContext;
