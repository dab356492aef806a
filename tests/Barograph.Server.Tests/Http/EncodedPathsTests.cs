using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Barograph.Server.Api;
using Barograph.Server.Events;
using Barograph.Server.Http;
using Barograph.TimeSeries;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Http;

/// <summary>An id is any text, in every route that has one.</summary>
public sealed class EncodedPathsTests(EncodedPathsTests.Ids one) : IClassFixture<EncodedPathsTests.Ids>
{
    static readonly string[] s_ids =
    [
        "a/b", "t-ü/1", "a/b?c", "a%2Fb", "a%252Fb", "100%", "%", "a+b", "a b", " ", "a#b", "a&b=c", ".", "..", "a/..", "../a", "/", "//", "/a/", "a\\b", "%2e%2e",
        "日本", "😀/😀", "a;b", "a:b", "@", "a\"b'c", "{id}", "kinds/x", "..%2f..",
    ];

    public static TheoryData<string> All => [.. s_ids];

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_task_is_found_by_its_id(string id) =>
        Assert.Equal(id, (await GetAsync("/api/v1/tasks/", id)).GetProperty("task_id").GetString());

    [Theory]
    [MemberData(nameof(All))]
    public async Task An_event_is_found_by_its_id(string id) =>
        Assert.Equal(id, (await GetAsync("/api/v1/events/", $"event {id}")).GetProperty("name").GetString());

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_model_is_found_by_its_name(string id) =>
        Assert.Equal("1", (await GetAsync("/api/v1/models/", id)).GetProperty("versions")[0].GetProperty("version").GetString());

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_label_is_found_by_its_name(string id) =>
        Assert.Equal("found", (await GetAsync("/api/v1/label/", id, "/values")).GetProperty("data")[0].GetString());

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_a_route_says_of_an_id_names_it_as_it_is(string id)
    {
        foreach (var (before, after) in new[] { ("/api/v1/definitions/", ""), ("/api/v1/traces/", ""), ("/api/v1/tasks/", "%20none") })
        {
            var answer = await SendAsync(before, id, after);
            Assert.True(answer.Status is 404 or 400, $"{before}{id}: {answer.Status} {answer.Body}");
            using var told = JsonDocument.Parse(answer.Body);
            var detail = told.RootElement.GetProperty("detail").GetString()!;
            Assert.True(detail.Contains(id, StringComparison.Ordinal) && !detail.Contains("does not exist on this server", StringComparison.Ordinal), detail);
        }
    }

    [Fact]
    public void Every_route_with_an_id_is_tried_here()
    {
        string[] tried = ["/api/v1/tasks/{id}", "/api/v1/events/{id}", "/api/v1/models/{model}", "/api/v1/label/{name}/values", "/api/v1/definitions/{name}", "/api/v1/traces/{traceId}"];
        var routes = ApiDocument.RoutesOf(one.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints)
            .Where(static route => route.RoutePattern.Parameters.Count > 0).Select(static route => ApiDocument.PathOf(route.RoutePattern)).Distinct();
        Assert.Equal(tried.Order(StringComparer.Ordinal), routes.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_segment_is_decoded_once_and_stays_a_segment() => Prop.ForAll(Segments, static segments =>
    {
        var http = new DefaultHttpContext();
        http.Features.Get<IHttpRequestFeature>()!.RawTarget = "/" + string.Join('/', segments.Select(Encoded)) + "?q=%2F";
        http.Request.Path = "/anything";
        EncodedPaths.Split(http.Request);
        var found = http.Request.Path.Value!.Split('/')[1..];
        for (var i = 0; i < found.Length; i++)
            http.Request.RouteValues[$"p{i}"] = found[i];
        EncodedPaths.Join(http.Request);
        return found.Length == segments.Count
            && segments.Index().All(one => (string)http.Request.RouteValues[$"p{one.Index}"]! == one.Item)
            && http.Request.Path == "/" + string.Join('/', segments);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    static Arbitrary<List<string>> Segments => Gen.Elements("a", "/", "%", "2F", "%2F", ".", "..", "+", "?", "#", "ü", "😀", " ", "\\")
        .NonEmptyListOf().Select(static parts => string.Concat(parts)).NonEmptyListOf().ToArbitrary();

    /// <summary>Every byte escaped, so that no step up is seen where an id is meant.</summary>
    static string Encoded(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(static one => $"%{one:X2}"));

    Task<RawAnswer> SendAsync(string before, string id, string after) =>
        RawHttp.GetAsync(one.Server.Address, $"{before}{Encoded(id)}{after}", $"Host: {one.Server.Address.Authority}");

    async Task<JsonElement> GetAsync(string before, string id, string after = "")
    {
        var answer = await SendAsync(before, id, after);
        Assert.True(answer.Status == 200, $"{before}{id}{after}: {answer.Status} {answer.Body}");
        return JsonDocument.Parse(answer.Body).RootElement;
    }

    public sealed class Ids : OneServer
    {
        private protected override async Task FillAsync()
        {
            var nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            var events = new List<object>();
            foreach (var id in s_ids)
            {
                events.Add(new { type = "task.finished", task_id = id, task_type = "import", status = "succeeded", duration_seconds = 1 });
                events.Add(new { type = "business", id = $"event {id}", name = id, value = 1 });
                events.Add(new { type = "model.prediction", model = id, version = "1", prediction_id = id, predicted = "a" });
                await Server.AppendAsync(Labels.From(new Label(Labels.MetricName, "labelled"), new Label(id, "found")), (nowMs, 1));
            }

            using var answer = await Client.PostAsJsonAsync("/api/v1/events", events);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
            await Server.Services.GetRequiredService<EventDesk>().Derivation!.FlushAsync();
        }
    }
}
