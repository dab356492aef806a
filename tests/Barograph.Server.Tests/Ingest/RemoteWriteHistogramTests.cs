using Barograph.Server.Ingest;
using Barograph.TimeSeries;
using static Barograph.Server.Tests.Ingest.RemoteWriteMessage;

namespace Barograph.Server.Tests.Ingest;

/// <summary>Native histograms and exemplars of both versions.</summary>
public sealed class RemoteWriteHistogramTests : IAsyncDisposable
{
    const string ProtobufV2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
    const long Now = 1_790_000_000_000;

    static readonly NativeHistogram Whole = new()
    {
        Schema = 3,
        ZeroThreshold = 0.001,
        ZeroCount = 2,
        Count = 17,
        Sum = 18.4,
        PositiveSpans = [new BucketSpan(-2, 2), new BucketSpan(1, 2)],
        PositiveBuckets = [1, 5, 2, 4],
        NegativeSpans = [new BucketSpan(0, 2)],
        NegativeBuckets = [3, 0],
        CounterResetHint = CounterResetHint.Reset,
    };

    static readonly NativeHistogram Broken = Whole with { Count = 17.5, PositiveBuckets = [1.5, 5, 2, 4], CounterResetHint = CounterResetHint.Gauge };

    static readonly NativeHistogram Custom = new()
    {
        Schema = NativeHistogram.CustomBucketsSchema,
        Count = 6,
        Sum = 1.5,
        CustomBounds = [0.1, 0.5, 1],
        PositiveSpans = [new BucketSpan(0, 1), new BucketSpan(1, 2)],
        PositiveBuckets = [1, 2, 3],
    };

    readonly MemoryStore _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    static Task<(int Status, string Text, HttpResponseMessage Answer)> WriteAsync(IngestHost host, bool isV2, params TestSeries[] series) =>
        host.PostAsync("/api/v1/write", Snappy(isV2 ? V2(series) : V1(series)), isV2 ? ProtobufV2 : "application/x-protobuf", "snappy");

    static TestSeries Series(params NativeHistogram[] histograms) =>
        RemoteWriteMessage.Series("latency") with { Histograms = [.. histograms.Select(static (histogram, i) => (histogram, Now + i))] };

    static string Written(HttpResponseMessage answer, string what) => answer.Headers.GetValues($"X-Prometheus-Remote-Write-{what}-Written").Single();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Histograms_of_every_kind_are_written_as_they_were_sent(bool isV2)
    {
        await using var host = await IngestHost.StartAsync(_store);
        var stale = Whole with { Sum = StaleMarker.Value };
        var (status, _, answer) = await WriteAsync(host, isV2, Series(Whole, Broken, Custom, stale));
        Assert.Equal(204, status);
        Assert.Equal([Whole, Broken, Custom, NativeHistogram.Stale], _store.Histograms("latency{job=\"test\"}").Values);
        if (isV2)
            Assert.Equal(("0", "4", "0"), (Written(answer, "Samples"), Written(answer, "Histograms"), Written(answer, "Exemplars")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Floats_histograms_and_exemplars_are_counted_apart(bool isV2)
    {
        await using var host = await IngestHost.StartAsync(_store);
        Exemplar[] exemplars = [new(Now, 0.7, Labels.Of("trace_id", "abc", "span_id", "d")), new(Now + 1, 0.2, Labels.Empty)];
        var (status, _, answer) = await WriteAsync(host, isV2,
            RemoteWriteMessage.Series("up", (1, Now), (1, Now + 1)), Series(Whole), RemoteWriteMessage.Series("up") with { Exemplars = exemplars });
        Assert.Equal(204, status);
        Assert.Equal(exemplars, _store.Exemplars("up{job=\"test\"}"));
        if (isV2)
            Assert.Equal(("2", "1", "2"), (Written(answer, "Samples"), Written(answer, "Histograms"), Written(answer, "Exemplars")));
    }

    [Fact]
    public async Task What_is_no_histogram_is_refused_and_the_rest_is_written()
    {
        await using var host = await IngestHost.StartAsync(_store);
        var (status, text, answer) = await WriteAsync(host, isV2: true, Series(Whole, Broken with { Schema = 99 }, Broken with { PositiveBuckets = [1] }));
        Assert.Equal(400, status);
        Assert.Contains("schema 99", text, StringComparison.Ordinal);
        Assert.Equal(("0", "1"), (Written(answer, "Samples"), Written(answer, "Histograms")));
        var wrong = V1(RemoteWriteMessage.Series("latency")).Concat(new ProtobufWriter().Message(1, static series => series
            .Message(1, static label => label.Text(1, "__name__").Text(2, "miscounted"))
            .Message(4, static histogram => histogram.Varint(1, 5).Message(11, static span => span.Varint(2, 1)).Packed(12, 8).Varint(15, Now))).ToArray());
        (status, text, _) = await host.PostAsync("/api/v1/write", Snappy([.. wrong]), "application/x-protobuf", "snappy");
        Assert.Equal((400, "1 of 1 samples were refused, the other 0 are written; the first: a native histogram counts 5 observations, and its buckets 4\n"), (status, text));
    }

    [Fact]
    public async Task Buckets_unpacked_are_read_as_well()
    {
        await using var host = await IngestHost.StartAsync(_store);
        var message = new ProtobufWriter().Message(1, static series => series
            .Message(1, static label => label.Text(1, "__name__").Text(2, "unpacked"))
            .Message(4, static histogram => histogram.Double(2, 3).Zigzag(4, -53).Message(11, static span => span.Varint(2, 2))
                .Double(13, 1).Double(13, 2).Double(16, 0.5).Varint(15, Now))
            .Message(4, static histogram => histogram.Varint(1, 3).Message(11, static span => span.Varint(2, 2))
                .Zigzag(12, 1).Zigzag(12, 1).Varint(15, Now + 1))).ToArray();
        Assert.Equal(204, (await host.PostAsync("/api/v1/write", Snappy(message), "application/x-protobuf", "snappy")).Status);
        var histograms = _store.Histograms("unpacked");
        Assert.Equal([1, 2], histograms[Now].PositiveBuckets);
        Assert.Equal([0.5], histograms[Now].CustomBounds);
        Assert.Equal([1, 2], histograms[Now + 1].PositiveBuckets);
    }

    [Fact]
    public async Task Histograms_and_exemplars_in_few_bytes_do_not_take_much_memory()
    {
        await using var host = await IngestHost.StartAsync(_store, new IngestLimits { RequestSamples = 1000 });
        var exemplars = Enumerable.Repeat(new Exemplar(0, 0, Labels.Empty), 300).ToArray();
        var (status, text, _) = await WriteAsync(host, isV2: false, RemoteWriteMessage.Series("up") with { Exemplars = exemplars });
        Assert.Equal((413, true), (status, text.Contains("1000 samples", StringComparison.Ordinal)));
        (status, text, _) = await WriteAsync(host, isV2: true, Series([.. Enumerable.Repeat(Whole, 90)]));
        Assert.Equal((413, true), (status, text.Contains("1000 samples", StringComparison.Ordinal)));
        var wide = Broken with { PositiveSpans = [new BucketSpan(0, 100_000)], PositiveBuckets = new double[100_000] };
        Assert.Equal(413, (await WriteAsync(host, isV2: true, Series(wide))).Status);
        await using var roomy = await IngestHost.StartAsync(_store);
        (status, text, _) = await WriteAsync(roomy, isV2: true, Series(wide));
        Assert.Equal((400, true), (status, text.Contains("more than 2000 buckets", StringComparison.Ordinal)));
    }
}
