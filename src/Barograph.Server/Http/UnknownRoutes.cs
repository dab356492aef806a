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
        var (request, answer) = (http.Request, http.Response);
        switch (answer.StatusCode)
        {
            case StatusCodes.Status405MethodNotAllowed when answer.Headers.Allow is [{ Length: > 0 } allowed]:
                return NotAllowedAsync(http, allowed);
            case StatusCodes.Status404NotFound:
                return Problem.SayAsync(http, answer.StatusCode, "No such route", $"{request.Method} {request.Path} does not exist on this server.{Hint(request.Path)}");
            default:
                return Problem.SayAsync(http, answer.StatusCode, ReasonPhrases.GetReasonPhrase(answer.StatusCode), $"{request.Method} {request.Path} was answered with {answer.StatusCode}.");
        }
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
