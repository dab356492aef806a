using System.Net;
using Barograph.Server.Settings;

namespace Barograph.Server.Ingest;

/// <summary>Where this server listens for senders beside its main port.</summary>
/// <param name="IsLocalOnly">Whether it listens to this machine only, so that no other host can send.</param>
/// <param name="OtlpGrpcPort">TCP port of OTLP over gRPC, or null when it is not open.</param>
/// <param name="OtlpHttpPort">TCP port of OTLP over HTTP, which is on the main port too, or null.</param>
/// <param name="StatsDPort">UDP port of StatsD, or null.</param>
/// <param name="IsScraping">Whether there is a file of what to scrape.</param>
internal sealed record DoorsStatus(bool IsLocalOnly, int? OtlpGrpcPort, int? OtlpHttpPort, int? StatsDPort, bool IsScraping);

/// <summary>The ports that were really opened: some are taken only when they are free.</summary>
internal sealed class OpenDoors
{
    /// <summary>Of OTLP over gRPC.</summary>
    public int? OtlpGrpcPort { get; set; }

    /// <summary>Of OTLP over HTTP, beside the main port.</summary>
    public int? OtlpHttpPort { get; set; }

    public DoorsStatus Read(ServerSettings settings) =>
        new(IPAddress.IsLoopback(settings.Listen), OtlpGrpcPort, OtlpHttpPort, settings.StatsDPort, settings.Scrape is not null);
}
