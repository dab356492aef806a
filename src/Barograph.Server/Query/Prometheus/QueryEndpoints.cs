using System.Diagnostics;
using Barograph.PromQL;

namespace Barograph.Server.Query.Prometheus;

/// <summary><c>/api/v1/query</c>, <c>query_range</c>, <c>format_query</c> and <c>parse_query</c>.</summary>
internal static class QueryEndpoints
{
    /// <summary>More points of a series than any screen has columns; as upstream.</summary>
    public const int MaxPoints = 11_000;

    // As upstream: an answer is not buried under its annotations.
    const int MaxAnnotations = 10;

    const string Truncated = "results truncated due to limit";

    public static async ValueTask<PrometheusAnswer> InstantAsync(HttpContext http, RequestParameters parameters, QueryDesk desk)
    {
        var limit = parameters.Limit;
        var clock = http.RequestServices.GetRequiredService<TimeProvider>();
        var time = parameters.Time("time", clock.GetUtcNow().ToUnixTimeMilliseconds());
        return await EvaluateAsync(http, parameters, desk, QueryTimes.Instant(time), limit);
    }

    public static async ValueTask<PrometheusAnswer> RangeAsync(HttpContext http, RequestParameters parameters, QueryDesk desk)
    {
        var limit = parameters.Limit;
        return await EvaluateAsync(http, parameters, desk, RangeOf(parameters, MaxPoints), limit);
    }

    public static ValueTask<PrometheusAnswer> FormatAsync(HttpContext http, RequestParameters parameters, QueryDesk desk)
    {
        var text = desk.Prepare(parameters["query"]).Expression.ToLines();
        return new(new PrometheusAnswer(stream =>
        {
            stream.Json.WriteStringValue(text);
            return default;
        }));
    }

    public static ValueTask<PrometheusAnswer> ParseAsync(HttpContext http, RequestParameters parameters, QueryDesk desk)
    {
        var expression = desk.Prepare(parameters["query"]).Expression;
        return new(new PrometheusAnswer(stream =>
        {
            SyntaxTreeJson.Write(stream.Json, expression);
            return default;
        }));
    }

    /// <summary>Reads start, end and step.</summary>
    /// <param name="parameters">The request's.</param>
    /// <param name="maxPoints">How many steps there may be after the first.</param>
    /// <exception cref="ApiErrorException">They make no range, or one of too many points.</exception>
    public static QueryTimes RangeOf(RequestParameters parameters, long maxPoints)
    {
        var (start, end) = (parameters.Time("start"), parameters.Time("end"));
        if (end < start)
            throw new ApiErrorException(ApiError.Parameter("end", "end timestamp must not be before start time"));
        var step = parameters.Duration("step");
        if (step <= 0)
        {
            throw new ApiErrorException(ApiError.Parameter(
                "step", "zero or negative query resolution step widths are not accepted. Try a positive integer"));
        }

        if ((Int128)(end - (Int128)start) / step > maxPoints)
        {
            throw new ApiErrorException(ApiError.BadData(
                $"exceeded maximum resolution of {maxPoints:N0} points per timeseries. Try decreasing the query resolution (?step=XX)"));
        }

        return QueryTimes.Range(start, end, step);
    }

    static async Task<PrometheusAnswer> EvaluateAsync(HttpContext http, RequestParameters parameters, QueryDesk desk, QueryTimes times, int limit)
    {
        var (timeout, lookbackMs, stats) = (parameters.Timeout, parameters.LookbackMs, parameters["stats"]);
        var began = Stopwatch.GetTimestamp();
        var query = desk.Prepare(parameters["query"]);
        var planned = Stopwatch.GetElapsedTime(began);
        if (!times.IsInstant && query.Expression.Type is ExpressionType.RangeVector or ExpressionType.String)
            throw new ApiErrorException(ApiError.Parameter("query", $"invalid expression type \"{Word(query.Expression.Type)}\" for range query, must be Scalar or instant Vector"));
        var (result, waited) = await desk.EvaluateAsync(query, times, timeout, lookbackMs, http.RequestAborted, usesCache: parameters["nocache"] is not ("1" or "true"), ResolutionOf(parameters));
        var isTruncated = limit > 0 && result.Series.Count > limit;
        var warnings = Shown(result.Warnings, "warning");
        if (isTruncated)
            warnings.Insert(0, Truncated);
        return new PrometheusAnswer(json => ResultJson.WriteAsync(json, result, isTruncated ? limit : result.Series.Count, stats, planned, waited))
        {
            Warnings = warnings,
            Infos = Shown(result.Infos, "info"),
        };
    }

    static QueryResolution ResolutionOf(RequestParameters parameters)
    {
        var text = parameters["resolution"];
        return text.Length == 0 ? QueryResolution.Auto
            : QueryResolution.TryParse(text, out var resolution) ? resolution
            : throw new ApiErrorException(ApiError.Parameter("resolution", $"'{text}' is not known; allowed is auto, raw, 1m, 5m, 1h or 1d"));
    }

    static string Word(ExpressionType type) => type == ExpressionType.RangeVector ? "range vector" : "string";

    static List<string> Shown(IReadOnlyList<string> texts, string kind)
    {
        List<string> shown = [.. texts.Take(MaxAnnotations)];
        if (texts.Count > MaxAnnotations)
            shown.Add($"{texts.Count - MaxAnnotations} more {kind} annotations omitted");
        return shown;
    }
}
