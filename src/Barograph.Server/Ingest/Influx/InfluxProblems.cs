namespace Barograph.Server.Ingest.Influx;

/// <summary>Says in Influx' own JSON what is wrong with a request that reached none of its routes.</summary>
internal sealed class InfluxProblems : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context)
    {
        var path = context.HttpContext.Request.Path;
        return path.StartsWithSegments("/api/v2", StringComparison.Ordinal) || path.Value is "/write" or "/query" or "/ping";
    }

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        var status = problem.Status ?? StatusCodes.Status500InternalServerError;
        await InfluxEndpoint.SayAsync(context.HttpContext.Response, new Refusal(status, problem.Detail ?? problem.Title ?? ""));
    }
}
