using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Barograph.Server.Tests.Ingest;
using Barograph.TimeSeries;
using Google.Protobuf;
using IronSnappy;

namespace Barograph.Server.Tests.Query;

/// <summary><c>POST /api/v1/read</c>, read back by another implementation of protobuf and snappy, and by Debian's Prometheus.</summary>
public sealed class RemoteReadTests
{
    const uint Varint = 0, Fixed64 = 1, Bytes = 2;

    static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
            write(output);
        return bytes.ToArray();
    }

    static byte[] Request(long startMs, long endMs, int[] accepted, params (int Type, string Name, string Value)[] matchers) => Message(request =>
    {
        request.WriteTag((1 << 3) | Bytes);
        request.WriteBytes(ByteString.CopyFrom(Message(query =>
        {
            query.WriteTag((1 << 3) | Varint);
            query.WriteInt64(startMs);
            query.WriteTag((2 << 3) | Varint);
            query.WriteInt64(endMs);
            foreach (var (type, name, value) in matchers)
            {
                query.WriteTag((3 << 3) | Bytes);
                query.WriteBytes(ByteString.CopyFrom(Message(matcher =>
                {
                    matcher.WriteTag((1 << 3) | Varint);
                    matcher.WriteEnum(type);
                    matcher.WriteTag((2 << 3) | Bytes);
                    matcher.WriteString(name);
                    matcher.WriteTag((3 << 3) | Bytes);
                    matcher.WriteString(value);
                })));
            }
        })));
        foreach (var type in accepted)
        {
            request.WriteTag((2 << 3) | Varint);
            request.WriteEnum(type);
        }
    });

    static async Task<HttpResponseMessage> PostAsync(HttpClient client, byte[] message)
    {
        using var content = new ByteArrayContent(Snappy.Encode(message));
        content.Headers.TryAddWithoutValidation("Content-Type", "application/x-protobuf");
        content.Headers.TryAddWithoutValidation("Content-Encoding", "snappy");
        return await client.PostAsync("/api/v1/read", content);
    }

    static async Task<List<string>> ReadAsync(HttpClient client, byte[] message)
    {
        using var answer = await PostAsync(client, message);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/x-protobuf", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("snappy", Assert.Single(answer.Content.Headers.ContentEncoding));
        var lines = new List<string>();
        Each(Snappy.Decode(await answer.Content.ReadAsByteArrayAsync()), result => Each(result, series =>
        {
            var text = "";
            var input = new CodedInputStream(series);
            for (uint tag; (tag = input.ReadTag()) != 0;)
            {
                var part = new CodedInputStream(input.ReadBytes().ToByteArray());
                if (tag >> 3 == 1)
                    text += $"{Field(part, 1, static one => one.ReadString())}={Field(part, 2, static one => one.ReadString())} ";
                else
                    text += string.Create(CultureInfo.InvariantCulture, $"{Field(part, 1, static one => one.ReadDouble())}@{Field(part, 2, static one => one.ReadInt64())} ");
            }

            lines.Add(text.TrimEnd());
        }));
        return lines;
    }

    static T Field<T>(CodedInputStream input, int number, Func<CodedInputStream, T> read)
    {
        Assert.Equal(number, (int)(input.ReadTag() >> 3));
        return read(input);
    }

    static void Each(byte[] message, Action<byte[]> take)
    {
        var input = new CodedInputStream(message);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            Assert.Equal((1u << 3) | Bytes, tag);
            take(input.ReadBytes().ToByteArray());
        }
    }

    static async Task<RunningServer> StartAsync(long maxSamples = 1000)
    {
        var server = await RunningServer.StartAsync(configure: settings => settings with { Retention = null, QueryMaxSamples = maxSamples });
        await server.AppendAsync(Labels.Of("__name__", "up", "job", "b"), (0, 1), (1000, 2), (60_000, 3), (60_001, 4));
        await server.AppendAsync(Labels.Of("__name__", "up", "job", "ä"), (30_000, double.PositiveInfinity));
        await server.AppendAsync(Labels.Of("__name__", "down", "job", "b"), (30_000, 0.1));
        return server;
    }

    [Fact]
    public async Task Raw_samples_come_sorted_by_labels_both_ends_included()
    {
        await using var server = await StartAsync();
        using var client = server.Client;
        Assert.Equal(
            ["__name__=up job=b 2@1000 3@60000", "__name__=up job=ä ∞@30000"],
            (await ReadAsync(client, Request(1000, 60_000, [], (0, "__name__", "up")))).Select(static line => line.Replace("Infinity", "∞")));
        Assert.Equal(["__name__=up job=b 1@0"], await ReadAsync(client, Request(-5000, 0, [1, 0], (0, "__name__", "up"))));
        Assert.Equal(["__name__=down job=b 0.1@30000"], await ReadAsync(client, Request(0, 60_000, [0], (1, "__name__", "up"), (2, "job", "b|c"), (3, "job", "c.*"))));
        Assert.Empty(await ReadAsync(client, Request(5, 4, [0], (0, "__name__", "up"))));
        Assert.Empty(await ReadAsync(client, Request(0, 1, [0], (0, "__name__", "nothing"))));
    }

    [Fact]
    public async Task What_cannot_be_answered_is_told_in_a_sentence()
    {
        await using var server = await StartAsync(maxSamples: 2);
        using var client = server.Client;
        await RefusedAsync(Request(0, 60_000, [1], (0, "__name__", "up")), "supported: SAMPLES");
        await RefusedAsync(Request(0, 60_000, [0], (2, "job", "(")), "");
        await RefusedAsync(Request(0, 60_000, [0], (7, "job", "b")), "unknown type 7");
        await RefusedAsync(Request(0, 60_000, [0], (0, "__name__", "up")), "exceeded sample limit (2)");
        await RefusedAsync([0x0A, 0x7F], "announced");

        async Task RefusedAsync(byte[] request, string text)
        {
            using var answer = await PostAsync(client, request);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains(text, await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_real_Prometheus_reads_our_series_as_its_own()
    {
        await using var server = await RunningServer.StartAsync();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000 * 1000;
        await server.AppendAsync(Labels.Of("__name__", "steps_total", "job", "a"), [.. Enumerable.Range(0, 500).Select(i => (now - 5_000_000 + i * 10_000L, (double)i))]);
        await server.AppendAsync(Labels.Of("__name__", "steps_total", "job", "b"), (now - 1000, 7));
        using var folder = new TemporaryFolder();
        var config = folder.File("prometheus.yml", $"remote_read: [ {{ url: '{server.Address}api/v1/read', read_recent: true }} ]\n");
        var port = Peer.FreePort();
        using var prometheus = Peer.Start("prometheus", $"--config.file={config}", $"--storage.tsdb.path={folder.Sub("peer")}", $"--web.listen-address=127.0.0.1:{port}");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await Peer.UntilAsync(() => IsReadyAsync(client), "Prometheus is ready");
        using var ours = server.Client;
        foreach (var query in new[] { "steps_total", "rate(steps_total{job=\"a\"}[5m])", "sum(count_over_time(steps_total{job=~\"a|b\"}[1h]))" })
        {
            var path = $"/api/v1/query?query={Uri.EscapeDataString(query)}&time={now / 1000 - 15}";
            var theirs = JsonNode.Parse(await client.GetStringAsync(path))!["data"]!["result"]!;
            Assert.NotEmpty(theirs.AsArray());
            Assert.Equal(JsonNode.Parse(await ours.GetStringAsync(path))!["data"]!["result"]!.ToJsonString(), theirs.ToJsonString());
        }
    }

    static async Task<bool> IsReadyAsync(HttpClient prometheus)
    {
        try
        {
            using var answer = await prometheus.GetAsync("/-/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // not listening yet
        }
    }
}
