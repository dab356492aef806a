using System.Net;
using System.Net.Http.Headers;
using Barograph.Server.Measures;
using Barograph.Server.Settings;
using Barograph.Server.Tests.Ingest;
using Barograph.TimeSeries;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Http;

/// <summary>Who may speak to the server from a browser, on every listener and every kind of route.</summary>
public sealed class FrontDoorTests(FrontDoorTests.OpenDoors one) : IClassFixture<FrontDoorTests.OpenDoors>
{
    const string Evil = "evil.example";

    Uri Address => one.Server.Address;

    string Own => $"Host: {Address.Authority}";

    public static TheoryData<string, string> Routes => new()
    {
        { "GET", "/" },
        { "GET", "/healthz" },
        { "GET", "/api/v1/query?query=1" },
        { "POST", "/api/v1/query" },
        { "GET", "/api/v1/events" },
        { "POST", "/api/v1/events" },
        { "POST", "/api/v1/definitions" },
        { "DELETE", "/api/v1/definitions/a" },
        { "POST", "/api/v1/write" },
        { "POST", "/write?db=a" },
        { "POST", "/api/v2/write?bucket=a" },
        { "POST", "/v1/metrics" },
        { "GET", "/ping" },
        { "GET", "/openapi/v1.json" },
        { "GET", "/ws/live" },
        { "OPTIONS", "/api/v1/query" },
        { "HEAD", "/healthz" },
        { "GET", "/nothing/here" },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_foreign_name_gets_no_answer_on_any_route(string method, string path)
    {
        var answer = await SendAsync(method, path, $"Host: {Evil}:{Address.Port}");
        Assert.Equal(421, answer.Status);
        AssertHeaders(answer);
        if (method != "HEAD")
            Assert.Matches($"{Evil}.*allowed-hosts", answer.Body);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_page_of_another_site_gets_no_answer_on_any_route(string method, string path)
    {
        foreach (var mark in new[] { $"Origin: http://{Evil}", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site" })
        {
            var answer = await SendAsync(method, path, Own, mark);
            Assert.Equal(403, answer.Status);
            AssertHeaders(answer);
            Assert.DoesNotContain(answer.Headers.Keys, static name => name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Theory]
    [InlineData(200)]
    [InlineData(200, "Sec-Fetch-Site: same-origin")]
    [InlineData(200, "Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate")]
    [InlineData(200, "Origin: http://HOST")]
    [InlineData(200, "Origin: http://HOST", "Sec-Fetch-Site: same-origin")]
    [InlineData(403, "Origin: https://HOST")]
    [InlineData(403, "Origin: http://HOST", "Sec-Fetch-Site: cross-site")]
    [InlineData(403, "Origin: http://HOST", "Origin: http://HOST")]
    [InlineData(403, "Origin: http://evil.example", "Sec-Fetch-Site: same-origin")]
    [InlineData(403, "Origin: http://evil.example", "Authorization: Bearer a")]
    [InlineData(403, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site")]
    [InlineData(403, "Sec-Fetch-Site: something-new")]
    [InlineData(403, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")] // data is no page
    [InlineData(200, "X-Forwarded-For: 10.0.0.9")]
    [InlineData(421, "X-Forwarded-Host: evil.example")]
    [InlineData(200, "X-Forwarded-Host: HOST")]
    [InlineData(421, "X-Forwarded-Host: HOST, evil.example")]
    [InlineData(421, "Forwarded: for=10.0.0.9;host=\"evil.example\";proto=http")]
    [InlineData(200, "Forwarded: for=10.0.0.9;host=\"HOST\"")]
    public async Task A_page_may_ask_when_it_is_this_servers_own(int status, params string[] headers)
    {
        var sent = headers.Select(header => header.Replace("HOST", Address.Authority)).Prepend(Own).ToArray();
        Assert.Equal(status, (await RawHttp.GetAsync(Address, "/api/v1/query?query=1", sent)).Status);
    }

    [Theory]
    [InlineData("GET", "navigate", 404)] // there is no such page, and that is told; see the real pages in the browser's tests
    [InlineData("HEAD", "navigate", 404)]
    [InlineData("POST", "navigate", 403)]
    [InlineData("GET", "no-cors", 403)]
    [InlineData("GET", "cors", 403)]
    public async Task A_link_on_another_site_may_lead_to_a_page(string method, string mode, int status) =>
        Assert.Equal(status, (await SendAsync(method, "/nothing", Own, "Sec-Fetch-Site: cross-site", $"Sec-Fetch-Mode: {mode}")).Status);

    [Theory]
    [InlineData("GET /healthz HTTP/1.1\nConnection: close", 400)]
    [InlineData("GET /healthz HTTP/1.1\nHost: HOST\nHost: evil.example\nConnection: close", 400)]
    [InlineData("GET /healthz HTTP/1.1\nHost: HOST\nHost: HOST\nConnection: close", 400)]
    [InlineData("GET /healthz HTTP/1.1\nHost:\nConnection: close", 421)]
    [InlineData("GET /healthz HTTP/1.0", 421)]
    [InlineData("GET /healthz HTTP/1.0\nHost: HOST", 200)]
    [InlineData("GET http://HOST/healthz HTTP/1.1\nHost: HOST\nConnection: close", 200)]
    [InlineData("GET http://evil.example/healthz HTTP/1.1\nHost: evil.example\nConnection: close", 421)]
    [InlineData("GET http://evil.example/healthz HTTP/1.1\nHost: HOST\nConnection: close", 400)]
    [InlineData("GET http://HOST/healthz HTTP/1.1\nHost: evil.example\nConnection: close", 400)]
    public async Task Whatever_way_the_name_is_told_it_is_the_one_that_counts(string head, int status)
    {
        var answer = await RawHttp.SendAsync(Address, head.Replace("HOST", Address.Authority));
        Assert.Equal(status, answer.Status);
        Assert.NotEmpty(answer.Body);
        AssertHeaders(answer);
    }

    [Fact]
    public async Task A_foreign_page_writes_nothing()
    {
        var answer = await RawHttp.SendAsync(
            Address, $"POST /write?db=foreign HTTP/1.1\n{Own}\nOrigin: http://{Evil}\nContent-Type: text/plain\nContent-Length: 8\nConnection: close", "gone v=1");
        Assert.Equal(403, answer.Status);
        Assert.Matches("(?s)\"code\".*another site|other sites", answer.Body);
        Assert.Empty(one.Server.Store.LabelValues(Labels.MetricName, [new Matcher(TimeSeries.MatchType.Equal, Labels.MetricName, "gone_v")], new TimeRange(0, long.MaxValue)));
    }

    [Theory]
    [InlineData("Host: evil.example", 421)]
    [InlineData("Host: HOST\nOrigin: http://evil.example", 403)]
    [InlineData("Host: HOST\nOrigin: null", 403)]
    [InlineData("Host: HOST\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: websocket", 403)]
    [InlineData("Host: evil.example\nOrigin: http://evil.example", 421)] // the name leads here, and the page is its own: DNS rebinding
    public async Task A_socket_is_opened_under_the_same_rules(string headers, int status)
    {
        var answer = await RawHttp.GetAsync(
            Address, "/ws/live", headers.Replace("HOST", Address.Authority), "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
        Assert.Equal(status, answer.Status);
        AssertHeaders(answer);
    }

    [Fact]
    public async Task Senders_of_OpenTelemetry_are_told_in_their_own_form_on_their_own_ports()
    {
        var port = one.HttpPort;
        var wrong = await RawHttp.SendAsync(
            new Uri($"http://127.0.0.1:{port}"), $"POST /v1/metrics HTTP/1.1\nHost: {Evil}:{port}\nContent-Type: application/json\nContent-Length: 2\nConnection: close", "{}");
        Assert.Equal(421, wrong.Status);
        Assert.Contains("\"code\":7", wrong.Body);
        var right = await RawHttp.SendAsync(
            new Uri($"http://127.0.0.1:{port}"), $"POST /v1/metrics HTTP/1.1\nHost: localhost:{port}\nContent-Type: application/json\nContent-Length: 2\nConnection: close", "{}");
        Assert.Equal(200, right.Status);
    }

    [Theory]
    [InlineData("evil.example", null, "7")]
    [InlineData("localhost", "http://evil.example", "7")]
    [InlineData("localhost", null, "0")]
    public async Task A_gRPC_sender_is_asked_the_same(string host, string? origin, string grpcStatus)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{one.GrpcPort}/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 0]) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        request.Headers.Host = $"{host}:{one.GrpcPort}";
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await answer.Content.ReadAsByteArrayAsync();
        var told = answer.Headers.TryGetValues("grpc-status", out var head) ? head : answer.TrailingHeaders.GetValues("grpc-status");
        Assert.Equal(grpcStatus, Assert.Single(told));
    }

    [Fact]
    public async Task A_preflight_of_another_sites_page_is_told_that_it_may_not_ask()
    {
        var answer = await SendAsync("OPTIONS", "/api/v1/query", Own, $"Origin: http://{Evil}", "Access-Control-Request-Method: POST", "Sec-Fetch-Site: cross-site");
        Assert.Equal(403, answer.Status);
        Assert.DoesNotContain("Access-Control-Allow-Origin", answer.Headers.Keys);
        var plain = await SendAsync("OPTIONS", "/api/v1/query", Own);
        Assert.Equal((204, "GET, HEAD, POST"), (plain.Status, plain.Headers["Allow"]));
    }

    [Fact]
    public async Task What_was_refused_is_counted_by_its_reason()
    {
        var before = Counted();
        await SendAsync("GET", "/healthz", $"Host: {Evil}");
        await SendAsync("GET", "/healthz", Own, "Origin: null");
        await SendAsync("GET", "/healthz", "Host: a b");
        var after = Counted();
        foreach (var reason in new[] { "host", "cross-site", "malformed" })
            Assert.True(after.GetValueOrDefault(reason) > before.GetValueOrDefault(reason), reason);

        Dictionary<string, double> Counted()
        {
            var values = new Dictionary<string, double>(StringComparer.Ordinal);
            one.Server.Services.GetRequiredService<OwnMeasures>().Families.Single(static family => family.Name == "barograph_http_refused_total").Read(sample => values[sample.LabelValues[0]] = sample.Value);
            return values;
        }
    }

    [Fact]
    public async Task Behind_a_proxy_the_public_address_is_its_own_and_browsers_are_told_to_come_by_https()
    {
        await using var server = await RunningServer.StartAsync(
            configure: static settings => settings with { PublicUrl = new Uri("https://baro.example.com") });
        var local = $"Host: {server.Address.Authority}";
        foreach (var (status, path, headers) in new (int, string, string[])[]
        {
            (200, "/healthz", ["Host: baro.example.com"]),
            (200, "/healthz", ["Host: baro.example.com", "Origin: https://baro.example.com", "X-Forwarded-Host: baro.example.com"]),
            (200, "/healthz", [local, "Origin: https://baro.example.com", "Sec-Fetch-Site: same-origin"]),
            (403, "/healthz", [local, "Origin: https://baro.example.com:8443"]),
            (404, "/nothing", [local]),
            (421, "/healthz", [$"Host: {Evil}"]),
            (400, "/healthz", ["Host: a b"]),
        })
        {
            var answer = await RawHttp.GetAsync(server.Address, path, headers);
            Assert.Equal((status, "max-age=31536000"), (answer.Status, answer.Headers["Strict-Transport-Security"]));
        }
    }

    Task<RawAnswer> SendAsync(string method, string path, params string[] headers) => RawHttp.SendAsync(
        Address, $"{method} {path} HTTP/1.1\n{string.Join('\n', headers)}\nConnection: close{(method == "POST" ? "\nContent-Length: 0" : "")}");

    static void AssertHeaders(RawAnswer answer)
    {
        Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
        Assert.Equal("no-referrer", answer.Headers["Referrer-Policy"]);
        Assert.Equal("same-origin", answer.Headers["Cross-Origin-Resource-Policy"]);
        Assert.Contains("camera=()", answer.Headers["Permissions-Policy"]);
        Assert.Contains("default-src 'self'", answer.Headers["Content-Security-Policy"]);
        Assert.DoesNotContain("Strict-Transport-Security", answer.Headers.Keys);
        Assert.DoesNotContain("Server", answer.Headers.Keys);
    }

    public sealed class OpenDoors : OneServer
    {
        public int GrpcPort { get; } = Peer.FreePort();

        public int HttpPort { get; } = Peer.FreePort();

        private protected override ServerSettings Configure(ServerSettings settings) => settings with { OtlpGrpcPort = GrpcPort, OtlpHttpPort = HttpPort };
    }
}
