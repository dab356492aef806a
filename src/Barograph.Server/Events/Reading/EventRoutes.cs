using System.Text.Json;
using Barograph.Server.Definitions;
using Barograph.Server.Query;

namespace Barograph.Server.Events;

/// <summary>The routes that read events as they are kept.</summary>
internal static class EventRoutes
{
    public static async Task<IResult> ListAsync(HttpContext http, EventDesk events) => await AnswerAsync(http, events, static async (http, log, json) =>
    {
        var asked = await RequestParameters.ReadAsync(http);
        var (found, next, isWhole) = new EventSearch(log).Page(EventQueries.Filter(asked), EventQueries.Cursor(asked), EventQueries.Limit(asked), http.RequestAborted);
        EventQueries.WriteEvents(json, "events", found);
        json.WriteString("next_cursor", next?.ToString());
        json.WriteBoolean("truncated", !isWhole);
    });

    public static IResult Get(string id, HttpContext http, EventDesk events)
    {
        if (events.Log is not { } log)
            return Starting();
        return new EventSearch(log).Find(id, http.RequestAborted) is { } found
            ? TypedResults.Bytes(found.Json, "application/json")
            : TypedResults.Problem($"There is no event '{id}'.", statusCode: StatusCodes.Status404NotFound);
    }

    public static IResult Kinds(EventDesk events, DefinitionDesk definitions, RejectBook rejects)
    {
        if (events.Log is not { } log)
            return Starting();
        var types = log.Book.Types();
        var kinds = types.GroupBy(static type => EventTypes.KindOf(type.Key)).OrderBy(static kind => kind.Key, StringComparer.Ordinal).Select(static kind => new KindAnswer(
            kind.Key, kind.Sum(static type => type.Value.Count), Seen(kind.Max(static type => type.Value.LastMs)),
            [.. kind.OrderBy(static type => type.Key, StringComparer.Ordinal).Select(static type => new TypeAnswer(type.Key, type.Value.Count, Seen(type.Value.LastMs)))]));
        return TypedResults.Json(new KindsAnswer([.. kinds], definitions.All.Count, rejects.Total), EventsJson.Default.KindsAnswer);
    }

    public static async Task ExportAsync(HttpContext http, EventDesk events)
    {
        if (events.Log is not { } log)
        {
            await Starting().ExecuteAsync(http);
            return;
        }

        EventFilter filter;
        string format;
        try
        {
            var asked = await RequestParameters.ReadAsync(http);
            filter = EventQueries.Filter(asked);
            format = asked["format"] is "" ? "ndjson" : asked["format"];
            if (format is not ("csv" or "ndjson"))
                throw new ApiErrorException(ApiError.Parameter("format", $"'{format}' is not csv or ndjson"));
        }
        catch (ApiErrorException mistake)
        {
            await Problems.Of(mistake.Error, http).ExecuteAsync(http);
            return;
        }

        http.Response.ContentType = format == "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"events.{format}\"";
        var export = new EventExport(log, filter, http.RequestAborted);
        await export.WriteAsync(http.Response.BodyWriter, format);
    }

    /// <summary>Answers with an object that is written by hand; mistakes in the parameters are problem details.</summary>
    internal static async Task<IResult> AnswerAsync(HttpContext http, EventDesk events, Func<HttpContext, EventLog, Utf8JsonWriter, Task> write)
    {
        if (events.Log is not { } log)
            return Starting();
        try
        {
            using var memory = new MemoryStream();
            await using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            {
                json.WriteStartObject();
                await write(http, log, json);
                json.WriteEndObject();
            }

            return TypedResults.Bytes(memory.GetBuffer().AsMemory(0, (int)memory.Length), "application/json");
        }
        catch (ApiErrorException mistake)
        {
            return Problems.Of(mistake.Error, http);
        }
    }

    internal static IResult Starting() => TypedResults.Problem("The events are being opened; ask again.", statusCode: StatusCodes.Status503ServiceUnavailable);

    static DateTimeOffset Seen(long timeMs) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(timeMs, EventTime.FirstMs, EventTime.LastMs));
}

internal sealed record TypeAnswer(string Type, long Count, DateTimeOffset LastSeen);

internal sealed record KindAnswer(string Kind, long Count, DateTimeOffset LastSeen, IReadOnlyList<TypeAnswer> Types);

internal sealed record KindsAnswer(IReadOnlyList<KindAnswer> Kinds, int Definitions, long Rejected);
