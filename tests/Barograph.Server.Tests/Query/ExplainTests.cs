using System.Text.Json.Nodes;
using Barograph.Server.Query;
using Barograph.TimeSeries;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Query;

/// <summary>What a query would do, and which took long.</summary>
public sealed class ExplainTests
{
    static async Task<JsonNode> DataAsync(HttpClient client, string path) => JsonNode.Parse(await client.GetStringAsync($"/api/v1/{path}"))!["data"]!;

    [Fact]
    public async Task A_plan_is_told_as_steps_and_as_text()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client;
        var plan = await DataAsync(client, "explain?query=sum by(job)(rate(up[5m]))/2%2Bup@5");
        Assert.Equal("sum by (job) (rate(up[5m])) / 2 + up @ 5.000", (string)plan["expression"]!);
        Assert.Equal("vector", (string)plan["type"]!);
        Assert.Equal("""["up","up @ 5.000"]""", plan["selectors"]!.ToJsonString());
        Assert.Equal("match series once, calculate columns", (string)plan["plan"]!["kind"]!);
        Assert.Equal("up @ 5.000", (string)plan["plan"]!["inputs"]![1]!["expression"]!);
        Assert.Contains("evaluated once", (string)plan["plan"]!["inputs"]![1]!["notes"]![0]!);
        var text = (string)plan["text"]!;
        Assert.Equal(5, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length - 1);
        Assert.Contains("      slide windows over each series: rate(up[5m])\n", text);
        using var mistake = await client.GetAsync("/api/v1/explain?query=up(");
        Assert.Equal(400, (int)mistake.StatusCode);
    }

    [Fact]
    public async Task A_slow_query_is_written_down_with_what_it_cost()
    {
        await using var server = await RunningServer.StartAsync(configure: static settings => settings with { SlowQuery = TimeSpan.Zero, Retention = null });
        using var client = server.Client;
        await server.AppendAsync(Labels.Of("__name__", "up", "job", "a"), (0, 1), (60_000, 2));
        await client.GetStringAsync("/api/v1/query_range?query=up&start=0&end=60&step=30");
        await client.GetStringAsync("/api/v1/query?query=vector(1)&time=1.5");
        var slow = await DataAsync(client, "status/slow_queries");
        Assert.Equal(0, (double)slow["thresholdSeconds"]!);
        var queries = slow["queries"]!.AsArray();
        Assert.Equal(2, queries.Count);
        Assert.Equal(("vector(1)", 1.5, 0, true), ((string)queries[0]!["expression"]!, (double)queries[0]!["start"]!, (double)queries[0]!["step"]!, (bool)queries[0]!["answered"]!));
        Assert.Equal(("up", 0, 60, 30), ((string)queries[1]!["expression"]!, (double)queries[1]!["start"]!, (double)queries[1]!["end"]!, (double)queries[1]!["step"]!));
        Assert.Equal((1, 2, 3), ((int)queries[1]!["series"]!, (int)queries[1]!["samples"]!, (int)queries[1]!["returnedSamples"]!));
        Assert.Single((await DataAsync(client, "status/slow_queries?limit=1"))["queries"]!.AsArray());
    }

    [Fact]
    public async Task One_without_an_answer_is_written_down_too()
    {
        await using var server = await RunningServer.StartAsync(configure: static settings => settings with { SlowQuery = TimeSpan.Zero, QueryMaxSamples = 1, Retention = null });
        using var client = server.Client;
        await server.AppendAsync(Labels.Of("__name__", "up"), (0, 1), (60_000, 2));
        using var refused = await client.GetAsync("/api/v1/query?query=sum(sum_over_time(up[5m]))&time=60");
        Assert.Equal(422, (int)refused.StatusCode);
        var query = Assert.Single((await DataAsync(client, "status/slow_queries"))["queries"]!.AsArray())!;
        Assert.False((bool)query["answered"]!);
        Assert.Null(query["samples"]);
    }

    [Fact]
    public async Task Only_the_newest_are_kept_and_a_long_expression_is_cut()
    {
        await using var server = await RunningServer.StartAsync(configure: static settings => settings with { SlowQuery = TimeSpan.Zero });
        using var client = server.Client;
        for (var i = 0; i < SlowQueries.MaxKept + 5; i++)
            await client.GetStringAsync($"/api/v1/query?query={i}");
        await client.GetStringAsync($"/api/v1/query?query=%22{new string('a', 3000)}%22");
        var newest = server.Services.GetRequiredService<SlowQueries>().Newest;
        Assert.Equal(SlowQueries.MaxKept, newest.Count);
        Assert.Equal(SlowQueries.MaxExpressionLength + 1, newest[0].Expression.Length);
        Assert.Equal($"{SlowQueries.MaxKept + 4}", newest[1].Expression);
    }

    [Fact]
    public async Task Nothing_is_slow_when_that_is_off()
    {
        await using var server = await RunningServer.StartAsync(configure: static settings => settings with { SlowQuery = null });
        using var client = server.Client;
        await client.GetStringAsync("/api/v1/query?query=1");
        var slow = await DataAsync(client, "status/slow_queries");
        Assert.Equal("""{"thresholdSeconds":null,"queries":[]}""", slow.ToJsonString());
    }

    [Fact]
    public async Task Statistics_tell_every_phase()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client;
        var timings = (await DataAsync(client, "query?query=1&stats=all"))["stats"]!["timings"]!.AsObject();
        Assert.Equal(
            ["evalTotalTime", "resultSortTime", "queryPreparationTime", "innerEvalTime", "execQueueTime", "execTotalTime", "planTime"],
            timings.Select(static entry => entry.Key));
        Assert.True((double)timings["planTime"]! > 0);
    }
}
