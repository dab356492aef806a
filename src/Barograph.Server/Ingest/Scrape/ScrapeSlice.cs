using System.Text.Json.Serialization;
using Barograph.Server.Api;
using Barograph.Server.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Barograph.Server.Ingest.Scrape;

/// <summary>Scraping pages of metrics, as Prometheus does, and <c>/api/v1/targets</c>. Described in docs/ingest.md.</summary>
internal static class ScrapeSlice
{
    /// <exception cref="ScrapeConfigException">The file cannot be read or has a mistake.</exception>
    public static void AddScrape(this IServiceCollection services, ServerSettings settings)
    {
        if (settings.Scrape is not { } path)
            return;
        var jobs = ScrapeConfig.Read(path);
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<Scraper>(provider, path, jobs));
        services.AddHostedService(static provider => provider.GetRequiredService<Scraper>());
    }

    public static void MapScrape(this IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/targets", Targets)
        .Describe(ApiChapters.Server, "Lists what is scraped", static route => route.Answer(200, "The targets and how they are.", Shape.Of(ScrapeJson.Default.TargetsAnswer)));

    static JsonHttpResult<TargetsAnswer> Targets(IServiceProvider services) =>
        TypedResults.Json(
            new TargetsAnswer("success", new TargetsData([.. (services.GetService<Scraper>()?.Targets ?? []).Select(TargetAnswer.Of)], [])),
            ScrapeJson.Default.TargetsAnswer);
}

/// <summary>The answer of Prometheus' <c>/api/v1/targets</c>.</summary>
internal sealed record TargetsAnswer(string Status, TargetsData Data);

internal sealed record TargetsData(IReadOnlyList<TargetAnswer> ActiveTargets, IReadOnlyList<TargetAnswer> DroppedTargets);

/// <summary>One target as Prometheus tells it.</summary>
internal sealed record TargetAnswer(
    IReadOnlyDictionary<string, string> DiscoveredLabels, IReadOnlyDictionary<string, string> Labels, string ScrapePool, string ScrapeUrl, string GlobalUrl,
    string LastError, DateTimeOffset? LastScrape, double LastScrapeDuration, string Health, string ScrapeInterval, string ScrapeTimeout)
{
    public static TargetAnswer Of(ScrapeTarget target) => new(
        target.DiscoveredLabels, target.Labels, target.Job.Name, target.Address.ToString(), target.Address.ToString(),
        target.Health.LastError, target.Health.LastScrape, target.Health.LastDuration.TotalSeconds,
        target.Health.IsUp switch { null => "unknown", true => "up", false => "down" },
        $"{target.Job.Interval.TotalSeconds}s", $"{target.Job.Timeout.TotalSeconds}s");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TargetsAnswer))]
internal sealed partial class ScrapeJson : JsonSerializerContext;
