using System.Text;
using System.Text.Json;
using Barograph.Server.Ingest;
using Barograph.Server.Ingest.Scrape;
using Barograph.Server.Processes;
using Barograph.Server.Settings;
using Barograph.Server.Sources;
using Barograph.Server.Storage;
using Barograph.Server.Tests.Live;
using Barograph.TimeSeries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Barograph.Server.Tests.Ingest.Scrape;

public sealed class ScrapeTests : IDisposable
{
    /// <summary>A store that fails at appends in a way nobody expects.</summary>
    sealed class FailingAppends(IMetricStore store) : PoisonedStore(store)
    {
        public bool IsFailing { get; set; }

        public override ValueTask<AppendResult> AppendAsync(SampleBatch batch, CancellationToken cancel = default) =>
            IsFailing ? throw new InvalidOperationException("a broken claim") : base.AppendAsync(batch, cancel);
    }

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A target whose page the test writes.</summary>
    static async Task<(WebApplication App, string Address)> ServeAsync(Func<HttpContext, Task> page)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/metrics", page);
        await app.StartAsync();
        return (app, new Uri(app.Urls.First()).Authority);
    }

    async Task<WebApplication> ScrapeAsync(string config, Action<IServiceCollection>? replace = null)
    {
        var app = BarographServer.Build(new ServerSettings
        {
            Port = 0,
            Data = _folder.Sub("data"),
            Collect = null,
            OtlpGrpcPort = 0,
            OtlpHttpPort = 0,
            Scrape = _folder.File("prometheus.yml", config),
        }, replace);
        await app.StartAsync();
        await app.Services.GetRequiredService<OpenedStore>().Task;
        return app;
    }

    static IMetricStore Store(WebApplication app) => app.Services.GetRequiredService<OpenedStore>().Current!;

    static Task UntilAsync(Func<bool> holds, string what) => Peer.UntilAsync(() => Task.FromResult(holds()), what, 120);

    [Theory]
    [InlineData(10_500, 0, 10_700)] // the first one
    [InlineData(10_700, 10_700, 11_700)]
    [InlineData(10_699, 10_700, 11_700)] // a timer fired early: not the same moment again
    [InlineData(13_200, 10_700, 13_700)] // a page took long
    [InlineData(2_000, 10_700, 2_700)] // the clock was set back
    public void A_moment_of_a_target_comes_once(long nowMs, long lastMs, long nextMs) => Assert.Equal(nextMs, ScrapeLoop.NextMs(nowMs, lastMs, 1000, 700));

    [Fact]
    public async Task A_real_node_exporter_is_scraped_and_its_end_is_seen()
    {
        var port = Peer.FreePort();
        using var exporter = Peer.Start("prometheus-node-exporter", $"--web.listen-address=127.0.0.1:{port}");
        await using var app = await ScrapeAsync($$"""
            global: { scrape_interval: 1s }
            rule_files: [ignored.yml]
            scrape_configs:
              - job_name: node
                static_configs: [ { targets: ['127.0.0.1:{{port}}'], labels: { site: test } } ]
                metric_relabel_configs: [ { action: drop, source_labels: [__name__], regex: 'go_.*' } ]
            """);
        var store = Store(app);
        await UntilAsync(() => StoredSamples.Of(store, "node_load1", ("job", "node"), ("instance", $"127.0.0.1:{port}"), ("site", "test")).Count >= 3, "three scrapes");
        Assert.Equal(1, StoredSamples.Of(store, "up", ("job", "node"))[^1].Value);
        Assert.True(StoredSamples.Of(store, "scrape_samples_scraped")[^1].Value > StoredSamples.Of(store, "scrape_samples_post_metric_relabeling")[^1].Value);
        Assert.Empty(StoredSamples.Of(store, "go_goroutines"));
        Assert.Equal(new MetricMetadata(MetricType.Gauge, "", "1m load average."), store.Metadata["node_load1"]);
        using var client = new HttpClient();
        using var targets = JsonDocument.Parse(await client.GetStringAsync($"{app.Urls.First()}/api/v1/targets"));
        var target = targets.RootElement.GetProperty("data").GetProperty("activeTargets")[0];
        Assert.Equal(("up", $"http://127.0.0.1:{port}/metrics"), (target.GetProperty("health").GetString(), target.GetProperty("scrapeUrl").GetString()));
        Assert.Equal("""{"status":"success","data":{"scrapePools":["node"]}}""", await client.GetStringAsync($"{app.Urls.First()}/api/v1/scrape_pools"));

        exporter.Dispose();
        await UntilAsync(() => StoredSamples.Of(store, "up")[^1].Value == 0, "the target is down");
        Assert.True(StaleMarker.Is(StoredSamples.Of(store, "node_load1")[^1].Value));
        Assert.NotEmpty(app.Services.GetRequiredService<Scraper>().Targets[0].Health.LastError);
        await app.StopAsync();
    }

    [Fact]
    public async Task A_series_that_leaves_the_page_ends_and_colliding_labels_are_kept_aside()
    {
        var hasSecond = true;
        var (target, address) = await ServeAsync(http => http.Response.WriteAsync($"a{{job=\"own\"}} 1\n{(hasSecond ? "b 2\n" : "")}c 3 1000\n"));
        await using var serving = target;
        await using var app = await ScrapeAsync($$"""
            scrape_configs:
              - { job_name: j, scrape_interval: 1s, static_configs: [ { targets: ['{{address}}'] } ] }
              - { job_name: k, scrape_interval: 1s, honor_labels: true, static_configs: [ { targets: ['{{address}}'] } ] }
            """);
        var store = Store(app);
        await UntilAsync(() => StoredSamples.Of(store, "a", ("job", "j"), ("exported_job", "own")).Count > 0, "exported_job");
        await UntilAsync(() => StoredSamples.Of(store, "a", ("job", "own")).Count > 0, "honor_labels");
        await UntilAsync(() => StoredSamples.Of(store, "b", ("job", "j")).Count > 0, "b");
        hasSecond = false;
        await UntilAsync(() => StaleMarker.Is(StoredSamples.Of(store, "b", ("job", "j"))[^1].Value), "b is stale");
        Assert.False(StaleMarker.Is(StoredSamples.Of(store, "a", ("job", "j"))[^1].Value));
        await app.StopAsync();
    }

    [Fact]
    public async Task A_page_of_the_limits_size_may_replace_another_and_its_target_is_scraped_on()
    {
        const int Most = 10;
        var letter = 'a';
        var (target, address) = await ServeAsync(http => http.Response.WriteAsync(string.Concat(Enumerable.Range(0, Most).Select(i => $"{letter}{{i=\"{i}\"}} 1\n"))));
        await using var serving = target;
        var config = $$"""scrape_configs: [ { job_name: j, scrape_interval: 1s, static_configs: [ { targets: ['{{address}}'] } ] } ]""";
        await using var app = await ScrapeAsync(config, static services => services.AddSingleton(new IngestLimits { RequestSamples = Most }));
        var store = Store(app);
        await UntilAsync(() => StoredSamples.Of(store, "a", ("i", "9")).Count > 0, "the first page");
        letter = 'b';
        await UntilAsync(() => StoredSamples.Of(store, "b", ("i", "9")).Count > 2, "the other page, again and again");
        Assert.True(StaleMarker.Is(StoredSamples.Of(store, "a", ("i", "0"))[^1].Value));
        Assert.Equal(1, StoredSamples.Of(store, "up")[^1].Value);
        _folder.File("prometheus.yml", "scrape_configs: []");
        await UntilAsync(() => app.Services.GetRequiredService<Scraper>().Targets.Count == 0, "no target");
        await UntilAsync(() => StaleMarker.Is(StoredSamples.Of(store, "up")[^1].Value), "its series end");
        await app.StopAsync();
    }

    [Fact]
    public async Task A_target_whose_certificate_is_not_there_is_down_with_that_sentence_until_it_is_and_takes_no_other_with_it()
    {
        var (target, address) = await ServeAsync(static http => http.Response.WriteAsync("a 1\n"));
        await using var serving = target;
        await using var app = await ScrapeAsync($$"""
            scrape_configs:
              - { job_name: plain, scrape_interval: 1s, static_configs: [ { targets: ['{{address}}'] } ] }
              - { job_name: cert, scrape_interval: 1s, tls_config: { cert_file: gone.pem, key_file: gone.key }, static_configs: [ { targets: ['{{address}}'] } ] }
              - { job_name: ca, scrape_interval: 1s, tls_config: { ca_file: ca.pem }, static_configs: [ { targets: ['{{address}}'] } ] }
              - { job_name: secret, scrape_interval: 1s, basic_auth: { username: me, password_file: none }, static_configs: [ { targets: ['{{address}}'] } ] }
            """);
        var scraper = app.Services.GetRequiredService<Scraper>();
        _folder.File("ca.pem", "no certificate");
        ScrapeHealth Health(string job) => scraper.Targets.Single(one => one.Job.Name == job).Health;
        await UntilAsync(() => scraper.Targets.Count == 4 && scraper.Targets.All(static one => one.Health.IsUp is not null), "all were scraped");
        Assert.True(Health("plain").IsUp);
        Assert.Contains("cert_file '" + _folder.Sub("gone.pem") + "' cannot be used", Health("cert").LastError, StringComparison.Ordinal);
        Assert.Contains("ca_file '" + _folder.Sub("ca.pem") + "' cannot be used", Health("ca").LastError, StringComparison.Ordinal);
        Assert.Contains("none", Health("secret").LastError, StringComparison.Ordinal);
        Assert.Equal(0, StoredSamples.Of(Store(app), "up", ("job", "cert"))[^1].Value);
        _folder.File("none", "sesame");
        await UntilAsync(() => Health("secret").IsUp == true, "the password is there");
        Assert.DoesNotContain(app.Services.GetRequiredService<Workers>().All, static one => one.Failures > 0);
        await app.StopAsync();
    }

    [Fact]
    public async Task Labels_of_the_page_that_the_target_has_too_are_prefixed_until_they_find_a_free_name()
    {
        var (target, address) = await ServeAsync(http => http.Response.WriteAsync(
            "fed{job=\"J\",exported_job=\"XJ\"} 1\nfed{job=\"J\",exported_job=\"YJ\"} 2\npushed{instance=\"\"} 3\n"));
        await using var serving = target;
        await using var app = await ScrapeAsync($$"""
            scrape_configs:
              - { job_name: j, scrape_interval: 1s, static_configs: [ { targets: ['{{address}}'] } ] }
              - { job_name: k, scrape_interval: 1s, honor_labels: true, static_configs: [ { targets: ['{{address}}'] } ] }
            """);
        var store = Store(app);
        foreach (var (exported, value) in new[] { ("XJ", 1), ("YJ", 2) })
        {
            await UntilAsync(() => StoredSamples.Of(store, "fed", ("job", "j"), ("exported_job", exported), ("exported_exported_job", "J")) is [{ } first, ..]
                && first.Value == value, $"{exported} is a series of its own");
        }

        await UntilAsync(() => StoredSamples.Of(store, "pushed", ("job", "j"), ("instance", address)).Count > 0, "an empty label is none");
        await UntilAsync(() => StoredSamples.Of(store, "pushed", ("job", "k")).Count > 0, "honor_labels");
        Assert.Empty(StoredSamples.Of(store, "pushed", ("job", "k"), ("instance", address))); // which takes an empty label at its word
        await app.StopAsync();
    }

    [Fact]
    public async Task A_scrape_that_fails_as_nobody_expected_leaves_its_target_down_and_is_done_again()
    {
        var (target, address) = await ServeAsync(static http => http.Response.WriteAsync("a 1\n"));
        await using var serving = target;
        FailingAppends store = null!;
        await using var app = await ScrapeAsync(
            $$"""scrape_configs: [ { job_name: j, scrape_interval: 1s, static_configs: [ { targets: ['{{address}}'] } ] } ]""",
            services => services.AddSingleton(provider => ActivatorUtilities.CreateInstance<OpenedStore>(
                provider, () => (IMetricStore)(store = new FailingAppends(MetricStore.Open(_folder.Sub("data")))))));
        var scraper = app.Services.GetRequiredService<Scraper>();
        await UntilAsync(() => scraper.Targets is [{ Health.IsUp: true }], "it is up");
        store.IsFailing = true;
        await UntilAsync(() => scraper.Targets is [{ Health: { IsUp: false, LastError: "a broken claim" } }], "it is down");
        store.IsFailing = false;
        await UntilAsync(() => scraper.Targets is [{ Health.IsUp: true }], "it is up again");
        await app.StopAsync();
    }

    [Fact]
    public async Task What_the_store_refuses_of_a_page_is_told_by_the_target_and_among_the_senders()
    {
        var many = string.Join(',', Enumerable.Range(0, 60).Select(static i => $"l{i}=\"v\""));
        var huge = new string('v', 100_000);
        var (target, address) = await ServeAsync(http => http.Response.WriteAsync(
            $"many{{{many}}} 1\nlong{{{new string('n', 300)}=\"v\"}} 1\nhuge{{l=\"{huge}\"}} 1\nescaped{{l=\"\\n{huge}\"}} 1\ngood 1\n"));
        await using var serving = target;
        await using var app = await ScrapeAsync($$"""
            scrape_configs: [ { job_name: j, scrape_interval: 1s, static_configs: [ { targets: ['{{address}}'] } ] } ]
            """);
        var scraper = app.Services.GetRequiredService<Scraper>();
        await UntilAsync(() => scraper.Targets is [{ Health: { IsUp: true, LastError: var error } }] && error.StartsWith("4 of 10 samples were refused", StringComparison.Ordinal),
            "the target is up and says that four were refused");
        Assert.NotEmpty(StoredSamples.Of(Store(app), "good"));
        Assert.Equal(1, StoredSamples.Of(Store(app), "up")[0].Value);
        Assert.All(new[] { "many", "long", "huge", "escaped" }, name => Assert.Empty(StoredSamples.Of(Store(app), name)));
        var source = Assert.Single(app.Services.GetRequiredService<SourceLedger>().All);
        Assert.Equal($"j http://{address}/metrics", source.Sender);
        Assert.Contains(source.Rejections, static one => one.Reason == "labels too long or too many" && one.Count % 4 == 0);
        await app.StopAsync();
    }

    [Theory]
    [InlineData("{a=\"ok\"} 1\n", "")]
    [InlineData("nameless 1\n", "metric_relabel_configs: [ { action: labeldrop, regex: __name__ } ],")]
    public async Task A_sample_without_a_name_fails_the_scrape(string page, string relabel)
    {
        var (target, address) = await ServeAsync(http => http.Response.WriteAsync($"good 1\n{page}"));
        await using var serving = target;
        await using var app = await ScrapeAsync($$"""
            scrape_configs: [ { job_name: j, scrape_interval: 1s, {{relabel}} static_configs: [ { targets: ['{{address}}'] } ] } ]
            """);
        await UntilAsync(() => StoredSamples.Of(Store(app), "up").Count > 0, "up");
        Assert.Equal(0, StoredSamples.Of(Store(app), "up")[0].Value);
        Assert.Empty(StoredSamples.Of(Store(app), "good"));
        await UntilAsync(() => app.Services.GetRequiredService<Scraper>().Targets[0].Health.LastError.Contains("no metric name", StringComparison.Ordinal), "says so");
        await app.StopAsync();
    }

    [Theory]
    [InlineData("limit", "more than 2 samples")]
    [InlineData("body", "more than 1024 bytes")]
    [InlineData("slow", "no answer within 0.5 s")]
    [InlineData("status", "the target answered 500")]
    [InlineData("html", "line 1, column 1")]
    [InlineData("labels", "a series has 6 labels, and label_limit is 5")]
    [InlineData("name", "a label's name has 40 bytes, and label_name_length_limit is 30")]
    [InlineData("value", "a label's value has 60 bytes, and label_value_length_limit is 50")]
    [InlineData("endless", "more than 1024 bytes")]
    [InlineData("drip", "no answer within 0.5 s")]
    [InlineData("utf8", "")]
    [InlineData("redirect", "the target answered 302")]
    [InlineData("time", "")]
    public async Task A_bad_target_is_down_with_the_reason_and_leaves_nothing_of_its_page(string trouble, string reason)
    {
        var (target, address) = await ServeAsync(async http =>
        {
            http.Response.StatusCode = trouble switch { "status" => 500, "redirect" => 302, _ => 200 };
            http.Response.Headers.Location = "http://127.0.0.1:1/elsewhere";
            for (var i = 0; trouble is "endless" or "drip"; i++)
            {
                await http.Response.Body.WriteAsync(trouble == "drip" ? "#"u8.ToArray() : new byte[100_000], http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
                if (trouble == "drip")
                    await Task.Delay(100, http.RequestAborted);
            }

            if (trouble == "utf8")
                await http.Response.Body.WriteAsync((byte[])[.. "a{b=\""u8, 0xFF, 0xFE, .. "\"} 1\n"u8, 0xFF]);
            await http.Response.WriteAsync(trouble switch
            {
                "limit" => "a 1\nb 2\nc 3\n",
                "body" => new string('#', 10_000) + "\na 1\n",
                "html" => "<html>\n",
                "labels" => "a{b=\"1\",c=\"2\",d=\"3\"} 1\n",
                "name" => $"a{{{new string('n', 40)}=\"1\"}} 1\n",
                "value" => $"a{{b=\"{new string('v', 60)}\"}} 1\n",
                "time" => "a 1 NaN\n",
                _ => "a 1\n",
            });
            if (trouble == "slow")
                await Task.Delay(5000, http.RequestAborted);
        });
        await using var serving = target;
        await using var app = await ScrapeAsync($$"""
            scrape_configs:
              - { job_name: j, scrape_interval: 1s, scrape_timeout: 500ms, sample_limit: 2, body_size_limit: 1KB, follow_redirects: false,
                  label_limit: 5, label_name_length_limit: 30, label_value_length_limit: 50, static_configs: [ { targets: ['{{address}}'] } ] }
            """);
        var store = Store(app);
        await UntilAsync(() => StoredSamples.Of(store, "up").Count > 0, "up");
        Assert.Equal(0, StoredSamples.Of(store, "up")[0].Value);
        Assert.Empty(StoredSamples.Of(store, "a"));
        await UntilAsync(() => app.Services.GetRequiredService<Scraper>().Targets[0].Health.LastError is { Length: > 0 } error && error.Contains(reason, StringComparison.Ordinal), reason);
        await app.StopAsync();
        await target.StopAsync();
    }

    [Fact]
    public async Task Hostile_targets_cost_the_others_no_scrape_and_are_told_among_the_senders()
    {
        async Task<(WebApplication App, string Address)> HostileAsync(Func<HttpContext, Task> page) => await ServeAsync(async http =>
        {
            while (!http.RequestAborted.IsCancellationRequested)
                await page(http);
        });
        var many = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 10_000).Select(static i => $"m{{i=\"{i}\"}} 1\n")));
        var (endless, endlessAddress) = await HostileAsync(static http => http.Response.Body.WriteAsync(new byte[1 << 20], http.RequestAborted).AsTask());
        var (drip, dripAddress) = await HostileAsync(static async http =>
        {
            await http.Response.WriteAsync("#", http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await Task.Delay(50, http.RequestAborted);
        });
        var (wide, wideAddress) = await HostileAsync(http => http.Response.Body.WriteAsync(many, http.RequestAborted).AsTask());
        var (good, goodAddress) = await ServeAsync(static http => http.Response.WriteAsync("a 1\n"));
        await using var all = new DisposeAll(endless, drip, wide, good);
        await using var app = await ScrapeAsync($$"""
            global: { scrape_interval: 4s } # a good target's scrape that takes so long on a busy machine would count as refused
            scrape_configs:
              - { job_name: hostile, body_size_limit: 4MB, static_configs: [ { targets: ['{{endlessAddress}}', '{{dripAddress}}', '{{wideAddress}}'] } ] }
              - { job_name: good, static_configs: [ { targets: ['{{goodAddress}}'] } ] }
            """);
        await UntilAsync(() => StoredSamples.Of(Store(app), "a").Count >= 4, "four scrapes of the good one");
        var times = StoredSamples.Of(Store(app), "a").Select(static sample => sample.TimestampMs).ToArray();
        Assert.All(times.Zip(times.Skip(1)), static pair => Assert.Equal(4000, pair.Second - pair.First)); // and it missed none
        Assert.All(StoredSamples.Of(Store(app), "up", ("job", "hostile")), static sample => Assert.Equal(0, sample.Value));
        Assert.Empty(StoredSamples.Of(Store(app), "m"));
        var senders = app.Services.GetRequiredService<SourceLedger>().All.ToDictionary(static source => source.Sender);
        foreach (var address in new[] { endlessAddress, dripAddress, wideAddress })
            Assert.True(senders[$"hostile http://{address}/metrics"] is { Door: "scrape", Rejected: >= 1, LastRejection: { } why } && why.Length > 5);
        Assert.Equal(0, senders[$"good http://{goodAddress}/metrics"].Rejected);
        await app.StopAsync();
    }

    sealed class DisposeAll(params WebApplication[] all) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var one in all)
                await one.DisposeAsync();
        }
    }

    [Fact]
    public async Task Targets_come_and_go_with_their_file()
    {
        var (target, address) = await ServeAsync(static http => http.Response.WriteAsync("a 1\n"));
        await using var serving = target;
        _folder.File("targets.json", $$"""[ { "targets": ["{{address}}"], "labels": { "team": "x" } } ]""");
        await using var app = await ScrapeAsync("""
            scrape_configs:
              - job_name: files
                scrape_interval: 1s
                file_sd_configs: [ { files: ['targets*.json'], refresh_interval: 1s } ]
                relabel_configs: [ { source_labels: [__address__], target_label: where } ]
            """);
        var store = Store(app);
        await UntilAsync(() => StoredSamples.Of(store, "a", ("team", "x"), ("where", address)).Count > 0, "the target is scraped");
        _folder.File("targets.json", "[]");
        await UntilAsync(() => StaleMarker.Is(StoredSamples.Of(store, "up")[^1].Value), "the target is gone");
        Assert.True(StaleMarker.Is(StoredSamples.Of(store, "a")[^1].Value));
        Assert.Empty(app.Services.GetRequiredService<Scraper>().Targets);
        await app.StopAsync();
    }

    [Fact]
    public async Task Targets_are_told_as_Prometheus_tells_them()
    {
        var (target, address) = await ServeAsync(static http => http.Response.WriteAsync("a 1\n"));
        await using var serving = target;
        await using var app = await ScrapeAsync($$"""
            scrape_configs:
              - job_name: some
                scrape_interval: 15s
                static_configs: [ { targets: ['{{address}}', 'dropped:1', 'dropped:2'] } ]
                relabel_configs:
                  - { source_labels: [__address__], regex: 'dropped.*', action: drop }
                  - { target_label: __scrape_interval__, replacement: 1s }
                  - { target_label: __scrape_timeout__, replacement: 500ms }
              - { job_name: many, scrape_interval: 1s, target_limit: 1, static_configs: [ { targets: ['{{address}}', '127.0.0.1:1'] } ] }
            """);
        using var client = new HttpClient();
        async Task<JsonElement> TargetsAsync(string query = "") =>
            JsonDocument.Parse(await client.GetStringAsync($"{app.Urls.First()}/api/v1/targets{query}")).RootElement.GetProperty("data");
        await UntilAsync(() => app.Services.GetRequiredService<Scraper>().Targets.Count(static one => one.Health.IsUp is not null) == 3, "all were scraped");

        var all = await TargetsAsync();
        Assert.Equal(2, all.GetProperty("droppedTargets").GetArrayLength());
        Assert.Equal(2, all.GetProperty("droppedTargetCounts").GetProperty("some").GetInt32());
        Assert.Equal("dropped:1", all.GetProperty("droppedTargets")[0].GetProperty("discoveredLabels").GetProperty("__address__").GetString());
        var some = Assert.Single((await TargetsAsync("?state=active&scrapePool=some")).GetProperty("activeTargets").EnumerateArray());
        Assert.Equal(("up", "1s", "500ms"), (some.GetProperty("health").GetString(), some.GetProperty("scrapeInterval").GetString(), some.GetProperty("scrapeTimeout").GetString()));
        Assert.Equal("15s", some.GetProperty("discoveredLabels").GetProperty("__scrape_interval__").GetString());
        Assert.All((await TargetsAsync("?scrapePool=many")).GetProperty("activeTargets").EnumerateArray(), static one =>
            Assert.Equal(("down", "the job has 2 targets, and target_limit is 1"), (one.GetProperty("health").GetString(), one.GetProperty("lastError").GetString())));
        await app.StopAsync();
        await target.StopAsync();
    }

    [Fact]
    public async Task A_real_Redis_exporter_is_scraped()
    {
        var (redisPort, port) = (Peer.FreePort(), Peer.FreePort());
        using var redis = Peer.Start("redis-server", "--port", $"{redisPort}", "--save", "", "--bind", "127.0.0.1");
        using var exporter = Peer.Start("prometheus-redis-exporter", $"--redis.addr=redis://127.0.0.1:{redisPort}", $"--web.listen-address=127.0.0.1:{port}");
        await using var app = await ScrapeAsync($$"""
            scrape_configs:
              - { job_name: redis, scrape_interval: 1s, static_configs: [ { targets: ['127.0.0.1:{{port}}'] } ] }
            """);
        await UntilAsync(() => StoredSamples.Of(Store(app), "redis_up", ("job", "redis")) is [.., { Value: 1 }], "Redis is up");
        Assert.NotEmpty(StoredSamples.Of(Store(app), "redis_commands_processed_total"));
        await app.StopAsync();
    }

    [Fact]
    public async Task Credentials_and_parameters_are_sent()
    {
        var seen = new TaskCompletionSource<(string Authorization, string Query)>();
        var (target, address) = await ServeAsync(http =>
        {
            seen.TrySetResult((http.Request.Headers.Authorization.ToString(), http.Request.QueryString.ToString()));
            return Task.CompletedTask;
        });
        await using var serving = target;
        var secret = _folder.File("secret", "s3cret\n");
        await using var app = await ScrapeAsync($$"""
            scrape_configs:
              - job_name: j
                scrape_interval: 1s
                params: { module: [a, 'b c'] }
                authorization: { credentials_file: '{{secret}}' }
                static_configs: [ { targets: ['{{address}}'] } ]
            """);
        Assert.Equal(("Bearer s3cret", "?module=a&module=b%20c"), await seen.Task.WaitAsync(TimeSpan.FromMinutes(2)));
        await app.StopAsync();
    }

    [Theory]
    [InlineData("scrape_configs: [ { static_configs: [] } ]", "job_name is missing")]
    [InlineData("scrape_configs: [ { job_name: j, scrape_intervall: 1s } ]", "'scrape_intervall' is not known")]
    [InlineData("scrape_configs: [ { job_name: j, scrape_interval: soon } ]", "scrape_interval: 'soon' is not allowed")]
    [InlineData("scrape_configs: [ { job_name: j }, { job_name: j } ]", "the job 'j' occurs twice")]
    [InlineData("scrape_configs: [ { job_name: j, scheme: ftp } ]", "scheme: 'ftp' is not allowed; allowed is http or https")]
    [InlineData("scrape_configs: [", "not YAML")]
    public void A_mistake_in_the_file_stops_the_start_and_names_its_place(string config, string problem)
    {
        var settings = new ServerSettings { Port = 0, OtlpGrpcPort = 0, OtlpHttpPort = 0, Scrape = _folder.File("bad.yml", config) };
        Assert.Contains(problem, Assert.Throws<ScrapeConfigException>(() => BarographServer.Build(settings)).Message, StringComparison.Ordinal);
    }
}
