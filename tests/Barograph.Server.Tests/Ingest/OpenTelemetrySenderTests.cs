using System.Diagnostics;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Barograph.Server.Tests.Ingest;

/// <summary>The OpenTelemetry SDK for .NET with its own exporter, over both transports.</summary>
public sealed class OpenTelemetrySenderTests
{
    [Theory]
    [InlineData(OtlpExportProtocol.HttpProtobuf, MetricReaderTemporalityPreference.Cumulative)]
    [InlineData(OtlpExportProtocol.HttpProtobuf, MetricReaderTemporalityPreference.Delta)]
    [InlineData(OtlpExportProtocol.Grpc, MetricReaderTemporalityPreference.Cumulative)]
    [InlineData(OtlpExportProtocol.Grpc, MetricReaderTemporalityPreference.Delta)]
    public async Task Every_instrument_of_the_real_SDK_arrives(OtlpExportProtocol protocol, MetricReaderTemporalityPreference temporality)
    {
        await using var store = new MemoryStore();
        await using var host = await IngestHost.StartAsync(store);
        using var meter = new Meter("Shop", "2.0");
        string trace;
        using (var provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(static resource => resource.Clear().AddService("shop", "eu", serviceInstanceId: "a1").AddAttributes([new("host.name", "box")]))
            .AddMeter("Shop")
            .SetExemplarFilter(ExemplarFilterType.TraceBased)
            .AddView("size", new Base2ExponentialBucketHistogramConfiguration())
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Protocol = protocol;
                exporter.Endpoint = new Uri(protocol == OtlpExportProtocol.Grpc ? host.GrpcUrl : $"{host.Url}/v1/metrics");
                reader.TemporalityPreference = temporality;
            })
            .Build())
        {
            var orders = meter.CreateCounter<long>("orders", "{order}", "Orders placed.");
            var queue = meter.CreateUpDownCounter<int>("queue.length");
            meter.CreateObservableGauge("load", static () => 0.25, "1");
            var latency = meter.CreateHistogram<double>("latency", "s");
            var size = meter.CreateHistogram<double>("size", "By");
            orders.Add(2, new KeyValuePair<string, object?>("kind", "book"));
            queue.Add(3);
            using (var activity = new Activity("checkout").SetIdFormat(ActivityIdFormat.W3C).Start())
            {
                activity.ActivityTraceFlags = ActivityTraceFlags.Recorded;
                latency.Record(0.3);
                trace = activity.TraceId.ToHexString();
            }

            if (temporality == MetricReaderTemporalityPreference.Cumulative)
                size.Record(1000);
            Assert.True(provider.ForceFlush(120_000));
            await Task.Delay(20);
            orders.Add(5, new KeyValuePair<string, object?>("kind", "book"));
            latency.Record(0.3);
            Assert.True(provider.ForceFlush(120_000));
        }

        const string Common = "instance=\"a1\",job=\"eu/shop\"";
        const string Scope = "otel_scope_name=\"Shop\",otel_scope_version=\"2.0\"";
        Assert.Equal([2, 7], store.Samples($"orders_total{{{Common},kind=\"book\",{Scope}}}").Values.Take(2));
        Assert.Equal(3, store.Samples($"queue_length{{{Common},{Scope}}}").Values.Last());
        Assert.Equal(0.25, store.Samples($"load_ratio{{{Common},{Scope}}}").Values.First());
        Assert.Equal([1, 2], store.Samples($"latency_seconds_count{{{Common},{Scope}}}").Values.Take(2));
        Assert.Contains(store.Exemplars($"latency_seconds_bucket{{{Common},le=\"5\",{Scope}}}"), exemplar => exemplar.Value == 0.3 && exemplar.Labels.Get("trace_id") == trace);
        Assert.Equal(1, store.Samples($"target_info{{host_name=\"box\",{Common}}}").Values.First());
        Assert.Equal("Orders placed.", store.Metadata["orders_total"].Help);
        if (temporality == MetricReaderTemporalityPreference.Cumulative)
            Assert.Equal((1, 1000), (store.Histograms($"size_bytes{{{Common},{Scope}}}").Values.First().Count, store.Histograms($"size_bytes{{{Common},{Scope}}}").Values.First().Sum));
    }
}
