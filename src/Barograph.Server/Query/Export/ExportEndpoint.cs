using Barograph.PromQL;
using Barograph.Server.Api;
using Barograph.Server.Query.Prometheus;

namespace Barograph.Server.Query.Export;

/// <summary>
/// <c>/api/v1/export</c>: a range query of any length as a file. It is evaluated and sent in pieces of time, so that neither side
/// holds it as a whole.
/// </summary>
internal static class ExportEndpoint
{
    // Long enough that finding the series is little beside reading them; short enough that 10,000 series fit in memory.
    const int StepsAtOnce = 1000;

    /// <summary>Steps beyond it are a slip of the pen: every second of a year is fewer than a third of them.</summary>
    const long MaxSteps = 100_000_000;

    /// <summary>For the API's document.</summary>
    public static RouteDescription Describe(RouteDescription route) => route
        .Says("CSV begins with comments that say expression, range, step and unit. In JSON a series comes once for every 1,000 steps.")
        .Expression()
        .Query("start", $"The first moment: {PrometheusShapes.TimeText}.", required: true)
        .Query("end", "The last moment.", required: true)
        .Query("step", "The time between two moments.", required: true)
        .Query("format", "`csv` (when left out) or `json`.", Shape.Words("csv", "json"))
        .Query("timeout", "A shorter limit for each 1,000 steps than the setting `query-timeout`.")
        .Query("lookback_delta", "How old a sample may be that stands for a moment.")
        .Form()
        .Answer(200, "The file.", Shape.Text, "text/csv")
        .Answer(200, "The file.", Shape.Object(
            new("expression", Shape.Text), new("start", Shape.Time), new("end", Shape.Time), new("step", Shape.Text), new("unit", Shape.Text),
            new("result", Shape.List(PrometheusShapes.MatrixItem)), new("warnings", Shape.List(Shape.Text))))
        .Problem(400, "A parameter is missing or wrong.")
        .Problem(422, "The data does not allow an answer, or a limit was passed.")
        .Problem(503, "It took too long, the store is being opened, or too many queries wait.");

    public static async Task<IResult> ExportAsync(HttpContext http, QueryDesk desk, ILogger<QueryDesk> log)
    {
        var hungUp = http.RequestAborted;
        try
        {
            var parameters = await RequestParameters.ReadAsync(http);
            var times = QueryEndpoints.RangeOf(parameters, MaxSteps);
            if (times.StartMs < ExportHead.FirstMs || times.EndMs > ExportHead.LastMs)
                throw new ApiErrorException(ApiError.BadData("start and end must lie in the years 1 to 9999: a file has its times as dates"));
            var (timeout, lookbackMs) = (parameters.Timeout, parameters.LookbackMs);
            var query = desk.Prepare(parameters["query"]);
            if (query.Expression.Type is ExpressionType.RangeVector or ExpressionType.String)
                throw new ApiErrorException(ApiError.Parameter("query", "a range vector or a string has no values over time"));
            var head = new ExportHead(query.Expression.ToString(), times, UnitOf(query.Expression, desk));
            await using var file = Format(parameters["format"], http, head);

            // What can go wrong mostly does so in the first piece; until it is there, the status can still say so.
            var pieces = Pieces(query.Expression, times).ToArray();
            var result = (await desk.EvaluateAsync(query, pieces[0], timeout, lookbackMs, hungUp)).Result;
            Announce(http.Response, file);
            try
            {
                await file.BeginAsync();
                await file.WriteAsync(result);
                foreach (var piece in pieces.Skip(1))
                    await file.WriteAsync((await desk.EvaluateAsync(query, piece, timeout, lookbackMs, hungUp)).Result);
                await file.EndAsync();
            }
            catch (Exception failure) when (ApiError.Of(failure) is not null)
            {
                if (!hungUp.IsCancellationRequested)
                    QueryLog.ExportBrokeOff(log, failure.Message);
                http.Abort(); // a file that ends early must not look whole
            }

            return TypedResults.Empty;
        }
        catch (Exception failure) when (ApiError.Of(failure) is { } error)
        {
            return Problems.Of(error, http);
        }
    }

    static ExportFile Format(string format, HttpContext http, ExportHead head) => format switch
    {
        "" or "csv" => new CsvExport(http.Response.BodyWriter, head, http.RequestAborted),
        "json" => new JsonExport(http.Response.BodyWriter, head, http.RequestAborted),
        _ => throw new ApiErrorException(ApiError.Parameter("format", $"'{format}' is not known; allowed is csv or json")),
    };

    static void Announce(HttpResponse response, ExportFile file)
    {
        response.ContentType = file.ContentType;
        response.Headers.ContentDisposition = $"attachment; filename=\"export.{file.Extension}\"";
    }

    /// <summary>The range in pieces; one piece when the expression asks for the start, the end or the length of the whole.</summary>
    static IEnumerable<QueryTimes> Pieces(Expression expression, QueryTimes times)
    {
        var text = expression.ToString();
        if (text.Contains("start()", StringComparison.Ordinal) || text.Contains("end()", StringComparison.Ordinal) || text.Contains("range()", StringComparison.Ordinal))
        {
            yield return times;
            yield break;
        }

        for (var from = times.StartMs; from <= times.EndMs; from += StepsAtOnce * times.StepMs)
            yield return QueryTimes.Range(from, Math.Min(times.EndMs, from + (StepsAtOnce - 1) * times.StepMs), times.StepMs);
    }

    /// <summary>The unit of a plain metric; what is calculated has none that is known.</summary>
    static string UnitOf(Expression expression, QueryDesk desk) => expression switch
    {
        Parenthesized wrapped => UnitOf(wrapped.Inner, desk),
        VectorSelector { Name: { } name } => desk.Store.Metadata.TryGetValue(name, out var metadata) ? metadata.Unit : "",
        _ => "",
    };
}
