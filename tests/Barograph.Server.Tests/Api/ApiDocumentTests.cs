using System.Text;
using System.Text.Json.Nodes;
using Barograph.Server.Api;
using Barograph.Server.Settings;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Api;

/// <summary>The API's document is complete, true, and the one that lies in <c>docs/</c>.</summary>
public sealed class ApiDocumentTests(ApiDocumentTests.SomeSeries one) : IClassFixture<ApiDocumentTests.SomeSeries>
{
    const string HowTo = """
        Say it where the route is mapped:
            routes.MapGet("/api/v1/things/{id}", Get)
                .Describe(ApiChapters.Server, "Tells of one thing", static route => route   // one line, no full stop
                    .Path("id", "Which one.")                                              // every parameter of the path, …
                    .Query("limit", "How many at most; 10 when left out.", Shape.Integer)  // … of the address, …
                    .Body("application/json", Shape.ReadAs(ThingsJson.Default.Thing))       // … and what POST and PUT take
                    .Answer(200, "The thing.", Shape.Of(ThingsJson.Default.Thing))         // every answer with its shape
                    .Problem(404, "There is no such thing."));                             // errors as problem details
        What is no part of the API (a fallback, a page's file): .ExcludeFromDescription(). See src/Barograph.Server/Api/RouteDescription.cs.
        """;

    IEnumerable<RouteEndpoint> Routes => ApiDocument.RoutesOf(one.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints);

    [Fact]
    public void Every_route_is_described()
    {
        var missing = new StringBuilder();
        foreach (var route in Routes)
        {
            var place = $"{string.Join(", ", route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["any method"])} {ApiDocument.PathOf(route.RoutePattern)} ({route.DisplayName})";
            foreach (var lack in LacksOf(route))
                missing.Append(place).Append(": ").AppendLine(lack);
        }

        Assert.True(missing.Length == 0, $"The API's document is not complete:\n{missing}\n{HowTo}");
    }

    static IEnumerable<string> LacksOf(RouteEndpoint route)
    {
        if (route.Metadata.GetMetadata<RouteDescription>() is not { } description)
        {
            yield return "no description";
            yield break;
        }

        var methods = route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [];
        if (methods.Count == 0)
            yield return "no method: map it with MapGet, MapPost or MapMethods";
        if (description.Summary.Length is < 8 or > 90 || description.Summary.EndsWith('.'))
            yield return $"the summary must be one short line without a full stop, and is '{description.Summary}'";
        if (!ApiChapters.All.Any(chapter => chapter.Tag == description.Tag))
            yield return $"'{description.Tag}' is no chapter: add it to ApiChapters, with a line that says what stands under it";
        if (!description.Answers.Any(static answer => answer.Status is >= 101 and < 400))
            yield return "no answer that says yes";
        foreach (var (name, _) in route.RoutePattern.Parameters.Select(static part => (part.Name, part)).Where(part => !description.Parameters.Any(one => one.In == "path" && one.Name == part.Name)))
            yield return $"nothing is said of '{name}' in the path";
        foreach (var parameter in description.Parameters.Where(static parameter => parameter.Text.Length == 0))
            yield return $"nothing is said of the parameter '{parameter.Name}'";
        foreach (var answer in description.Answers.Where(static answer => answer.Text.Length == 0))
            yield return $"nothing is said of the answer {answer.Status}";
        if (methods.Contains("PUT") && description.Bodies.Count == 0)
            yield return "PUT without a body";
    }

    [Fact]
    public async Task The_document_is_the_one_in_the_repository()
    {
        var path = Repository.File("docs/openapi.json");
        var served = await one.Client.GetStringAsync("/openapi/v1.json");
        if (Environment.GetEnvironmentVariable("BAROGRAPH_WRITE_API") is "1")
        {
            await File.WriteAllTextAsync(path, served);
            return;
        }

        Assert.True(
            File.Exists(path) && await File.ReadAllTextAsync(path) == served,
            "docs/openapi.json is not what the routes say. Write it anew, and the browser's types with it:  web/api");
    }

    [Fact]
    public async Task The_document_is_sound_openapi()
    {
        var document = JsonNode.Parse(await one.Client.GetStringAsync("/openapi/v1.json"))!;
        Assert.Equal("3.1.0", (string?)document["openapi"]);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (path, item) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject())
            {
                Assert.True(ids.Add((string)operation!["operationId"]!), $"{method} {path}: its operationId is another's, too");
                Assert.NotEmpty(operation["responses"]!.AsObject());
            }
        }

        foreach (var reference in ReferencesIn(document))
        {
            var name = reference["#/components/schemas/".Length..];
            Assert.True(document["components"]!["schemas"]![name] is JsonObject { Count: > 0 }, $"{reference} leads nowhere");
        }
    }

    static IEnumerable<string> ReferencesIn(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(static entry => entry.Key == "$ref" ? [(string)entry.Value!] : ReferencesIn(entry.Value)),
        JsonArray list => list.SelectMany(ReferencesIn),
        _ => [],
    };

    [Fact]
    public void Parameters_lose_their_constraints()
    {
        Assert.Equal("/a/{id}/b/{rest}", ApiDocument.PathOf(Microsoft.AspNetCore.Routing.Patterns.RoutePatternFactory.Parse("/a/{id:guid}/b/{**rest}")));
        Assert.Equal("/x.{service}/{method}", ApiDocument.PathOf(Microsoft.AspNetCore.Routing.Patterns.RoutePatternFactory.Parse("/x.{service}/{method}")));
        Assert.Equal("/", ApiDocument.PathOf(Microsoft.AspNetCore.Routing.Patterns.RoutePatternFactory.Parse("/")));
    }

    /// <summary>The server that all these tests ask.</summary>
    public sealed class SomeSeries : OneServer
    {
        private protected override ServerSettings Configure(ServerSettings settings) => settings with { Retention = null, SlowQuery = TimeSpan.Zero };

        private protected override async Task FillAsync()
        {
            await Server.AppendAsync(TimeSeries.Labels.Of("__name__", "up", "job", "a"), (0, 1), (60_000, 2), (120_000, double.NaN));
            Server.Store.SetMetadata("up", new TimeSeries.MetricMetadata(TimeSeries.MetricType.Gauge, "", "Whether it is up."));
        }
    }
}
