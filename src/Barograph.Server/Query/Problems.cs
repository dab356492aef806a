namespace Barograph.Server.Query;

/// <summary>Errors of our own routes: problem details with Prometheus' word for them beside.</summary>
internal static class Problems
{
    public static IResult Of(ApiError error, HttpContext http)
    {
        if (error.RetryAfterSeconds is { } seconds)
            http.Response.Headers.RetryAfter = seconds.ToString();
        var title = error.Status switch
        {
            StatusCodes.Status400BadRequest => "The request is not understood",
            StatusCodes.Status422UnprocessableEntity => "The query has no answer",
            _ => "Not now",
        };
        return TypedResults.Problem(error.Text, title: title, statusCode: error.Status, extensions: new Dictionary<string, object?>(StringComparer.Ordinal) { ["errorType"] = error.Type });
    }
}
