using System.Net;
using System.Text;
using System.Text.Json;

namespace Barograph.Server.Tests.Api;

/// <summary>Whatever stands in an address or a body, the answer is never that the server failed.</summary>
public sealed class OddParametersTests : OneServer
{
    /// <summary>Times at the ends of calendars and of numbers, numbers that are none, texts that mean something elsewhere.</summary>
    static readonly string[] s_odd =
    [
        "0", "-1", "1e308", "-1e308", "1e400", "NaN", "Inf", "-Inf", "9e15", "-9e15", "9223372036854775807", "-9223372036854775808", "99999999999999999999",
        "253402300800", "-62135596801", "0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-23:59", "10000-01-01T00:00:00Z",
        "-292273086-05-16T16:47:06Z", "292277025-08-18T07:12:54.999999999Z", "1h", "999999999999y", "-5m", "1e9", "%00", "%FF", "%ED%A0%80", "a:b", ":", "*", "{", "up", "vector(1)",
        "..%2F..%2Fx", "auto-7fffffffffffffff-0", "7fffffffffffffff-7fffffffffffffff-7fffffffffffffff-7fffffff", "ffffffffffffffff-0-0-0", "\"", "<script>", "",
    ];

    private protected override async Task FillAsync()
    {
        using var content = new StringContent("""
            {"type":"task.finished","task_id":"1","task_type":"t","status":"failed","duration_seconds":2}
            {"type":"pipeline.run","pipeline":"p","success":true}
            {"type":"model.prediction","model":"m","version":"1","prediction_id":"1","predicted":"cat","score":0.5}
            {"type":"model.outcome","model":"m","prediction_id":"1","actual":"cat"}
            {"type":"activity","journey":"j","step":"s","user":"u","feature":"f"}
            {"type":"business","name":"order","value":1}
            """, Encoding.UTF8, "application/json");
        await Ingest.Peer.UntilAsync(async () => (await Client.GetAsync("/api/v1/events/kinds")).IsSuccessStatusCode, "the events are open");
        using var answer = await Client.PostAsync("/api/v1/events", content, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task No_parameter_of_any_route_makes_the_server_fail()
    {
        using var document = JsonDocument.Parse(await Client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken));
        var asked = 0;
        var failures = new List<string>();
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
        {
            if (!path.Value.TryGetProperty("get", out var get))
                continue;
            List<JsonElement> parameters = get.TryGetProperty("parameters", out var some) ? [.. some.EnumerateArray()] : [];
            var addressed = parameters.Where(static one => one.GetProperty("in").GetString() == "query").Select(static one => one.GetProperty("name").GetString()!).ToList();
            foreach (var odd in s_odd)
            {
                // One by one, beside what the others need to be read at all; then start and end as the ends of the same range.
                foreach (var name in addressed)
                    await AskAsync(Filled(path.Name, "x") + "?" + string.Join('&', addressed.Select(other => $"{other}={Escape(other == name ? odd : Plain(other))}")));
                if (addressed.Contains("start") && addressed.Contains("end"))
                    await AskAsync($"{Filled(path.Name, "m")}?start={Escape(odd)}&end={Escape("9e15")}&query=up&step=1&reference_start={Escape(odd)}&reference_end=9e15");
                if (path.Name.Contains('{'))
                    await AskAsync(Filled(path.Name, Escape(odd)));
            }
        }

        Assert.True(asked > 2000, $"only {asked} requests were made");
        Assert.True(failures.Count == 0, string.Join('\n', failures.Take(40)));

        async Task AskAsync(string address)
        {
            asked++;
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Client.BaseAddress!, address));
                using var answer = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
                await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
                if (answer.StatusCode is HttpStatusCode.InternalServerError)
                    failures.Add($"{address}: 500");
            }
            catch (HttpRequestException broken)
            {
                failures.Add($"{address}: {broken.Message}"); // the answer had begun
            }
        }
    }

    [Theory]
    [InlineData("/api/v1/metrics/query", """{"metric_name":"up","time_range":{"start":#,"end":#}}""")]
    [InlineData("/api/v1/metrics/query", """{"metric_name":#}""")]
    [InlineData("/api/v1/metrics/query", """{"metric_name":"up","group_by":#,"aggregation":#,"cache_duration":#}""")]
    [InlineData("/api/v1/definitions", """{"name":#,"source":#,"aggregation":#}""")]
    [InlineData("/api/v1/definitions", """{"name":"a","source":{"event":"business","where":{"name":#}},"aggregation":"percentile","percentile":#,"field":#,"thresholds":[{"above":#,"severity":#}]}""")]
    [InlineData("/api/v1/definitions/dry-run", """{"name":"a","source":{"event":"business"},"aggregation":"sum","field":#}""")]
    [InlineData("/api/v1/events", """{"type":"task.finished","task_id":"z","task_type":"t","status":"failed","duration_seconds":#,"start":#,"end":#,"queued":#,"cpu_seconds":#}""")]
    [InlineData("/api/v1/events", """{"type":"task.finished","task_id":"y","task_type":"t","status":"failed","duration_ms":#,"start_time":#,"end_time":#,"cpu_usage_percent":#,"memory_usage_mb":#}""")]
    [InlineData("/api/v1/events", """{"type":"business","name":#,"value":#,"time":#}""")]
    [InlineData("/api/v1/backup", """{"target":#}""")]
    public async Task No_value_in_a_body_makes_the_server_fail(string path, string body)
    {
        string[] odd =
        [
            "null", "0", "-1", "1e308", "-1e308", "1e400", "1e12", "253402300800", "-62135596801", "true", "\"\"", "\"NaN\"", "\"9999-12-31T23:59:59Z\"", "\"0001-01-01T00:00:00Z\"",
            "[]", "{}", "[[[[]]]]", "\"\\u0000\"", "\"\\ud800\"", $"\"{new string('x', 70_000)}\"",
        ];
        foreach (var value in odd)
        {
            using var content = new StringContent(body.Replace("#", value), Encoding.UTF8, "application/json");
            using var answer = await Client.PostAsync(path, content, TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode is not HttpStatusCode.InternalServerError, $"{path} with {value[..Math.Min(40, value.Length)]}: {(int)answer.StatusCode}");
        }
    }

    static string Filled(string path, string value)
    {
        while (path.IndexOf('{') is >= 0 and var from)
            path = path[..from] + value + path[(path.IndexOf('}') + 1)..];
        return path;
    }

    /// <summary>What is escaped already stays as it is.</summary>
    static string Escape(string value) => value.StartsWith('%') || value.Contains("%2F", StringComparison.Ordinal) ? value : Uri.EscapeDataString(value);

    static string Plain(string name) => name switch
    {
        "query" or "match[]" or "match" or "metric_name" => "up",
        "start" or "reference_start" => "1700000000",
        "end" or "time" or "reference_end" => "1700000060",
        "step" => "15",
        "step_" => "s",
        "limit" => "10",
        "journey" => "j",
        _ => "",
    };
}
