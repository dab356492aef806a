using Barograph.PromQL;
using Barograph.TimeSeries;

namespace Barograph.Server.Query;

/// <summary>Why a query got no answer. Told in Prometheus' own form on its routes, as problem details on ours.</summary>
/// <param name="Type">Prometheus' word for it.</param>
/// <param name="Status">The HTTP status that goes with it.</param>
/// <param name="Text">A sentence.</param>
/// <param name="RetryAfterSeconds">When to come back, or null when it would not help.</param>
internal sealed record ApiError(string Type, int Status, string Text, int? RetryAfterSeconds = null)
{
    public static readonly ApiError Starting =
        new("unavailable", StatusCodes.Status503ServiceUnavailable, "the store is being opened; ask again", 1);

    public static ApiError BadData(string text) => new("bad_data", StatusCodes.Status400BadRequest, text);

    public static ApiError Parameter(string name, string text) => BadData($"invalid parameter \"{name}\": {text}");

    public static ApiError Overloaded(string text) =>
        new("unavailable", StatusCodes.Status503ServiceUnavailable, text, Random.Shared.Next(1, 6)); // spread, so that not all come back at once

    /// <summary>What an exception of the language means, or null when it is none of the expected ones.</summary>
    public static ApiError? Of(Exception exception) => exception switch
    {
        ApiErrorException known => known.Error,
        PromQLSyntaxException mistake => Parameter("query", mistake.Message),
        QueryException failure => new ApiError("execution", StatusCodes.Status422UnprocessableEntity, failure.Message),
        LimitExceededException passed => new ApiError("execution", StatusCodes.Status422UnprocessableEntity, passed.Message),
        QueryTimeoutException late => new ApiError(
            "timeout", StatusCodes.Status503ServiceUnavailable, $"query timed out in expression evaluation: {late.Message}"),
        BadHttpRequestException unread => new ApiError("bad_data", unread.StatusCode, unread.Message),
        OperationCanceledException => new ApiError("canceled", StatusCodes.Status499ClientClosedRequest, "query was canceled in expression evaluation"),
        _ => null,
    };
}

/// <summary>Ends a request with an <see cref="ApiError"/>; the route's one place for errors catches it.</summary>
internal sealed class ApiErrorException(ApiError error) : Exception(error.Text)
{
    public ApiError Error { get; } = error;
}
