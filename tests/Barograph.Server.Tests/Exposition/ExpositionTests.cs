using System.Diagnostics;
using System.Net;
using Barograph.Server.Exposition;
using Barograph.Server.Measures;
using Barograph.Server.Tests.Http;
using Barograph.Server.Tests.Ingest;
using Barograph.TimeSeries;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Exposition;

public sealed class ExpositionTests
{
    const string OpenMetrics = "application/openmetrics-text; version=1.0.0";

    [Theory]
    [InlineData(null, "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("*/*", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("text/html", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("nonsense;;;", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("application/openmetrics-text", "application/openmetrics-text; version=1.0.0; charset=utf-8")]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.6", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "application/openmetrics-text; version=1.0.0; charset=utf-8")]
    [InlineData("application/openmetrics-text;q=0,text/plain", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("text/plain;version=1.0.0;escaping=allow-utf-8", "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8")]
    public void The_format_is_the_one_that_is_most_wanted(string? accept, string type)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.Accept = accept;
        Assert.Equal(type, ExpositionFormat.Negotiate(request, knowsOpenMetrics: true).ContentType);
    }

    [Theory]
    [InlineData("my.metric_a", "Underscores", "my_metric_a")]
    [InlineData("my.metric_a", "Dots", "my_dot_metric__a")]
    [InlineData("my.metric_a", "Values", "U__my_2e_metric__a")]
    [InlineData("my.metric_a", "AllowUtf8", "my.metric_a")]
    [InlineData("größe", "Underscores", "gr__e")]
    [InlineData("größe", "Values", "U__gr_f6__df_e")]
    [InlineData("1a", "Underscores", "_a")]
    [InlineData("plain_name:sum", "Values", "plain_name:sum")]
    public void A_name_is_written_as_the_reader_can_take_it(string name, string escaping, string written) =>
        Assert.Equal(written, new ExpositionFormat(false, Enum.Parse<NameEscaping>(escaping)).Escape(name, isLabel: false));

    [Theory]
    [InlineData(null)]
    [InlineData(OpenMetrics)]
    public async Task The_measures_are_a_page_that_promtool_accepts(string? accept)
    {
        await using var server = await RunningServer.StartAsync();
        var meter = server.Services.GetRequiredService<OwnMeasures>().Meter;
        meter.CreateCounter<long>("barograph_tests_total", "", "Tests that ran, with \"quotes\" and a \\.").Add(3, new KeyValuePair<string, object?>("kind", "a \"b\"\n\\c"));
        meter.CreateHistogram<double>("barograph_tests_seconds", "seconds", "How long.", null, new() { HistogramBucketBoundaries = [0.1, 1] }).Record(0.5);
        using var client = server.Client;
        if (accept is not null)
            client.DefaultRequestHeaders.Accept.ParseAdd(accept);
        using var answer = await client.GetAsync("/metrics");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("barograph_tests_total{kind=\"a \\\"b\\\"\\n\\\\c\"} 3\n", text);
        Assert.Contains("barograph_tests_seconds_bucket{le=\"1\"} 1\n", text);
        Assert.Contains($"# TYPE barograph_tests{(accept is null ? "_total" : "")} counter\n", text);
        Assert.Equal(accept is not null, text.EndsWith("# EOF\n", StringComparison.Ordinal));
        if (accept is null)
            await AssertPromtoolAcceptsAsync(text);
    }

    [Fact]
    public async Task The_measures_come_compressed_to_who_asks_for_it()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client;
        client.DefaultRequestHeaders.Add("Accept-Encoding", "gzip");
        using var answer = await client.GetAsync("/metrics");
        Assert.Equal("gzip", Assert.Single(answer.Content.Headers.ContentEncoding));
    }

    [Fact]
    public async Task Federation_gives_the_newest_sample_of_each_series_as_Prometheus_does()
    {
        await using var server = await RunningServer.StartAsync();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await server.AppendAsync(Of(("__name__", "b_metric"), ("foo", "bar"), ("instance", "i")), (now - 30_000, 1), (now - 20_000, 2.5));
        await server.AppendAsync(Of(("__name__", "b_metric"), ("foo", "a\"b\\c\nd"), ("instance", "i")), (now - 10_000, double.PositiveInfinity));
        await server.AppendAsync(Of(("__name__", "a_metric")), (now - 1000, 1e21));
        await server.AppendAsync(Of(("__name__", "gone_metric"), ("instance", "i")), (now - 30_000, 1), (now - 20_000, StaleMarker.Value));
        await server.AppendAsync(Of(("__name__", "old_metric"), ("instance", "i")), (now - 400_000, 1));
        await server.AppendAsync(Of(("__name__", "dotted.metric"), ("instance", "i"), ("http.code", "200")), (now - 1000, 1));
        using var client = server.Client;
        Assert.Equal("", await client.GetStringAsync("/federate"));
        var text = await client.GetStringAsync("/federate?match[]={__name__=~\"[ab]_.*\"}&match[]=b_metric&match[]=gone_metric&match[]=old_metric");
        Assert.Equal(
            $$"""
            # TYPE a_metric untyped
            a_metric{instance=""} 1e+21 {{now - 1000}}
            # TYPE b_metric untyped
            b_metric{foo="a\"b\\c\nd",instance="i"} +Inf {{now - 10_000}}
            b_metric{foo="bar",instance="i"} 2.5 {{now - 20_000}}

            """.ReplaceLineEndings("\n"),
            text);
        Assert.Contains("dotted_metric{http_code=\"200\",instance=\"i\"} 1 ", await client.GetStringAsync("/federate?match[]={__name__=~\"dotted.*\"}"));
        using var wants = new HttpRequestMessage(HttpMethod.Get, "/federate?match[]={__name__=~\"dotted.*\"}");
        wants.Headers.TryAddWithoutValidation("Accept", "text/plain;version=1.0.0;escaping=allow-utf-8");
        var quoted = await (await client.SendAsync(wants)).Content.ReadAsStringAsync();
        Assert.Contains("# TYPE \"dotted.metric\" untyped\n{\"dotted.metric\",\"http.code\"=\"200\",instance=\"i\"} 1 ", quoted);
    }

    [Fact]
    public async Task A_selector_that_is_none_is_told_in_plain_text()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client;
        using var answer = await client.GetAsync("/federate?match[]={");
        Assert.Equal((HttpStatusCode.BadRequest, "text/plain"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
    }

    [Fact]
    public async Task A_Prometheus_reads_our_series_by_federation_and_our_measures_by_scraping()
    {
        await using var server = await RunningServer.StartAsync(TimeSpan.FromSeconds(1));
        var folder = Directory.CreateTempSubdirectory("barograph-federation-").FullName;
        try
        {
            await RawHttp.GetAsync(server.Address, "/", "Host: evil.example"); // something to count
            var port = Peer.FreePort();
            await File.WriteAllTextAsync(Path.Combine(folder, "prometheus.yml"), $$"""
                global: { scrape_interval: 1s }
                scrape_configs:
                - { job_name: federate, honor_labels: true, metrics_path: /federate, params: { 'match[]': ['{__name__=~"system_.*|host_info"}'] }, static_configs: [ { targets: ['{{server.Address.Authority}}'] } ] }
                - { job_name: own, static_configs: [ { targets: ['{{server.Address.Authority}}'] } ] }
                """);
            using var prometheus = Peer.Start("prometheus", $"--config.file={folder}/prometheus.yml", $"--storage.tsdb.path={folder}/data", $"--web.listen-address=127.0.0.1:{port}");
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await HasAsync("min(up) == 1 and count(up) == 2");
            await HasAsync("count(system_cpu_time_seconds_total{job=\"host\"}) > 0");
            await HasAsync("barograph_http_refused_total{job=\"own\",reason=\"host\"} == 1");

            Task HasAsync(string expression) => Peer.UntilAsync(async () =>
            {
                try
                {
                    return (await client.GetStringAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}")).Contains("\"value\"", StringComparison.Ordinal);
                }
                catch (HttpRequestException)
                {
                    return false; // not up yet
                }
            }, $"Prometheus answers {expression}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static Labels Of(params (string Name, string Value)[] labels) => Labels.From(labels.Select(static label => new Label(label.Name, label.Value)));

    static async Task AssertPromtoolAcceptsAsync(string text)
    {
        if (!File.Exists("/usr/bin/promtool"))
            Assert.Skip("promtool is not installed (apt install prometheus)");
        using var promtool = Process.Start(new ProcessStartInfo("/usr/bin/promtool", ["check", "metrics"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
        await promtool.StandardInput.WriteAsync(text);
        promtool.StandardInput.Close();
        var said = await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        Assert.True(promtool.ExitCode == 0, said);
    }
}
