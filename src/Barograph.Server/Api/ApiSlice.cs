using System.Text;

namespace Barograph.Server.Api;

/// <summary>The description of the API: <c>/openapi/v1.json</c>, written from the routes. <c>/docs/api</c> is a page of the app that reads it.</summary>
internal static class ApiSlice
{
    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        var document = new Lazy<byte[]>(() => Encoding.UTF8.GetBytes(ApiDocument.Write(routes.DataSources.SelectMany(static source => source.Endpoints))));
        routes.MapGet("/openapi/v1.json", () => TypedResults.Bytes(document.Value, "application/json"))
            .Describe(ApiChapters.Server, "This document: every route, parameter, shape and error", static route => route
                .Says("OpenAPI 3.1. For people it is at `/docs/api`.")
                .Answer(200, "The document.", Shape.Any));
    }
}
