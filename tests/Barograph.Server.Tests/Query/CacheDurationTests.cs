using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Query;

/// <summary>Who tolerates an answer of some age gets the one that was given before.</summary>
public sealed class CacheDurationTests : IAsyncLifetime
{
    RunningServer _server = null!;
    HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync();
        _client = _server.Client;
        await TellAsync(5);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_metrics_query_that_is_asked_twice_is_answered_from_the_cache_the_second_time()
    {
        var query = new { metric_name = "task.execution.duration", time_range = new { start = DateTimeOffset.UtcNow.AddHours(-1) }, cache_duration = 300 };
        var first = await AskAsync(query);
        await TellAsync(50);
        var second = await AskAsync(query);
        Assert.NotEmpty(first["data"]!.AsArray());
        Assert.Equal(first["data"]!.ToJsonString(), second["data"]!.ToJsonString());
        Assert.Equal((false, true), ((bool)first["cached"]!, (bool)second["cached"]!));
    }

    [Fact]
    public async Task Who_does_not_say_so_gets_the_newest()
    {
        var start = DateTimeOffset.UtcNow.AddHours(-1);
        await AskAsync(new { metric_name = "task.execution.duration", time_range = new { start }, cache_duration = 300 });
        await TellAsync(50);
        var newest = await AskAsync(new { metric_name = "task.execution.duration", time_range = new { start }, aggregation = "max" });
        Assert.False((bool)newest["cached"]!);
        Assert.Equal(50, newest["data"]!.AsArray().Max(static one => (double)one!["value"]!), 6);
        var old = await AskAsync(new { metric_name = "task.execution.duration", time_range = new { start }, cache_duration = 0 });
        Assert.False((bool)old["cached"]!);
    }

    [Fact]
    public async Task Another_question_has_its_own_answer()
    {
        var start = DateTimeOffset.UtcNow.AddHours(-1);
        await AskAsync(new { metric_name = "task.execution.duration", time_range = new { start }, cache_duration = 300 });
        foreach (object other in new object[]
        {
            new { metric_name = "task.execution.duration", time_range = new { start }, cache_duration = 300, aggregation = "max" },
            new { metric_name = "task.execution.duration", time_range = new { start = start.AddMinutes(-1) }, cache_duration = 300 },
            new { metric_name = "task.execution.duration", time_range = new { start }, cache_duration = 300, filters = new { task_type = "import" } },
            new { metric_name = "task.execution.duration", time_range = new { start }, cache_duration = 300, step = "5m" },
        })
            Assert.False((bool)(await AskAsync(other))["cached"]!);
    }

    [Fact]
    public async Task Steps_that_an_earlier_question_had_are_taken_from_it()
    {
        var end = DateTimeOffset.UtcNow.AddMinutes(-10);
        var query = new { metric_name = "task.execution.duration", time_range = new { start = end.AddHours(-1), end } };
        Assert.False((bool)(await AskAsync(query))["cached"]!);
        Assert.True((bool)(await AskAsync(query))["cached"]!);
    }

    [Fact]
    public async Task What_is_now_may_be_of_a_little_before()
    {
        const string Path = "/api/monitoring/metrics?metric_name=task.execution.duration&aggregation=max";
        var first = JsonNode.Parse(await _client.GetStringAsync(Path + "&cache_duration=300"))!;
        await TellAsync(70);
        var second = JsonNode.Parse(await _client.GetStringAsync(Path + "&cache_duration=300"))!;
        var newest = JsonNode.Parse(await _client.GetStringAsync(Path))!;
        Assert.Equal((false, true, false), ((bool)first["cached"]!, (bool)second["cached"]!, (bool)newest["cached"]!));
        Assert.Equal(first["metrics"]!.ToJsonString(), second["metrics"]!.ToJsonString());
        Assert.Equal(Milliseconds(first), Milliseconds(second));
        Assert.Equal(70, (double)newest["metrics"]![0]!["values"]![0]!["value"]!);
        Assert.True((bool)JsonNode.Parse(await FiguresAsync())!["cached"]! is false && (bool)JsonNode.Parse(await FiguresAsync())!["cached"]!);

        static long Milliseconds(JsonNode answer) => DateTimeOffset.Parse((string)answer["timestamp"]!).ToUnixTimeMilliseconds();
        Task<string> FiguresAsync() => _client.GetStringAsync("/api/monitoring/metrics?cache_duration=60");
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("\"5m\"")]
    [InlineData("1e9")]
    public async Task An_age_that_is_none_is_told(string age)
    {
        using var answer = await _client.PostAsync("/api/v1/metrics/query", new StringContent($$"""{"metric_name":"a","cache_duration":{{age}}}"""));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("cache_duration", await answer.Content.ReadAsStringAsync());
        using var current = await _client.GetAsync($"/api/monitoring/metrics?cache_duration={Uri.EscapeDataString(age)}");
        Assert.Equal(HttpStatusCode.BadRequest, current.StatusCode);
    }

    async Task<JsonNode> AskAsync(object query)
    {
        using var answer = await _client.PostAsJsonAsync("/api/v1/metrics/query", query, JsonSerializerOptions.Default);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!;
    }

    Task TellAsync(double seconds) => _server.AppendAsync(
        Labels.From(new Label(Labels.MetricName, "task_execution_duration_seconds"), new Label("task_type", $"import {seconds}")),
        (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 900_000, seconds), (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 1000, seconds));
}
