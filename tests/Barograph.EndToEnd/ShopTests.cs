using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Barograph.EndToEnd;

/// <summary>The sample application against the real server: what it tells is there, exactly once, whatever happens to the server in between.</summary>
[Collection(AloneCollection.Name)]
public sealed class ShopTests
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    static readonly string[] EventTypes =
    [
        "task.queued", "task.started", "task.finished", "pipeline.stage", "pipeline.run", "model.prediction", "model.outcome", "activity", "business",
    ];

    static readonly string[] MetricsOfOneLine =
    [
        "http_server_request_duration_seconds_count", "http_client_request_duration_seconds_count", "dotnet_gc_collections_total", "kestrel_active_connections",
        """db_client_operation_duration_seconds_count{db_system_name="sqlite"}""", """health_check_status{health_check_name="database"}""", "barograph_client_events_accepted_total",
    ];

    /// <summary>Increments whose sum is the number of events of a type.</summary>
    static readonly (string Series, string Type)[] SeriesOfEvents =
    [
        ("task_queued", "task.queued"), ("task_started", "task.started"), ("task_finished", "task.finished"), ("model_predictions", "model.prediction"), ("business_events", "business"),
    ];

    static readonly string[] OtherSeries =
    [
        "task_failures", "task_duration_seconds_bucket", "task_wait_seconds_bucket", "task_cpu_seconds_bucket", "task_memory_bytes_bucket", "task_queue_depth", "task_workers_active",
        "pipeline_records_in", "pipeline_records_out", "pipeline_runs", "pipeline_duration_seconds_bucket", "pipeline_lag_seconds", "pipeline_backlog_records",
        "pipeline_last_success_timestamp_seconds", "model_score_bucket", "model_judged", "model_correct", "model_outcomes", "model_absolute_error", "activity_feature_uses",
        "activity_page_views", "activity_journey_steps", "activity_api_calls", "activity_sessions", "activity_users", "activity_organisations", "business_value",
    ];

    /// <summary>Of samples/Shop/definitions.yaml.</summary>
    static readonly string[] Definitions = ["shop_order_value_euros_bucket", "shop_items_per_order_gsum", "shop_searches_without_hits_denominator", "shop_buyers"];

    [Fact]
    public async Task The_shop_fills_every_page_and_a_server_that_is_killed_in_between_loses_and_doubles_nothing()
    {
        await using var server = await RunningServer.StartAsync("--otlp-grpc", "off", "--otlp-http", "off", "--definitions", RunningShop.DefinitionsFile);
        using var client = new HttpClient { BaseAddress = server.Address };
        await using var shop = await RunningShop.StartAsync(server.Address, "--day", "2", "--visitors", "16");
        await WaitUntilAsync(async () => EventTypes.Except((await KindsAsync(client)).Keys).ToArray() is { Length: > 0 } missing ? $"no events {string.Join(", ", missing)}" : null);
        await WaitUntilAsync(async () =>
        {
            foreach (var metric in MetricsOfOneLine)
            {
                if (await QueryAsync(client, $"count({metric} and on (job) target_info{{job=\"shop\"}})") is null)
                    return $"no series {metric}";
            }

            return null;
        });

        await server.KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(1)); // in which nobody answers
        await server.StartAgainAsync();
        await WaitUntilAsync(async () => (await client.GetAsync("/api/v1/events/kinds")).IsSuccessStatusCode ? null : "the server does not get ready");
        var before = (await KindsAsync(client)).Values.Sum();
        await WaitUntilAsync(async () => (await KindsAsync(client)).Values.Sum() > before ? null : "nothing comes after the restart");

        // Outcomes that came when the server was away, or after it came back, are joined with predictions from before.
        await WaitUntilAsync(async () => await QueryAsync(client, "sum(sum_over_time(model_judged{model='fraud'}[1h]))") > 0 ? null : "no prediction was judged");
        var told = await shop.StopAsync();
        var kept = await KindsAsync(client);
        Assert.Equal((0, 0), (told.Rejected, told.Dropped));
        Assert.Equal(told.Tracked, told.Accepted + told.SentTwice);
        Assert.Equal(told.Tracked, kept.Values.Sum());

        // What events become is kept a second after them at the latest.
        foreach (var (series, type) in SeriesOfEvents)
            await WaitUntilAsync(async () => await QueryAsync(client, $"sum(sum_over_time({series}[1h]))") is var sum && sum == kept[type] ? null : $"{series} is {sum}, and there are {kept[type]} {type}");
        foreach (var series in OtherSeries.Concat(Definitions))
            await WaitUntilAsync(async () => await QueryAsync(client, $"count(last_over_time({series}[1h]))") > 0 ? null : $"no series {series}");
    }

    /// <summary>How many events of each type are kept.</summary>
    static async Task<Dictionary<string, long>> KindsAsync(HttpClient client)
    {
        using var answer = JsonDocument.Parse(await client.GetStringAsync("/api/v1/events/kinds"));
        return answer.RootElement.GetProperty("kinds").EnumerateArray().SelectMany(static kind => kind.GetProperty("types").EnumerateArray())
            .ToDictionary(static type => type.GetProperty("type").GetString()!, static type => type.GetProperty("count").GetInt64());
    }

    /// <summary>The value of an expression that has one; null when it has none.</summary>
    static async Task<double?> QueryAsync(HttpClient client, string expression)
    {
        using var answer = JsonDocument.Parse(await client.GetStringAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}"));
        var series = answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().ToArray();
        return series.Length == 0 ? null : double.Parse(series[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until nothing is missing.</summary>
    static async Task WaitUntilAsync(Func<Task<string?>> missing)
    {
        var started = Stopwatch.StartNew();
        while (await missing() is { } what)
        {
            Assert.True(started.Elapsed < Patience, what);
            await Task.Delay(100);
        }
    }
}
