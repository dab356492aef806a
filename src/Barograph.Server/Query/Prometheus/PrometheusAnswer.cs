using Barograph.TimeSeries;

namespace Barograph.Server.Query.Prometheus;

/// <summary>What a route of Prometheus' API found: everything that can fail has been done before the first byte is written.</summary>
/// <param name="WriteData">Writes the value of <c>data</c>.</param>
internal sealed record PrometheusAnswer(Func<JsonStream, ValueTask> WriteData)
{
    /// <summary>Why the data may be wrong.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Why the data may not be what was meant.</summary>
    public IReadOnlyList<string> Infos { get; init; } = [];

    /// <summary>An answer of the first of some texts.</summary>
    public static PrometheusAnswer Of(IReadOnlyList<string> texts, int count) =>
        new(stream => texts is TextList list ? stream.WriteAsync(list, count) : stream.WriteAsync(texts.Take(count)));

    /// <summary>An answer of which the JSON is known.</summary>
    public static PrometheusAnswer Of(string json) => new(stream =>
    {
        stream.Json.WriteRawValue(json, skipInputValidation: true);
        return default;
    });
}

/// <summary>A handler of a route of Prometheus' API.</summary>
internal delegate ValueTask<PrometheusAnswer> PrometheusHandler(HttpContext http, RequestParameters parameters, QueryDesk desk);

/// <summary>The envelope around every answer, and the one place where its errors are told.</summary>
internal static class PrometheusRoutes
{
    const string Json = "application/json";

    /// <summary>Maps a route that takes its parameters in the address or as a form.</summary>
    public static IEndpointConventionBuilder MapForm(this IEndpointRouteBuilder routes, string path, PrometheusHandler handler) => Map(routes, path, ["GET", "POST"], handler);

    /// <summary>Maps a route that takes its parameters in the address.</summary>
    public static IEndpointConventionBuilder MapAddress(this IEndpointRouteBuilder routes, string path, PrometheusHandler handler) => Map(routes, path, ["GET"], handler);

    static RouteHandlerBuilder Map(IEndpointRouteBuilder routes, string path, string[] methods, PrometheusHandler handler) =>
        routes.MapMethods(path, methods, (HttpContext http, QueryDesk desk, ILogger<QueryDesk> log) => RunAsync(http, desk, handler, log))
            .WithMetadata(PrometheusRoute.Instance);

    static async Task RunAsync(HttpContext http, QueryDesk desk, PrometheusHandler handler, ILogger log)
    {
        PrometheusAnswer answer;
        try
        {
            answer = await handler(http, await RequestParameters.ReadAsync(http), desk);
        }
        catch (Exception failure) // a request's edge: whatever it was, the client is told in the form that it understands
        {
            await RefuseAsync(http, ApiError.Of(failure) ?? Unexpected(failure, log));
            return;
        }

        await WriteAsync(http, answer);
    }

    static ApiError Unexpected(Exception failure, ILogger log)
    {
        QueryLog.Failed(log, failure);
        return new ApiError("internal", StatusCodes.Status500InternalServerError, "the query failed; the server's log says why");
    }

    static async Task WriteAsync(HttpContext http, PrometheusAnswer answer)
    {
        http.Response.ContentType = Json;
        try
        {
            await using var stream = new JsonStream(http.Response.BodyWriter, http.RequestAborted);
            var json = stream.Json;
            json.WriteStartObject();
            json.WriteString("status"u8, "success"u8);
            json.WritePropertyName("data"u8);
            await answer.WriteData(stream);
            WriteTexts(json, "warnings", answer.Warnings);
            WriteTexts(json, "infos", answer.Infos);
            json.WriteEndObject();
            await stream.EndAsync(http.Response);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody reads any more.
        }
    }

    static void WriteTexts(System.Text.Json.Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    /// <summary>Answers with an error in the API's own form.</summary>
    public static async Task RefuseAsync(HttpContext http, ApiError error)
    {
        if (http.RequestAborted.IsCancellationRequested)
            return;
        http.Response.StatusCode = error.Status;
        http.Response.ContentType = Json;
        if (error.RetryAfterSeconds is { } seconds)
            http.Response.Headers.RetryAfter = seconds.ToString();
        await using var stream = new JsonStream(http.Response.BodyWriter, http.RequestAborted);
        stream.Json.WriteStartObject();
        stream.Json.WriteString("status"u8, "error"u8);
        stream.Json.WriteString("errorType"u8, error.Type);
        stream.Json.WriteString("error"u8, error.Text);
        stream.Json.WriteEndObject();
        await stream.EndAsync(http.Response);
    }
}
