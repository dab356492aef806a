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

    public static void MapScrape(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/targets", Targets).Describe(ApiChapters.Server, "Lists what is scraped", static route => route
            .Query("state", "Which targets: `active`, `dropped` or `any`, the default.", Shape.Words("active", "dropped", "any"))
            .Query("scrapePool", "Those of one job only.")
            .Answer(200, "The targets and how they are.", Shape.Of(ScrapeJson.Default.TargetsAnswer)));
        routes.MapGet("/api/v1/scrape_pools", Pools).Describe(ApiChapters.Server, "Lists the scrape jobs", static route => route
            .Answer(200, "Their names, in the order of the configuration.", Shape.Of(ScrapeJson.Default.PoolsAnswer)));
    }

    static JsonHttpResult<PoolsAnswer> Pools(IServiceProvider services) => TypedResults.Json(
        new PoolsAnswer("success", new PoolsData([.. services.GetService<Scraper>()?.Jobs.Select(static job => job.Name) ?? []])), ScrapeJson.Default.PoolsAnswer);

    static JsonHttpResult<TargetsAnswer> Targets(IServiceProvider services, string? state = null, string? scrapePool = null)
    {
        var scraper = services.GetService<Scraper>();
        var active = (scraper?.Targets ?? []).Where(target => scrapePool is null or "" || target.Job.Name == scrapePool);
        var dropped = (scraper?.Dropped ?? []).Where(target => scrapePool is null or "" || target.Job.Name == scrapePool).GroupBy(static target => target.Job).ToList();
        var wants = state?.ToLowerInvariant();
        return TypedResults.Json(
            new TargetsAnswer("success", new TargetsData(
                wants == "dropped" ? [] : [.. active.Select(TargetAnswer.Of)],
                wants == "active" ? [] : [.. dropped.SelectMany(static job => job.Take(job.Key.KeepDroppedTargets)).Select(DroppedTargetAnswer.Of)],
                dropped.ToDictionary(static job => job.Key.Name, static job => job.Count(), StringComparer.Ordinal))),
            ScrapeJson.Default.TargetsAnswer);
    }
}

/// <summary>The answer of Prometheus' <c>/api/v1/targets</c>.</summary>
internal sealed record TargetsAnswer(string Status, TargetsData Data);

internal sealed record TargetsData(
    IReadOnlyList<TargetAnswer> ActiveTargets, IReadOnlyList<DroppedTargetAnswer> DroppedTargets, IReadOnlyDictionary<string, int> DroppedTargetCounts);

/// <summary>The answer of Prometheus' <c>/api/v1/scrape_pools</c>.</summary>
internal sealed record PoolsAnswer(string Status, PoolsData Data);

internal sealed record PoolsData(IReadOnlyList<string> ScrapePools);

/// <summary>A target that relabelling dropped.</summary>
internal sealed record DroppedTargetAnswer(IReadOnlyDictionary<string, string> DiscoveredLabels, string ScrapePool)
{
    public static DroppedTargetAnswer Of(Scraper.DroppedTarget target) => new(target.DiscoveredLabels, target.Job.Name);
}

/// <summary>One target as Prometheus tells it.</summary>
internal sealed record TargetAnswer(
    IReadOnlyDictionary<string, string> DiscoveredLabels, IReadOnlyDictionary<string, string> Labels, string ScrapePool, string ScrapeUrl, string GlobalUrl,
    string LastError, DateTimeOffset? LastScrape, double LastScrapeDuration, string Health, string ScrapeInterval, string ScrapeTimeout)
{
    public static TargetAnswer Of(ScrapeTarget target) => new(
        target.DiscoveredLabels, target.Labels, target.Job.Name, target.Address.ToString(), target.Address.ToString(),
        target.Health.LastError, target.Health.LastScrape, target.Health.LastDuration.TotalSeconds,
        target.Health.IsUp switch { null => "unknown", true => "up", false => "down" },
        ScrapeTarget.Text(target.Interval), ScrapeTarget.Text(target.Timeout));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TargetsAnswer))]
[JsonSerializable(typeof(PoolsAnswer))]
internal sealed partial class ScrapeJson : JsonSerializerContext;
