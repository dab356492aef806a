using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Barograph.Server.Settings;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Query;

public sealed class ExportTests(ExportTests.OneSeries one) : IClassFixture<ExportTests.OneSeries>
{
    readonly HttpClient _client = one.Client;

    [Fact]
    public async Task CSV_says_what_it_is_and_has_a_line_for_each_sample()
    {
        using var answer = await _client.GetAsync("/api/v1/export?query=%20up%0A&start=0&end=60&step=1m");
        Assert.Equal("text/csv; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("attachment; filename=\"export.csv\"", answer.Content.Headers.ContentDisposition!.ToString());
        Assert.Equal(
            """""
            # expression: up
            # range: 1970-01-01T00:00:00.000Z to 1970-01-01T00:01:00.000Z
            # step: 1m
            # unit: ratio
            time,series,value
            1970-01-01T00:00:00.000Z,"up{job=""a,\""b\""""}",1
            1970-01-01T00:01:00.000Z,"up{job=""a,\""b\""""}",NaN

            """"",
            await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task JSON_says_what_it_is_and_has_the_samples_in_Prometheus_form() => Assert.Equal(
        """{"expression":"2 * up","start":"1970-01-01T00:00:00.000Z","end":"1970-01-01T00:01:00.000Z","step":"1m","unit":"","result":[{"metric":{"job":"a,\"b\""},"values":[[0,"2"],[60,"NaN"]]}],"warnings":[]}""",
        await _client.GetStringAsync("/api/v1/export?query=2*up&start=0&end=60&step=60&format=json"));

    [Theory]
    [InlineData("vector(time())", "")]
    [InlineData("vector(end() - start())", "&constant")]
    public async Task A_long_export_is_sent_in_pieces_and_is_whole(string query, string constant)
    {
        await using var server = await RunningServer.StartAsync(configure: static settings => settings with { Retention = null, PromQLExperimental = true });
        using var client = server.Client;
        var lines = (await client.GetStringAsync($"/api/v1/export?query={Uri.EscapeDataString(query)}&start=0&end=20000&step=1"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static line => line[0] is >= '0' and <= '9').ToArray();
        Assert.Equal(20_001, lines.Length);
        for (var i = 0; i < lines.Length; i++)
            Assert.EndsWith($",\"{{}}\",{(constant.Length > 0 ? 20_000 : i)}", lines[i]);
    }

    [Theory]
    [InlineData("export?query=up{&start=0&end=1&step=1", 400, "bad_data")]
    [InlineData("export?query=up&start=0&end=1&step=1&format=xml", 400, "bad_data")]
    [InlineData("export?query=up[1m]&start=0&end=1&step=1", 400, "bad_data")]
    [InlineData("export?query=up", 400, "bad_data")]
    [InlineData("export?query=label_replace(up,%22job%22,%22%22,%22%22,%22%22)%2Bon()group_left()label_replace(up,%22%22,%22%22,%22%22,%22%22)&start=0&end=1&step=1", 422, "execution")]
    public async Task What_goes_wrong_before_the_first_sample_is_a_problem(string path, int status, string type)
    {
        using var answer = await _client.GetAsync($"/api/v1/{path}");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal((status, "application/problem+json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        using var problem = JsonDocument.Parse(text);
        Assert.Equal(type, problem.RootElement.GetProperty("errorType").GetString());
    }

    public sealed class OneSeries : OneServer
    {
        private protected override ServerSettings Configure(ServerSettings settings) => settings with { Retention = null };

        private protected override async Task FillAsync()
        {
            await Server.AppendAsync(Labels.Of("__name__", "up", "job", "a,\"b\""), (0, 1), (60_000, double.NaN));
            Server.Store.SetMetadata("up", new MetricMetadata(MetricType.Gauge, "ratio", ""));
        }
    }
}

public sealed class MetricsQueryTests(MetricsQueryTests.SomeSeries one) : IClassFixture<MetricsQueryTests.SomeSeries>
{
    readonly HttpClient _client = one.Client;

    [Fact]
    public async Task A_question_is_answered_with_data_and_the_expression_that_it_became() => Assert.Equal(
        """{"data":[{"timestamp":"1970-01-01T00:01:00.000Z","value":2,"tags":{"host":"a"}},{"timestamp":"1970-01-01T00:02:00.000Z","value":5,"tags":{"host":"a"}},{"timestamp":"1970-01-01T00:01:00.000Z","value":10,"tags":{"host":"b"}}],"expression":"avg by (host) (avg_over_time(queue_depth[1m]))","step":"1m","cached":false,"warnings":[]}""",
        await AskAsync("""{"metric_name":"queue_depth","time_range":{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:02:00Z"},"aggregation":"avg","group_by":["host"]}"""));

    [Theory]
    [InlineData("queue_depth", "sum", "sum(avg_over_time(queue_depth[1m]))")]
    [InlineData("queue.depth", "min", "min(min_over_time(queue_depth[1m]))")]
    [InlineData("queue_depth", "count", "sum(count_over_time(queue_depth[1m]))")]
    [InlineData("queue_depth", "p99.9", "quantile(0.999, avg_over_time(queue_depth[1m]))")]
    [InlineData("task.runs", "sum", "sum(rate(task_runs_total[1m]))")]
    [InlineData("task.execution.duration", "p95", "histogram_quantile(0.95, sum by (le) (rate(task_execution_duration_seconds_bucket[1m])))")]
    [InlineData("task.execution.duration", "avg", "sum(rate(task_execution_duration_seconds_sum[1m])) / sum(rate(task_execution_duration_seconds_count[1m]))")]
    [InlineData("task.execution.duration", "count", "sum(increase(task_execution_duration_seconds_count[1m]))")]
    [InlineData("not there", "max", "max(max_over_time({\\\"not there\\\"}[1m]))")]
    public async Task The_kind_of_metric_decides_what_an_aggregation_means(string metric, string aggregation, string expression) => Assert.Contains(
        $"\"expression\":\"{expression}\"",
        await AskAsync($$$"""{"metric_name":"{{{metric}}}","time_range":{"start":"0","end":"120"},"aggregation":"{{{aggregation}}}"}"""));

    [Fact]
    public async Task Filters_become_matchers_and_never_syntax() => Assert.Contains(
        """
        "expression":"avg(avg_over_time(queue_depth{host=\"a\\\"} or up\",task_type=~\"1|a\\\\.b\",gone=\"\"}[1m]))"
        """,
        await AskAsync("""{"metric_name":"queue_depth","time_range":{"start":"0","end":"120"},"filters":{"host":"a\"} or up","task.type":[1,"a.b"],"gone":null}}"""));

    [Theory]
    [InlineData("{}", "metric_name")]
    [InlineData("[", "body")]
    [InlineData("""{"metric_name":"up","aggregation":"median"}""", "aggregation")]
    [InlineData("""{"metric_name":"up","aggregation":"p101"}""", "aggregation")]
    [InlineData("""{"metric_name":"up","step":"x"}""", "step")]
    [InlineData("""{"metric_name":"up","step":"100ms"}""", "step")]
    [InlineData("""{"metric_name":"up","time_range":{"start":"tomorrow"}}""", "time_range.start")]
    [InlineData("""{"metric_name":"up","time_range":{"start":"5","end":"5"}}""", "time_range")]
    [InlineData("""{"metric_name":"up","filters":{"a":{}}}""", "filters")]
    [InlineData("""{"metric_name":"up","filters":{"a":[]}}""", "the list of 'a' is empty")]
    [InlineData("""{"metric_name":"up","filters":5}""", "filters must be an object")]
    [InlineData("""{"metric_name":"up","group_by":"a"}""", "group_by must be a list of texts")]
    [InlineData("""{"metric_name":"up","group_by":[1]}""", "group_by[0] must be a text")]
    [InlineData("""{"metric_name":"up","time_range":{"start":1}}""", "time_range.start must be a text")]
    [InlineData("""{"metric_name":"up","time_range":{"from":1}}""", "'time_range.from' is not known here; allowed are start, end")]
    [InlineData("""{"metric_name":"up","filter":{}}""", "'filter' is not known here; allowed are metric_name, time_range")]
    [InlineData("5", "it must be an object")]
    [InlineData("{", "the body is not what was expected")]
    public async Task A_question_that_is_not_understood_is_a_problem_that_names_the_field(string body, string field)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _client.PostAsync("/api/v1/metrics/query", content);
        Assert.Equal((400, "application/problem+json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        var detail = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["detail"]!;
        Assert.Contains(field, detail);
        Assert.DoesNotContain("System.", detail);
        Assert.DoesNotContain("Barograph.", detail);
    }

    [Fact]
    public async Task A_metric_that_is_not_there_is_a_warning() =>
        Assert.Contains("\"warnings\":[\"there is no metric 'up' in this time\"]", Regex.Unescape(await AskAsync("""{"metric_name":"up"}""")));

    async Task<string> AskAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _client.PostAsync("/api/v1/metrics/query", content);
        return await answer.Content.ReadAsStringAsync();
    }

    public sealed class SomeSeries : OneServer
    {
        private protected override ServerSettings Configure(ServerSettings settings) => settings with { Retention = null };

        private protected override async Task FillAsync()
        {
            await Server.AppendAsync(Labels.Of("__name__", "queue_depth", "host", "a"), (30_000, 1), (60_000, 3), (120_000, 5));
            await Server.AppendAsync(Labels.Of("__name__", "queue_depth", "host", "b"), (60_000, 10));
            await Server.AppendAsync(Labels.Of("__name__", "task_runs_total", "task_type", "x"), (30_000, 1));
            await Server.AppendAsync(Labels.Of("__name__", "task_execution_duration_seconds_bucket", "le", "+Inf"), (30_000, 1));
        }
    }
}
