using System.Text;
using System.Text.Json;
using Barograph.Server.Ingest;
using Barograph.Server.Sources;
using Barograph.TimeSeries;
using Microsoft.Extensions.DependencyInjection;
using static Barograph.Server.Tests.Ingest.OtlpMessage;

namespace Barograph.Server.Tests.Ingest;

public sealed class OtlpTests : IAsyncDisposable
{
    const string Protobuf = "application/x-protobuf";

    readonly MemoryStore _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    async Task<(int Status, byte[] Body)> SendAsync(byte[] request, string type = Protobuf)
    {
        await using var host = await IngestHost.StartAsync(_store);
        var (status, _, answer) = await host.PostAsync("/v1/metrics", request, type);
        return (status, await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_gauge_is_a_series_and_full_success_is_an_empty_answer()
    {
        var (status, body) = await SendAsync(Request(static scope => scope.Gauge("process.memory.usage", 5, unit: "By")));
        Assert.Equal(200, status);
        Assert.Empty(body);
        Assert.Equal([new(TimeMs, 5d)], _store.Samples("process_memory_usage_bytes"));
        Assert.Equal(new MetricMetadata(MetricType.Gauge, "bytes", "About process.memory.usage."), _store.Metadata["process_memory_usage_bytes"]);
    }

    [Fact]
    public async Task A_service_is_job_and_instance_and_its_other_attributes_are_target_info()
    {
        await SendAsync(Request(
            static scope => scope.Gauge("g", 1),
            static resource => resource.Attribute(1, "service.name", "shop").Attribute(1, "service.namespace", "eu")
                .Attribute(1, "service.instance.id", "a1").Attribute(1, "host.name", "box").Attribute(1, "process.pid", pid => pid.Varint(3, 42))));
        Assert.Equal(1, _store.Value("g{instance=\"a1\",job=\"eu/shop\"}"));
        Assert.Equal(1, _store.Value("target_info{host_name=\"box\",instance=\"a1\",job=\"eu/shop\",process_pid=\"42\"}"));
    }

    [Fact]
    public async Task A_scope_is_labels()
    {
        await SendAsync(Request(
            static scope => scope.Gauge("g", 1),
            scope: static scope => scope.Text(1, "My.Meter").Text(2, "1.2").Attribute(3, "team", "x")));
        Assert.Equal(1, _store.Value("g{otel_scope_name=\"My.Meter\",otel_scope_team=\"x\",otel_scope_version=\"1.2\"}"));
    }

    [Fact]
    public async Task Attributes_of_every_kind_are_labels()
    {
        await SendAsync(Request(static scope => scope.Gauge("g", 1, static point => point
            .Attribute(7, "text", "a")
            .Attribute(7, "yes", any => any.Varint(2, 1))
            .Attribute(7, "whole", any => any.Varint(3, unchecked((ulong)-7)))
            .Attribute(7, "real", any => any.Double(4, 0.5))
            .Attribute(7, "list", any => any.Message(5, list => list.Message(1, item => item.Text(1, "x")).Message(1, item => item.Varint(3, 2))))
            .Attribute(7, "map", any => any.Message(6, map => map.Attribute(1, "k", "v")))
            .Attribute(7, "raw", any => any.Bytes(7, [1, 2, 3]))
            .Attribute(7, "none", static _ => { })
            .Attribute(7, "9lives", "b"))));
        Assert.Equal(
            ["g{key_9lives=\"b\",list=\"[\\\"x\\\",2]\",map=\"{\\\"k\\\":\\\"v\\\"}\",raw=\"AQID\",real=\"0.5\",text=\"a\",whole=\"-7\",yes=\"true\"}"],
            _store.Named("g"));
    }

    [Fact]
    public async Task Keys_that_become_one_name_share_it_and_the_resource_wins_over_attributes()
    {
        await SendAsync(Request(
            static scope => scope.Gauge("g", 1, static point => point.Attribute(7, "a.b", "2").Attribute(7, "a_b", "3").Attribute(7, "a-b", "1").Attribute(7, "job", "mine")),
            static resource => resource.Attribute(1, "service.name", "shop")));
        Assert.Equal(["g{a_b=\"1;2;3\",job=\"shop\"}"], _store.Named("g"));
    }

    [Fact]
    public async Task Sums_are_counters_or_gauges_by_whether_they_only_grow()
    {
        await SendAsync(Request(static scope => scope
            .Sum("requests", 7, unit: "{request}").Sum("queue.length", 3, isMonotonic: false)
            .Metric("whole", "", 7, data => data.Message(1, point => point.Fixed64(3, Time).Fixed64(6, unchecked((ulong)-5))).Varint(2, 2))));
        Assert.Equal((7, 3, -5), (_store.Value("requests_total"), _store.Value("queue_length"), _store.Value("whole")));
        Assert.Equal(MetricType.Counter, _store.Metadata["requests_total"].Type);
    }

    [Fact]
    public async Task Deltas_are_added_up_and_a_repeated_one_counts_once()
    {
        await using var host = await IngestHost.StartAsync(_store);
        Task Send(double delta, ulong second) => host.PostAsync(
            "/v1/metrics", Request(scope => scope.Sum("n", delta, temporality: 1, time: Time + second * 1_000_000_000)), Protobuf);
        await Send(5, 0);
        await Send(7, 1);
        await Send(7, 1);
        await Send(1, 2);
        Assert.Equal([new(TimeMs, 5d), new(TimeMs + 1000, 12d), new(TimeMs + 2000, 13d)], _store.Samples("n_total"));
    }

    [Fact]
    public async Task A_delta_that_could_not_be_written_counts_once_when_it_comes_again()
    {
        await using var host = await IngestHost.StartAsync(_store);
        Task<(int Status, string, HttpResponseMessage Answer)> Send(ulong second) => host.PostAsync(
            "/v1/metrics", Request(scope => scope.Sum("n", 5, temporality: 1, time: Time + second * 1_000_000_000)), Protobuf);
        await Send(0);
        _store.Trouble = new StoreUnavailableException("the disk is full");
        var (status, _, answer) = await Send(1);
        Assert.Equal(503, status);
        Assert.NotNull(answer.Headers.RetryAfter);
        _store.Trouble = null;
        await Send(1);
        Assert.Equal(10, _store.Samples("n_total")[TimeMs + 1000]);
    }

    [Fact]
    public async Task A_histogram_is_classic_buckets()
    {
        await SendAsync(Request(static scope => scope.Metric("latency", "s", 9, data => data.Varint(2, 2).Message(1, point => point
            .Fixed64(3, Time).Fixed64(4, 10).Double(5, 4.5).PackedFixed64(6, 1, 3, 6).PackedDoubles(7, 0.1, 2.5).Attribute(9, "route", "/")))));
        Assert.Equal(
            [
                "latency_seconds_bucket{le=\"+Inf\",route=\"/\"}", "latency_seconds_bucket{le=\"0.1\",route=\"/\"}",
                "latency_seconds_bucket{le=\"2.5\",route=\"/\"}", "latency_seconds_count{route=\"/\"}", "latency_seconds_sum{route=\"/\"}",
            ],
            _store.Named("latency"));
        Assert.Equal(1, _store.Value("latency_seconds_bucket{le=\"0.1\",route=\"/\"}"));
        Assert.Equal(4, _store.Value("latency_seconds_bucket{le=\"2.5\",route=\"/\"}"));
        Assert.Equal(10, _store.Value("latency_seconds_bucket{le=\"+Inf\",route=\"/\"}"));
        Assert.Equal(4.5, _store.Value("latency_seconds_sum{route=\"/\"}"));
        Assert.Equal(MetricType.Histogram, _store.Metadata["latency_seconds"].Type);
    }

    [Fact]
    public async Task An_exponential_histogram_is_a_native_one()
    {
        await SendAsync(Request(static scope => scope.Metric("size", "", 10, data => data.Varint(2, 2).Message(1, point => point
            .Fixed64(3, Time).Fixed64(4, 16).Double(5, 30).Zigzag(6, 3).Fixed64(7, 2)
            .Message(8, positive => positive.Zigzag(1, 7).Packed(2, 1, 4, 0, 5))
            .Message(9, negative => negative.Zigzag(1, 0).Packed(2, 3, 1))))));
        Assert.Equal(
            new NativeHistogram
            {
                Schema = 3,
                Count = 16,
                Sum = 30,
                ZeroCount = 2,
                ZeroThreshold = 1e-128,
                PositiveSpans = [new BucketSpan(8, 4)],
                PositiveBuckets = [1, 4, 0, 5],
                NegativeSpans = [new BucketSpan(1, 2)],
                NegativeBuckets = [3, 1],
            },
            _store.Histograms("size")[TimeMs]);
        Assert.Equal(MetricType.Histogram, _store.Metadata["size"].Type);
    }

    [Fact]
    public async Task A_scale_above_8_is_brought_down_by_joining_pairs_and_gaps_begin_a_span()
    {
        // At scale 10 four buckets make one of scale 8: -5 … -2 | 3, 4, 5 | 28. Index i is bucket ⌊i / 4⌋, which is one further here.
        await SendAsync(Request(static scope => scope.Metric("fine", "", 10, data => data.Varint(2, 2).Message(1, point => point
            .Fixed64(3, Time).Fixed64(4, 10).Zigzag(6, 10).Double(14, 0.5)
            .Message(8, positive => positive.Zigzag(1, -5).Packed(2, [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, .. Enumerable.Repeat(0UL, 22), 3]))))));
        var histogram = _store.Histograms("fine")[TimeMs];
        Assert.Equal((8, 0.5, true), (histogram.Schema, histogram.ZeroThreshold, double.IsNaN(histogram.Sum)));
        Assert.Equal([new BucketSpan(-1, 4), new BucketSpan(5, 1)], histogram.PositiveSpans);
        Assert.Equal([1, 3, 1, 2, 3], histogram.PositiveBuckets);
    }

    [Fact]
    public async Task Exponential_histograms_that_cannot_be_told_are_refused_and_a_missing_one_is_a_stale_marker()
    {
        var (_, body) = await SendAsync(Request(static scope => scope
            .Metric("coarse", "", 10, data => data.Varint(2, 2).Message(1, point => point.Fixed64(3, Time).Fixed64(4, 1).Zigzag(6, -5)
                .Message(8, positive => positive.Packed(2, 1))))
            .Metric("gone", "", 10, data => data.Varint(2, 2).Message(1, point => point.Fixed64(3, Time).Varint(10, 1)))
            .Metric("wide", "", 10, data => data.Varint(2, 2).Message(1, point => point.Fixed64(3, Time).Fixed64(4, 5000).Zigzag(6, 8)
                .Message(8, positive => positive.Packed(2, Enumerable.Repeat(1UL, 5000)))))));
        Assert.Contains("coarse: schema -5", System.Text.Encoding.UTF8.GetString(body), StringComparison.Ordinal);
        Assert.Empty(_store.Histograms("coarse"));
        Assert.True(_store.Histograms("gone")[TimeMs].IsStale);
        var wide = _store.Histograms("wide")[TimeMs];
        Assert.Equal((6, 1250, 4d), (wide.Schema, wide.PositiveBuckets.Length, wide.PositiveBuckets[7]));
    }

    [Fact]
    public async Task Exemplars_are_those_of_the_series_that_their_value_is_in()
    {
        static void Exemplar(ProtobufWriter exemplar, double value, byte id) => exemplar.Fixed64(2, Time + 5_000_000).Double(3, value)
            .Bytes(4, [id, 0, 0, 0, 0, 0, 0, 1]).Bytes(5, [.. Enumerable.Repeat(id, 16)]);
        await SendAsync(Request(static scope => scope
            .Metric("orders", "", 7, data => data.Varint(2, 2).Varint(3, 1).Message(1, point => point.Fixed64(3, Time).Double(4, 1)
                .Message(5, static exemplar => exemplar.Fixed64(6, 3).Attribute(7, "user.id", "u"))
                .Message(5, static exemplar => exemplar.Fixed64(6, 4).Attribute(7, "long", new string('x', 200)).Bytes(5, [1]))))
            .Metric("latency", "s", 9, data => data.Varint(2, 2).Message(1, point => point
                .Fixed64(3, Time).Fixed64(4, 10).Double(5, 4.5).PackedFixed64(6, 1, 3, 6).PackedDoubles(7, 0.1, 2.5)
                .Message(8, static exemplar => Exemplar(exemplar, 0.1, 0xAB)).Message(8, static exemplar => Exemplar(exemplar, 9, 0xCD))))
            .Metric("size", "", 10, data => data.Varint(2, 2).Message(1, point => point.Fixed64(3, Time).Fixed64(4, 1).Zigzag(6, 3)
                .Message(8, positive => positive.Packed(2, 1)).Message(11, static exemplar => Exemplar(exemplar, 1, 0xEF))))));
        Assert.Equal([new Exemplar(TimeMs, 3, Labels.Of("user_id", "u")), new Exemplar(TimeMs, 4, Labels.Of("trace_id", "01"))], _store.Exemplars("orders_total"));
        Assert.Equal([new Exemplar(TimeMs + 5, 0.1, Of("ab"))], _store.Exemplars("latency_seconds_bucket{le=\"0.1\"}"));
        Assert.Equal([new Exemplar(TimeMs + 5, 9, Of("cd"))], _store.Exemplars("latency_seconds_bucket{le=\"+Inf\"}"));
        Assert.Equal([new Exemplar(TimeMs + 5, 1, Of("ef"))], _store.Exemplars("size"));

        static Labels Of(string id) => Labels.Of("span_id", id + "00000000000001", "trace_id", string.Concat(Enumerable.Repeat(id, 16)));
    }

    [Fact]
    public async Task A_summary_is_quantiles_sum_and_count()
    {
        await SendAsync(Request(static scope => scope.Metric("wait", "ms", 11, data => data.Message(1, point => point
            .Fixed64(3, Time).Fixed64(4, 3).Double(5, 6).Message(6, quantile => quantile.Double(1, 0.5).Double(2, 2))))));
        Assert.Equal(["wait_milliseconds_count", "wait_milliseconds_sum", "wait_milliseconds{quantile=\"0.5\"}"], _store.Named("wait"));
    }

    [Fact]
    public async Task A_point_that_says_there_is_none_is_a_stale_marker()
    {
        await SendAsync(Request(static scope => scope.Gauge("g", 1, static point => point.Varint(8, 1))));
        Assert.True(StaleMarker.Is(_store.Value("g")));
    }

    [Fact]
    public async Task What_cannot_be_taken_is_counted_in_a_partial_success()
    {
        var (status, body) = await SendAsync(Request(static scope => scope
            .Gauge("fine", 1).Sum("unspecified", 1, temporality: 0)
            .Metric("odd", "", 9, data => data.Varint(2, 2).Message(1, point => point.Fixed64(3, Time).PackedFixed64(6, 1).PackedDoubles(7, 1, 2)))));
        Assert.Equal(200, status);
        const string Why = "2 of 3 samples were refused, the other 1 are written; the first: unspecified: its aggregation temporality is not specified";
        Assert.Equal(new ProtobufWriter().Message(1, partial => partial.Varint(1, 2).Text(2, Why.Replace("unspecified: its", "unspecified_total: its"))).ToArray(), body);
        Assert.Equal(1, _store.Value("fine"));
    }

    [Fact]
    public async Task The_same_in_JSON()
    {
        const string Request = """
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"schemaUrl":"x",
              "scopeMetrics":[{"scope":{"name":"m","attributes":null},"metrics":[
                {"name":"requests","unit":"1","sum":{"dataPoints":[{"timeUnixNano":"1790000000000000000","asInt":"7",
                  "attributes":[{"key":"ok","value":{"boolValue":true}},{"key":"n","value":{"intValue":"3"}}],"exemplars":[{"traceId":"00"}]}],
                  "aggregationTemporality":2,"isMonotonic":true}},
                {"name":"latency","unit":"s","histogram":{"aggregationTemporality":2,"dataPoints":[
                  {"timeUnixNano":1790000000000000000,"count":"4","sum":2.5,"bucketCounts":["1","3"],"explicitBounds":[0.5]}]}},
                {"name":"odd","gauge":{"dataPoints":[{"timeUnixNano":"1790000000000000000","asDouble":"NaN"}]}}]}]}]}
            """;
        var (status, body) = await SendAsync(Encoding.UTF8.GetBytes(Request), "application/json");
        Assert.Equal((200, "{}"), (status, Encoding.UTF8.GetString(body)));
        Assert.Equal(7, _store.Value("requests_total{job=\"shop\",n=\"3\",ok=\"true\",otel_scope_name=\"m\"}"));
        Assert.Equal(1, _store.Value("latency_seconds_bucket{job=\"shop\",le=\"0.5\",otel_scope_name=\"m\"}"));
        Assert.True(double.IsNaN(_store.Value("odd{job=\"shop\",otel_scope_name=\"m\"}")));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}x")]
    [InlineData("{\"resourceMetrics\":[1]}")]
    [InlineData("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":5}]}]}]}")]
    [InlineData("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"gauge\":{\"dataPoints\":[{\"asInt\":\"x\"}]}}]}]}]}")]
    public async Task Broken_JSON_is_400_with_a_status_in_JSON(string json)
    {
        var (status, body) = await SendAsync(Encoding.UTF8.GetBytes(json), "application/json; charset=utf-8");
        Assert.Equal(400, status);
        using var answer = JsonDocument.Parse(body);
        Assert.Equal(3, answer.RootElement.GetProperty("code").GetInt32());
        Assert.StartsWith("JSON: ", answer.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_media_and_encodings_are_415_and_gzip_is_taken()
    {
        await using var host = await IngestHost.StartAsync(_store);
        var request = Request(static scope => scope.Gauge("g", 1));
        Assert.Equal(415, (await host.PostAsync("/v1/metrics", request, "text/plain")).Status);
        Assert.Equal(415, (await host.PostAsync("/v1/metrics", request, Protobuf, "zstd")).Status);
        Assert.Equal(400, (await host.PostAsync("/v1/metrics", request, Protobuf, "gzip")).Status);
        Assert.Equal(400, (await host.PostAsync("/v1/metrics", Gzip(request)[..20], Protobuf, "gzip")).Status);
        Assert.Equal(200, (await host.PostAsync("/v1/metrics", Gzip(request), Protobuf, "gzip")).Status);
        Assert.Equal(413, (await host.PostAsync("/v1/metrics", Gzip(new byte[100 << 20]), Protobuf, "gzip")).Status);
        Assert.Equal(1, _store.Value("g"));
    }

    [Fact]
    public async Task Gzip_of_several_parts_is_one_body_and_one_that_lies_about_its_length_takes_no_memory()
    {
        await using var host = await IngestHost.StartAsync(_store, new IngestLimits { RequestBytes = 1 << 20, QueueBytes = 500_000 });
        var request = Request(static scope =>
        {
            for (var i = 0; i < 3000; i++)
                scope.Gauge($"gauge.{i}", i);
        });
        Assert.True(request.Length > 100_000);
        byte[] parts = [.. Gzip(request[..90_000]), .. Gzip(request[90_000..^50]), .. Gzip(request[^50..])];
        Assert.Equal(200, (await host.PostAsync("/v1/metrics", parts, Protobuf, "gzip")).Status);
        Assert.Equal(2999, _store.Value("gauge_2999"));

        byte[] bomb = Gzip(new byte[5 << 20]);
        BitConverter.TryWriteBytes(bomb.AsSpan(^4..), 100u);
        Assert.Equal(413, (await host.PostAsync("/v1/metrics", bomb, Protobuf, "gzip")).Status); // and not 503, which it were had it taken its megabyte
    }

    [Fact]
    public async Task A_value_nested_without_end_is_refused()
    {
        byte[] value = [];
        for (var depth = 0; depth < 10_000; depth++)
            value = new ProtobufWriter().Message(5, list => list.Bytes(1, value)).ToArray();
        var (status, _) = await SendAsync(Request(scope => scope.Gauge("g", 1, point => point.Message(7, attribute => attribute.Text(1, "deep").Bytes(2, value)))));
        Assert.Equal(400, status);
        var json = string.Concat(Enumerable.Repeat("{\"resourceMetrics\":[", 1000));
        Assert.Equal(400, (await SendAsync(Encoding.UTF8.GetBytes(json), "application/json")).Status);
    }

    [Fact]
    public async Task What_describes_a_resource_keeps_what_fits_and_the_rest_is_told_and_costs_no_point()
    {
        await using var host = await IngestHost.StartAsync(_store);
        var request = Request(static scope => scope.Gauge("g", 1), static resource =>
        {
            resource.Attribute(1, "service.name", "shop").Attribute(1, "process.command_args", new string('x', 10_000)).Attribute(1, "huge", new string('x', 100_000));
            resource.Attribute(1, "a.host", "box");
            for (var i = 0; i < 45; i++)
                resource.Attribute(1, $"pod.label.{i:00}", $"{i}");
        });
        var (status, text, _) = await host.PostAsync("/v1/metrics", request, Protobuf);
        Assert.Equal((200, ""), (status, text)); // nothing of what was measured is refused
        var info = Assert.Single(_store.Series, static labels => labels.Name == "target_info");
        Assert.Equal(40, info.Count);
        Assert.Equal(("box", "0", "36"), (info.Get("a_host"), info.Get("pod_label_00"), info.Get("pod_label_36")));
        var source = Assert.Single(host.Services.GetRequiredService<SourceLedger>().All);
        Assert.Equal(0, source.Rejected);
        var leftOut = Assert.Single(source.Rejections);
        Assert.Equal(("labels left out", 10L), (leftOut.Reason, leftOut.Count)); // two are too long, and of 46 others 38 have room
        Assert.Contains("process_command_args", leftOut.Example, StringComparison.Ordinal);
        Assert.Contains("pod_label_44", leftOut.Example, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attribute_of_a_scope_that_is_no_label_does_not_cost_the_series_of_the_scope()
    {
        await SendAsync(Request(
            static scope => scope.Gauge("g", 1),
            scope: static scope => scope.Text(1, "m").Attribute(3, "long", new string('x', 5000)).Attribute(3, "team", "x")));
        Assert.Equal(["g{otel_scope_name=\"m\",otel_scope_team=\"x\"}"], _store.Named("g"));
    }

    [Fact]
    public async Task An_attribute_of_an_exemplar_that_is_too_long_leaves_room_for_the_others()
    {
        await SendAsync(Request(static scope => scope.Metric("g", "", 5, data => data.Message(1, point => point.Fixed64(3, Time).Double(4, 1)
            .Message(5, static exemplar => exemplar.Fixed64(6, 3).Attribute(7, "long", new string('x', 200)).Attribute(7, "user.id", "u"))))));
        Assert.Equal([new Exemplar(TimeMs, 3, Labels.Of("user_id", "u"))], _store.Exemplars("g"));
    }

    [Fact]
    public async Task Bounds_and_quantiles_are_written_as_Prometheus_writes_numbers()
    {
        await SendAsync(Request(static scope => scope
            .Metric("h", "", 9, data => data.Varint(2, 2).Message(1, point => point
                .Fixed64(3, Time).Fixed64(4, 6).Double(5, 1).PackedFixed64(6, 1, 1, 1, 1, 1, 1).PackedDoubles(7, -0.5, 1e-7, 0.00001, 1048576, 1e21)))
            .Metric("q", "", 11, data => data.Message(1, point => point.Fixed64(3, Time).Message(6, quantile => quantile.Double(1, 1e-7).Double(2, 2))))));
        Assert.Equal(
            ["+Inf", "-0.5", "0.00001", "1048576", "1e+21", "1e-07"],
            _store.Series.Where(static labels => labels.Name == "h_bucket").Select(static labels => labels.Get("le")).Order(StringComparer.Ordinal));
        Assert.Contains("q{quantile=\"1e-07\"}", _store.Named("q"));
    }

    [Theory]
    [InlineData("+/8=")]
    [InlineData("-_8=")]
    [InlineData("-_8")]
    [InlineData("+/8")]
    public async Task Bytes_in_JSON_are_base64_of_either_alphabet_padded_or_not(string bytes)
    {
        var (status, body) = await SendAsync(Encoding.UTF8.GetBytes($$$"""
            {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"g","gauge":{"dataPoints":[
              {"asInt":"1","attributes":[{"key":"raw","value":{"bytesValue":"{{{bytes}}}"}}]}]}}]}]}]}
            """), "application/json");
        Assert.Equal((200, "{}"), (status, Encoding.UTF8.GetString(body)));
        Assert.Equal(["g{raw=\"+/8=\"}"], _store.Named("g"));
    }

    [Theory]
    [InlineData("""{"gauge":{"dataPoints":[{"asInt":"9223372036854775808"}]}}""", "'9223372036854775808' is not from -9223372036854775808 to 9223372036854775807")]
    [InlineData("""{"gauge":{"dataPoints":[{"asInt":-1e19}]}}""", "'-1e19' is not from")]
    [InlineData("""{"gauge":{"dataPoints":[{"asInt":1,"timeUnixNano":"-1"}]}}""", "'-1' is not from 0 to 18446744073709551615")]
    [InlineData("""{"histogram":{"aggregationTemporality":2,"dataPoints":[{"count":"-5","bucketCounts":["1","4"],"explicitBounds":[1]}]}}""", "'-5' is not from 0")]
    [InlineData("""{"exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"count":"1","scale":4294967296,"positive":{"bucketCounts":["1"]}}]}}""", "'4294967296' is not from")]
    public async Task A_whole_number_in_JSON_beyond_its_field_is_refused_and_never_becomes_another_one(string data, string rule)
    {
        var (status, body) = await SendAsync(Encoding.UTF8.GetBytes(
            $$$"""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"g",{{{data[1..]}}}]}]}]}"""), "application/json");
        Assert.Equal(400, status);
        Assert.Contains(rule, JsonDocument.Parse(body).RootElement.GetProperty("message").GetString());
        Assert.Empty(_store.Named("g"));
    }

    [Theory]
    [InlineData("1e3", 1000)]
    [InlineData("5.0", 5)]
    [InlineData("\"-7\"", -7)]
    public async Task Whole_numbers_in_JSON_may_be_written_as_any_number(string number, double value)
    {
        Assert.Equal(200, (await SendAsync(Encoding.UTF8.GetBytes(
            $$$"""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"g","gauge":{"dataPoints":[{"asInt":{{{number}}}}]}}]}]}]}"""), "application/json")).Status);
        Assert.Equal(value, _store.Value("g"));
    }

    [Theory]
    [InlineData(20, true, 200)]
    [InlineData(32, true, 200)]
    [InlineData(33, true, 400)]
    [InlineData(20, false, 200)]
    [InlineData(32, false, 200)]
    [InlineData(33, false, 400)]
    public async Task Values_may_be_nested_32_deep_in_both_encodings(int depth, bool isJson, int expected)
    {
        byte[] value = new ProtobufWriter().Text(1, "x").ToArray();
        var json = "{\"stringValue\":\"x\"}";
        for (var level = 0; level < depth; level++)
        {
            value = new ProtobufWriter().Message(6, map => map.Message(1, pair => pair.Text(1, "k").Bytes(2, value))).ToArray();
            json = $$$"""{"kvlistValue":{"values":[{"key":"k","value":{{{json}}}}]}}""";
        }

        var (status, _) = isJson
            ? await SendAsync(Encoding.UTF8.GetBytes($$$"""
                {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"g","gauge":{"dataPoints":[
                  {"asInt":"1","attributes":[{"key":"deep","value":{{{json}}}}]}]}}]}]}]}
                """), "application/json")
            : await SendAsync(Request(scope => scope.Gauge("g", 1, point => point.Message(7, attribute => attribute.Text(1, "deep").Bytes(2, value)))));
        Assert.Equal(expected, status);
        Assert.Equal(expected == 200 ? 1 : 0, _store.Named("g").Length);
    }

    static byte[] Gzip(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(compressed, System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(bytes);
        return compressed.ToArray();
    }
}
