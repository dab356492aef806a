using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Barograph.Server.Ingest;
using Barograph.Server.Sources;
using Barograph.TimeSeries;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;
using static Barograph.Server.Tests.Ingest.RemoteWriteMessage;

namespace Barograph.Server.Tests.Ingest;

/// <summary>
/// The same troubles at every door, over the real store: an answer in the protocol's own form that names what is wrong, never a 5xx,
/// what is good is kept, and the sender is listed with the reason.
/// </summary>
public sealed class DoorRulesTests : IDisposable
{
    const int RequestBytes = 1 << 20;
    const string Broken = "@@"; // becomes two bytes that are no UTF-8

    static readonly long NowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
    static readonly DoorKind[] All = System.Enum.GetValues<DoorKind>();

    readonly TemporaryFolder _folder = new();

    public enum DoorKind
    {
        RemoteWrite1,
        RemoteWrite2,
        OtlpProtobuf,
        OtlpJson,
        OtlpGrpc,
        Influx,
    }

    public static TheoryData<DoorKind> Doors => [.. All];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task What_is_no_request_is_refused_as_a_whole_with_what_is_wrong(DoorKind door)
    {
        await using var host = await StartAsync();
        var good = Message(door, [Series("good", (1, NowMs))]);
        (byte[] Body, string? Type, string? Encoding, int Status)[] troubles =
        [
            (Pack(door, Enumerable.Repeat((byte)0xFF, 50).ToArray()), null, null, 400),
            (Pack(door, good[..(good.Length - (door == DoorKind.Influx ? 20 : 3))]), null, null, 400), // cut by the sender
            (Pack(door, good)[..^(door == DoorKind.Influx ? 20 : 2)], null, null, 400), // cut on its way
            (Gzip(good)[..^9], null, TakesGzip(door) ? "gzip" : null, 400), // the same, compressed: what is left may look whole
            (Gzip(good)[..^4], null, TakesGzip(door) ? "gzip" : null, 400),
            ([.. Gzip(good)[..^8], 1, 2, 3, 4, .. Gzip(good)[^4..]], null, TakesGzip(door) ? "gzip" : null, 400), // another sum
            (Pack(door, new byte[RequestBytes + 1]), null, null, 413),
            (new byte[RequestBytes + 6], null, null, 413),
            (Bomb(door), null, TakesGzip(door) ? "gzip" : null, 413),
            (Pack(door, good), null, "zstd", 415),
            (Pack(door, good), "image/png", null, 415),
        ];
        foreach (var (body, type, encoding, status) in troubles)
        {
            if (type is not null && door is DoorKind.Influx or DoorKind.OtlpGrpc)
                continue; // lines have no type of their own, and what is not gRPC's type is not gRPC
            if (door == DoorKind.OtlpGrpc && encoding == "zstd")
                body[0] = 1;
            var answer = await SendAsync(host, door, body, type, encoding);
            Assert.True(status == answer.Status, $"{door}, {body.Length} bytes, {type}, {encoding}: {status} was expected, {answer}");
            Assert.NotEmpty(answer.Text);
        }

        Assert.Empty(StoredSamples.Of(Store(host), "good"));
        var source = Assert.Single(host.Services.GetRequiredService<SourceLedger>().All);
        Assert.True(source is { Rejected: >= 6, LastRejection.Length: > 10 }, $"{source}");
        Assert.Equal(0, host.Services.GetRequiredService<IngestDesk>().BytesInWork);
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task A_sample_that_cannot_be_kept_is_told_with_its_reason_and_the_others_are_written(DoorKind door)
    {
        await using var host = await StartAsync();
        (TestSeries Series, string Reason)[] troubles =
        [
            (Series("old", (1, 1000)), "is it in the unit that was expected?"),
            (Series("aged", (1, NowMs - (400L * 86_400_000))), "older than the 365d that samples are kept"),
            (Series("ahead", (1, NowMs + 3_600_000)), "is more than 10m ahead of this machine's clock (MaxFuture)"),
            (Series("last", (1, 9_223_372_036_854)), "(MaxFuture)"),
            (new([("__name__", "long"), ("l", new string('v', 5000))], (1, NowMs)), "has a label whose value has 5000 bytes; the most is 4096 (LabelValueBytesLimit)"),
            (new([("__name__", "many"), .. Enumerable.Range(0, 41).Select(static i => ($"l{i}", "v"))], (1, NowMs)), "labels; the most are 40 (LabelCountLimit)"),
            (new([("__name__", "wide"), (new string('n', 300), "v")], (1, NowMs)), "has a label whose name has 300 bytes; the most is 256 (LabelNameBytesLimit)"),
        ];
        foreach (var (series, reason) in troubles)
        {
            var good = $"good_{series.Labels[0].Value}";
            var answer = await SendAsync(host, door, Pack(door, Message(door, [Series(good, (1, NowMs)), series, Series($"{good}_too", (2, NowMs))])));
            Assert.Equal(IsOtlp(door) ? 200 : 400, answer.Status);
            Assert.Contains(reason, answer.Text, StringComparison.Ordinal);
            Assert.Contains("1 of 3 samples were refused, the other 2 are written", answer.Text, StringComparison.Ordinal);
            Assert.Equal([new(NowMs, 1)], StoredSamples.Of(Store(host), good));
            Assert.Equal([new(NowMs, 2)], StoredSamples.Of(Store(host), $"{good}_too"));
            Assert.Empty(StoredSamples.Of(Store(host), series.Labels[0].Value));
            Assert.Contains(reason, Assert.Single(host.Services.GetRequiredService<SourceLedger>().All).LastRejection, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Text_that_is_no_UTF8_costs_its_series_or_where_the_form_is_text_the_request(DoorKind door)
    {
        await using var host = await StartAsync();
        var message = Message(door, [Series("good", (1, NowMs)), new([("__name__", "broken"), ("l", Broken)], (1, NowMs))]);
        var at = message.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Broken));
        (message[at], message[at + 1]) = (0xFF, 0xFE);
        var answer = await SendAsync(host, door, Pack(door, message));
        Assert.Equal(IsOtlp(door) && door != DoorKind.OtlpJson ? 200 : 400, answer.Status);
        Assert.Contains("UTF-8", answer.Text, StringComparison.Ordinal);
        Assert.Equal(door == DoorKind.OtlpJson ? 0 : 1, StoredSamples.Of(Store(host), "good").Count);
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task The_same_series_twice_in_a_request_is_one_series_and_of_two_values_at_one_time_the_one_of_the_protocol_stays(DoorKind door)
    {
        await using var host = await StartAsync();
        Assert.True(await TakesAsync(host, door, Series("twice", (1, NowMs)), Series("twice", (2, NowMs + 1)), Series("twice", (1, NowMs))));
        var answer = await SendAsync(host, door, Pack(door, Message(door, [Series("twice", (3, NowMs + 2)), Series("twice", (4, NowMs + 2))])));
        Assert.Equal([new(NowMs, 1), new(NowMs + 1, 2), new(NowMs + 2, door == DoorKind.Influx ? 4 : 3)], StoredSamples.Of(Store(host), "twice"));
        if (door == DoorKind.Influx)
            Assert.Equal(204, answer.Status);
        else
            Assert.Contains("has another value at", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Numbers_at_the_ends_and_what_is_no_number_are_kept_bit_for_bit(DoorKind door)
    {
        await using var host = await StartAsync();
        double[] values = [-0.0, double.Epsilon, double.MaxValue];
        if (door != DoorKind.Influx) // whose protocol has no words for them
            values = [.. values, double.NaN, double.PositiveInfinity, double.NegativeInfinity];
        Assert.True(await TakesAsync(host, door, [.. values.Select(static (value, i) => Series($"odd_{i}", (value, NowMs)))]));
        for (var i = 0; i < values.Length; i++)
            Assert.Equal(BitConverter.DoubleToInt64Bits(values[i]), BitConverter.DoubleToInt64Bits(StoredSamples.Of(Store(host), $"odd_{i}").Single().Value));
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Over_capacity_nothing_is_written_and_the_sender_is_told_to_come_again(DoorKind door)
    {
        await using var host = await StartAsync(new IngestLimits { RequestBytes = RequestBytes, QueueBytes = 10 });
        var answer = await SendAsync(host, door, Pack(door, Message(door, [Series("good", (1, NowMs))])));
        Assert.Equal(503, answer.Status);
        Assert.Contains("nothing was written, send it again", answer.Text, StringComparison.Ordinal);
        Assert.True(answer.HasRetryAfter);
        Assert.Empty(StoredSamples.Of(Store(host), "good"));
    }

    /// <param name="Status">Of HTTP; of gRPC the HTTP status that means the same.</param>
    sealed record Answer(int Status, string Text, bool HasRetryAfter);

    static bool IsOtlp(DoorKind door) => door is DoorKind.OtlpProtobuf or DoorKind.OtlpJson or DoorKind.OtlpGrpc;

    static IMetricStore Store(IngestHost host) => host.Services.GetRequiredService<Barograph.Server.Storage.OpenedStore>().Current!;

    async Task<IngestHost> StartAsync(IngestLimits? limits = null) =>
        await IngestHost.StartAsync(MetricStore.Open(_folder.Sub("store")), limits ?? new IngestLimits { RequestBytes = RequestBytes });

    static async Task<bool> TakesAsync(IngestHost host, DoorKind door, params TestSeries[] series) =>
        await SendAsync(host, door, Pack(door, Message(door, series))) is { Status: 200 or 204, Text: "" or "{}" or "\0\0\0\0\0" };

    static async Task<Answer> SendAsync(IngestHost host, DoorKind door, byte[] body, string? type = null, string? encoding = null)
    {
        if (door == DoorKind.OtlpGrpc)
            return await CallAsync(host, body, encoding);
        var (path, usual, usualEncoding) = door switch
        {
            DoorKind.RemoteWrite1 => ("/api/v1/write", "application/x-protobuf", "snappy"),
            DoorKind.RemoteWrite2 => ("/api/v1/write", "application/x-protobuf;proto=io.prometheus.write.v2.Request", "snappy"),
            DoorKind.Influx => ("/write?precision=ms", "text/plain", null),
            _ => ("/v1/metrics", door == DoorKind.OtlpJson ? "application/json" : "application/x-protobuf", (string?)null),
        };
        var (status, text, answer) = await host.PostAsync(path, body, type ?? usual, encoding ?? usualEncoding);
        return new Answer(status, text, answer.Headers.RetryAfter is not null);
    }

    static async Task<Answer> CallAsync(IngestHost host, byte[] frame, string? encoding)
    {
        if (encoding == "gzip")
            frame = [1, .. Length(frame.Length), .. frame];
        using var call = new HttpRequestMessage(HttpMethod.Post, $"{host.GrpcUrl}/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame),
        };
        call.Content.Headers.ContentType = new("application/grpc");
        if (encoding is not null)
            call.Headers.Add("grpc-encoding", encoding);
        using var answer = await host.Client.SendAsync(call);
        var text = await answer.Content.ReadAsStringAsync();
        var status = answer.TrailingHeaders.GetValues("grpc-status").Single() switch { "0" => 200, "3" => 400, "8" => 413, "12" => 415, "14" => 503, var other => int.Parse(other) };
        return new Answer(status, text + (answer.TrailingHeaders.TryGetValues("grpc-message", out var message) ? Uri.UnescapeDataString(message.Single()) : ""), IsToldWhen(answer));
    }

    /// <summary>Whether <c>google.rpc.RetryInfo</c> is among the details of gRPC's status, with one second or more.</summary>
    static bool IsToldWhen(HttpResponseMessage answer)
    {
        if (!answer.TrailingHeaders.TryGetValues("grpc-status-details-bin", out var details))
            return false;
        var text = details.Single();
        var status = new CodedInputStream(Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '=')));
        while (status.ReadTag() is var tag and not 0)
        {
            if (tag != WireFormat.MakeTag(3, WireFormat.WireType.LengthDelimited))
            {
                status.SkipLastField();
                continue;
            }

            var detail = Any.Parser.ParseFrom(status.ReadBytes());
            Assert.Equal("type.googleapis.com/google.rpc.RetryInfo", detail.TypeUrl);
            Assert.InRange(Duration.Parser.ParseFrom(detail.Value.Span[2..]).Seconds, 1, 10);
            return true;
        }

        return false;
    }

    /// <summary>The series in the door's own form, before compression and framing.</summary>
    static byte[] Message(DoorKind door, TestSeries[] series) => door switch
    {
        DoorKind.RemoteWrite1 => V1(series),
        DoorKind.RemoteWrite2 => V2(series),
        DoorKind.OtlpJson => Json(series),
        DoorKind.Influx => Lines(series),
        _ => Otlp(series),
    };

    static byte[] Pack(DoorKind door, byte[] message) => door switch
    {
        DoorKind.RemoteWrite1 or DoorKind.RemoteWrite2 => Snappy(message),
        DoorKind.OtlpGrpc => [0, .. Length(message.Length), .. message],
        _ => message,
    };

    /// <summary>Few bytes that become more than a request may have.</summary>
    static byte[] Bomb(DoorKind door)
    {
        var message = new byte[10 * RequestBytes];
        return TakesGzip(door) ? Gzip(message) : Snappy(message);
    }

    static bool TakesGzip(DoorKind door) => door is not (DoorKind.RemoteWrite1 or DoorKind.RemoteWrite2);

    static byte[] Gzip(byte[] message)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(message);
        return compressed.ToArray();
    }

    static byte[] Length(int length) => [(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length];

    static byte[] Otlp(TestSeries[] series) => OtlpMessage.Request(scope =>
    {
        foreach (var one in series)
        {
            scope.Metric(one.Labels[0].Value, "", 5, data => data.Message(1, point =>
            {
                point.Fixed64(3, (ulong)one.Samples[0].TimestampMs * 1_000_000).Double(4, one.Samples[0].Value);
                foreach (var (name, value) in one.Labels[1..])
                    OtlpMessage.Attribute(point, 7, name, value);
            }));
        }
    });

    static byte[] Json(TestSeries[] series) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["resourceMetrics"] = new JsonArray(new JsonObject
        {
            ["scopeMetrics"] = new JsonArray(new JsonObject
            {
                ["metrics"] = new JsonArray([.. series.Select(static one => new JsonObject
                {
                    ["name"] = one.Labels[0].Value,
                    ["gauge"] = new JsonObject
                    {
                        ["dataPoints"] = new JsonArray(new JsonObject
                        {
                            ["timeUnixNano"] = $"{one.Samples[0].TimestampMs}000000",
                            ["asDouble"] = double.IsFinite(one.Samples[0].Value)
                                ? JsonValue.Create(one.Samples[0].Value)
                                : JsonValue.Create(one.Samples[0].Value.ToString(CultureInfo.InvariantCulture)),
                            ["attributes"] = new JsonArray([.. one.Labels[1..].Select(static label =>
                                new JsonObject { ["key"] = label.Name, ["value"] = new JsonObject { ["stringValue"] = label.Value } })]),
                        }),
                    },
                })]),
            }),
        }),
    }.ToJsonString());

    static byte[] Lines(TestSeries[] series) => Encoding.UTF8.GetBytes(string.Concat(series.Select(static one => string.Create(
        CultureInfo.InvariantCulture,
        $"{string.Join(',', [one.Labels[0].Value, .. one.Labels[1..].Select(static label => $"{label.Name}={label.Value}")])} value={one.Samples[0].Value:R} {one.Samples[0].TimestampMs}\n"))));
}
