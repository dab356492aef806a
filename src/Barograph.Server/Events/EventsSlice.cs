using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Barograph.Server.Api;
using Barograph.Server.Data;
using Barograph.Server.Query;

namespace Barograph.Server.Events;

/// <summary>Events: the door, the log, and the routes that read them. Described in docs/events.md.</summary>
internal static class EventsSlice
{
    public static void AddEvents(this IServiceCollection services)
    {
        services.AddSingleton<RejectBook>();
        services.AddSingleton<EventDesk>();
        services.AddHostedService(static provider => provider.GetRequiredService<EventDesk>());
        services.AddSingleton<IBackupPart>(static provider => provider.GetRequiredService<EventDesk>());
    }

    public static void MapEvents(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/events", EventEndpoint.PostAsync).Describe(ApiChapters.Events, "Takes events", static route => route
            .Says("One event, an array of them, or one a line; plain or gzip. The types and their fields are in docs/events.md. Every event that was accepted is on disk.")
            .Body("application/json", Shape.Any).Body("application/x-ndjson", Shape.Any)
            .Answer(200, "At least one event was accepted or is there already.", Shape.Of(EventsJson.Default.Answer))
            .Answer(400, "Every event was rejected.", Shape.Of(EventsJson.Default.Answer))
            .Problem(413, "A limit was passed; nothing was taken.").Problem(415, "The encoding is not taken.").Problem(503, "Nothing was taken; send it again."));
        routes.MapGet("/api/v1/events", EventRoutes.ListAsync).TakesATurn().Describe(ApiChapters.Events, "Lists events, the newest first", static route => route
            .Filters().Pages().Answer(200, "A page of them.", Shape.Object(new("events", Shape.List(Event)), new("next_cursor", Shape.OrNull(Shape.Text)), new("truncated", Shape.Flag))).Fails());
        routes.MapGet("/api/v1/events/kinds", EventRoutes.Kinds).Describe(ApiChapters.Events, "Tells which kinds of events there are", static route => route
            .Answer(200, "Kinds and types with counts.", Shape.Of(EventsJson.Default.KindsAnswer)).Problem(503, "The events are being opened."));
        routes.MapGet("/api/v1/events/export", EventRoutes.ExportAsync).Describe(ApiChapters.Events, "Sends all events that match as a file", static route => route
            .Filters().Query("format", "`csv` or `ndjson`; the latter when left out.", Shape.Words("csv", "ndjson"))
            .Answer(200, "The events in the order of arrival.", Shape.Bytes, "application/x-ndjson").Fails());
        routes.MapGet("/api/v1/events/{id}", EventRoutes.Get).TakesATurn().Describe(ApiChapters.Events, "Gives one event", static route => route
            .Path("id", "Its id.").Answer(200, "The event as it is kept.", Event).Problem(404, "There is none.").Problem(503, "The events are being opened."));
        routes.MapTasks();
        routes.MapModels();
        routes.MapActivity();
    }

    static void MapTasks(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/tasks", TaskRoutes.ListAsync).TakesATurn().Describe(ApiChapters.Events, "Lists finished tasks, the newest first", static route => route
            .Range().Query("task_type", "Only these.").Query("status", "Only these.").Query("component", "Only these.").Query("queue", "Only these.")
            .Query("text", "A text that is somewhere in the event.").Pages()
            .Answer(200, "A page of them.", Shape.Object(new("tasks", Shape.List(Task)), new("next_cursor", Shape.OrNull(Shape.Text)), new("truncated", Shape.Flag))).Fails());
        routes.MapGet("/api/v1/tasks/{id}", TaskRoutes.GetAsync).TakesATurn().Describe(ApiChapters.Events, "Gives one task with its events", static route => route
            .Path("id", "Its `task_id`.").Answer(200, "The task.", TaskWithEvents).Problem(404, "There is none.").Problem(503, "The events are being opened."));
        routes.MapGet("/api/v1/pipelines", TaskRoutes.PipelinesAsync).TakesATurn().Describe(ApiChapters.Events, "Tells how pipelines and their stages are, by their last reports", static route => route
            .Answer(200, "The pipelines that reported within a week.", Shape.Object(new Property("pipelines", Shape.List(Pipeline)))).Problem(503, "The events are being opened."));
    }

    static void MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/models", ModelRoutes.ListAsync).TakesATurn().Describe(ApiChapters.Events, "Lists models and versions with their accuracy", static route => route
            .Range().Query("reference_start", "What drift is measured against, as for one model.").Query("reference_end", "It ends here.")
            .Answer(200, "The models.", Shape.Object(new Property("models", Shape.List(Shape.Object(new("model", Shape.Text), new("versions", Shape.List(Shape.Object([.. Version, new("psi", Figure)])))))))).Fails());
        routes.MapGet("/api/v1/models/{model}", ModelRoutes.GetAsync).TakesATurn().Describe(ApiChapters.Events, "Gives confusion, precision, recall and drift of a model", static route => route
            .Path("model", "Its name.").Range().Query("version", "Only this one.")
            .Query("reference_start", "What drift is measured against begins here; the stretch of the same length before `start` when left out.").Query("reference_end", "It ends here.")
            .Answer(200, "The versions.", Shape.Object(new("model", Shape.Text), new("versions", Shape.List(Shape.Object(
            [
                .. Version,
                new("classes", Shape.List(Shape.Object(
                    new("class", Shape.Text), new("precision", Figure), new("recall", Figure), new("f1", Figure), new("predicted", Shape.Number), new("actual", Shape.Number)))),
                new("confusion", Shape.List(Shape.Object(new("predicted", Shape.Text), new("actual", Shape.Text), new("count", Shape.Number)))),
                new("drift", Shape.OrNull(Shape.Object(
                    new("psi", Figure), new("reference_start", Shape.Time), new("reference_end", Shape.Time),
                    new("bins", Shape.List(Shape.Object(new("bin", Shape.Text), new("reference", Shape.Number), new("current", Shape.Number))))))),
            ]))))).Fails());
    }

    static void MapActivity(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/activity/funnel", ActivityRoutes.JourneyFunnelAsync).TakesATurn().Describe(ApiChapters.Events, "Tells who went how far in a journey", static route => route
            .Query("journey", "Its name.", required: true).Steps().Range()
            .Answer(200, "The steps.", Shape.Object([new("journey", Shape.Text), .. FunnelAnswer])).Fails());
        routes.MapGet("/api/v1/funnel", ActivityRoutes.FunnelAsync).TakesATurn().Describe(ApiChapters.Events, "Tells who went how far in steps of any events", static route => route
            .Steps().Range().Answer(200, "The steps.", Shape.Object(FunnelAnswer)).Fails());
        routes.MapGet("/api/v1/activity/journeys", ActivityRoutes.JourneysAsync).TakesATurn().Describe(ApiChapters.Events, "Lists journeys with their steps", static route => route
            .Range().Answer(200, "The journeys.", Shape.Object(new Property("journeys", Shape.List(Shape.Object(
                new("journey", Shape.Text), new("subjects", Shape.Integer), new("steps", Shape.List(Shape.Text))))))).Fails());
        routes.MapGet("/api/v1/activity/usage", ActivityRoutes.UsageAsync).TakesATurn().Describe(ApiChapters.Events, "Tells who uses what, and how often", static route => route
            .Query("by", "`user` (when left out), `organisation`, `feature`, `page` or `api`.").Range().Query("limit", "How many rows; 100 when left out.", Shape.Integer)
            .Answer(200, "The rows, most events first.", Shape.Object(
                new("by", Shape.Text), new("rows", Shape.List(Shape.Object([new("key", Shape.Text), .. Usage]))),
                new("total", Shape.Object([new("keys", Shape.Integer, "How many rows there would be without a limit."), .. Usage])), Truncated)).Fails());
    }

    static readonly Shape Figure = Shape.OrNull(Shape.Number);

    static readonly Property Truncated = new("truncated", Shape.Flag, "There were more events than are read for one answer.");

    /// <summary>What is known of a version of a model.</summary>
    static readonly Property[] Version =
    [
        new("version", Shape.Text), new("predictions", Shape.Number), new("judged", Shape.Number), new("correct", Shape.Number), new("accuracy", Figure),
        new("mean_absolute_error", Figure), new("root_mean_squared_error", Figure), new("mean_duration_seconds", Figure), new("last_seen", Shape.OrNull(Shape.Time)),
        new("precision", Figure, "The mean of the classes."), new("recall", Figure, "The mean of the classes."),
    ];

    static readonly Property[] FunnelAnswer =
    [
        new("steps", Shape.List(Shape.Object(
            new("step", Shape.Text), new("entered", Shape.Integer), new("conversion", Shape.Number, "Of those who entered the first step."),
            new("drop_off", Shape.Number, "Of those who entered the step before."), new("median_seconds_from_previous", Figure)))),
        new("subjects", Shape.Integer), Truncated,
    ];

    static readonly Property[] Usage =
    [
        new("events", Shape.Integer), new("api_calls", Shape.Integer), new("api_errors", Shape.Integer), new("users", Shape.Integer), new("sessions", Shape.Integer),
        new("last_seen", Shape.OrNull(Shape.Time)),
    ];

    static RouteDescription Steps(this RouteDescription route) => route
        .Query("step", "A step, repeated in their order: of a journey its name; else a type, `business:name`, `feature:name`, `page:name`, `api:name` or `activity:journey/step`.", Shape.List(Shape.Text))
        .Query("within", "How long after the first step the others count, such as `1h`; `1d` when left out.");

    /// <summary>An event as it is kept.</summary>
    internal static readonly Shape Event = Shape.Named("Event", static () => Shape.Object(new("id", Shape.Text), new("type", Shape.Text), new("time", Shape.Time)));

    static readonly Shape Task = Shape.Named("Task", static () => Shape.Object(TaskFields));

    static readonly Shape TaskWithEvents = Shape.Named("TaskWithEvents", static () => Shape.Object([.. TaskFields, new("events", Shape.List(Event), "Queued, started, finished; as far as there are.")]));

    static readonly Shape Pipeline = Shape.Named("Pipeline", static () => Shape.Object(
        new("pipeline", Shape.Text),
        new("stages", Shape.List(Shape.Object(
            new("stage", Shape.Text, "`all` for reports of whole runs."), new("status", Shape.Words("ok", "failing", "running")), new("last_success", Shape.OrNull(Shape.Time)),
            new("last_report", Shape.Time), new("lag_seconds", Shape.OrNull(Shape.Number)), new("backlog", Shape.OrNull(Shape.Number)), new("error", Shape.OrNull(Shape.Text)))))));

    static Property[] TaskFields =>
    [
        new("task_id", Shape.Text), new("task_type", Shape.Text), new("status", Shape.Words("queued", "running", "succeeded", "failed", "cancelled", "timed_out")),
        new("failure_reason", Shape.OrNull(Shape.Text)), new("error", Shape.OrNull(Shape.Text)), new("component", Shape.OrNull(Shape.Text)), new("queue", Shape.OrNull(Shape.Text)), new("worker", Shape.OrNull(Shape.Text)),
        new("queued", Shape.OrNull(Shape.Time)), new("start", Shape.OrNull(Shape.Time)), new("end", Shape.OrNull(Shape.Time)),
        new("duration_seconds", Shape.OrNull(Shape.Number)), new("cpu_seconds", Shape.OrNull(Shape.Number)),
        new("cpu_percent", Shape.OrNull(Shape.Number), "Of one processor over the time that it ran."), new("memory_bytes", Shape.OrNull(Shape.Number)),
        new("context", Shape.OrNull(Shape.Map(Shape.Any)), "As it was sent."),
    ];

    /// <summary>The parameters that choose events.</summary>
    internal static RouteDescription Filters(this RouteDescription route) => route.Range()
        .Query("type", "A type, or the beginning of types and `*`; may be repeated.", Shape.List(Shape.Text))
        .Query("where", "`field:value`; may be repeated, and all must hold.", Shape.List(Shape.Text))
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
internal sealed partial class EventsJson : JsonSerializerContext
{
    /// <summary>For answers that people read in a shell: a quotation mark is one.</summary>
    public static readonly EventsJson Readable = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
