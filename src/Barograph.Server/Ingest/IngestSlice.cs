using System.Text.Json.Serialization;
using Barograph.Server.Api;
using Barograph.Server.Ingest.Influx;
using Barograph.Server.Ingest.Otlp;
using Barograph.Server.Ingest.RemoteWrite;
using Barograph.Server.Ingest.StatsD;
using Barograph.Server.Settings;
using Barograph.Server.Sources;

namespace Barograph.Server.Ingest;

/// <summary>The doors for data that others send: each is described in docs/ingest.md.</summary>
internal static class IngestSlice
{
    public static void AddIngest(this IServiceCollection services, IngestLimits limits)
    {
        services.AddSingleton(limits);
        services.AddSingleton<KnownMetadata>();
        services.AddSources();
        services.AddSingleton<OpenDoors>();
        services.AddSingleton<IngestDesk>();
        services.AddSingleton<DeltaTotals>();
        services.AddSingleton<OtlpReceiver>();
        services.AddSingleton<IProblemDetailsWriter, OtlpProblems>();
        services.AddSingleton<IProblemDetailsWriter, InfluxProblems>();
    }

    /// <summary>Listens for StatsD's packets, when the settings say so.</summary>
    public static void AddStatsD(this IServiceCollection services, ServerSettings settings)
    {
        if (settings.StatsDPort is not null)
            services.AddSingleton<StatsDListener>().AddHostedService(static provider => provider.GetRequiredService<StatsDListener>());
    }

    public static void MapIngest(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/write", RemoteWriteEndpoint.WriteAsync)
            .Describe(ApiChapters.Ingest, "Takes Prometheus remote write 1.0 and 2.0", RemoteWriteEndpoint.Describe);
        routes.MapSources();
        routes.MapGet("/api/v1/doors", static (OpenDoors doors, IServiceProvider services) => TypedResults.Json(doors.Read(services.GetRequiredService<ServerSettings>()), IngestJson.Default.DoorsStatus))
            .Describe(ApiChapters.Ingest, "Tells where senders are listened for", static route => route
                .Answer(200, "The ports beside the main one.", Shape.Of(IngestJson.Default.DoorsStatus)));
        routes.MapPost("/write", InfluxEndpoint.WriteV1Async)
            .Describe(ApiChapters.Ingest, "Takes InfluxDB's line protocol (version 1)", static route => InfluxEndpoint.Describe(route.Query("db", "The database; becomes a label.")));
        routes.MapPost("/api/v2/write", InfluxEndpoint.WriteV2Async)
            .Describe(ApiChapters.Ingest, "Takes InfluxDB's line protocol (version 2)", static route => InfluxEndpoint.Describe(route.Query("bucket", "The bucket; becomes a label.")));
        routes.MapGet("/ping", InfluxEndpoint.Ping)
            .Describe(ApiChapters.Ingest, "Tells InfluxDB's clients that somebody is there", static route => route
                .Answer(204, "Somebody is; `X-Influxdb-Version` is the version whose protocol is spoken."));
        routes.MapMethods("/query", ["GET", "POST"], InfluxEndpoint.QueryAsync)
            .Describe(ApiChapters.Ingest, "Lets InfluxDB's clients make their database", static route => route
                .Query("q", "`CREATE DATABASE …`, also in a form; nothing else is answered.")
                .Answer(200, "As if it were made; there is nothing to make.", Shape.Of(InfluxJson.Default.InfluxResults))
                .Answer(400, "Another query.", Shape.Of(InfluxJson.Default.InfluxError)));
        routes.MapPost("/v1/metrics", static (HttpContext http, IngestDesk desk, OtlpReceiver receiver) => OtlpHttpEndpoint.WriteAsync(http, desk, receiver))
            .Describe(ApiChapters.Ingest, "Takes OpenTelemetry metrics (OTLP over HTTP)", OtlpHttpEndpoint.Describe);
        routes.MapPost(OtlpGrpcEndpoint.MetricsPath, static (HttpContext http, IngestDesk desk, OtlpReceiver receiver) => OtlpGrpcEndpoint.WriteAsync(http, desk, receiver))
            .Describe(ApiChapters.Ingest, "Takes OpenTelemetry metrics (OTLP over gRPC)", OtlpGrpcEndpoint.Describe);
        // For every method: with one, routing takes any two segments for a route that only the method does not fit, and says 405.
        routes.Map("/opentelemetry.proto.collector.{service}/{method}", static (HttpContext http, IngestDesk desk) => OtlpGrpcEndpoint.NoSuchMethod(http, desk)).ExcludeFromDescription();
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DoorsStatus))]
internal sealed partial class IngestJson : JsonSerializerContext;
