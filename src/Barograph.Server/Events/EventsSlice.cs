using System.Text.Json.Serialization;

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
        routes.MapPost("/api/v1/events", EventEndpoint.PostAsync);
        routes.MapGet("/api/v1/events", EventRoutes.ListAsync);
        routes.MapGet("/api/v1/events/kinds", EventRoutes.Kinds);
        routes.MapGet("/api/v1/events/export", EventRoutes.ExportAsync);
        routes.MapGet("/api/v1/events/{id}", EventRoutes.Get);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EventEndpoint.Answer))]
[JsonSerializable(typeof(KindsAnswer))]
internal sealed partial class EventsJson : JsonSerializerContext;
