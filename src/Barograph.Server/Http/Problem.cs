namespace Barograph.Server.Http;

/// <summary>
/// Errors that are no route's own. They are problem details (RFC 9457), unless who asks speaks another protocol: each protocol's
/// slice registers an <see cref="IProblemDetailsWriter"/> that says the same in its form.
/// </summary>
internal static class Problem
{
    /// <summary>Answers with an error.</summary>
    public static Task SayAsync(HttpContext http, int status, string title, string detail) =>
        TypedResults.Problem(detail, title: title, statusCode: status).ExecuteAsync(http);
}
