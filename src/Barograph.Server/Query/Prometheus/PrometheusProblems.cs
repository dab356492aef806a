namespace Barograph.Server.Query.Prometheus;

/// <summary>Says in the form of Prometheus' API what is wrong with a request that reached none of its routes.</summary>
internal sealed class PrometheusProblems(IServiceProvider services) : IProblemDetailsWriter
{
    const string Prefix = "/api/v1/";

    // Lazy: routes are mapped after services are made.
    readonly Lazy<HashSet<string>> _ours = new(() => OursOf(services.GetRequiredService<EndpointDataSource>()));

    /// <summary>
    /// Wherever the API's prefix is in the path, also where a proxy's is before it; but for those routes under it that are our
    /// own.
    /// </summary>
    public bool CanWrite(ProblemDetailsContext context) =>
        context.HttpContext.Request.Path.Value is { } path && SegmentOf(path) is { } first && !_ours.Value.Contains(first);

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        var status = problem.Status ?? StatusCodes.Status500InternalServerError;
        var type = status switch
        {
            StatusCodes.Status404NotFound => "not_found",
            StatusCodes.Status408RequestTimeout => "timeout",
            StatusCodes.Status503ServiceUnavailable => "unavailable",
            >= StatusCodes.Status500InternalServerError => "internal",
            _ => "bad_data",
        };
        await PrometheusRoutes.RefuseAsync(context.HttpContext, new ApiError(type, status, problem.Detail ?? problem.Title ?? type));
    }

    static HashSet<string> OursOf(EndpointDataSource routes)
    {
        var bySegment = routes.Endpoints.OfType<RouteEndpoint>().ToLookup(
            static route => SegmentOf($"/{route.RoutePattern.RawText?.TrimStart('/')}") ?? "", StringComparer.Ordinal);
        return
        [
            .. bySegment.Where(static segment => segment.All(static route => route.Metadata.GetMetadata<PrometheusRoute>() is null))
                .Select(static segment => segment.Key),
        ];
    }

    /// <summary>What stands behind the prefix, or null when there is no prefix.</summary>
    static string? SegmentOf(string path) =>
        path.IndexOf(Prefix, StringComparison.Ordinal) is >= 0 and var at ? path[(at + Prefix.Length)..].Split('/')[0] : null;
}

/// <summary>Marks the routes that are Prometheus' own.</summary>
internal sealed class PrometheusRoute
{
    public static readonly PrometheusRoute Instance = new();
}
