using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing.Template;

namespace Barograph.Server.Web;

/// <summary>The browser app: its files, their caching, and the headers that keep a page from doing what it should not.</summary>
internal static class WebSlice
{
    // The app needs nothing from elsewhere: no inline script or style, no eval, no frame around it.
    const string ContentSecurityPolicy =
        "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    const string FileList = "barograph.staticwebassets.endpoints.json";

    /// <summary>Adds the headers of every answer. First in the pipeline.</summary>
    public static void UseWebHeaders(this WebApplication app) => app.Use(static (context, next) =>
    {
        context.Response.OnStarting(static state => SetHeaders((HttpContext)state), context);
        return next(context);
    });

    /// <summary>Serves the app; every path that is neither a file nor an API answers with the page, which then routes itself.</summary>
    public static void MapWeb(this WebApplication app)
    {
        foreach (var path in (ReadOnlySpan<string>)["/api/{**path}", "/ws/{**path}", "/v1/{**path}", "/-/{**path}"])
            app.MapFallback(path, Refuse);

        // The build lists the pages' files. Inside another program (a test) there is no such list, and no pages.
        if (!File.Exists(Path.Combine(AppContext.BaseDirectory, FileList)))
            return;
        app.MapStaticAssets(FileList).Add(static file => file.Metadata.Add(new ExcludeFromDescriptionAttribute()));
        app.MapFallbackToFile("index.html");
    }

    /// <summary>There is no such route, or not for this method: the fallback takes every method, so that routing itself cannot tell.</summary>
    static ProblemHttpResult Refuse(HttpContext context, EndpointDataSource routes)
    {
        var (method, path) = (context.Request.Method, context.Request.Path);
        string[] methods = [.. routes.Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Order < int.MaxValue && route.Metadata.GetMetadata<IHttpMethodMetadata>() is not null && Takes(route, path)) // no other fallback
            .SelectMany(static route => route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods).Distinct().Order(StringComparer.Ordinal)];
        if (methods.Length == 0 || methods.Contains(method))
            return TypedResults.Problem(title: "No such route", detail: $"{method} {path} does not exist on this server.", statusCode: StatusCodes.Status404NotFound);
        context.Response.Headers.Allow = string.Join(", ", methods);
        return TypedResults.Problem(
            title: "Method not allowed", detail: $"{path} takes {string.Join(" and ", methods)}, not {method}.", statusCode: StatusCodes.Status405MethodNotAllowed);
    }

    static bool Takes(RouteEndpoint route, PathString path) => route.RoutePattern.RawText is { } pattern
        && new TemplateMatcher(TemplateParser.Parse(pattern), []).TryMatch(path, []);

    /// <summary>
    /// Whether a page of another site may have opened the window. A browser says "none" of an address that a person typed, bookmarked or
    /// reloads: the policy would have nobody to keep out, and would cost the first chart 40 ms, for it makes Chromium change the process.
    /// </summary>
    static bool MayHaveOpener(HttpRequest request) => request.Headers["Sec-Fetch-Site"] != "none";

    static Task SetHeaders(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        if (MayHaveOpener(context.Request))
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (context.Response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) == true)
        {
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.CacheControl = "no-cache";
        }
        else if (context.Response.StatusCode is 200 or 206 or 304 && context.Request.Path.StartsWithSegments("/assets", StringComparison.Ordinal))
        {
            // The build puts a hash of the content into these names.
            headers.CacheControl = "public, max-age=31536000, immutable";
        }

        return Task.CompletedTask;
    }
}
