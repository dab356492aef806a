using Barograph.Server.Http;

namespace Barograph.Server.Web;

/// <summary>The browser app: its files and their caching, and the addresses at which it is.</summary>
internal static class WebSlice
{
    const string FileList = "barograph.staticwebassets.endpoints.json";
    const string Index = "index.html";
    const string Html = "text/html; charset=utf-8";

    // The build puts a hash of the content into these files' names.
    const string Assets = "/assets";

    /// <summary>The app's pages, as web/src/features/shell/pages.ts lists them; a test holds the two together.</summary>
    public static readonly IReadOnlyList<string> Pages =
    [
        "/", "/explore", "/host", "/hosts", "/tasks", "/pipelines", "/models", "/activity", "/business", "/definitions", "/sources", "/targets",
        "/docs/api",
    ];

    /// <summary>
    /// Serves the app at the addresses of its pages, and its files. At any other address is nothing; a browser is told so by the
    /// app.
    /// </summary>
    public static void MapWeb(this WebApplication app)
    {
        // The build lists the pages' files. Inside another program (a test) there is no such list, and no pages.
        if (!File.Exists(Path.Combine(AppContext.BaseDirectory, FileList)))
            return;
        // Not for files that come while the server runs: the route for them would match every path, and hide that one is unknown.
        app.Configuration["ReloadStaticAssetsAtRuntime"] = "false";
        app.MapStaticAssets(FileList).Add(static file =>
        {
            file.Metadata.Add(new ExcludeFromDescriptionAttribute());
            file.Metadata.Add(OpenToLinks.Instance);
            var serve = file.RequestDelegate!;
            if (file is RouteEndpointBuilder { RoutePattern.RawText: { } path } && $"/{path.TrimStart('/')}".StartsWith($"{Assets}/", StringComparison.Ordinal))
                file.RequestDelegate = http => ServeForeverAsync(http, serve);
        });
        var page = PageOf(app);
        foreach (var address in Pages)
            app.MapGet(address, page).WithMetadata(OpenToLinks.Instance).ExcludeFromDescription();
    }

    /// <summary>Tells a person's browser by the app itself that there is no such page. Inside the answering of errors.</summary>
    public static void UseLostPage(this WebApplication app) => app.Use(async (http, next) =>
    {
        await next(http);
        if (http.Response is not { HasStarted: false, StatusCode: StatusCodes.Status404NotFound }
            || http.GetEndpoint() is not null || !IsPerson(http.Request))
            return;
        var index = app.Environment.WebRootFileProvider.GetFileInfo(Index);
        if (!index.Exists)
            return;
        (http.Response.ContentType, http.Response.ContentLength, http.Response.Headers.CacheControl) = (Html, index.Length, "no-cache");
        await http.Response.SendFileAsync(index, http.RequestAborted);
    });

    /// <summary>Serves the page that then routes itself.</summary>
    static RequestDelegate PageOf(WebApplication app)
    {
        var page = ((IApplicationBuilder)app).New();
        page.Use(static (http, next) =>
        {
            http.Request.Path = $"/{Index}";
            http.SetEndpoint(null); // the files' middleware leaves a request alone that has a route
            return next(http);
        });
        page.UseStaticFiles(new StaticFileOptions { OnPrepareResponse = static file => file.Context.Response.Headers.CacheControl = "no-cache" });
        return page.Build();
    }

    static Task ServeForeverAsync(HttpContext http, RequestDelegate serve)
    {
        http.Response.OnStarting(static state =>
        {
            var answer = ((HttpContext)state).Response;
            if (answer.StatusCode is 200 or 206 or 304)
                answer.Headers.CacheControl = "public, max-age=31536000, immutable";
            return Task.CompletedTask;
        }, http);
        return serve(http);
    }

    /// <summary>
    /// Whether somebody wants to see a page: a browser says that it takes HTML. A program, or a page's missing file, is told in
    /// its own form.
    /// </summary>
    static bool IsPerson(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && !Path.HasExtension(request.Path.Value)
        && request.Path.Value?.Contains("/api/", StringComparison.Ordinal) is false
        && request.GetTypedHeaders().Accept.Any(static type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));
}
