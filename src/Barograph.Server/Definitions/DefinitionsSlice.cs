using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Barograph.Server.Api;
using Barograph.Server.Events;

namespace Barograph.Server.Definitions;

/// <summary>Metrics that their owners define. Described in docs/events.md.</summary>
internal static class DefinitionsSlice
{
    public static void AddDefinitions(this IServiceCollection services)
    {
        services.AddSingleton<DefinitionDesk>();
        services.AddSingleton<DefinitionStates>();
        services.AddHostedService<PromQLDefinitions>();
    }

    public static void MapDefinitions(this IEndpointRouteBuilder routes)
    {
        var errors = Shape.Of(DefinitionsJson.Default.ErrorsAnswer);
        routes.MapGet("/api/v1/definitions", DefinitionRoutes.ListAsync).Describe(ApiChapters.Events, "Lists the metrics that are defined", static route => route
            .Says("Their values are at most some seconds old; one that could not be evaluated in time has none.")
            .Answer(200, "Each as it was written, with what became of it.", Shape.Object(
                new("definitions", Shape.List(Definition)),
                new("not_understood", Shape.List(Unknown), "Kept entries that this version does not understand, such as those of a later one. They stay as they are until DELETE removes them."),
                new("damage", Shape.OrNull(Shape.Text), "What is wrong with the file that keeps definitions, and where.")))
            .Problem(503, "The store is being opened."));
        routes.MapPost("/api/v1/definitions", DefinitionRoutes.PostAsync).Describe(ApiChapters.Events, "Defines a metric", route => route
            .Body("application/json", Written, "A definition: docs/events.md.").Answer(201, "The definition.", Definition).Answer(400, "What is wrong with it.", errors)
            .Problem(409, "There is one of that name, perhaps one that is not understood.").Problem(503, "The disk did not take it."));
        routes.MapPost("/api/v1/definitions/dry-run", DefinitionRoutes.DryRunAsync).Describe(ApiChapters.Events, "Tells what a definition would have made of recent events", route => route
            .Query("minutes", "How far back; 60 when left out.", Shape.Integer).Body("application/json", Written, "A definition.")
            .Answer(200, "Series, warnings and rejections.", DryRunAnswer).Answer(400, "What is wrong with it.", errors).Problem(503, "The events are being opened."));
        routes.MapGet("/api/v1/definitions/rejects", DefinitionRoutes.Rejects).Describe(ApiChapters.Events, "Tells which events were rejected, and why", static route => route
            .Query("limit", "How many of the recent ones, at most 1,000.", Shape.Integer).Answer(200, "Since the server started.", Shape.Of(DefinitionsJson.Default.RejectsAnswer)));
        routes.MapGet("/api/v1/definitions/{name}", DefinitionRoutes.GetAsync).Describe(ApiChapters.Events, "Gives one definition", static route => route
            .Path("name", "Its name.").Answer(200, "The definition.", Definition).Problem(404, "There is none."));
        routes.MapPut("/api/v1/definitions/{name}", DefinitionRoutes.PutAsync).Describe(ApiChapters.Events, "Defines a metric, or replaces its definition", route => route
            .Path("name", "Its name.").Body("application/json", Written, "A definition.").Answer(200, "Replaced.", Definition).Answer(201, "Made.", Definition)
            .Answer(400, "What is wrong with it.", errors).Problem(409, "It is from a file, or one of that name is not understood.").Problem(503, "The disk did not take it."));
        routes.MapDelete("/api/v1/definitions/{name}", DefinitionRoutes.Delete).Describe(ApiChapters.Events, "Removes a definition", static route => route
            .Path("name", "Its name.").Answer(204, "Done; its series stay.").Problem(404, "There is none.").Problem(409, "It is from a file.").Problem(503, "The disk did not take it."));
    }

    static Shape Written => Shape.Named("WrittenDefinition", static () => Shape.Object(WrittenFields));

    static Shape Definition => Shape.Named("Definition", static () => Shape.Object(
    [
        .. WrittenFields,
        new("origin", Shape.Words("api", "file")), new("kind", Shape.Words("increments", "distribution", "value", "distinct", "promql")),
        new("expression", Shape.Text, "What draws it; `$w` stands for the window, `$seconds` for its length."),
        new("matched", Shape.Integer, "Events that counted, since the server started."), new("missing_field", Shape.Integer), new("folded", Shape.Integer),
        new("last_matched", Shape.OrNull(Shape.Time)),
        new("state", Shape.Object(new("value", Shape.OrNull(Shape.Number), "Of the last five minutes."), new("severity", Shape.OrNull(Shape.Words("warning", "critical"))))),
    ]));

    static Shape Unknown => Shape.Named("UnknownDefinition", static () => Shape.Object(
        new("name", Shape.Text, "As far as it has one."), new("written", Shape.Any, "As it is kept."),
        new("errors", Shape.List(Shape.Object(new("field", Shape.Text), new("value", Shape.OrNull(Shape.Text)), new("rule", Shape.Text))))));

    static Shape DryRunAnswer => Shape.Named("DryRun", static () => Shape.Object(
        new("warnings", Shape.List(Shape.Text)), new("events", Shape.Integer, "Events of the types that it looks at."), new("matched", Shape.Integer), new("missing_field", Shape.Integer),
        new("rejected", Shape.Integer),
        new("rejections", Shape.List(Shape.Object(new("id", Shape.OrNull(Shape.Text)), new("field", Shape.Text), new("value", Shape.OrNull(Shape.Text)), new("rule", Shape.Text)))),
        new("since", Shape.OrNull(Shape.Time), "Set when there were too many events: all since then were read."),
        new("step_seconds", Shape.Integer, "Distance of the samples; the last one is now."),
        new("window_seconds", Shape.Integer, "What a sample tells of: so long before it."),
        new("series", Shape.List(Shape.Object(
            new("labels", Shape.Map(Shape.Text)), new("value", Shape.OrNull(Shape.Number), "Over the whole time."), new("samples", Shape.List(Shape.Tuple(Shape.Text, Shape.Number))))))));

    /// <summary>Of an event's source, and of the two of a ratio.</summary>
    static Shape Source => Shape.Object(
        new("event", Shape.Text, Optional: true), new("where", Shape.Map(Shape.Any), Optional: true), new("field", Shape.Text, Optional: true), new("promql", Shape.Text, Optional: true));

    static Property[] WrittenFields =>
    [
        new("name", Shape.Text), new("unit", Shape.Text, Optional: true), new("help", Shape.Text, Optional: true), new("source", Source, Optional: true),
        new("aggregation", Shape.Words("count", "sum", "rate", "avg", "min", "max", "percentile", "ratio", "distinct"), Optional: true),
        new("field", Shape.Text, Optional: true), new("percentile", Shape.Number, Optional: true),
        new("numerator", Source, Optional: true), new("denominator", Source, Optional: true), new("window", Shape.Words("1m", "1h", "1d"), Optional: true),
        new("labels", Shape.List(Shape.OneOf(Shape.Text, Shape.Object(new("field", Shape.Text), new("name", Shape.Text, Optional: true), new("hash", Shape.Flag, Optional: true)))), Optional: true),
        new("validate", Shape.List(Shape.Object(
            new("field", Shape.Text), new("required", Shape.Flag, Optional: true), new("type", Shape.Words("text", "number", "boolean"), Optional: true),
            new("min", Shape.Number, Optional: true), new("max", Shape.Number, Optional: true), new("allowed", Shape.List(Shape.Any), Optional: true))), Optional: true),
        new("thresholds", Shape.List(Shape.Object(
            new("severity", Shape.Words("warning", "critical")), new("above", Shape.Number, Optional: true), new("below", Shape.Number, Optional: true))), Optional: true),
    ];
}

internal sealed record ErrorsAnswer(IReadOnlyList<DefinitionError> Errors);

internal sealed record RejectsAnswer(long Total, IReadOnlyList<RejectCount> ByRule, IReadOnlyList<RejectedEvent> Recent);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErrorsAnswer))]
[JsonSerializable(typeof(RejectsAnswer))]
[JsonSerializable(typeof(JsonElement[]))]
[JsonSerializable(typeof(JsonNode))]
internal sealed partial class DefinitionsJson : JsonSerializerContext
{
    /// <summary>For answers that people read in a shell: a quotation mark is one.</summary>
    public static readonly DefinitionsJson Readable = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The same for what is written member by member.</summary>
    public static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
