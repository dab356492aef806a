using System.Diagnostics.Metrics;
using Barograph.Server.Measures;
using Barograph.Server.Tests.Collect;
using Barograph.Server.Tests.Ingest;
using Barograph.TimeSeries;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Measures;

public sealed class OwnMeasuresTests : IDisposable
{
    readonly OwnMeasures _measures = new();
    readonly SourceReader _reader;

    public OwnMeasuresTests() => _reader = new SourceReader(new MeasuresSource(SourceReader.Series, _measures));

    public void Dispose() => _measures.Dispose();

    [Fact]
    public void A_counter_is_a_series_for_each_set_of_label_values()
    {
        var refused = _measures.Meter.CreateCounter<long>("refused_total");
        refused.Add(1, new("door", "otlp"), new("reason", "too old"));
        refused.Add(2, new("door", "otlp"), new("reason", "too old"));
        refused.Add(5, new("door", "influx"), new("reason", "too old"));

        var values = _reader.Read();

        Assert.Equal(3, values["refused_total{door=\"otlp\",reason=\"too old\"}"]);
        Assert.Equal(5, values["refused_total{door=\"influx\",reason=\"too old\"}"]);
    }

    [Fact]
    public void A_counter_keeps_its_total_from_tick_to_tick()
    {
        var taken = _measures.Meter.CreateCounter<int>("taken_total");
        taken.Add(4);
        _reader.Read();
        taken.Add(1);

        Assert.Equal(5, _reader.Read(1000)["taken_total"]);
    }

    [Fact]
    public void A_gauge_shows_its_last_reading()
    {
        var lag = _measures.Meter.CreateGauge<double>("lag_seconds");
        lag.Record(7);
        lag.Record(2.5);

        Assert.Equal(2.5, _reader.Read()["lag_seconds"]);
    }

    [Fact]
    public void A_histogram_counts_a_value_in_each_bucket_that_holds_it()
    {
        var waits = _measures.Meter.CreateHistogram(
            "wait_seconds", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (var seconds in new[] { 0.05, 0.1, 0.5, 3 })
            waits.Record(seconds);

        var values = _reader.Read();

        Assert.Equal(2, values["wait_seconds_bucket{le=\"0.1\"}"]);
        Assert.Equal(3, values["wait_seconds_bucket{le=\"1\"}"]);
        Assert.Equal(4, values["wait_seconds_bucket{le=\"+Inf\"}"]);
        Assert.Equal(4, values["wait_seconds_count"]);
        Assert.Equal(3.65, values["wait_seconds_sum"], 1e-9);
    }

    [Fact]
    public void What_a_callback_no_longer_gives_ends()
    {
        var names = new List<string> { "a", "b" };
        _measures.Meter.CreateObservableGauge("up", () => names.Select(static name => new Measurement<int>(1, new KeyValuePair<string, object?>("worker", name))));
        _reader.Read();
        names.Remove("b");

        var values = _reader.Read(1000);

        Assert.Equal(1, values["up{worker=\"a\"}"]);
        Assert.True(StaleMarker.Is(values["up{worker=\"b\"}"]));
    }

    [Fact]
    public void A_callback_that_fails_takes_no_other_value_with_it_and_is_counted()
    {
        _measures.Meter.CreateObservableGauge("broken", Broken);
        _measures.Meter.CreateObservableGauge("whole", static () => 3);

        _reader.Read();
        var values = _reader.Read(1000);

        Assert.Equal(3, values["whole"]);
        Assert.Equal(2, values["barograph_measures_failures_total"]);
        Assert.DoesNotContain("broken", values.Keys);
    }

    [Fact]
    public async Task Whoever_reads_while_another_reads_misses_nothing()
    {
        _measures.Meter.CreateObservableGauge("there", static () => 1);
        int Seen()
        {
            var seen = 0;
            for (var i = 0; i < 5000; i++)
                _measures.Read(family => family.Read(sample => seen += sample.Metric.Name == "there" ? 1 : 0));
            return seen;
        }

        Assert.All(await Task.WhenAll(Task.Run(Seen), Task.Run(Seen), Task.Run(Seen)), static seen => Assert.Equal(5000, seen));
    }

    static int Broken() => throw new InvalidOperationException("broken");

    [Fact]
    public void Label_values_without_end_are_counted_together()
    {
        var requests = _measures.Meter.CreateCounter<long>("requests_total");
        for (var i = 0; i < 5000; i++)
            requests.Add(1, new KeyValuePair<string, object?>("sender", $"s{i}"));
        requests.Add(1, new KeyValuePair<string, object?>("sender", "s3"));

        var values = _reader.Read().Where(static value => value.Key.StartsWith("requests_total", StringComparison.Ordinal)).ToDictionary();

        Assert.Equal(1001, values.Count);
        Assert.Equal(2, values["requests_total{sender=\"s3\"}"]);
        Assert.Equal(4000, values["requests_total{sender=\"other\"}"]);
    }

    [Fact]
    public void Two_servers_in_one_process_count_apart()
    {
        using var others = new OwnMeasures();
        others.Meter.CreateCounter<long>("taken_total").Add(100);
        _measures.Meter.CreateCounter<long>("taken_total").Add(1);

        Assert.Equal(1, _reader.Read()["taken_total"]);
    }

    [Fact]
    public async Task They_are_in_the_store_with_what_they_mean()
    {
        await using var server = await RunningServer.StartAsync(TimeSpan.FromMilliseconds(100));
        server.Services.GetRequiredService<OwnMeasures>().Meter.CreateCounter<long>("barograph_tests_total", "", "Tests that ran.").Add(3);

        using var client = server.Client;
        await Peer.UntilAsync(async () => (await client.GetStringAsync("/api/v1/query?query=barograph_tests_total")).Contains("\"3\"", StringComparison.Ordinal), "it is stored");
        await Peer.UntilAsync(async () => (await client.GetStringAsync("/api/v1/metadata?metric=barograph_tests_total")).Contains("Tests that ran.", StringComparison.Ordinal), "it is stored");
    }
}
