using System.Text.Json.Serialization;
using Barograph.Server.Api;
using Barograph.Server.Query;
using Barograph.Server.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Barograph.Server.Hosts;

/// <summary>Which hosts there are, and which of them have fallen silent.</summary>
internal static class HostsSlice
{
    public static void MapHosts(this IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/hosts", List).TakesATurn()
        .Describe(ApiChapters.Server, "Lists the hosts that measure themselves, and which have fallen silent", static route => route
            .Answer(200, "The hosts, by name.", Shape.Of(HostsJson.Default.HostsAnswer))
            .Problem(503, "The store is being opened, or there was no turn for the answer."));

    static Results<JsonHttpResult<HostsAnswer>, ProblemHttpResult> List(OpenedStore opened, TimeProvider clock) =>
        opened.Current is { } store
            ? TypedResults.Json(new HostsAnswer(new HostList(store, clock).Read()), HostsJson.Default.HostsAnswer)
            : TypedResults.Problem("The store is being opened.", statusCode: StatusCodes.Status503ServiceUnavailable);
}

/// <summary>The body of <c>/api/v1/hosts</c>.</summary>
internal sealed record HostsAnswer(IReadOnlyList<HostStatus> Hosts);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HostsAnswer))]
internal sealed partial class HostsJson : JsonSerializerContext;
