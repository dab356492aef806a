using System.Text.Json.Serialization;
using Barograph.Server.Api;
using Barograph.Server.Measures;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Barograph.Server.Sources;

/// <summary>Who sends, and what was refused: one account for all doors, scrapes and the server's own samples.</summary>
internal static class SourcesSlice
{
    public static void AddSources(this IServiceCollection services)
    {
        services.TryAddSingleton<OwnMeasures>();
        services.TryAddSingleton<SourceLedger>();
    }

    public static void MapSources(this IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/sources", static (SourceLedger sources) => TypedResults.Json(sources.All, SourcesJson.Default.IReadOnlyListSourceStatus))
        .Describe(ApiChapters.Ingest, "Tells who sends what, and what was refused", static route => route
            .Answer(200, "Every sender since the server started.", Shape.List(Shape.Of(SourcesJson.Default.SourceStatus))));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<SourceStatus>))]
internal sealed partial class SourcesJson : JsonSerializerContext;

internal static partial class SourcesLog
{
    [LoggerMessage(LogLevel.Warning, "{Door}, {Sender}: {Reason}: {Example} More of this is counted and not logged again; see /api/v1/sources.")]
    public static partial void Refused(this ILogger log, string door, string sender, string reason, string example);
}
