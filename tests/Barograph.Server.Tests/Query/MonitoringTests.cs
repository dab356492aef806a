using System.Text.Json.Nodes;
using Barograph.PromQL;
using Barograph.Server.Query.MetricsApi;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Query;

/// <summary><c>GET /api/monitoring/metrics</c>.</summary>
public sealed class MonitoringTests(MonitoringTests.SomeSeries one) : IClassFixture<MonitoringTests.SomeSeries>
{
    readonly HttpClient _client = one.Client;

    async Task<JsonNode> GetAsync(string arguments) => JsonNode.Parse(await _client.GetStringAsync($"/api/monitoring/metrics{arguments}"))!;

    [Fact]
    public async Task The_figures_of_a_dashboard_come_with_their_expressions()
    {
        var answer = await GetAsync("");
        Assert.Equal(50, (double)answer["system"]!["cpu"]!, 6);
        Assert.Equal(50, (double)answer["system"]!["memory"]!, 6);
        Assert.Equal(3600, (double)answer["system"]!["uptime"]!);
        Assert.Equal(200, (double)answer["application"]!["responseTime"]!, 3);
        Assert.Equal(60, (double)answer["application"]!["requestRate"]!, 3);
        Assert.Equal(0, (double)answer["application"]!["errorCount"]!);
        Assert.Null(answer["database"]!["connections"]);
        Assert.Null(answer["database"]!["avgQueryTime"]);
        Assert.Equal("100 * (1 - avg(avg_over_time(system_cpu_utilization_ratio{cpu_mode=\"idle\"}[1m])))", (string)answer["expressions"]!["system.cpu"]!);
        Assert.Equal(CurrentFigure.All.Count, answer["expressions"]!.AsObject().Count);
        Assert.Empty(answer["warnings"]!.AsArray());
        Assert.InRange(DateTimeOffset.Parse((string)answer["timestamp"]!), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
    }

    [Fact]
    public async Task Filters_narrow_them()
    {
        var answer = await GetAsync("?filter=instance=b");
        Assert.Equal(75, (double)answer["system"]!["cpu"]!, 6);
        Assert.Null(answer["system"]!["memory"]);
        Assert.Null(answer["application"]!["requestRate"]);
        Assert.Equal("min(system_uptime_seconds{instance=\"b\"})", (string)answer["expressions"]!["system.uptime"]!);
    }

    [Fact]
    public async Task A_metric_is_translated_as_a_question_is()
    {
        var answer = await GetAsync("?metric_name=system.cpu.utilization&group_by=instance&filter=cpu.mode=idle&metric_name=odd");
        var metrics = answer["metrics"]!.AsArray();
        Assert.Equal(
            """{"metric":"system.cpu.utilization","aggregation":"avg","expression":"avg by (instance) (avg_over_time(system_cpu_utilization_ratio{cpu_mode=\u0022idle\u0022}[5m]))","values":[{"value":0.75,"tags":{"instance":"a"}},{"value":0.25,"tags":{"instance":"b"}}]}""",
            metrics[0]!.ToJsonString());
        Assert.Empty(metrics[1]!["values"]!.AsArray());
    }

    [Fact]
    public async Task A_value_that_json_has_no_number_for_is_null() => Assert.Equal(
        """[{"value":null,"tags":{}}]""",
        (await GetAsync("?metric_name=odd&aggregation=max"))["metrics"]![0]!["values"]!.ToJsonString());

    [Theory]
    [InlineData("?filter=x", "'x' is not label=value")]
    [InlineData("?filter==x", "'=x' is not label=value")]
    [InlineData("?metric_name=", "a name is needed")]
    [InlineData("?metric_name=up&aggregation=most", "'most' is not known")]
    public async Task A_mistake_is_told_as_problem_details(string arguments, string text)
    {
        using var answer = await _client.GetAsync($"/api/monitoring/metrics{arguments}");
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains(text, (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["detail"]!);
    }

    [Fact]
    public async Task Too_many_metrics_are_refused()
    {
        using var answer = await _client.GetAsync("/api/monitoring/metrics?" + string.Join('&', Enumerable.Repeat("metric_name=up", 101)));
        Assert.Equal(400, (int)answer.StatusCode);
    }

    [Fact]
    public void A_filter_cannot_become_syntax()
    {
        foreach (var figure in CurrentFigure.All)
        {
            var text = figure.Expression(new VectorSelector(null, [new LabelMatcher(TimeSeries.MatchType.Equal, "a b", "\"}) or vector(1) # ")], Timing.None).ToString()[1..^1]);
            Assert.Equal(Parser.Parse(text).ToString(), Parser.Parse(text).ToString());
            Assert.DoesNotContain("or vector(1)", Parser.Parse(text).ToString().Replace("\\\"}) or vector(1)", ""));
        }
    }

    public sealed class SomeSeries : OneServer
    {
        private protected override async Task FillAsync()
        {
            var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            await Gauge(now, 0.75, "system_cpu_utilization_ratio", "cpu_mode", "idle", "instance", "a");
            await Gauge(now, 0.25, "system_cpu_utilization_ratio", "cpu_mode", "idle", "instance", "b");
            await Gauge(now, 0.5, "system_memory_utilization_ratio", "system_memory_state", "used", "instance", "a");
            await Gauge(now, 3600, "system_uptime_seconds", "instance", "a");
            await Counter(now, 10, "http_server_request_duration_seconds_count", "http_response_status_code", "200", "http_route", "/cart");
            await Counter(now, 2, "http_server_request_duration_seconds_sum", "http_response_status_code", "200", "http_route", "/cart");
            await Gauge(now, double.NaN, "odd", "instance", "a");
        }

        Task Gauge(long nowMs, double value, params string[] labels) =>
            Server.AppendAsync(Labels.Of(["__name__", .. labels]), (nowMs - 60_000, value), (nowMs - 30_000, value), (nowMs - 1000, value));

        /// <summary>Grows by as much every 10 s for two hours.</summary>
        Task Counter(long nowMs, double every, params string[] labels) =>
            Server.AppendAsync(Labels.Of(["__name__", .. labels]), [.. Enumerable.Range(0, 720).Select(i => (nowMs - 7_200_000 + (i + 1) * 10_000L, (i + 1) * every))]);
    }
}
