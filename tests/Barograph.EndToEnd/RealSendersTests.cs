using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Barograph.EndToEnd;

/// <summary>
/// Programs that none of us wrote send to, or are scraped by, the running server; what they tell is asked for by PromQL and looked for on
/// the pages, where the sender is listed too.
/// </summary>
public sealed class RealSendersTests(Browser browser, RealSendersTests.OneServer fixture) : IClassFixture<RealSendersTests.OneServer>
{
    const float PatienceMs = 120_000;

    RunningServer Server => fixture.Server;

    [Fact]
    public async Task Prometheus_by_remote_write()
    {
        var (exporterPort, port) = (RunningServer.FreePort(), RunningServer.FreePort());
        using var exporter = Sender.Start("prometheus-node-exporter", [$"--web.listen-address=127.0.0.1:{exporterPort}"]);
        var config = Path.Combine(fixture.Folder, "prometheus.yml");
        await File.WriteAllTextAsync(config, $$"""
            global: { scrape_interval: 1s }
            scrape_configs: [ { job_name: written, static_configs: [ { targets: ['127.0.0.1:{{exporterPort}}'] } ] } ]
            remote_write: [ { url: '{{Server.Address}}api/v1/write', queue_config: { batch_send_deadline: 500ms } } ]
            """, TestContext.Current.CancellationToken);
        using var prometheus = Sender.Start(
            "prometheus", [$"--config.file={config}", $"--storage.tsdb.path={Path.Combine(fixture.Folder, "peer")}", $"--web.listen-address=127.0.0.1:{port}"]);
        await IsAnsweredAsync("node_memory_MemTotal_bytes{job=\"written\"} > 0");
        await IsOnThePagesAsync("node_load1{job=\"written\"}", "remote write", "Prometheus/");
    }

    [Fact]
    public async Task A_node_exporter_scraped()
    {
        var port = RunningServer.FreePort();
        using var exporter = Sender.Start("prometheus-node-exporter", [$"--web.listen-address=127.0.0.1:{port}"]);
        await IsScrapedAsync("node", port, "node_memory_MemTotal_bytes{job=\"node\"} > 0");
    }

    [Fact]
    public async Task Vmagent_by_remote_write()
    {
        Sender.Needs("/usr/bin/vmagent", "victoria-metrics");
        var (exporterPort, port) = (RunningServer.FreePort(), RunningServer.FreePort());
        using var exporter = Sender.Start("prometheus-node-exporter", [$"--web.listen-address=127.0.0.1:{exporterPort}"]);
        var config = Path.Combine(fixture.Folder, "vmagent.yml");
        await File.WriteAllTextAsync(config, $$"""
            global: { scrape_interval: 1s }
            scrape_configs: [ { job_name: vmagent, static_configs: [ { targets: ['127.0.0.1:{{exporterPort}}'] } ] } ]
            """, TestContext.Current.CancellationToken);
        using var vmagent = Sender.Start("vmagent", [
            $"-promscrape.config={config}", $"-remoteWrite.url={Server.Address}api/v1/write",
            $"-remoteWrite.tmpDataPath={Path.Combine(fixture.Folder, "vmagent")}", $"-httpListenAddr=127.0.0.1:{port}"]);
        await IsAnsweredAsync("node_memory_MemTotal_bytes{job=\"vmagent\"} > 0");
        await IsOnThePagesAsync("node_load1{job=\"vmagent\"}", "remote write", "vmagent");
    }

    [Fact]
    public async Task Collectd_scraped()
    {
        Sender.Needs("/usr/sbin/collectd", "collectd-core libmicrohttpd12 libprotobuf-c1");
        var port = RunningServer.FreePort();
        var config = Path.Combine(fixture.Folder, "collectd.conf");
        await File.WriteAllTextAsync(config, $"""
            BaseDir "{fixture.Folder}"
            PIDFile "{fixture.Folder}/collectd.pid"
            PluginDir "/usr/lib/collectd"
            TypesDB "/usr/share/collectd/types.db"
            Interval 1
            LoadPlugin load
            LoadPlugin write_prometheus
            <Plugin write_prometheus>
              Host "127.0.0.1"
              Port "{port}"
            </Plugin>

            """, TestContext.Current.CancellationToken);
        using var collectd = Sender.Start("/usr/sbin/collectd", ["-f", "-C", config]);
        await IsScrapedAsync("collectd", port, "collectd_load_shortterm{job=\"collectd\"} >= 0");
    }

    [Fact]
    public async Task The_Prometheus_client_for_Python_scraped_in_OpenMetrics_with_an_exemplar()
    {
        Sender.Needs("/usr/lib/python3/dist-packages/prometheus_client", "python3-prometheus-client");
        var port = RunningServer.FreePort();
        using var client = Sender.Start("/usr/bin/python3", ["-c", $$"""
            import prometheus_client as p, time
            p.Counter('py_sales', 'Sales.', ['shop']).labels('north').inc(4, exemplar={'trace_id': '4bf92f3577b34da6a3ce929d0e0e4736'})
            p.start_http_server({{port}}, '127.0.0.1')
            time.sleep(60)
            """]);
        await IsScrapedAsync("python", port, "py_sales_total{job=\"python\",shop=\"north\"} == 4");
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Assert.Contains(
            "4bf92f3577b34da6a3ce929d0e0e4736", await ReadAsync($"api/v1/query_exemplars?query=py_sales_total&start={now - 600}&end={now + 60}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gunicorn_by_StatsD()
    {
        Sender.Needs("/usr/bin/gunicorn", "gunicorn");
        var port = RunningServer.FreePort();
        await File.WriteAllTextAsync(
            Path.Combine(fixture.Folder, "shop.py"), "def app(environ, start):\n    start('200 OK', [])\n    return [b'hello']\n", TestContext.Current.CancellationToken);
        using var gunicorn = Sender.Start("/usr/bin/gunicorn", [
            "--chdir", fixture.Folder, "--bind", $"127.0.0.1:{port}", "--statsd-host", $"127.0.0.1:{fixture.StatsDPort}", "--statsd-prefix", "shop", "shop:app"]);
        await IsAnsweredAsync("shop_gunicorn_requests_total > 0 and shop_gunicorn_request_duration_seconds_count > 0", async () =>
        {
            try
            {
                await fixture.Client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/"));
            }
            catch (HttpRequestException)
            {
                // It is not up yet.
            }
        });
        await IsOnThePagesAsync("shop_gunicorn_workers", "StatsD", "127.0.0.1");
    }

    [Fact]
    public async Task A_Redis_exporter_scraped()
    {
        var (port, redisPort) = (RunningServer.FreePort(), RunningServer.FreePort());
        using var redis = Sender.Start("redis-server", ["--port", $"{redisPort}", "--save", "", "--bind", "127.0.0.1"]);
        using var exporter = Sender.Start("prometheus-redis-exporter", [$"--redis.addr=redis://127.0.0.1:{redisPort}", $"--web.listen-address=127.0.0.1:{port}"]);
        await IsScrapedAsync("redis", port, "redis_up{job=\"redis\"} == 1 and redis_commands_processed_total > 0");
    }

    [Fact]
    public async Task A_PostgreSQL_exporter_scraped()
    {
        Sender.Needs("/usr/lib/postgresql", "postgresql");
        Sender.Needs("/usr/bin/prometheus-postgres-exporter", "prometheus-postgres-exporter");
        var programs = Path.Combine(Directory.GetDirectories("/usr/lib/postgresql").Max(StringComparer.Ordinal)!, "bin");
        var (port, databasePort, folder) = (RunningServer.FreePort(), RunningServer.FreePort(), Directory.CreateTempSubdirectory("barograph-postgres-").FullName);
        try
        {
            string[] asPostgres = Environment.IsPrivilegedProcess ? ["runuser", "-u", "postgres", "--"] : ["env"]; // it does not run as root
            if (Environment.IsPrivilegedProcess)
                await Sender.RunAsync("chown", "postgres", folder);
            await Sender.RunAsync(asPostgres[0], [.. asPostgres[1..], $"{programs}/initdb", "-D", folder, "-U", "postgres", "-A", "trust", "--no-sync"]);
            using var database = Sender.Start(
                asPostgres[0], [.. asPostgres[1..], $"{programs}/postgres", "-D", folder, "-k", folder, "-h", "127.0.0.1", "-p", $"{databasePort}", "-F"]);
            using var exporter = Sender.Start(
                "prometheus-postgres-exporter", [$"--web.listen-address=127.0.0.1:{port}"],
                ("DATA_SOURCE_NAME", $"postgresql://postgres@127.0.0.1:{databasePort}/postgres?sslmode=disable"));
            await IsScrapedAsync("postgres", port, "pg_up{job=\"postgres\"} == 1 and on () pg_stat_database_xact_commit{datname=\"postgres\"} > 0");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(OtlpExportProtocol.Grpc)]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    public async Task The_OpenTelemetry_SDK_for_dotnet_with_metrics_traces_and_logs(OtlpExportProtocol protocol)
    {
        void To(OtlpExporterOptions options, string path) => (options.Protocol, options.Endpoint) = (protocol, protocol == OtlpExportProtocol.Grpc
            ? new Uri($"http://localhost:{fixture.GrpcPort}")
            : new Uri($"http://localhost:{fixture.OtlpPort}/{path}"));
        var name = $"Shop.{protocol}";
        var resource = ResourceBuilder.CreateDefault().AddService(name);
        using var meter = new Meter(name);
        using var source = new ActivitySource(name);
        string traceId;
        using (var metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(name).AddOtlpExporter(options => To(options, "v1/metrics")).Build())
        using (var traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(name).AddOtlpExporter(options => To(options, "v1/traces")).Build())
        using (var logs = LoggerFactory.Create(builder => builder.AddOpenTelemetry(options => options.SetResourceBuilder(resource).AddOtlpExporter(to => To(to, "v1/logs")))))
        {
            meter.CreateCounter<long>("net.orders").Add(5);
            using (var span = source.StartActivity("checkout")!)
                traceId = span.TraceId.ToHexString();
#pragma warning disable CA1848 // as an application would write it
            logs.CreateLogger(name).LogWarning("a cart is locked");
#pragma warning restore CA1848
            Assert.True(metrics.ForceFlush(10_000) && traces.ForceFlush(10_000));
        }

        await IsAnsweredAsync($"net_orders_total{{job=\"{name}\"}} == 5");
        await IsOnThePagesAsync($"net_orders_total{{job=\"{name}\"}}", "OTLP", "OTel-OTLP-Exporter-Dotnet/");
        Assert.Contains("checkout", await ReadAsync($"api/v1/traces/{traceId}"), StringComparison.Ordinal);
        Assert.Contains("a cart is locked", await ReadAsync("api/v1/logs"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("protobuf")]
    [InlineData("grpc")]
    public async Task The_OpenTelemetry_SDK_for_JavaScript(string protocol)
    {
        await Sender.RunScriptAsync("otlp.js", protocol, protocol == "grpc" ? $"http://localhost:{fixture.GrpcPort}" : $"{Server.Address}v1/metrics");
        await IsAnsweredAsync($"js_orders_total{{protocol=\"{protocol}\"}} == 7");
        await IsAnsweredAsync($"js_latency_seconds_bucket{{protocol=\"{protocol}\",le=\"+Inf\"}} == 1");
        await IsAnsweredAsync($"histogram_count(js_size_bytes{{protocol=\"{protocol}\"}}) == 1");
        await IsOnThePagesAsync($"js_orders_total{{protocol=\"{protocol}\"}}", "OTLP", protocol == "grpc" ? "grpc-node" : "OTel-OTLP-Exporter-JavaScript/");
    }

    [Fact]
    public async Task The_InfluxDB_client_for_Python()
    {
        Sender.Needs("/usr/lib/python3/dist-packages/influxdb", "python3-influxdb");
        await Sender.RunAsync("/usr/bin/python3", "-c", $$"""
            from influxdb import InfluxDBClient
            client = InfluxDBClient(host='localhost', port={{Server.Port}}, database='house', gzip=True)
            fields = {'temperature': 21.5, 'people': 3, 'note': 'warm, "really"'}
            assert client.write_points([{'measurement': 'room', 'tags': {'floor': 'up stairs'}, 'fields': fields}])
            """);
        await IsAnsweredAsync("room_temperature{db=\"house\",floor=\"up stairs\"} == 21.5");
        await IsOnThePagesAsync("room_people", "Influx line protocol", "python-requests/");
    }

    [Fact]
    public async Task The_InfluxDB_client_for_version_2()
    {
        await Sender.RunScriptAsync("influx.js", Server.Address.ToString());
        await IsAnsweredAsync("soil_worms{db=\"garden\",bed=\"north east\"} == 12");
        await IsOnThePagesAsync("soil_moisture", "Influx line protocol", "influxdb-client-js/");
    }

    [Fact]
    public async Task The_StatsD_client_for_Python()
    {
        Sender.Needs("/usr/lib/python3/dist-packages/statsd", "python3-statsd");
        await Sender.RunAsync("/usr/bin/python3", "-c", $"import statsd; c = statsd.StatsClient('127.0.0.1', {fixture.StatsDPort}); c.incr('py.hits', 3); c.gauge('py.depth', 9); c.timing('py.login', 120)");
        await IsAnsweredAsync("py_hits_total == 3 and py_depth == 9 or py_login_seconds_count");
        await IsOnThePagesAsync("py_depth", "StatsD", "127.0.0.1");
    }

    [Fact]
    public async Task A_StatsD_client_in_the_dialect_of_Datadog()
    {
        await Sender.RunScriptAsync("dogstatsd.js", $"{fixture.StatsDPort}");
        await IsAnsweredAsync("dog_orders_total{env=\"test\",region=\"eu\"} == 3");
        await IsAnsweredAsync("dog_size_sum{env=\"test\"} == 20");
        await IsOnThePagesAsync("dog_depth", "StatsD", "127.0.0.1");
    }

    Task<string> ReadAsync(string path) => fixture.Client.GetStringAsync(new Uri(Server.Address, path), TestContext.Current.CancellationToken);

    /// <summary>An expression has an answer, within the time that a sender and StatsD's interval may take.</summary>
    async Task IsAnsweredAsync(string expression, Func<Task>? meanwhile = null)
    {
        for (var waited = Stopwatch.StartNew(); ;)
        {
            if (meanwhile is not null)
                await meanwhile();
            using var answer = JsonDocument.Parse(await ReadAsync($"api/v1/query?query={Uri.EscapeDataString(expression)}"));
            if (answer.RootElement.GetProperty("data").GetProperty("result").GetArrayLength() > 0)
                return;
            if (waited.ElapsedMilliseconds > PatienceMs)
                Assert.Fail($"{expression} has no answer. The senders: {await ReadAsync("api/v1/sources")}");
            await Task.Delay(100);
        }
    }

    /// <summary>The expression is drawn on Explore, and the sender is listed among those who send.</summary>
    async Task IsOnThePagesAsync(string expression, string door, string sender)
    {
        var page = await ExploreAsync(expression);
        await page.GotoAsync(new Uri(Server.Address, "sources").ToString());
        var row = page.GetByRole(AriaRole.Region, new() { Name = "Senders table" }).GetByRole(AriaRole.Row).Filter(new() { HasText = door }).Filter(new() { HasText = sender });
        await Assertions.Expect(row.First).ToBeVisibleAsync(new() { Timeout = PatienceMs });
        await page.Context.CloseAsync();
    }

    async Task IsScrapedAsync(string job, int port, string expression)
    {
        await File.WriteAllTextAsync(
            Path.Combine(fixture.Folder, $"targets-{job}.json"), $$"""[ { "targets": ["127.0.0.1:{{port}}"], "labels": { "job": "{{job}}" } } ]""", TestContext.Current.CancellationToken);
        await IsAnsweredAsync(expression);
        var page = await ExploreAsync(expression);
        await page.GotoAsync(new Uri(Server.Address, "targets").ToString());
        var row = page.GetByRole(AriaRole.Row).Filter(new() { HasText = $"127.0.0.1:{port}/metrics" });
        await Assertions.Expect(row.First).ToContainTextAsync("up", new() { Timeout = PatienceMs });
        await page.Context.CloseAsync();
    }

    async Task<IPage> ExploreAsync(string expression)
    {
        var page = await browser.OpenAsync(Server, $"/explore?a={Uri.EscapeDataString(expression)}", wait: false);
        await Assertions.Expect(page.Locator("canvas").First).ToBeVisibleAsync(new() { Timeout = PatienceMs });
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Query A: series" }).GetByRole(AriaRole.Row).Nth(1)).ToBeVisibleAsync(new() { Timeout = PatienceMs });
        return page;
    }

    /// <summary>All senders come to one server, with every door open.</summary>
    public sealed class OneServer : IAsyncLifetime
    {
        RunningServer? _server;

        internal RunningServer Server => _server!;

        internal HttpClient Client { get; } = new();

        internal string Folder { get; } = Directory.CreateTempSubdirectory("barograph-senders-").FullName;

        internal int GrpcPort { get; } = RunningServer.FreePort();

        internal int OtlpPort { get; } = RunningServer.FreePort();

        internal int StatsDPort { get; } = RunningServer.FreePort();

        public async ValueTask InitializeAsync()
        {
            var scrape = Path.Combine(Folder, "scrape.yml");
            await File.WriteAllTextAsync(scrape, "scrape_configs: [ { job_name: exporters, scrape_interval: 1s, file_sd_configs: [ { files: ['targets-*.json'], refresh_interval: 1s } ] } ]");
            _server = await RunningServer.StartAsync(
                "--collect", "off", "--scrape", scrape, "--statsd", $"{StatsDPort}", "--otlp-grpc", $"{GrpcPort}", "--otlp-http", $"{OtlpPort}");
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            if (_server is not null)
                await _server.DisposeAsync();
            Directory.Delete(Folder, recursive: true);
        }
    }
}
