using System.IO.Compression;
using Barograph.Server.Api;
using Barograph.Server.Query.Export;
using Barograph.Server.Query.MetricsApi;
using Barograph.Server.Query.Prometheus;
using Barograph.Server.Query.RemoteRead;
using Barograph.Server.Settings;
using Microsoft.AspNetCore.ResponseCompression;

namespace Barograph.Server.Query;

/// <summary>Reading over HTTP: Prometheus' API, and our own routes around it. Described in docs/query-api.md.</summary>
internal static class QuerySlice
{
    public static void AddQuery(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(_ => new QueryGate(settings.QueryConcurrency));
        services.AddSingleton(_ => new ResultCache(settings.QueryCacheBytes));
        services.AddSingleton<SlowQueries>();
        services.AddSingleton<StoreCensus>();
        services.AddSingleton<QueryDesk>();
        services.AddHostedService<QueryRehearsal>();
        services.AddSingleton<IProblemDetailsWriter, PrometheusProblems>();
        services.AddSingleton<ReadTurns>();
        services.AddResponseCompression(static compression =>
        {
            compression.EnableForHttps = true; // answers hold samples, no secrets beside what a stranger may have put in
            compression.Providers.Add<BrotliCompressionProvider>();
            compression.Providers.Add<GzipCompressionProvider>();
            compression.MimeTypes = ["application/json", "application/problem+json", "text/csv", "text/plain", "application/openmetrics-text"];
        });
        // Samples compress well at any level; the fastest costs a few milliseconds per megabyte.
        services.Configure<BrotliCompressionProviderOptions>(static brotli => brotli.Level = CompressionLevel.Fastest);
        services.Configure<GzipCompressionProviderOptions>(static gzip => gzip.Level = CompressionLevel.Fastest);
    }

    /// <summary>Compresses what the API answers, for who asks for it.</summary>
    public static void UseQueryCompression(this WebApplication app) => app.UseWhen(
        static http => http.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal) || http.Request.Path.Value is "/metrics" or "/federate",
        static api => api.UseResponseCompression());

    public static void MapQuery(this IEndpointRouteBuilder routes)
    {
        _ = routes.ServiceProvider.GetRequiredService<ReadTurns>(); // made now: what it measures is there before the first read
        var api = routes.MapGroup("/api/v1");
        api.MapQueries();
        api.MapLists();
        api.MapStatus();
        MapEmpty(api);
        api.MapMethods("/export", ["GET", "POST"], ExportEndpoint.ExportAsync).Describe(ApiChapters.Query, "Sends a range query of any length as a file", ExportEndpoint.Describe);
        api.MapPost("/metrics/query", MetricsEndpoint.QueryAsync).Describe(ApiChapters.Query, "Asks without PromQL", MetricsEndpoint.Describe);
        api.MapPost("/read", RemoteReadEndpoint.ReadAsync).Describe(ApiChapters.Query, "Gives raw samples to a Prometheus (remote read)", RemoteReadEndpoint.Describe);
        routes.MapGet("/api/monitoring/metrics", MonitoringEndpoint.CurrentAsync).Describe(ApiChapters.Query, "Tells what is now, without PromQL", MonitoringEndpoint.Describe);
    }

    static void MapQueries(this RouteGroupBuilder api)
    {
        api.MapForm("/query", QueryEndpoints.InstantAsync).Describe(ApiChapters.Query, "Evaluates an expression at one moment", static route => route
            .Expression()
            .Query("time", $"When: {PrometheusShapes.TimeText}; now when left out.")
            .Evaluates().Succeeds(PrometheusShapes.InstantData));
        api.MapForm("/query_range", QueryEndpoints.RangeAsync).Describe(ApiChapters.Query, "Evaluates an expression at every step of a range", static route => route
            .Expression()
            .Query("start", $"The first moment: {PrometheusShapes.TimeText}.", required: true)
            .Query("end", "The last moment.", required: true)
            .Query("step", "The time between two moments: a duration such as `15s`, or seconds. At most 11,000 points of a series.", required: true)
            .Evaluates().Succeeds(PrometheusShapes.MatrixData));
        api.MapForm("/query_exemplars", ExemplarsEndpoint.SelectAsync).Describe(ApiChapters.Query, "Lists the exemplars of the series that an expression selects", static route => route
            .Expression()
            .Query("start", $"From when on: {PrometheusShapes.TimeText}.").Query("end", $"Until when: {PrometheusShapes.TimeText}.")
            .Form().Succeeds(Shape.List(PrometheusShapes.SeriesExemplars)));
        api.MapForm("/format_query", QueryEndpoints.FormatAsync).Describe(ApiChapters.Query, "Writes an expression in canonical form", static route => route
            .Says("What is longer than 100 characters is broken into lines.")
            .Expression().Form().Succeeds(Shape.Text));
        api.MapForm("/parse_query", QueryEndpoints.ParseAsync).Describe(ApiChapters.Query, "Parses an expression into its tree", static route => route
            .Expression().Form().Succeeds(PrometheusShapes.SyntaxNode));
        api.MapForm("/explain", ExplainEndpoints.ExplainAsync).Describe(ApiChapters.Query, "Tells how an expression would be answered", static route => route
            .Says("Nothing is evaluated: what is selected, in which order it is worked on, what is done once for all steps and what is shared.")
            .Expression().Form().Succeeds(ExplainEndpoints.PlanShape));
    }

    static void MapLists(this RouteGroupBuilder api)
    {
        api.MapForm("/series", SeriesEndpoints.SeriesAsync).Describe(ApiChapters.Series, "Lists the series that match", static route => route
            .Selects(needsMatch: true).Form().Succeeds(Shape.List(PrometheusShapes.LabelSet)));
        api.MapForm("/labels", SeriesEndpoints.LabelsAsync).Describe(ApiChapters.Series, "Lists label names", static route => route
            .Selects().Form().Succeeds(Shape.List(Shape.Text)));
        api.MapAddress("/label/{name}/values", SeriesEndpoints.LabelValuesAsync).Describe(ApiChapters.Series, "Lists the values of a label", static route => route
            .Path("name", "The label; one with other characters may be escaped: `U__http_2e_code` is `http.code`.")
            .Selects().Succeeds(Shape.List(Shape.Text)));
        api.MapAddress("/metadata", SeriesEndpoints.MetadataAsync).Describe(ApiChapters.Series, "Tells type, help and unit of metrics", static route => route
            .Query("metric", "Only this one.")
            .Query("limit", "How many metrics at most.", Shape.Integer)
            .Query("limit_per_metric", "How many of each at most; there is never more than one.", Shape.Integer)
            .Succeeds(Shape.Map(Shape.List(PrometheusShapes.Metadata))));
    }

    static void MapStatus(this RouteGroupBuilder api)
    {
        api.MapAddress("/status/buildinfo", StatusEndpoints.BuildInfoAsync).Describe(ApiChapters.Server, "Tells whose API this is, and the server's version", static route => route
            .Succeeds(PrometheusShapes.BuildInfo));
        api.MapAddress("/status/runtimeinfo", StatusEndpoints.RuntimeInfoAsync).Describe(ApiChapters.Server, "Tells how the server runs", static route => route
            .Succeeds(PrometheusShapes.RuntimeInfo));
        api.MapAddress("/status/flags", StatusEndpoints.FlagsAsync).Describe(ApiChapters.Server, "Lists the settings", static route => route
            .Says("As on the command line, without the dashes; those that were not set with their defaults.").Succeeds(Shape.Map(Shape.Text)));
        api.MapAddress("/status/config", StatusEndpoints.ConfigAsync).Describe(ApiChapters.Server, "Lists the settings as YAML", static route => route
            .Says("As `barograph.yaml` would have them.").Succeeds(Shape.Object(new Property("yaml", Shape.Text))));
        api.MapAddress("/status/walreplay", static (_, _, _) => new(PrometheusAnswer.Of("""{"min":0,"max":0,"current":0}""")))
            .Describe(ApiChapters.Server, "Tells how far the log has been read: it has, when this answers", static route => route
                .Says("While the store is being opened, this is `unavailable` as all others; `/readyz` tells when it is over.")
                .Succeeds(Shape.Object(new("min", Shape.Integer), new("max", Shape.Integer), new("current", Shape.Integer))));
        api.MapAddress("/features", FeaturesEndpoint.ListAsync).Describe(ApiChapters.Server, "Tells which parts of the API and the language there are", static route => route
            .Says("By category, in Prometheus' names; experimental parts of PromQL as the setting `promql-experimental` has them. A client passes over what it does not know.")
            .Succeeds(Shape.Map(Shape.Map(Shape.Flag))));
        api.MapAddress("/status/tsdb", StatusEndpoints.StoreAsync).Describe(ApiChapters.Server, "Counts series, by what they have", static route => route
            .Says("The numbers may be a little old: counting is done anew after 20 times as long as it took.")
            .Query("limit", "How many entries in each list; 10 when left out.", Shape.Integer)
            .Succeeds(PrometheusShapes.StoreStatus));
        api.MapAddress("/status/slow_queries", ExplainEndpoints.SlowAsync).Describe(ApiChapters.Server, "Lists the newest slow queries", static route => route
            .Says($"The last {SlowQueries.MaxKept} queries that took longer than the setting `slow-query`, the newest first. In memory: the list starts anew with the server.")
            .Query("limit", "How many at most; 0 is all.", Shape.Integer)
            .Succeeds(ExplainEndpoints.SlowShape));
    }

    /// <summary>Questions of upstream's API that have nothing to tell here: who asks gets an empty answer of the right shape.</summary>
    static void MapEmpty(RouteGroupBuilder api)
    {
        Map("/rules", """{"groups":[]}""", "Lists rules: there are none", CheckRules, static route => route.Query("type", "Which rules.", Shape.Words("alert", "record")));
        Map("/alerts", """{"alerts":[]}""", "Lists alerts: there are none");
        Map("/targets/metadata", "[]", "Lists what targets tell of their metrics: see `/api/v1/metadata`", static parameters => _ = parameters.Number("limit"),
            static route => route.Query("limit", "How many at most.", Shape.Integer));
        Map("/alertmanagers", """{"activeAlertmanagers":[],"droppedAlertmanagers":[]}""", "Lists Alertmanagers: there are none");

        void Map(string path, string data, string summary, Action<RequestParameters>? check = null, Action<RouteDescription>? describe = null) =>
            api.MapAddress(path, (_, parameters, _) =>
            {
                check?.Invoke(parameters);
                return new(PrometheusAnswer.Of(data));
            }).Describe(ApiChapters.Server, summary, route =>
            {
                describe?.Invoke(route);
                return route.Says("Always empty, in Prometheus' shape.").Succeeds(Shape.Any);
            });
    }

    static void CheckRules(RequestParameters parameters)
    {
        var type = parameters["type"].ToLowerInvariant();
        if (type is not ("" or "alert" or "record"))
            throw new ApiErrorException(ApiError.Parameter("type", $"not supported value {RequestParameters.Go(type)}"));
    }
}
