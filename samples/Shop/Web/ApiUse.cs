using System.Diagnostics;
using Barograph.Client;

namespace Shop.Web;

/// <summary>Tells each answered call of the API, with who made it, by the route's pattern.</summary>
internal sealed class ApiUse(RequestDelegate next, IActivityTracker activity)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            if (context.GetEndpoint() is RouteEndpoint route && !context.Request.Path.StartsWithSegments("/bank", StringComparison.Ordinal))
                activity.ApiCall($"{context.Request.Method} {route.RoutePattern.RawText}", context.Response.StatusCode, Stopwatch.GetElapsedTime(start), context.Visitor());
        }
    }
}

internal static class VisitorHeaders
{
    /// <summary>Who calls. A shop for people would ask a cookie; robots say it.</summary>
    public static Visitor Visitor(this HttpContext context) => new(Header(context, "X-User"), Header(context, "X-Organisation"), Header(context, "X-Session"));

    static string? Header(HttpContext context, string name) => context.Request.Headers[name] is [{ Length: > 0 } value, ..] ? value : null;
}
