using System.Net.Sockets;
using System.Text;
using Barograph.Server.Ingest;
using Barograph.Server.Sources;
using Barograph.TimeSeries;
using static Barograph.Server.Tests.Ingest.RemoteWriteMessage;

namespace Barograph.Server.Tests.Ingest;

public sealed class RemoteWriteTests : IAsyncDisposable
{
    const string ProtobufV2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
    const long Now = 1_790_000_000_000;

    readonly MemoryStore _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    static Task<(int Status, string Text, HttpResponseMessage Answer)> WriteAsync(
        IngestHost host, byte[] message, string type = "application/x-protobuf", string encoding = "snappy") =>
        host.PostAsync("/api/v1/write", Snappy(message), type, encoding);

    [Fact]
    public async Task Samples_of_version_1_are_written_and_answered_with_204_and_no_body()
    {
        await using var host = await IngestHost.StartAsync(_store);
        var (status, text, _) = await WriteAsync(host, V1(Series("up", (1, Now), (0, Now + 1000)), Series("down", (double.NaN, Now))));
        Assert.Equal((204, ""), (status, text));
        Assert.Equal([new(Now, 1d), new(Now + 1000, 0d)], _store.Samples("up{job=\"test\"}"));
        Assert.True(double.IsNaN(_store.Value("down{job=\"test\"}")));
    }

    [Fact]
    public async Task Samples_of_version_2_are_written_and_counted_in_headers()
    {
        await using var host = await IngestHost.StartAsync(_store);
        var (status, _, answer) = await WriteAsync(host, V2(Series("up", (1, Now), (2, Now + 1)), Series("up2", (3, Now))), ProtobufV2);
        Assert.Equal(204, status);
        Assert.Equal("3", answer.Headers.GetValues("X-Prometheus-Remote-Write-Samples-Written").Single());
        Assert.Equal("0", answer.Headers.GetValues("X-Prometheus-Remote-Write-Histograms-Written").Single());
        Assert.Equal("0", answer.Headers.GetValues("X-Prometheus-Remote-Write-Exemplars-Written").Single());
        Assert.Equal(3, _store.Value("up2{job=\"test\"}"));
    }

    [Theory]
    [InlineData(0x7ff0000000000002)] // the stale marker
    [InlineData(0x7ff8000000000001)]
    [InlineData(0x7ff800000000abcd)]
    [InlineData(0x7ff0000000000000)] // +Inf
    [InlineData(unchecked((long)0x8000000000000000))] // -0
    [InlineData(1)] // the smallest denormal
    public async Task Every_double_is_kept_bit_for_bit(long bits)
    {
        await using var host = await IngestHost.StartAsync(_store);
        await WriteAsync(host, V1(Series("odd", (BitConverter.Int64BitsToDouble(bits), Now))));
        Assert.Equal(bits, BitConverter.DoubleToInt64Bits(_store.Value("odd{job=\"test\"}")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public async Task Every_timestamp_reaches_the_store_as_it_was_sent(long timestampMs)
    {
        await using var host = await IngestHost.StartAsync(_store);
        await WriteAsync(host, V1(Series("a", (7, timestampMs))));
        Assert.Equal(7, _store.Samples("a{job=\"test\"}")[timestampMs]);
    }

    [Fact]
    public async Task Fields_left_out_because_they_are_zero_are_zero()
    {
        await using var host = await IngestHost.StartAsync(_store);
        var message = new ProtobufWriter().Message(1, series => series
            .Message(1, label => label.Text(1, "__name__").Text(2, "zero"))
            .Message(2, static _ => { }));
        Assert.Equal(204, (await WriteAsync(host, message.ToArray())).Status);
        Assert.Equal(0, _store.Samples("zero")[0]);
    }

    [Fact]
    public async Task The_same_request_twice_is_as_good_as_once()
    {
        await using var host = await IngestHost.StartAsync(_store);
        var message = V1(Series("up", (1, Now)));
        Assert.Equal(204, (await WriteAsync(host, message)).Status);
        Assert.Equal(204, (await WriteAsync(host, message)).Status);
        Assert.Single(_store.Samples("up{job=\"test\"}"));
    }

    [Fact]
    public async Task Labels_in_any_order_with_empty_values_are_the_same_series()
    {
        await using var host = await IngestHost.StartAsync(_store);
        TestSeries[] series =
        [
            new([("b", "2"), ("__name__", "x"), ("a", "1")], (1, Now)),
            new([("__name__", "x"), ("a", "1"), ("b", "2"), ("c", "")], (2, Now + 1)),
            new([("__name__", "x"), ("a", "1"), ("b", "2")], (3, Now + 2)),
        ];
        Assert.Equal(204, (await WriteAsync(host, V1(series))).Status);
        Assert.Equal(204, (await WriteAsync(host, V2(series), ProtobufV2)).Status);
        Assert.Equal(["x{a=\"1\",b=\"2\"}"], _store.Series.Select(static labels => labels.ToString()));
        Assert.Equal(3, _store.Samples("x{a=\"1\",b=\"2\"}").Count);
    }

    [Fact]
    public async Task Unknown_fields_samples_before_labels_and_exemplars_are_taken_in_stride()
    {
        await using var host = await IngestHost.StartAsync(_store);
        var message = new ProtobufWriter().Varint(99, 5).Message(1, static series => series
            .Message(2, static sample => sample.Varint(2, Now).Double(1, 5).Text(7, "new"))
            .Message(3, static exemplar => exemplar.Double(2, 1))
            .Message(1, static label => label.Text(2, "late").Text(1, "__name__"))
            .Fixed64(9, 1));
        Assert.Equal(204, (await WriteAsync(host, message.ToArray())).Status);
        Assert.Equal(5, _store.Value("late"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_bad_sample_does_not_cost_the_good_ones_and_the_answer_says_so(bool isV2)
    {
        _store.OldestMs = Now;
        await using var host = await IngestHost.StartAsync(_store);
        TestSeries[] series = [Series("good", (1, Now)), Series("old", (1, 5)), new([("a", "1"), ("a", "2")], (1, Now), (2, Now + 1))];
        var (status, text, answer) = await WriteAsync(host, isV2 ? V2(series) : V1(series), isV2 ? ProtobufV2 : "application/x-protobuf");
        Assert.Equal(400, status);
        Assert.Equal("3 of 4 samples were refused, the other 1 are written; the first: the label 'a' occurs twice\n", text);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(1, _store.Value("good{job=\"test\"}"));
        if (isV2)
            Assert.Equal("1", answer.Headers.GetValues("X-Prometheus-Remote-Write-Samples-Written").Single());
    }

    [Fact]
    public async Task Another_value_at_the_same_time_is_refused_and_the_first_stays()
    {
        await using var host = await IngestHost.StartAsync(_store);
        var (status, text, _) = await WriteAsync(host, V1(Series("a", (1, Now), (2, Now))));
        Assert.Equal(400, status);
        Assert.Contains("DuplicateTimestamp", text, StringComparison.Ordinal);
        Assert.Equal(1, _store.Value("a{job=\"test\"}"));
    }

    [Fact]
    public async Task New_series_over_the_limit_are_429_and_known_ones_go_on()
    {
        _store.SeriesLimit = 1;
        await using var host = await IngestHost.StartAsync(_store);
        Assert.Equal(204, (await WriteAsync(host, V1(Series("known", (1, Now))))).Status);
        var (status, _, answer) = await WriteAsync(host, V1(Series("known", (2, Now + 1)), Series("new", (1, Now))));
        Assert.Equal(429, status);
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 10);
        Assert.Equal(2, _store.Samples("known{job=\"test\"}").Count);
    }

    [Fact]
    public async Task A_store_that_takes_nothing_is_503_so_that_the_sender_comes_again()
    {
        _store.Trouble = new StoreUnavailableException("the disk is full");
        await using var host = await IngestHost.StartAsync(_store);
        var (status, text, answer) = await WriteAsync(host, V1(Series("a", (1, Now))));
        Assert.Equal((503, "the disk is full; nothing was written, send it again\n"), (status, text));
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact]
    public async Task While_the_store_is_being_opened_the_answer_is_503()
    {
        await using var host = await IngestHost.StartAsync(_store, opened: false);
        var (status, _, answer) = await WriteAsync(host, V1(Series("a", (1, Now))));
        Assert.Equal(503, status);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter!.Delta);
    }

    [Theory]
    [InlineData("text/plain", "snappy", 415)]
    [InlineData("application/x-protobuf;proto=what.Ever", "snappy", 415)]
    [InlineData("application/x-protobuf", "zstd", 415)]
    [InlineData("application/x-protobuf", "gzip", 415)]
    [InlineData("application/x-protobuf; proto=\"prometheus.WriteRequest\"", "snappy", 204)]
    [InlineData("application/x-protobuf;proto=prometheus.WriteRequest", "Snappy", 204)]
    [InlineData(null, null, 204)]
    public async Task The_headers_choose_the_message(string? type, string? encoding, int expected)
    {
        await using var host = await IngestHost.StartAsync(_store);
        var (status, text, _) = await host.PostAsync("/api/v1/write", Snappy(V1(Series("a", (1, Now)))), type, encoding);
        Assert.True(status == expected, text);
    }

    [Fact]
    public async Task An_empty_message_is_fine_and_an_empty_body_is_not()
    {
        await using var host = await IngestHost.StartAsync(_store);
        Assert.Equal(204, (await WriteAsync(host, [])).Status);
        Assert.Equal(400, (await host.PostAsync("/api/v1/write", [], "application/x-protobuf", "snappy")).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_of_the_other_version_is_400_and_not_acknowledged_unread(bool isV2)
    {
        await using var host = await IngestHost.StartAsync(_store);
        var good = Series("good", (1, Now));
        var (status, text, _) = await host.PostAsync(
            "/api/v1/write", Snappy(isV2 ? V1(good) : V2(good)), isV2 ? "application/x-protobuf;proto=io.prometheus.write.v2.Request" : "application/x-protobuf", "snappy");
        Assert.Equal(400, status);
        Assert.Contains(isV2 ? "proto=prometheus.WriteRequest" : "proto=io.prometheus.write.v2.Request", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_series_without_a_metric_name_is_refused_and_labels_in_capitals_may_come_before_it(bool isV2)
    {
        await using var host = await IngestHost.StartAsync(_store);
        TestSeries[] series = [new([("a", "b")], (1, Now)), new([("JOB", "x"), ("__name__", "capitals")], (2, Now))];
        var (status, text, _) = await host.PostAsync(
            "/api/v1/write", Snappy(isV2 ? V2(series) : V1(series)), isV2 ? "application/x-protobuf;proto=io.prometheus.write.v2.Request" : "application/x-protobuf", "snappy");
        Assert.Equal(400, status);
        Assert.Contains("1 of 2 samples were refused, the other 1 are written; the first: a series has no metric name, the label __name__; its first label is a=\"b\"", text, StringComparison.Ordinal);
        Assert.Equal(2, _store.Value("capitals{JOB=\"x\"}"));
    }

    [Fact]
    public async Task Metadata_is_kept_from_both_versions()
    {
        await using var host = await IngestHost.StartAsync(_store);
        var first = new ProtobufWriter().Message(3, static metadata => metadata.Varint(1, 1).Text(2, "requests_total").Text(4, "All.").Text(5, "requests"));
        Assert.Equal(204, (await WriteAsync(host, first.ToArray())).Status);
        var second = V2(
            [Series("latency_seconds_bucket", (1, Now))],
            static (series, symbol) => series.Message(5, metadata => metadata.Varint(1, 3).Varint(3, symbol("How slow.")).Varint(4, symbol("seconds"))));
        Assert.Equal(204, (await WriteAsync(host, second, ProtobufV2)).Status);
        Assert.Equal(new MetricMetadata(MetricType.Counter, "requests", "All."), _store.Metadata["requests_total"]);
        Assert.Equal(new MetricMetadata(MetricType.Histogram, "seconds", "How slow."), _store.Metadata["latency_seconds"]);
    }

    [Fact]
    public async Task Broken_references_are_400_and_nothing_is_written()
    {
        await using var host = await IngestHost.StartAsync(_store);
        byte[] Request(params ulong[] references) => new ProtobufWriter().Text(4, "").Text(4, "__name__").Text(4, "a")
            .Message(5, series => series.Packed(1, references).Message(2, static sample => sample.Double(1, 1).Varint(2, Now))).ToArray();
        Assert.Equal(204, (await WriteAsync(host, Request(1, 2), ProtobufV2)).Status);
        Assert.Equal("a label refers to symbol 3 of 3; nothing was written\n", (await WriteAsync(host, Request(1, 3), ProtobufV2)).Text);
        Assert.Equal("a series has 3 label references: an odd number; nothing was written\n", (await WriteAsync(host, Request(1, 2, 1), ProtobufV2)).Text);
    }

    [Fact]
    public async Task Bombs_are_refused_before_there_is_memory_for_them()
    {
        await using var host = await IngestHost.StartAsync(_store);
        byte[] claims4GiB = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, .. new byte[100]];
        Assert.Equal(400, (await host.PostAsync("/api/v1/write", claims4GiB)).Status);
        Assert.Equal(413, (await host.PostAsync("/api/v1/write", Snappy(new byte[33 << 20]))).Status);

        var emptySamples = new ProtobufWriter().Message(1, static series =>
        {
            series.Message(1, static label => label.Text(1, "__name__").Text(2, "bomb"));
            for (var i = 0; i < 600_000; i++)
                series.Bytes(2, []);
        });
        Assert.Equal(413, (await WriteAsync(host, emptySamples.ToArray())).Status);

        // Few bytes that stand for many: each series refers to the same long symbols.
        var symbols = new ProtobufWriter().Text(4, "").Text(4, new string('x', 60_000));
        for (var i = 0; i < 200; i++)
            symbols.Text(4, i == 0 ? "__name__" : $"n{i}");
        for (var series = 0; series < 1000; series++)
        {
            symbols.Message(5, static one => one.Packed(1, Enumerable.Range(2, 200).SelectMany(static name => new[] { (ulong)name, 1UL }))
                .Message(2, static sample => sample.Varint(2, Now)));
        }

        Assert.Equal(413, (await WriteAsync(host, symbols.ToArray(), ProtobufV2)).Status);
        Assert.Empty(_store.Series);
    }

    [Fact]
    public async Task A_million_labels_are_refused()
    {
        await using var host = await IngestHost.StartAsync(_store);
        var message = new ProtobufWriter().Message(1, static series =>
        {
            for (var i = 0; i < 1_000_000; i++)
                series.Message(1, label => label.Text(1, $"l{i}").Text(2, "v"));
            series.Message(2, static sample => sample.Varint(2, Now));
        });
        var (status, text, _) = await WriteAsync(host, message.ToArray());
        Assert.Equal(400, status);
        Assert.Contains("more than 256 labels", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_beyond_the_bytes_in_work_are_told_to_wait_and_the_bytes_come_back()
    {
        var gate = new TaskCompletionSource();
        _store.Gate = gate.Task;
        var message = V1(Enumerable.Range(0, 2000).Select(static i => Series($"metric_{i}", (i, Now))));
        await using var host = await IngestHost.StartAsync(_store, new IngestLimits { QueueBytes = message.Length * 3 });
        var waiting = WriteAsync(host, message);
        var desk = (IngestDesk)host.Services.GetService(typeof(IngestDesk))!;
        while (desk.BytesInWork < message.Length)
            await Task.Delay(5);
        var second = WriteAsync(host, message);
        while (desk.BytesInWork < 2 * message.Length)
            await Task.Delay(5);
        var (status, _, answer) = await WriteAsync(host, message);
        Assert.Equal(503, status);
        Assert.NotNull(answer.Headers.RetryAfter);
        gate.SetResult();
        Assert.Equal((204, 204), ((await waiting).Status, (await second).Status));
        Assert.Equal(204, (await WriteAsync(host, message)).Status);
        Assert.Equal(0, desk.BytesInWork);
    }

    [Fact]
    public async Task A_sender_that_hangs_up_in_the_middle_leaves_nothing_behind()
    {
        await using var host = await IngestHost.StartAsync(_store);
        using (var socket = new TcpClient("127.0.0.1", host.Client.BaseAddress!.Port))
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /api/v1/write HTTP/1.1\r\nHost: {host.Client.BaseAddress.Authority}\r\nContent-Length: 1000\r\n\r\nabc"));
        Assert.Equal(204, (await WriteAsync(host, V1(Series("a", (1, Now))))).Status);
        var desk = (IngestDesk)host.Services.GetService(typeof(IngestDesk))!;
        for (var i = 0; i < 24_000 && desk.BytesInWork > 0; i++)
            await Task.Delay(5);
        Assert.Equal(0, desk.BytesInWork);
    }

    [Fact]
    public async Task Who_sends_and_what_was_wrong_is_noted()
    {
        await using var host = await IngestHost.StartAsync(_store);
        await WriteAsync(host, V1(Series("a", (1, Now))));
        await WriteAsync(host, V1(Series("a", (2, Now))));
        var source = Assert.Single(((SourceLedger)host.Services.GetService(typeof(SourceLedger))!).All);
        Assert.Equal(("remote write", 2, 1, 1), (source.Door, source.Requests, source.Samples, source.Rejected));
        Assert.Contains("DuplicateTimestamp", source.LastRejection, StringComparison.Ordinal);
        Assert.StartsWith("[{\"door\":\"remote write\",\"sender\":\"127.0.0.1\",", await host.Client.GetStringAsync("/api/v1/sources"), StringComparison.Ordinal);
    }
}
