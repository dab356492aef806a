using System.Text.Json;
using System.Text.RegularExpressions;

namespace Barograph.Server.Tests.Http;

/// <summary>Where there is nothing, that is told in the form of who asks.</summary>
public sealed class UnknownRoutesTests(UnknownRoutesTests.AServer one) : IClassFixture<UnknownRoutesTests.AServer>
{
    [Theory]
    [InlineData("GET", "/api/v1/nothing", "error")]
    [InlineData("POST", "/api/v1/nothing", "error")]
    [InlineData("GET", "/prometheus/api/v1/query?query=1", "error")]
    [InlineData("GET", "//api/v1/query?query=1", "error")]
    [InlineData("GET", "/api/v1/events/a/b/c", "detail")]
    [InlineData("GET", "/api/v1/tasks/a/b", "detail")]
    [InlineData("GET", "/api/nothing", "detail")]
    [InlineData("GET", "/api", "detail")]
    [InlineData("GET", "/ws/nothing", "detail")]
    [InlineData("GET", "/nothing", "detail")]
    [InlineData("GET", "/nothing.js", "detail")]
    [InlineData("GET", "/etc/passwd", "detail")] // two segments, as gRPC's methods have
    [InlineData("PUT", "/fonts/nothing.woff2", "detail")]
    [InlineData("GET", "/opentelemetry.proto.collector.profiles/Export", "detail")]
    [InlineData("GET", "/favicon.ico", "detail")]
    [InlineData("GET", "/metrics/nothing", "detail")]
    [InlineData("GET", "/-/nothing", "detail")]
    [InlineData("GET", "/v1/nothing", "detail")]
    [InlineData("POST", "/v1/nothing", "message")]
    [InlineData("GET", "/api/v2/nothing", "message")]
    [InlineData("POST", "/api/v2/nothing", "message")]
    public async Task An_unknown_route_is_told_and_never_answered_with_a_page(string method, string path, string member)
    {
        foreach (var accept in new[] { "*/*", "application/openmetrics-text", "image/*" })
        {
            var answer = await RawHttp.SendAsync(one.Server.Address, $"{method} {path} HTTP/1.1\nHost: {one.Server.Address.Authority}\nAccept: {accept}\nContent-Length: 0\nConnection: close");
            Assert.Equal(404, answer.Status);
            Assert.Contains("json", answer.Headers["Content-Type"]);
            Assert.Contains($"{method} {path.Split('?')[0]}", JsonDocument.Parse(answer.Body).RootElement.GetProperty(member).GetString());
        }
    }

    [Theory]
    [InlineData("/", 200, "text/html")]
    [InlineData("/tasks", 200, "text/html")]
    [InlineData("/tasks/", 200, "text/html")]
    [InlineData("/docs/api", 200, "text/html")]
    [InlineData("/nothing", 404, "text/html")] // the app says that there is no such page
    [InlineData("/tasks/nothing", 404, "text/html")]
    [InlineData("/nothing.js", 404, "application/problem+json")]
    [InlineData("/api/nothing", 404, "application/problem+json")]
    [InlineData("/api/v1/nothing", 404, "application/json")]
    [InlineData("/prometheus/api/v1/query", 404, "application/json")]
    public async Task A_person_sees_a_page_where_there_is_one_and_the_app_says_where_there_is_none(string path, int status, string type)
    {
        var answer = await RawHttp.GetAsync(
            one.Server.Address, path, $"Host: {one.Server.Address.Authority}", "Accept: text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate");
        Assert.Equal((status, type), (answer.Status, answer.Headers["Content-Type"].Split(';')[0]));
        Assert.Equal(type == "text/html", answer.Body.Contains("<div id=\"app\">", StringComparison.Ordinal));
        if (type == "text/html")
            Assert.Equal("no-cache", answer.Headers["Cache-Control"]);
    }

    [Fact]
    public async Task A_file_of_the_pages_is_kept_by_browsers_and_no_other_site_may_use_it()
    {
        var host = $"Host: {one.Server.Address.Authority}";
        var page = await RawHttp.GetAsync(one.Server.Address, "/", host);
        var file = Regex.Match(page.Body, "src=\"(/assets/[^\"]+)\"").Groups[1].Value;
        var answer = await RawHttp.GetAsync(one.Server.Address, file, host);
        Assert.Equal((200, "public, max-age=31536000, immutable", "same-origin"), (answer.Status, answer.Headers["Cache-Control"], answer.Headers["Cross-Origin-Resource-Policy"]));
        Assert.Equal(403, (await RawHttp.GetAsync(one.Server.Address, file, host, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors")).Status);
        Assert.Equal(404, (await RawHttp.GetAsync(one.Server.Address, "/assets/nothing.js", host)).Status);
    }

    [Fact]
    public async Task What_stands_before_the_API_by_mistake_is_told()
    {
        var answer = await RawHttp.GetAsync(one.Server.Address, "/prometheus/api/v1/query?query=1", $"Host: {one.Server.Address.Authority}");
        Assert.Contains("/api/v1/query may be meant", answer.Body);
    }

    [Theory]
    [InlineData("DELETE", "/api/v1/query", "GET, HEAD, POST", "error")]
    [InlineData("POST", "/api/v1/metadata", "GET, HEAD", "error")]
    [InlineData("GET", "/api/v1/write", "POST", "detail")]
    [InlineData("PATCH", "/api/v1/definitions/a", "DELETE, GET, HEAD, PUT", "detail")]
    [InlineData("GET", "/write", "POST", "message")]
    [InlineData("GET", "/api/v2/write", "POST", "message")]
    [InlineData("PUT", "/v1/metrics", "POST", "detail")]
    [InlineData("TRACE", "/healthz", "GET, HEAD", "detail")]
    [InlineData("BREW", "/healthz", "GET, HEAD", "detail")]
    public async Task A_method_that_a_route_does_not_take_is_told_with_those_that_it_takes(string method, string path, string allowed, string member)
    {
        var answer = await RawHttp.SendAsync(one.Server.Address, $"{method} {path} HTTP/1.1\nHost: {one.Server.Address.Authority}\nContent-Length: 0\nConnection: close");
        Assert.Equal((405, allowed), (answer.Status, answer.Headers["Allow"]));
        Assert.Contains(method, JsonDocument.Parse(answer.Body).RootElement.GetProperty(member).GetString());
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/-/healthy")]
    [InlineData("/ping")]
    [InlineData("/api/v1/query?query=1")]
    [InlineData("/api/v1/export?query=1&start=0&end=10&step=1&format=csv")]
    [InlineData("/api/v1/hosts")]
    [InlineData("/openapi/v1.json")]
    public async Task HEAD_finds_what_GET_finds_and_has_no_body(string path)
    {
        var host = $"Host: {one.Server.Address.Authority}";
        var get = await RawHttp.GetAsync(one.Server.Address, path, host);
        var head = await RawHttp.SendAsync(one.Server.Address, $"HEAD {path} HTTP/1.1\n{host}\nConnection: close");
        Assert.Equal((get.Status, get.Headers.GetValueOrDefault("Content-Type")), (head.Status, head.Headers.GetValueOrDefault("Content-Type")));
        Assert.InRange(get.Status, 200, 204);
        Assert.Empty(head.Body);
    }

    public sealed class AServer : OneServer;
}
