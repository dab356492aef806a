using System.Globalization;
using System.Text.Json;
using Barograph.PromQL;
using Barograph.Server.Api;
using Barograph.TimeSeries;

namespace Barograph.Server.Query.MetricsApi;

/// <summary>
/// <c>GET /api/monitoring/metrics</c>: what is now. Without a name the figures of a small dashboard; with names those metrics,
/// translated as <c>metrics/query</c> translates them.
/// </summary>
internal static class MonitoringEndpoint
{
    const long WindowMs = 300_000;

    // A dashboard's worth; each is a query.
    const int MaxMetrics = 100;

    /// <summary>For the API's document.</summary>
    public static RouteDescription Describe(RouteDescription route) => route
        .Says("Without `metric_name` the figures of a small dashboard, each with its PromQL:\n\n"
            + string.Join('\n', CurrentFigure.All.Select(static figure => $"- `{figure.Name}`: {figure.Text}"))
            + "\n\nWith it, what these metrics are now, over the last 5 minutes. A figure without data is null.")
        .Query("metric_name", "A metric, as OpenTelemetry or as Prometheus writes it; may come several times.", Shape.List(Shape.Text))
        .Query("aggregation", "`avg` (when left out), `sum`, `count`, `min`, `max` or a percentile such as `p95`. Only with `metric_name`.")
        .Query("group_by", "A label that values are kept apart by; may come several times. Only with `metric_name`.", Shape.List(Shape.Text))
        .Query("filter", "A condition `label=value`; may come several times, all must hold.", Shape.List(Shape.Text))
        .Query("cache_duration", MetricsEndpoint.CacheText, Shape.Number)
        .Answer(200, "The figures, or the metrics.", Shape.OneOf(Shape.Of(MonitoringJson.Default.MonitoringFigures), Shape.Of(MonitoringJson.Default.MonitoringMetrics)))
        .Problem(400, "A parameter is not understood.")
        .Problem(422, "The data does not allow an answer, or a limit was passed.")
        .Problem(503, "It took too long, the store is being opened, or too many queries wait.");

    public static async Task<IResult> CurrentAsync(HttpContext http, QueryDesk desk, TimeProvider clock)
    {
        try
        {
            var parameters = await RequestParameters.ReadAsync(http);
            var filters = FiltersOf(parameters);
            var now = new Moment(desk, clock.GetUtcNow(), ToleratedBy(parameters), http.RequestAborted);
            return parameters.All("metric_name").Count > 0
                ? TypedResults.Json(await MetricsAsync(now, parameters, filters), MonitoringJson.Default.MonitoringMetrics)
                : TypedResults.Json(await FiguresAsync(now, filters), MonitoringJson.Default.MonitoringFigures);
        }
        catch (Exception failure) when (ApiError.Of(failure) is { } error)
        {
            return Problems.Of(error, http);
        }
    }

    static async Task<MonitoringFigures> FiguresAsync(Moment now, Dictionary<string, JsonElement> filters)
    {
        var known = now.Desk.Store.LabelNames([], now.Range);
        var matchers = filters.Select(filter => MetricsTranslation.Filter(MetricsEndpoint.LabelOf(filter.Key, known), filter.Value));
        var between = filters.Count == 0 ? "" : new VectorSelector(null, [.. matchers], Timing.None).ToString()[1..^1];
        var values = new Dictionary<string, double?>(StringComparer.Ordinal);
        var expressions = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var figure in CurrentFigure.All)
        {
            var query = now.Desk.Prepare(figure.Expression(between));
            expressions[figure.Name] = query.Expression.ToString();
            values[figure.Name] = await now.EvaluateAsync(query) is [var one, ..] ? one.Value : null;
        }

        return new MonitoringFigures(
            now.Time,
            new SystemFigures(values["system.cpu"], values["system.memory"], values["system.uptime"]),
            new ApplicationFigures(values["application.responseTime"], values["application.requestRate"], values["application.errorCount"]),
            new DatabaseFigures(values["database.connections"], values["database.avgQueryTime"]),
            expressions,
            now.IsKept,
            now.Warnings);
    }

    static async Task<MonitoringMetrics> MetricsAsync(Moment now, RequestParameters parameters, Dictionary<string, JsonElement> filters)
    {
        var names = parameters.All("metric_name");
        if (names.Count > MaxMetrics)
            throw new ApiErrorException(ApiError.Parameter("metric_name", $"{names.Count} metrics; at most {MaxMetrics} at a time"));
        var aggregation = parameters["aggregation"] is { Length: > 0 } given ? given : "avg";
        var groupBy = parameters.All("group_by").OfType<string>().SelectMany(static list => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        var request = new MetricsRequest { Aggregation = aggregation, GroupBy = [.. groupBy], Filters = filters };
        var metrics = new List<CurrentMetric>();
        foreach (var name in names)
        {
            if (string.IsNullOrEmpty(name))
                throw new ApiErrorException(ApiError.Parameter("metric_name", "a name is needed"));
            var (expression, warning) = MetricsEndpoint.Translate(request with { MetricName = name }, now.Desk.Store, now.Times, WindowMs);
            now.Warn(warning);
            metrics.Add(new CurrentMetric(name, aggregation, expression, await now.EvaluateAsync(now.Desk.Prepare(expression))));
        }

        return new MonitoringMetrics(now.Time, metrics, now.IsKept, now.Warnings);
    }

    static TimeSpan ToleratedBy(RequestParameters parameters)
    {
        var text = parameters["cache_duration"];
        if (text.Length == 0)
            return TimeSpan.Zero;
        return MetricsEndpoint.Tolerated(double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) ? seconds : -1);
    }

    static Dictionary<string, JsonElement> FiltersOf(RequestParameters parameters)
    {
        var filters = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var text in parameters.All("filter"))
        {
            var equals = text?.IndexOf('=') ?? -1;
            if (equals <= 0)
                throw new ApiErrorException(ApiError.Parameter("filter", $"'{text}' is not label=value"));
            filters[text![..equals]] = JsonSerializer.SerializeToElement(text[(equals + 1)..], MetricsJson.Default.String);
        }

        return filters;
    }

    /// <summary>Now, for all expressions of one request, or not long ago for who tolerates that.</summary>
    sealed class Moment(QueryDesk desk, DateTimeOffset now, TimeSpan tolerated, CancellationToken hungUp)
    {
        readonly SortedSet<string> _warnings = new(StringComparer.Ordinal);
        readonly long _nowMs = now.ToUnixTimeMilliseconds();
        long? _oldestMs;

        public QueryDesk Desk => desk;

        /// <summary>Of which time the oldest value is.</summary>
        public DateTimeOffset Time => _oldestMs is { } oldestMs && oldestMs != _nowMs ? DateTimeOffset.FromUnixTimeMilliseconds(oldestMs) : now;

        /// <summary>Whether nothing had to be evaluated.</summary>
        public bool IsKept { get; private set; } = true;

        public QueryTimes Times => QueryTimes.Instant(_nowMs);

        public TimeRange Range => new(Times.StartMs - WindowMs, Times.EndMs + 1);

        public IReadOnlyList<string> Warnings => [.. _warnings];

        public void Warn(string? warning)
        {
            if (warning is not null)
                _warnings.Add(warning);
        }

        public async Task<IReadOnlyList<CurrentValue>> EvaluateAsync(PreparedQuery query)
        {
            var (result, isKept) = await desk.RecentAsync(
                $"now: {query.Text}", _nowMs, tolerated, () => desk.EvaluateAsync(query, Times, null, null, hungUp));
            IsKept &= isKept;
            _oldestMs = Math.Min(_oldestMs ?? long.MaxValue, result.StartMs);
            _warnings.UnionWith(result.Warnings);
            return
            [
                .. result.Series.Where(static series => series.HasFloat(0)).Select(static series => new CurrentValue(
                    double.IsFinite(series.Values[0]) ? series.Values[0] : null,
                    TagsOf(series.Labels))),
            ];
        }

        static Dictionary<string, string> TagsOf(Labels labels)
        {
            var tags = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, value) in labels.Pairs)
                tags[name] = value;
            return tags;
        }
    }
}
