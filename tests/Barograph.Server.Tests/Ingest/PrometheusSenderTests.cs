using System.Globalization;
using System.Text.Json;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Ingest;

/// <summary>Debian's Prometheus scrapes a node exporter and writes to us; what it has, we have, bit for bit.</summary>
public sealed class PrometheusSenderTests
{
    [Fact]
    public async Task What_a_real_Prometheus_scrapes_arrives_whole_across_a_restart_of_either_side()
    {
        using var folder = new TemporaryFolder();
        var store = MetricStore.Open(folder.Sub("store"));
        var host = await IngestHost.StartAsync(store);
        var port = host.Client.BaseAddress!.Port;
        var exporterPort = Peer.FreePort();
        using var exporter = Peer.Start("prometheus-node-exporter", $"--web.listen-address=127.0.0.1:{exporterPort}");
        var config = folder.File("prometheus.yml", $"""
            global: {"{"} scrape_interval: 1s, external_labels: {"{"} site: test {"}"} {"}"}
            scrape_configs:
              - job_name: node
                static_configs: [ {"{"} targets: ['127.0.0.1:{exporterPort}'] {"}"} ]
            remote_write:
              - url: {host.Url}/api/v1/write
                queue_config: {"{"} batch_send_deadline: 1s, min_backoff: 100ms, max_backoff: 500ms {"}"}
                metadata_config: {"{"} send_interval: 1s {"}"}
            """);
        var peerPort = Peer.FreePort();
        Peer StartPrometheus() => Peer.Start(
            "prometheus", $"--config.file={config}", $"--storage.tsdb.path={folder.Sub("peer")}", $"--web.listen-address=127.0.0.1:{peerPort}");
        var firstPrometheus = StartPrometheus();

        await Peer.UntilAsync(() => Task.FromResult(StoredSamples.Of(store, "node_load1").Count >= 3), "three scrapes arrive");
        await Peer.UntilAsync(() => Task.FromResult(store.Metadata.ContainsKey("node_load1")), "metadata arrives");
        Assert.Equal(MetricType.Gauge, store.Metadata["node_load1"].Type);
        Assert.Equal("1m load average.", store.Metadata["node_load1"].Help);

        await host.DisposeAsync(); // the store closes with it
        await Task.Delay(2500); // meanwhile Prometheus scrapes on and finds nobody
        store = MetricStore.Open(folder.Sub("store"));
        await using var again = await IngestHost.StartAsync(store, port: port);
        var before = StoredSamples.Of(store, "node_load1").Count;
        await Peer.UntilAsync(() => Task.FromResult(StoredSamples.Of(store, "node_load1").Count >= before + 5), "what was missed arrives");

        await firstPrometheus.StopAsync();
        using var prometheus = StartPrometheus(); // with what it scraped before on its disk
        before = StoredSamples.Of(store, "node_load1").Count;
        await Peer.UntilAsync(() => Task.FromResult(StoredSamples.Of(store, "node_load1").Count >= before + 2), "what is scraped after Prometheus' restart arrives");

        using var client = new HttpClient();
        foreach (var metric in new[] { "node_load1", "node_cpu_seconds_total", "node_memory_MemFree_bytes", "up", "scrape_duration_seconds" })
        {
            var theirs = await ReadAsync(client, peerPort, metric);
            Assert.NotEmpty(theirs);
            var last = theirs.Max(static sample => sample.TimestampMs);
            await Peer.UntilAsync(
                () => Task.FromResult(theirs.IsSubsetOf(StoredSamples.Of(store, metric, ("site", "test")))), $"every sample of {metric} up to {last}");
        }
    }

    /// <summary>Raw samples of all series of a metric, as Prometheus has them.</summary>
    static async Task<HashSet<Sample>> ReadAsync(HttpClient client, int port, string metric)
    {
        using var answer = JsonDocument.Parse(await client.GetStringAsync($"http://127.0.0.1:{port}/api/v1/query?query={metric}[1h]"));
        return [.. answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray()
            .SelectMany(static series => series.GetProperty("values").EnumerateArray())
            .Select(static pair => new Sample(
                (long)Math.Round(pair[0].GetDouble() * 1000), double.Parse(pair[1].GetString()!, CultureInfo.InvariantCulture)))];
    }
}
