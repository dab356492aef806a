using System.IO.Compression;
using Barograph.Server.Query.Export;
using Barograph.Server.Query.MetricsApi;
using Barograph.Server.Query.Prometheus;
using Barograph.Server.Settings;
using Microsoft.AspNetCore.ResponseCompression;

namespace Barograph.Server.Query;

/// <summary>Reading over HTTP: Prometheus' API, and our own routes around it. Described in docs/query-api.md.</summary>
internal static class QuerySlice
{
    public static void AddQuery(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(_ => new QueryGate(settings.QueryConcurrency));
        services.AddSingleton<QueryDesk>();
        services.AddResponseCompression(static compression =>
        {
            compression.EnableForHttps = true; // answers hold samples, no secrets beside what a stranger may have put in
            compression.Providers.Add<BrotliCompressionProvider>();
            compression.Providers.Add<GzipCompressionProvider>();
            compression.MimeTypes = ["application/json", "application/problem+json", "text/csv"];
        });
        // Samples compress well at any level; the fastest costs a few milliseconds per megabyte.
        services.Configure<BrotliCompressionProviderOptions>(static brotli => brotli.Level = CompressionLevel.Fastest);
        services.Configure<GzipCompressionProviderOptions>(static gzip => gzip.Level = CompressionLevel.Fastest);
    }

    /// <summary>Compresses what the API answers, for who asks for it.</summary>
    public static void UseQueryCompression(this WebApplication app) => app.UseWhen(
        static http => http.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal),
        static api => api.UseResponseCompression());

    public static void MapQuery(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1");
        api.MapForm("/query", QueryEndpoints.InstantAsync);
        api.MapForm("/query_range", QueryEndpoints.RangeAsync);
        api.MapForm("/query_exemplars", QueryEndpoints.ExemplarsAsync);
        api.MapForm("/format_query", QueryEndpoints.FormatAsync);
        api.MapForm("/parse_query", QueryEndpoints.ParseAsync);
        api.MapForm("/series", SeriesEndpoints.SeriesAsync);
        api.MapForm("/labels", SeriesEndpoints.LabelsAsync);
        api.MapAddress("/label/{name}/values", SeriesEndpoints.LabelValuesAsync);
        api.MapAddress("/metadata", SeriesEndpoints.MetadataAsync);
        api.MapAddress("/status/buildinfo", StatusEndpoints.BuildInfoAsync);
        api.MapAddress("/status/runtimeinfo", StatusEndpoints.RuntimeInfoAsync);
        api.MapAddress("/status/tsdb", StatusEndpoints.StoreAsync);
        api.MapMethods("/export", ["GET", "POST"], ExportEndpoint.ExportAsync);
        api.MapPost("/metrics/query", MetricsEndpoint.QueryAsync);
        MapEmpty(api);
    }

    /// <summary>Questions of upstream's API that have nothing to tell here: who asks gets an empty answer of the right shape.</summary>
    static void MapEmpty(RouteGroupBuilder api)
    {
        Map("/rules", """{"groups":[]}""");
        Map("/alerts", """{"alerts":[]}""");
        Map("/targets/metadata", "[]");
        Map("/alertmanagers", """{"activeAlertmanagers":[],"droppedAlertmanagers":[]}""");

        void Map(string path, string data) => api.MapAddress(path, (_, _, _) => new(PrometheusAnswer.Of(data)));
    }
}
