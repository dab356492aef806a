using System.Reflection;
using Barograph.Server.Api;
using Barograph.Server.Data;
using Barograph.Server.Processes;
using Barograph.Server.Settings;
using Barograph.TimeSeries;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Barograph.Server.Storage;

/// <summary>Opens the embedded store and answers whether the server is alive and ready.</summary>
internal static class StorageSlice
{
    public static void AddStorage(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<OpenedStore>(
            provider,
            () => Open(settings, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<OpenedStore>>())));
        services.AddHostedService(static provider => provider.GetRequiredService<OpenedStore>());
        services.AddHostedService<StoreWatch>();
    }

    public static void MapStorage(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", static () => TypedResults.Text("ok\n"))
            .Describe(ApiChapters.Server, "Tells that the program runs", static route => route.Answer(200, "It runs.", Shape.Text, "text/plain"));
        routes.MapGet("/-/healthy", static () => TypedResults.Text("Barograph is healthy.\n"))
            .Describe(ApiChapters.Server, "Tells that the program runs, where Prometheus tells it", static route => route.Answer(200, "It runs.", Shape.Text, "text/plain"));
        routes.MapGet("/-/ready", ReadyText).Describe(ApiChapters.Server, "Tells whether the server takes and answers, where Prometheus tells it", static route => route
            .Answer(200, "It does.", Shape.Text, "text/plain")
            .Answer(503, "The store is being opened, or takes no writes.", Shape.Text, "text/plain"));
        routes.MapGet("/readyz", Ready).Describe(ApiChapters.Server, "Tells whether the server takes and answers", DescribeReady);
        routes.MapGet("/ready", Ready).Describe(ApiChapters.Server, "Tells whether the server takes and answers, where InfluxDB tells it", DescribeReady);
        routes.MapGet("/health", HealthOf).Describe(ApiChapters.Server, "Tells whether the server takes and answers, as InfluxDB tells it", static route => route
            .Answer(200, "It does: `pass`.", Shape.Of(StorageJson.Default.Health))
            .Answer(503, "The store is being opened, or takes no writes: `fail`.", Shape.Of(StorageJson.Default.Health)));
    }

    static RouteDescription DescribeReady(RouteDescription route) => route
        .Says("Beside the state stands what a person should know: `warnings`, and the `workers` that failed in a way nobody expected. They alone make no 503.")
        .Answer(200, "It does.", Shape.Of(StorageJson.Default.Readiness))
        .Answer(503, "The store is being opened (`Retry-After` says when to ask again) or takes no writes, or what keeps events has failed and is tried again.", Shape.Of(StorageJson.Default.Readiness));

    static MetricStore Open(ServerSettings settings, TimeProvider clock, ILogger log)
    {
        var store = MetricStore.Open(settings.Data, new StoreOptions
        {
            Retention = settings.Retention,
            RollupRetention = settings.RollupRetention,
            SizeLimitBytes = settings.RetentionBytes,
            OutOfOrderWindow = settings.OutOfOrderWindow,
            SeriesLimit = settings.SeriesLimit,
            NewSeriesPerSecond = settings.NewSeriesPerSecond,
            DiskReserveBytes = settings.DiskReserveBytes,
            Clock = clock,
            ReportBug = bug => StorageLog.Bug(log, bug),
            SelectSamplesLimit = null, // a query counts what all its selects read: query-max-samples
        });
        try
        {
            if (DataFolder.MendModes(settings.Data) is > 0 and var count)
                DataLog.ModesMended(log, count, settings.Data);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            DataLog.ModesNotMended(log, settings.Data, failure.Message);
        }

        return store;
    }

    static ContentHttpResult ReadyText(OpenedStore opened, Workers workers)
    {
        var (status, reason) = State(opened, workers);
        return status == "ready"
            ? TypedResults.Text("Barograph is ready.\n")
            : TypedResults.Text($"{reason}\n", statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    static (string Status, string? Reason) State(OpenedStore opened, Workers workers) => opened.Current switch
    {
        null => ("starting", "The store is being opened."),
        { Status: { Writable: false } state } => ("read_only", state.Trouble ?? "The store takes no writes."),
        _ when workers.Obstacle is { } obstacle => ("failing", obstacle),
        { Status: var state } => ("ready", state.Trouble),
    };

    static JsonHttpResult<Readiness> Ready(OpenedStore opened, Workers workers, Warnings warnings, HttpContext context)
    {
        var (status, reason) = State(opened, workers);
        if (status == "starting")
            context.Response.Headers.RetryAfter = "1";
        var failed = workers.All.Where(static worker => worker.Failures > 0).ToList();
        return TypedResults.Json(
            new Readiness(status, reason, warnings.All is { Count: > 0 } all ? all : null, failed.Count > 0 ? failed : null),
            StorageJson.Default.Readiness,
            statusCode: status == "ready" ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    static JsonHttpResult<Health> HealthOf(OpenedStore opened, Workers workers)
    {
        var (status, reason) = State(opened, workers);
        var isReady = status == "ready";
        return TypedResults.Json(
            new Health("barograph", reason ?? "ready for queries and writes", isReady ? "pass" : "fail", Version),
            StorageJson.Default.Health,
            statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    static string Version =>
        typeof(StorageSlice).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
