using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Barograph.Server.Tests.Ingest;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Barograph.Server.Tests.Archive;

/// <summary>Spans and log records in through OTLP's doors and out through the read side.</summary>
public sealed class TracesAndLogsTests
{
    static readonly string TraceId = "0af7651916cd43dd8448eb211c80319c";
    static readonly long NowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    static async Task<RunningServer> StartAsync(Func<Barograph.Server.Settings.ServerSettings, Barograph.Server.Settings.ServerSettings>? configure = null)
    {
        var server = await RunningServer.StartAsync(configure: configure);
        using var client = server.Client;
        await Peer.UntilAsync(async () => (await client.GetAsync("/api/v1/logs")).IsSuccessStatusCode
            && (await client.GetAsync($"/api/v1/traces/{TraceId}")).StatusCode == HttpStatusCode.NotFound, "the archives are open");
        return server;
    }

    static async Task<(HttpStatusCode Status, byte[] Body)> PostAsync(RunningServer server, string path, byte[] body, string type = "application/x-protobuf")
    {
        using var client = server.Client;
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var answer = await client.PostAsync(path, content, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    static async Task<JsonElement[]> SpansAsync(RunningServer server, string traceId)
    {
        using var client = server.Client;
        return [.. (await client.GetFromJsonAsync<JsonElement>($"/api/v1/traces/{traceId}")).GetProperty("spans").EnumerateArray()];
    }

    static async Task<JsonElement[]> LogsAsync(RunningServer server, string query = "")
    {
        using var client = server.Client;
        return [.. (await client.GetFromJsonAsync<JsonElement>($"/api/v1/logs{query}")).GetProperty("records").EnumerateArray()];
    }

    static byte[] Spans(params Action<ProtobufWriter>[] spans) => new ProtobufWriter().Message(1, group => group
        .Message(1, static resource => resource.Attribute(1, "service.name", "shop"))
        .Message(2, scope =>
        {
            scope.Message(1, static one => one.Text(1, "Tests"));
            foreach (var span in spans)
                scope.Message(2, span);
        })).ToArray();

    static Action<ProtobufWriter> Span(string name, byte id, string? traceId = null) => span => span
        .Bytes(1, Convert.FromHexString(traceId ?? TraceId)).Bytes(2, [0, 0, 0, 0, 0, 0, 0, id]).Text(5, name).Varint(6, 2)
        .Fixed64(7, (ulong)NowMs * 1_000_000).Fixed64(8, (ulong)NowMs * 1_000_000 + 5).Attribute(9, "http.route", "/cart");

    static byte[] Logs(params (long AgoMs, string Body)[] records) => new ProtobufWriter().Message(1, group => group
        .Message(2, scope =>
        {
            foreach (var (agoMs, body) in records)
                scope.Message(2, record => record.Fixed64(1, (ulong)(NowMs - agoMs) * 1_000_000).Varint(2, 9).Message(5, any => any.Text(1, body)));
        })).ToArray();

    [Theory]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    [InlineData(OtlpExportProtocol.Grpc)]
    public async Task What_the_real_exporter_sends_is_found_by_its_trace_and_by_its_time(OtlpExportProtocol protocol)
    {
        var grpcPort = Peer.FreePort();
        await using var server = await StartAsync(settings => settings with { OtlpGrpcPort = grpcPort });
        void Configure(OtlpExporterOptions options, string path)
        {
            options.Protocol = protocol;
            options.Endpoint = protocol == OtlpExportProtocol.Grpc ? new Uri($"http://127.0.0.1:{grpcPort}") : new Uri(server.Address, path);
        }

        using var source = new ActivitySource($"Shop.{protocol}", "2.0");
        var resource = ResourceBuilder.CreateDefault().AddService("shop", serviceInstanceId: "a1");
        string traceId;
        using (var provider = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(source.Name)
            .AddOtlpExporter(options => Configure(options, "v1/traces")).Build())
        using (var logging = LoggerFactory.Create(builder => builder.AddOpenTelemetry(options => options.SetResourceBuilder(resource)
            .AddOtlpExporter(exporter => Configure(exporter, "v1/logs")))))
        {
            using (var root = source.StartActivity("GET /cart", ActivityKind.Server)!)
            {
                traceId = root.TraceId.ToHexString();
                root.SetTag("http.response.status_code", 200);
                using var child = source.StartActivity("SELECT", ActivityKind.Client)!;
                child.SetStatus(ActivityStatusCode.Error, "deadlock");
                child.AddEvent(new ActivityEvent("retry", tags: new ActivityTagsCollection { ["attempt"] = 2L }));
#pragma warning disable CA1848, CA2254 // as an application would write it
                logging.CreateLogger("Shop.Cart").LogWarning("Cart {Cart} is locked", 17);
#pragma warning restore CA1848, CA2254
            }

            Assert.True(provider.ForceFlush(10_000));
        }

        var spans = await SpansAsync(server, traceId);
        var child2 = Assert.Single(spans, static span => span.GetProperty("name").GetString() == "SELECT");
        var root2 = Assert.Single(spans, static span => span.GetProperty("name").GetString() == "GET /cart");
        Assert.Equal(2, spans.Length);
        Assert.Equal(root2.GetProperty("spanId").GetString(), child2.GetProperty("parentSpanId").GetString());
        Assert.Equal(("client", "error", "deadlock"), (child2.GetProperty("kind").GetString(), child2.GetProperty("status").GetString(), child2.GetProperty("statusMessage").GetString()));
        Assert.Equal(2, child2.GetProperty("events")[0].GetProperty("attributes").GetProperty("attempt").GetInt64());
        Assert.Equal(200, root2.GetProperty("attributes").GetProperty("http.response.status_code").GetInt64());
        Assert.Equal("shop", root2.GetProperty("resource").GetProperty("service.name").GetString());
        Assert.Equal(source.Name, root2.GetProperty("scope").GetProperty("name").GetString());

        var record = Assert.Single(await LogsAsync(server));
        Assert.Equal(("Warning", traceId), (record.GetProperty("severityText").GetString(), record.GetProperty("traceId").GetString()));
        Assert.Equal("Shop.Cart", record.GetProperty("scope").GetProperty("name").GetString());
        Assert.Contains("Cart", record.GetProperty("body").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_span_without_an_id_is_refused_and_told_while_the_others_are_kept()
    {
        await using var server = await StartAsync();
        var (status, body) = await PostAsync(server, "/v1/traces", Spans(
            Span("good", 1), static span => span.Text(5, "nameless"), Span("zero", 2, new string('0', 32)), Span("also good", 3)));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("2 of 4 samples were refused", Encoding.UTF8.GetString(body).Replace("spans", "samples"), StringComparison.Ordinal);
        Assert.Equal(["good", "also good"], (await SpansAsync(server, TraceId)).Select(static span => span.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task A_request_that_is_sent_twice_shows_each_span_once()
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.OK, (await PostAsync(server, "/v1/traces", Spans(Span("once", 1), Span("once more", 2)))).Status);
        Assert.Equal(2, (await SpansAsync(server, TraceId)).Length);
    }

    [Fact]
    public async Task JSON_is_the_same_as_protobuf()
    {
        await using var server = await StartAsync();
        var time = $"{NowMs}000000";
        var (status, body) = await PostAsync(server, "/v1/traces", Encoding.UTF8.GetBytes($$$$"""
            {"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}, "scopeSpans": [{"spans": [
              {"traceId": "{{{{TraceId}}}}", "spanId": "00f067aa0ba902b7", "name": "json", "kind": 3, "startTimeUnixNano": "{{{{time}}}}", "endTimeUnixNano": "{{{{time}}}}",
               "status": {"code": 2, "message": "no"}, "events": [{"name": "e", "timeUnixNano": "{{{{time}}}}"}]}, {"name": "lost"}]}]}]}
            """), "application/json");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("1", JsonDocument.Parse(body).RootElement.GetProperty("partialSuccess").GetProperty("rejectedSpans").GetString());
        var span = Assert.Single(await SpansAsync(server, TraceId));
        Assert.Equal(("json", "client", "error"), (span.GetProperty("name").GetString(), span.GetProperty("kind").GetString(), span.GetProperty("status").GetString()));

        await PostAsync(server, "/v1/logs", Encoding.UTF8.GetBytes($$$$"""
            {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"observedTimeUnixNano": "{{{{time}}}}", "severityNumber": 17, "body": {"kvlistValue": {"values":
              [{"key": "a", "value": {"arrayValue": {"values": [{"intValue": "1"}, {"boolValue": true}]}}}]}}}]}]}]}
            """), "application/json");
        Assert.Equal("""{"a":[1,true]}""", Assert.Single(await LogsAsync(server)).GetProperty("body").GetRawText());
    }

    [Fact]
    public async Task Logs_come_newest_first_within_their_window_and_their_limit()
    {
        await using var server = await StartAsync();
        await PostAsync(server, "/v1/logs", Logs((5000, "c"), (1000, "a"), (9000, "e")));
        await PostAsync(server, "/v1/logs", Logs((7000, "d"), (3000, "b")));
        Assert.Equal(["a", "b", "c", "d", "e"], (await LogsAsync(server)).Select(static record => record.GetProperty("body").GetString()));
        Assert.Equal(["a", "b"], (await LogsAsync(server, "?limit=2")).Select(static record => record.GetProperty("body").GetString()));
        Assert.Equal(["b", "c"], (await LogsAsync(server, $"?start={NowMs - 5000}&end={NowMs - 2000}")).Select(static record => record.GetProperty("body").GetString()));
        using var client = server.Client;
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/api/v1/logs?limit=0", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData("limit=x")]
    [InlineData("start=1e300")]
    [InlineData("start=1&start=2")]
    [InlineData("end=2026-11-29T00:00:00Z")]
    public async Task A_window_of_logs_that_is_none_is_refused_with_what_is_expected(string query)
    {
        await using var server = await StartAsync();
        using var client = server.Client;
        using var answer = await client.GetAsync($"/api/v1/logs?{query}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("whole numbers", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Broken_requests_are_400_and_nothing_of_them_is_kept()
    {
        await using var server = await StartAsync();
        Action<ProtobufWriter> deep = static any => any.Text(1, "end");
        for (var i = 0; i < 10_000; i++)
        {
            var inner = deep;
            deep = i < 40 ? any => any.Message(5, list => list.Message(1, inner)) : deep;
        }

        byte[][] broken =
        [
            [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
            [0x0A, 0x05, 0x12, 0x03, 0x12, 0x05, 0x00],
            Spans(span => Span("deep", 1)(span.Attribute(9, "k", deep))),
        ];
        foreach (var body in broken)
            Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(server, "/v1/traces", body)).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await PostAsync(server, "/v1/traces", [], "text/plain")).Status);
        using var client = server.Client;
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/api/v1/traces/{TraceId}", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/api/v1/traces/xyz", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData(32, HttpStatusCode.OK)]
    [InlineData(33, HttpStatusCode.BadRequest)]
    public async Task Values_in_JSON_may_be_nested_32_deep_and_are_read_back_whole(int depth, HttpStatusCode expected)
    {
        await using var server = await StartAsync();
        var (value, read) = ("{\"stringValue\":\"end\"}", "\"end\"");
        for (var level = 0; level < depth; level++)
            (value, read) = ($$$"""{"kvlistValue":{"values":[{"key":"k","value":{{{value}}}}]}}""", $$"""{"k":{{read}}}""");
        var (status, _) = await PostAsync(server, "/v1/logs", Encoding.UTF8.GetBytes(
            $$$"""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1000","body":{{{value}}}}]}]}]}"""), "application/json");
        Assert.Equal(expected, status);
        using var client = server.Client;
        var kept = await client.GetStringAsync("/api/v1/logs?start=0", TestContext.Current.CancellationToken);
        Assert.Equal(expected == HttpStatusCode.OK, kept.Contains(read, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_thousand_mutations_of_good_requests_never_make_a_5xx()
    {
        await using var server = await StartAsync();
        using var client = server.Client;
        const int Seed = 20_261;
        var random = new Random(Seed);
        byte[][] good = [Spans(Span("a", 1), Span("b", 2)), Logs((5000, "c"), (1000, "a"))];
        for (var i = 0; i < 1000; i++)
        {
            var which = i % 2;
            var body = (byte[])good[which].Clone();
            for (var flips = random.Next(1, 6); flips > 0; flips--)
                body[random.Next(body.Length)] = (byte)random.Next(256);
            body = body[..random.Next(body.Length / 2, body.Length + 1)];
            var (status, _) = await PostAsync(server, which == 0 ? "/v1/traces" : "/v1/logs", body);
            Assert.True((int)status < 500, $"seed {Seed}, mutation {i}: {status}");
        }

        Assert.True((await client.GetAsync("/api/v1/logs?start=0&limit=10000", TestContext.Current.CancellationToken)).IsSuccessStatusCode);
        Assert.True((int)(await client.GetAsync($"/api/v1/traces/{TraceId}", TestContext.Current.CancellationToken)).StatusCode < 500);
    }
}
