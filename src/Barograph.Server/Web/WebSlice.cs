using Microsoft.AspNetCore.Http.HttpResults;

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
        app.MapFallback("/api/{**path}", static (HttpContext context) => NotFound(context));
        app.MapFallback("/ws/{**path}", static (HttpContext context) => NotFound(context));

        // The build lists the pages' files. Inside another program (a test) there is no such list, and no pages.
        if (!File.Exists(Path.Combine(AppContext.BaseDirectory, FileList)))
            return;
        app.MapStaticAssets(FileList).Add(static file => file.Metadata.Add(new ExcludeFromDescriptionAttribute()));
        app.MapFallbackToFile("index.html");
    }

    static ProblemHttpResult NotFound(HttpContext context) => TypedResults.Problem(
        title: "No such route",
        detail: $"{context.Request.Method} {context.Request.Path} does not exist on this server.",
        statusCode: StatusCodes.Status404NotFound);

    static Task SetHeaders(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
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
