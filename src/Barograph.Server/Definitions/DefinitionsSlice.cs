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
        services.AddHostedService<PromQLDefinitions>();
    }

    public static void MapDefinitions(this IEndpointRouteBuilder routes)
    {
        var errors = Shape.Of(DefinitionsJson.Default.ErrorsAnswer);
        routes.MapGet("/api/v1/definitions", DefinitionRoutes.ListAsync).Describe(ApiChapters.Events, "Lists the metrics that are defined", static route => route
            .Answer(200, "Each as it was written, with what became of it.", Shape.Object(new Property("definitions", Shape.List(Shape.Any)))).Problem(503, "The store is being opened."));
        routes.MapPost("/api/v1/definitions", DefinitionRoutes.PostAsync).Describe(ApiChapters.Events, "Defines a metric", route => route
            .Body("application/json", Shape.Any, "A definition: docs/events.md.").Answer(201, "The definition.", Shape.Any).Answer(400, "What is wrong with it.", errors)
            .Problem(409, "There is one of that name.").Problem(503, "The disk did not take it."));
        routes.MapPost("/api/v1/definitions/dry-run", DefinitionRoutes.DryRunAsync).Describe(ApiChapters.Events, "Tells what a definition would have made of recent events", route => route
            .Query("minutes", "How far back; 60 when left out.", Shape.Integer).Body("application/json", Shape.Any, "A definition.")
            .Answer(200, "Series, warnings and rejections.", Shape.Any).Answer(400, "What is wrong with it.", errors).Problem(503, "The events are being opened."));
        routes.MapGet("/api/v1/definitions/rejects", DefinitionRoutes.Rejects).Describe(ApiChapters.Events, "Tells which events were rejected, and why", static route => route
            .Query("limit", "How many of the recent ones, at most 1,000.", Shape.Integer).Answer(200, "Since the server started.", Shape.Of(DefinitionsJson.Default.RejectsAnswer)));
        routes.MapGet("/api/v1/definitions/{name}", DefinitionRoutes.GetAsync).Describe(ApiChapters.Events, "Gives one definition", static route => route
            .Path("name", "Its name.").Answer(200, "The definition.", Shape.Any).Problem(404, "There is none."));
        routes.MapPut("/api/v1/definitions/{name}", DefinitionRoutes.PutAsync).Describe(ApiChapters.Events, "Defines a metric, or replaces its definition", route => route
            .Path("name", "Its name.").Body("application/json", Shape.Any, "A definition.").Answer(200, "Replaced.", Shape.Any).Answer(201, "Made.", Shape.Any)
            .Answer(400, "What is wrong with it.", errors).Problem(409, "It is from a file.").Problem(503, "The disk did not take it."));
        routes.MapDelete("/api/v1/definitions/{name}", DefinitionRoutes.Delete).Describe(ApiChapters.Events, "Removes a definition", static route => route
            .Path("name", "Its name.").Answer(204, "Done; its series stay.").Problem(404, "There is none.").Problem(409, "It is from a file.").Problem(503, "The disk did not take it."));
    }
}

internal sealed record ErrorsAnswer(IReadOnlyList<DefinitionError> Errors);

internal sealed record RejectsAnswer(long Total, IReadOnlyList<RejectCount> ByRule, IReadOnlyList<RejectedEvent> Recent);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErrorsAnswer))]
[JsonSerializable(typeof(RejectsAnswer))]
[JsonSerializable(typeof(JsonElement[]))]
[JsonSerializable(typeof(JsonNode))]
internal sealed partial class DefinitionsJson : JsonSerializerContext;
