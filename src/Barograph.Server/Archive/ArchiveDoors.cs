using Barograph.Server.Api;
using Barograph.Server.Data;
using Barograph.Server.Ingest;
using Barograph.Server.Ingest.Otlp;

namespace Barograph.Server.Archive;

/// <summary>What spans and log records have in common: an archive in a folder of its own, and two doors of OTLP into it.</summary>
internal static class ArchiveDoors
{
    /// <summary>An archive and its receiver, both by the name of their folder.</summary>
    public static void AddArchive(this IServiceCollection services, string dataFolder, string name, ItemKind kind, ArchiveLimits limits)
    {
        services.AddKeyedSingleton(name, (provider, _) => ActivatorUtilities.CreateInstance<ArchiveService>(provider, Path.Combine(dataFolder, name), limits));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<ArchiveService>(name));
        services.AddSingleton<IBackupPart>(provider => provider.GetRequiredKeyedService<ArchiveService>(name));
        services.AddKeyedSingleton(name, (provider, _) =>
            ActivatorUtilities.CreateInstance<ArchiveReceiver>(provider, kind, provider.GetRequiredKeyedService<ArchiveService>(name)));
    }

    /// <summary>The doors of an archive, over HTTP (<c>/v1/</c> and its name) and gRPC.</summary>
    public static void MapArchive(this IEndpointRouteBuilder routes, string name, string grpcPath)
    {
        var receiver = routes.ServiceProvider.GetRequiredKeyedService<ArchiveReceiver>(name);
        routes.MapPost($"/v1/{name}", (HttpContext http, IngestDesk desk) => OtlpHttpEndpoint.WriteAsync(http, desk, receiver))
            .Describe(ApiChapters.Ingest, $"Takes OpenTelemetry {name} (OTLP over HTTP)", OtlpHttpEndpoint.Describe);
        routes.MapPost(grpcPath, (HttpContext http, IngestDesk desk) => OtlpGrpcEndpoint.WriteAsync(http, desk, receiver))
            .Describe(ApiChapters.Ingest, $"Takes OpenTelemetry {name} (OTLP over gRPC)", OtlpGrpcEndpoint.Describe);
    }
}
