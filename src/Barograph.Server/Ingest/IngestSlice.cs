using System.Text.Json.Serialization;
using Barograph.Server.Ingest.Influx;
using Barograph.Server.Ingest.Otlp;
using Barograph.Server.Ingest.RemoteWrite;

namespace Barograph.Server.Ingest;

/// <summary>The doors for data that others send: each is described in docs/ingest.md.</summary>
internal static class IngestSlice
{
    public static void AddIngest(this IServiceCollection services, IngestLimits limits)
    {
        services.AddSingleton(limits);
        services.AddSingleton<KnownMetadata>();
        services.AddSingleton<SourceLedger>();
        services.AddSingleton<IngestDesk>();
        services.AddSingleton<DeltaTotals>();
        services.AddSingleton<OtlpReceiver>();
    }

    public static void MapIngest(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/write", RemoteWriteEndpoint.WriteAsync);
        routes.MapGet("/api/v1/sources", static (SourceLedger sources) => TypedResults.Json(sources.All, IngestJson.Default.IReadOnlyListSourceStatus));
        routes.MapPost("/write", InfluxEndpoint.WriteV1Async);
        routes.MapPost("/api/v2/write", InfluxEndpoint.WriteV2Async);
        routes.MapMethods("/ping", ["GET", "HEAD"], InfluxEndpoint.Ping);
        routes.MapPost("/v1/metrics", OtlpHttpEndpoint.WriteAsync);
        routes.MapPost(OtlpGrpcEndpoint.Path, OtlpGrpcEndpoint.WriteAsync);
        routes.MapPost("/opentelemetry.proto.collector.{service}/{method}", OtlpGrpcEndpoint.NoSuchMethod);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<SourceStatus>))]
internal sealed partial class IngestJson : JsonSerializerContext;
