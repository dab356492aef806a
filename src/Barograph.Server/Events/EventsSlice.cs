using System.Text.Json.Serialization;
using Barograph.Server.Api;

namespace Barograph.Server.Events;

/// <summary>Events: the door, the log, and the routes that read them. Described in docs/events.md.</summary>
internal static class EventsSlice
{
    public static void AddEvents(this IServiceCollection services)
    {
        services.AddSingleton<RejectBook>();
        services.AddSingleton<EventDesk>();
        services.AddHostedService(static provider => provider.GetRequiredService<EventDesk>());
    }

    public static void MapEvents(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/events", EventEndpoint.PostAsync).Describe(ApiChapters.Events, "Takes events", static route => route
            .Says("One event, an array of them, or one a line; plain or gzip. The types and their fields are in docs/events.md. Every event that was accepted is on disk.")
            .Body("application/json", Shape.Any).Body("application/x-ndjson", Shape.Any)
            .Answer(200, "At least one event was accepted or is there already.", Shape.Of(EventsJson.Default.Answer))
            .Answer(400, "Every event was rejected.", Shape.Of(EventsJson.Default.Answer))
            .Problem(413, "A limit was passed; nothing was taken.").Problem(415, "The encoding is not taken.").Problem(503, "Nothing was taken; send it again."));
        routes.MapGet("/api/v1/events", EventRoutes.ListAsync).Describe(ApiChapters.Events, "Lists events, the newest first", static route => route
            .Filters().Pages().Answer(200, "A page of them.", Shape.Object(new("events", Shape.List(Event)), new("next_cursor", Shape.OrNull(Shape.Text)))).Fails());
        routes.MapGet("/api/v1/events/kinds", EventRoutes.Kinds).Describe(ApiChapters.Events, "Tells which kinds of events there are", static route => route
            .Answer(200, "Kinds and types with counts.", Shape.Of(EventsJson.Default.KindsAnswer)).Problem(503, "The events are being opened."));
        routes.MapGet("/api/v1/events/export", EventRoutes.ExportAsync).Describe(ApiChapters.Events, "Sends all events that match as a file", static route => route
            .Filters().Query("format", "`csv` or `ndjson`; the latter when left out.", Shape.Words("csv", "ndjson"))
            .Answer(200, "The events in the order of arrival.", Shape.Bytes, "application/x-ndjson").Fails());
        routes.MapGet("/api/v1/events/{id}", EventRoutes.Get).Describe(ApiChapters.Events, "Gives one event", static route => route
            .Path("id", "Its id.").Answer(200, "The event as it is kept.", Event).Problem(404, "There is none.").Problem(503, "The events are being opened."));
    }

    /// <summary>An event as it is kept.</summary>
    internal static readonly Shape Event = Shape.Named("Event", static () => Shape.Object(new("id", Shape.Text), new("type", Shape.Text), new("time", Shape.Time)));

    /// <summary>The parameters that choose events.</summary>
    internal static RouteDescription Filters(this RouteDescription route) => route.Range()
        .Query("type", "A type, or the beginning of types and `*`; may be repeated.")
        .Query("where", "`field:value`; may be repeated, and all must hold.")
        .Query("text", "A text that is somewhere in the event.");

    /// <summary>The parameters of a stretch of time.</summary>
    internal static RouteDescription Range(this RouteDescription route) => route
        .Query("start", "From when on: RFC 3339 or Unix seconds. All that is kept when left out.").Query("end", "Until when.");

    /// <summary>The parameters of a page.</summary>
    internal static RouteDescription Pages(this RouteDescription route) => route
        .Query("limit", "How many, at most 1,000; 100 when left out.", Shape.Integer).Query("cursor", "The `next_cursor` of the page before.");

    /// <summary>What a route that reads events says when it can't.</summary>
    internal static RouteDescription Fails(this RouteDescription route) => route
        .Problem(400, "A parameter is wrong.").Problem(503, "The events are being opened.");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EventEndpoint.Answer))]
[JsonSerializable(typeof(KindsAnswer))]
internal sealed partial class EventsJson : JsonSerializerContext;
