using Microsoft.AspNetCore.WebUtilities;

namespace Barograph.Server.Http;

/// <summary>Answers where there is no route, or none for the method; and HEAD wherever there is GET.</summary>
internal static class UnknownRoutes
{
    /// <summary>Before routing: HEAD finds what GET finds. The server itself leaves out the body.</summary>
    public static void RouteHeadAsGet(HttpRequest request)
    {
        if (HttpMethods.IsHead(request.Method))
            request.Method = HttpMethods.Get;
    }

    /// <summary>Writes the sentence of an error that nothing else said anything of.</summary>
    public static Task SayAsync(HttpContext http)
    {
        var (status, asked) = (http.Response.StatusCode, $"{http.Request.Method} {http.Request.Path}");
        return status switch
        {
            StatusCodes.Status405MethodNotAllowed when http.Response.Headers.Allow is [{ Length: > 0 } allowed] => NotAllowedAsync(http, allowed),
            StatusCodes.Status404NotFound =>
                Problem.SayAsync(http, status, "No such route", $"{asked} does not exist on this server.{Hint(http.Request.Path)}"),
            _ => Problem.SayAsync(http, status, ReasonPhrases.GetReasonPhrase(status), $"{asked} was answered with {status}."),
        };
    }

    static Task NotAllowedAsync(HttpContext http, string allowed)
    {
        var methods = new SortedSet<string>(allowed.Split(',', StringSplitOptions.TrimEntries), StringComparer.Ordinal);
        if (methods.Contains(HttpMethods.Get))
            methods.Add(HttpMethods.Head);
        http.Response.Headers.Allow = string.Join(", ", methods);
        if (HttpMethods.IsOptions(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent; // what it takes, and to nobody else's pages
            return Task.CompletedTask;
        }

        return Problem.SayAsync(
            http, StatusCodes.Status405MethodNotAllowed, "Method not allowed",
            $"{http.Request.Path} takes {string.Join(" and ", methods)}, not {http.Request.Method}.");
    }

    /// <summary>Where the route is that was meant, when there is something before it.</summary>
    static string Hint(PathString path) => (path.Value ?? "").IndexOf("/api/", StringComparison.Ordinal) is > 0 and var at
        ? $" Routes have nothing before /api: {path.Value![at..]} may be meant."
        : "";
}
