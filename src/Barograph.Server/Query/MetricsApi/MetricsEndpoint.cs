using System.Text.Json;
using Barograph.PromQL;
using Barograph.Server.Api;
using Barograph.Server.Query.Export;
using Barograph.Server.Query.Prometheus;
using Barograph.TimeSeries;
using MatchType = Barograph.TimeSeries.MatchType;

namespace Barograph.Server.Query.MetricsApi;

/// <summary><c>POST /api/v1/metrics/query</c>: for who does not write PromQL. The answer says which expression the question became.</summary>
internal static class MetricsEndpoint
{
    const long MinuteMs = 60_000;

    // A week: what is longer is no question of what is now.
    const int MaxCacheSeconds = 7 * 86_400;

    // As many results as a chart is wide, when nobody says.
    const int Results = 250;

    /// <summary>What <c>cache_duration</c> means, for the API's document.</summary>
    public const string CacheText = "How old an answer to the same question may be, in seconds; when left out it is of now.";

    // What a body may have, and what each must be.
    static readonly Dictionary<string, string> Fields = new(StringComparer.Ordinal)
    {
        ["metric_name"] = "a text",
        ["time_range"] = "an object with start and end",
        ["aggregation"] = "a text",
        ["group_by"] = "a list of texts",
        ["filters"] = "an object: label to value, list of values or null",
        ["step"] = "a text",
        ["cache_duration"] = "a number of seconds",
    };

    // What names from OpenTelemetry get on their way in: units and the endings of counters.
    static readonly string[] Endings = ["", "_seconds", "_milliseconds", "_bytes", "_ratio", "_total", "_seconds_total", "_bytes_total"];

    /// <summary>For the API's document.</summary>
    public static RouteDescription Describe(RouteDescription route) => route
        .Says("The question is translated to PromQL; the answer says which expression it became.")
        .Body("application/json", Shape.Named("MetricsRequest", static () => Shape.Object(
            new("metric_name", Shape.Text, "As OpenTelemetry (`task.execution.duration`) or as Prometheus writes it."),
            new("time_range", Shape.Object(
                new("start", Shape.Text, $"{PrometheusShapes.TimeText}; an hour before the end when left out.", Optional: true),
                new("end", Shape.Text, $"{PrometheusShapes.TimeText}; now when left out.", Optional: true)), Optional: true),
            new("aggregation", Shape.Text, "`avg` (when left out), `sum`, `count`, `min`, `max` or a percentile such as `p95`, `p99.9`.", Optional: true),
            new("group_by", Shape.List(Shape.Text), "The labels that results are kept apart by.", Optional: true),
            new("filters", Shape.Map(Shape.Any), "Label to value, to a list of which one must be there, or to null: not there.", Optional: true),
            new("step", Shape.Text, "How much time each result stands for, such as `5m`; chosen by the range when left out.", Optional: true),
            new("cache_duration", Shape.Number, CacheText, Optional: true))))
        .Answer(200, "One entry for each step and group.", Shape.Object(
            new("data", Shape.List(Shape.Object(
                new("timestamp", Shape.Time, "The end of the step that it stands for."),
                new("value", Shape.OrNull(Shape.Number), "Null where JSON has no number for it."),
                new("tags", PrometheusShapes.LabelSet, "What it was grouped by.")))),
            new("expression", Shape.Text, "The PromQL that was evaluated."),
            new("step", Shape.Text),
            new("cached", Shape.Flag, "Whether the answer was there already, from the same question or from one whose steps it shares."),
            new("warnings", Shape.List(Shape.Text))))
        .Problem(400, "The body or one of its fields is not understood.")
        .Problem(422, "The data does not allow an answer, or a limit was passed.")
        .Problem(503, "It took too long, the store is being opened, or too many queries wait.");

    public static async Task<IResult> QueryAsync(HttpContext http, QueryDesk desk, TimeProvider clock)
    {
        try
        {
            var request = await ReadAsync(http);
            var nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
            var tolerated = Tolerated(request.CacheDuration);
            var (times, stepMs) = TimesOf(request, nowMs);
            var (expression, warning) = Translate(request, desk.Store, times, stepMs);
            var query = desk.Prepare(expression);
            // A question that ends now has other steps each time, and would only fill the cache of steps.
            var hasSteps = request.TimeRange?.End is { Length: > 0 };
            var (result, isKept) = await desk.RecentAsync(
                $"{stepMs} from {request.TimeRange?.Start} to {request.TimeRange?.End}: {expression}", nowMs, tolerated,
                () => desk.EvaluateAsync(query, times, null, null, http.RequestAborted, usesCache: hasSteps));
            isKept |= result.Statistics.CachedSteps == result.Steps;
            http.Response.ContentType = "application/json";
            await using var stream = new JsonStream(http.Response.BodyWriter, http.RequestAborted);
            await WriteAsync(stream, expression, stepMs, result, isKept, warning is null ? result.Warnings : [warning, .. result.Warnings]);
            await stream.EndAsync(http.Response);
            return TypedResults.Empty;
        }
        catch (Exception failure) when (!http.Response.HasStarted && ApiError.Of(failure) is { } error)
        {
            return Problems.Of(error, http);
        }
    }

    static async Task<MetricsRequest> ReadAsync(HttpContext http)
    {
        try
        {
            var request = await JsonSerializer.DeserializeAsync(http.Request.Body, MetricsJson.Default.MetricsRequest, http.RequestAborted);
            return request is { MetricName.Length: > 0 } ? request : throw new ApiErrorException(ApiError.Parameter("metric_name", "a name is needed"));
        }
        catch (JsonException mistake)
        {
            throw new ApiErrorException(ApiError.BadData($"the body is not what was expected: {Explain(mistake)}"));
        }
    }

    /// <summary>What is wrong with a body, without the names that the program's own types have.</summary>
    static string Explain(JsonException mistake)
    {
        var path = mistake.Path is ['$', '.', .. var field] ? field : "";
        if (mistake.Message.StartsWith("The JSON property", StringComparison.Ordinal))
        {
            return $"'{path}' is not known here; allowed are {(path.StartsWith("time_range.", StringComparison.Ordinal) ? "start, end" : string.Join(", ", Fields.Keys))}";
        }

        if (!mistake.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
            return mistake.Message.Split(" Path:")[0];
        var isInside = path.Contains('.') || path.Contains('[');
        return path.Length == 0 ? "it must be an object"
            : $"{path} must be {(isInside ? "a text" : Fields.GetValueOrDefault(path, "a text"))}";
    }

    /// <summary>Each result stands for the step that ends at its time, so the first is a step after the start.</summary>
    static (QueryTimes Times, long StepMs) TimesOf(MetricsRequest request, long nowMs)
    {
        var end = Time("time_range.end", request.TimeRange?.End, nowMs);
        var start = Time("time_range.start", request.TimeRange?.Start, end - 60 * MinuteMs);
        if (end <= start)
            throw new ApiErrorException(ApiError.Parameter("time_range", "the end must be after the start"));
        var stepMs = Math.Max(1, (end - start + Results * MinuteMs - 1) / (Results * MinuteMs)) * MinuteMs;
        if (request.Step is { Length: > 0 } text && (!Durations.TryParse(text, out stepMs) || stepMs <= 0))
            throw new ApiErrorException(ApiError.Parameter("step", $"'{text}' is not a duration such as 30s, 5m or 1h"));
        if ((end - start) / stepMs > QueryEndpoints.MaxPoints)
            throw new ApiErrorException(ApiError.Parameter("step", $"more than {QueryEndpoints.MaxPoints:N0} results; take a longer step"));
        return (QueryTimes.Range(Math.Min(start + stepMs, end), end, stepMs), stepMs);
    }

    static long Time(string name, string? text, long otherwiseMs)
    {
        if (string.IsNullOrEmpty(text))
            return otherwiseMs;
        return RequestParameters.TryTime(text, out var timestampMs) && DateTimeOffset.MinValue.ToUnixTimeMilliseconds() <= timestampMs && timestampMs <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? timestampMs
            : throw new ApiErrorException(ApiError.Parameter(name, $"'{text}' is not a time such as 2025-01-31T12:00:00Z"));
    }

    /// <summary>How old an answer may be.</summary>
    /// <param name="seconds">As it was asked, or null.</param>
    public static TimeSpan Tolerated(double? seconds) => seconds switch
    {
        null => TimeSpan.Zero,
        >= 0 and <= MaxCacheSeconds => TimeSpan.FromSeconds(seconds.Value),
        _ => throw new ApiErrorException(ApiError.Parameter("cache_duration", $"must be a number of seconds from 0 to {MaxCacheSeconds}")),
    };

    /// <summary>The PromQL of a question; its names are looked for in what there is at these times. A metric that is not there is a warning.</summary>
    public static (string Expression, string? Warning) Translate(MetricsRequest request, IMetricStore store, QueryTimes times, long stepMs)
    {
        var range = new TimeRange(times.StartMs - stepMs, times.EndMs + 1);
        var found = Find(request.MetricName!, store, range);
        var (metric, kind) = found ?? (request.MetricName!, MetricKind.Gauge);
        var known = store.LabelNames([], range);
        var filters = (request.Filters ?? new Dictionary<string, JsonElement>(StringComparer.Ordinal))
            .Select(filter => MetricsTranslation.Filter(LabelOf(filter.Key, known), filter.Value));
        var groupBy = (request.GroupBy ?? []).Select(label => LabelOf(label, known)).Distinct(StringComparer.Ordinal);
        var expression = new MetricsTranslation(metric, kind, [.. filters], [.. groupBy], stepMs / 1000.0).Of(request.Aggregation ?? "avg");
        return (expression.ToString(), found is null ? $"there is no metric '{metric}' in this time" : null);
    }

    /// <summary>The metric as it is kept: by its name, or by the name that it got on its way in; null when it is not there.</summary>
    static (string Metric, MetricKind Kind)? Find(string name, IMetricStore store, TimeRange range)
    {
        var written = Underscored(name);
        foreach (var candidate in Endings.Select(ending => written + ending).Prepend(name).Distinct(StringComparer.Ordinal))
        {
            if (Exists(candidate))
            {
                // Classic histograms have no series by the metric's own name, so a histogram that has one is native.
                var type = store.Metadata.TryGetValue(candidate, out var metadata) ? metadata.Type : MetricType.Unknown;
                var isCounter = type == MetricType.Counter || candidate.EndsWith("_total", StringComparison.Ordinal);
                return (candidate, type == MetricType.Histogram ? MetricKind.NativeHistogram : isCounter ? MetricKind.Counter : MetricKind.Gauge);
            }

            if (Exists(candidate + "_bucket"))
                return (candidate, MetricKind.Histogram);
        }

        return null;

        bool Exists(string metric) => store.LabelValues(Labels.MetricName, [new Matcher(MatchType.Equal, Labels.MetricName, metric)], range).Count > 0;
    }

    /// <summary>A label as it is kept: by its name, or by the name that it got on its way in.</summary>
    public static string LabelOf(string name, IReadOnlyList<string> known) => known.Contains(name) ? name : Underscored(name);

    static string Underscored(string name) =>
        string.Create(name.Length, name, static (written, name) =>
        {
            for (var i = 0; i < name.Length; i++)
                written[i] = char.IsAsciiLetterOrDigit(name[i]) || name[i] is '_' or ':' ? name[i] : '_';
        });

    static async Task WriteAsync(
        JsonStream stream, string expression, long stepMs, QueryResult result, bool isKept, IReadOnlyList<string> warnings)
    {
        var json = stream.Json;
        json.WriteStartObject();
        json.WriteStartArray("data"u8);
        foreach (var series in result.Series)
        {
            for (var step = 0; step < series.Values.Length; step++)
            {
                if (!series.HasFloat(step))
                    continue;
                json.WriteStartObject();
                json.WriteString("timestamp"u8, ExportHead.Time(result.TimestampMs(step)));
                if (double.IsFinite(series.Values[step]))
                    json.WriteNumber("value"u8, series.Values[step]);
                else
                    json.WriteNull("value"u8); // JSON has no NaN and no infinities
                json.WritePropertyName("tags"u8);
                stream.Write(series.Labels);
                json.WriteEndObject();
                await stream.PassOnAsync();
            }
        }

        json.WriteEndArray();
        json.WriteString("expression"u8, expression);
        json.WriteString("step"u8, Durations.Format(stepMs));
        json.WriteBoolean("cached"u8, isKept);
        json.WritePropertyName("warnings"u8);
        await stream.WriteAsync(warnings);
        json.WriteEndObject();
    }
}
