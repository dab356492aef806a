using System.Net.WebSockets;
using Barograph.Server.Processes;
using Barograph.Server.Settings;
using Barograph.Server.Storage;
using Barograph.TimeSeries;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Live;

public sealed class LiveSocketTests
{
    [Fact]
    public async Task A_viewer_gets_the_history_and_then_every_tick_without_gap_or_duplicate()
    {
        await using var server = await RunningServer.StartAsync(collect: TimeSpan.FromSeconds(1));
        await WaitForAsync(server, "system_cpu_load_average_1m", samples: 2);
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        await viewer.SendAsync(new { type = "subscribe", id = 1, expr = "system_cpu_load_average_1m", stepMs = 1000, rangeMs = 10_000, lookbackMs = 1000 });
        var history = await viewer.ReceiveAsync(static message => message.Kind == "history");
        var times = Enumerable.Range(0, history.Points).Select(i => history.TimestampMs + i * history.StepMs).ToList();
        var values = history.Segments[0].Columns.Single().ToList();
        for (var i = 0; i < 3; i++)
        {
            var tick = await viewer.ReceiveAsync(static message => message.Kind == "tick");
            times.Add(tick.TimestampMs);
            values.Add(Assert.Single(tick.Segments).Columns[0].Single());
        }

        Assert.All(times.Zip(times.Skip(1)), static pair => Assert.Equal(1000, pair.Second - pair.First));
        var stored = Read(server.Store, "system_cpu_load_average_1m");
        foreach (var (time, value) in times.Zip(values).Where(static point => !double.IsNaN(point.Second)))
            Assert.Equal(stored[(long)time], value);
        Assert.True(values.Count(static value => !double.IsNaN(value)) >= 5);
    }

    [Fact]
    public async Task A_query_that_fails_as_nobody_expected_is_told_to_its_own_subscription_and_mutes_no_other()
    {
        PoisonedStore store = null!;
        await using var server = await RunningServer.StartAsync(replace: services => services.AddSingleton(provider =>
            ActivatorUtilities.CreateInstance<OpenedStore>(provider, () => (IMetricStore)(store = new PoisonedStore(
                MetricStore.Open(provider.GetRequiredService<ServerSettings>().Data))))));
        foreach (var name in (string[])["good", "poison"])
            await server.AppendAsync(Labels.Of("__name__", name), (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 7));
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        await viewer.SendAsync(new { type = "subscribe", id = 1, expr = "poison", stepMs = 1000, rangeMs = 2000 });
        await viewer.SendAsync(new { type = "subscribe", id = 2, expr = "good", stepMs = 1000, rangeMs = 2000 });
        using var other = await LiveClient.ConnectAsync(server.Address);
        await other.SendAsync(new { type = "subscribe", id = 9, expr = "good", stepMs = 1000, rangeMs = 2000 });

        var error = await viewer.ReceiveAsync(static message => message.Kind == "error");
        Assert.Equal((1, "internal"), (error.Json.GetProperty("id").GetInt32(), error.Json.GetProperty("code").GetString()));
        Assert.Contains("a broken claim", error.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        for (var tick = 0; tick < 3; tick++)
        {
            Assert.Equal(2, Assert.Single((await viewer.ReceiveAsync(static message => message.Kind == "tick")).Segments).Id);
            Assert.Equal(9, Assert.Single((await other.ReceiveAsync(static message => message.Kind == "tick")).Segments).Id);
        }

        Assert.Contains(server.Services.GetRequiredService<Workers>().All, static one => one is { Name: "live-queries", Failures: > 0 });
        store.IsHealed = true;
        await viewer.ReceiveAsync(static message => message.Kind == "tick" && message.Segments.Any(static segment => segment.Id == 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_viewer_may_ask_what_a_query_may(bool isExperimental)
    {
        await using var server = await RunningServer.StartAsync(configure: settings => settings with { PromQLExperimental = isExperimental });
        await server.AppendAsync(Labels.Of("__name__", "good"), (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 7));
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        await viewer.SendAsync(new { type = "subscribe", id = 1, expr = "limitk(1, good)", stepMs = 1000, rangeMs = 2000 });
        var answer = await viewer.ReceiveAsync(static message => message.Kind is "error" or "tick");
        Assert.Equal(isExperimental ? "tick" : "error", answer.Kind);
    }

    [Fact]
    public async Task A_viewer_is_held_to_the_limits_of_a_query()
    {
        await using var server = await RunningServer.StartAsync(configure: static settings => settings with { QueryMaxSamples = 100 });
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        await viewer.SendAsync(new { type = "subscribe", id = 1, expr = "sum_over_time(vector(1)[1h:1s])", stepMs = 1000, rangeMs = 2000 });
        var error = await viewer.ReceiveAsync(static message => message.Kind == "error");
        Assert.Equal("limit", error.Json.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_server_younger_than_a_step_shows_what_it_has()
    {
        await using var server = await RunningServer.StartAsync();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await server.AppendAsync(Labels.Of("__name__", "m"), (now - 2000, 3));
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        const long Day = 86_400_000;
        await viewer.SendAsync(new { type = "subscribe", id = 1, expr = "avg_over_time(m[1d])", stepMs = Day, rangeMs = 30 * Day });
        var history = await viewer.ReceiveAsync(static message => message.Kind == "history");
        Assert.Empty(history.Segments[0].Columns);
        var unfinished = await viewer.ReceiveAsync(static message => message.Kind == "tick");
        Assert.NotEqual(0, unfinished.TimestampMs % Day);
        Assert.Equal(3, Assert.Single(unfinished.Segments).Columns[0].Single());
    }

    [Fact]
    public async Task The_newest_part_of_a_window_is_told_though_no_step_ends_in_it()
    {
        await using var server = await RunningServer.StartAsync();
        const long Hour = 3_600_000;
        var hour = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / Hour * Hour - 10 * Hour;
        await server.AppendAsync(Labels.Of("__name__", "m"), (hour, 1), (hour + 1_700_000, 7));
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        await viewer.SendAsync(new { type = "subscribe", id = 1, expr = "m", stepMs = Hour, startMs = hour, endMs = hour + 1_800_000 });
        var history = await viewer.ReceiveAsync(static message => message.Kind == "history");
        Assert.Equal([1], history.Segments[0].Columns.Single());
        var unfinished = await viewer.ReceiveAsync(static message => message.Kind == "tick");
        Assert.Equal((hour + 1_800_000, 7), (unfinished.TimestampMs, unfinished.Segments[0].Columns[0].Single()));
    }

    [Fact]
    public async Task The_first_message_says_hello()
    {
        await using var server = await RunningServer.StartAsync(collect: TimeSpan.FromSeconds(5));
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        var hello = await viewer.ReceiveAsync();
        Assert.Equal("hello", hello!.Kind);
        Assert.Equal(5000, hello.Json.GetProperty("collectMs").GetInt64());
        Assert.Equal(1000, hello.Json.GetProperty("tickMs").GetInt64());
        Assert.InRange(hello.Json.GetProperty("nowMs").GetInt64() - hello.Json.GetProperty("startedMs").GetInt64(), 0, 60_000);
    }

    [Fact]
    public async Task A_series_that_appears_starts_a_new_generation()
    {
        await using var server = await RunningServer.StartAsync();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await server.AppendAsync(Labels.Of("__name__", "disk", "device", "b"), (now, 2));
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        await viewer.SendAsync(new { type = "subscribe", id = 3, expr = "disk", stepMs = 1000, rangeMs = 2000 });
        await viewer.ReceiveAsync(static message => message.Kind == "tick");
        await server.AppendAsync(Labels.Of("__name__", "disk", "device", "a"), (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 1));

        var series = await viewer.ReceiveAsync(static message => message.Kind == "series" && message.Json.GetProperty("series").GetArrayLength() == 2);
        var generation = series.Json.GetProperty("generation").GetInt32();
        var devices = series.Json.GetProperty("series").EnumerateArray().Select(static labels => labels.GetProperty("device").GetString()).ToList();
        var tick = await viewer.ReceiveAsync(message => message.Kind == "tick" && message.Segments[0].Generation == generation);
        Assert.Equal([("a", 1), ("b", 2)], devices.Zip(tick.Segments[0].Columns[0]).Order());
    }

    [Fact]
    public async Task A_window_of_the_past_is_a_history_and_no_ticks()
    {
        await using var server = await RunningServer.StartAsync();
        var start = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000 * 1000 - 60_000;
        await server.AppendAsync(Labels.Of("__name__", "m"), (start, 1), (start + 2000, 3));
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        await viewer.SendAsync(new { type = "subscribe", id = 1, expr = "m", stepMs = 1000, startMs = start, endMs = start + 3000, lookbackMs = 1000 });
        await viewer.SendAsync(new { type = "subscribe", id = 2, expr = "1 + 1", stepMs = 1000, rangeMs = 0 });
        var history = await viewer.ReceiveAsync(static message => message.Kind == "history");
        Assert.Equal((1, start), (history.Segments[0].Id, history.TimestampMs));
        Assert.Equal([1, double.NaN, 3, double.NaN], history.Segments[0].Columns.Single());
        var tick = await viewer.ReceiveAsync(static message => message.Kind == "tick");
        Assert.Equal([2], tick.Segments.Select(static segment => segment.Id));
        Assert.Equal(2, tick.Segments[0].Columns[0].Single());
    }

    [Theory]
    [InlineData("sum(", "bad_expression", "1:5")]
    [InlineData("up[5m]", "bad_expression", "instant vector or a scalar")]
    public async Task A_wrong_expression_is_told_with_its_place_and_others_go_on(string expression, string code, string hint)
    {
        await using var server = await RunningServer.StartAsync();
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        await viewer.SendAsync(new { type = "subscribe", id = 1, expr = expression, stepMs = 1000, rangeMs = 1000 });
        await viewer.SendAsync(new { type = "subscribe", id = 2, expr = "42", stepMs = 1000, rangeMs = 1000 });
        var error = await viewer.ReceiveAsync(static message => message.Kind == "error");
        Assert.Equal((1, code), (error.Json.GetProperty("id").GetInt32(), error.Json.GetProperty("code").GetString()));
        Assert.Contains(hint, error.Json.GetProperty("message").GetString());
        Assert.Equal(42, (await viewer.ReceiveAsync(static message => message.Kind == "tick")).Segments.Single().Columns[0][0]);
    }

    [Fact]
    public async Task Unsubscribing_stops_the_ticks_and_an_id_can_be_used_again()
    {
        await using var server = await RunningServer.StartAsync();
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        await viewer.SendAsync(new { type = "subscribe", id = 1, expr = "1", stepMs = 1000, rangeMs = 0 });
        await viewer.SendAsync(new { type = "subscribe", id = 2, expr = "2", stepMs = 1000, rangeMs = 0 });
        await viewer.ReceiveAsync(static message => message.Kind == "tick");
        await viewer.SendAsync(new { type = "unsubscribe", id = 2 });
        await viewer.SendAsync(new { type = "subscribe", id = 1, expr = "3", stepMs = 1000, rangeMs = 0 });
        await viewer.ReceiveAsync(static message => message.Kind == "history" && message.Segments[0].Columns[0][0] == 3);
        var tick = await viewer.ReceiveAsync(static message => message.Kind == "tick");
        Assert.Equal([(1, 3)], tick.Segments.Select(static segment => (segment.Id, (int)segment.Columns[0][0])));
    }

    [Fact]
    public async Task A_paused_viewer_gets_no_ticks_and_is_told_of_the_gap_afterwards()
    {
        await using var server = await RunningServer.StartAsync();
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        await viewer.SendAsync(new { type = "subscribe", id = 1, expr = "1", stepMs = 1000, rangeMs = 0 });
        await viewer.ReceiveAsync(static message => message.Kind == "tick");
        await viewer.SendAsync(new { type = "pause" });
        await viewer.ReceiveAsync(static message => message.Kind == "heartbeat");
        await viewer.SendAsync(new { type = "resume" });
        Assert.True((await viewer.ReceiveAsync(static message => message.Kind == "tick")).Gap);
        Assert.False((await viewer.ReceiveAsync(static message => message.Kind == "tick")).Gap);
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("""{"type": "dance"}""")]
    [InlineData("""{"type": "subscribe", "id": 0}""")]
    [InlineData("""[1]""")]
    public async Task What_is_not_of_the_protocol_ends_the_connection(string text)
    {
        await using var server = await RunningServer.StartAsync();
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        await viewer.SendTextAsync(text);
        await DrainAsync(viewer);
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, viewer.Socket.CloseStatus);
    }

    [Fact]
    public async Task A_message_that_is_too_long_ends_the_connection()
    {
        await using var server = await RunningServer.StartAsync();
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        await viewer.SendTextAsync(new string(' ', 100_000));
        await DrainAsync(viewer);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, viewer.Socket.CloseStatus);
    }

    [Fact]
    public async Task A_flood_of_messages_ends_the_connection()
    {
        await using var server = await RunningServer.StartAsync();
        using var viewer = await LiveClient.ConnectAsync(server.Address);
        for (var i = 0; i < 500; i++)
            await viewer.SendAsync(new { type = "resume" });
        await DrainAsync(viewer);
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, viewer.Socket.CloseStatus);
    }

    [Fact]
    public async Task Another_sites_page_may_not_connect_but_our_own_may()
    {
        await using var server = await RunningServer.StartAsync();
        await Assert.ThrowsAsync<WebSocketException>(() => LiveClient.ConnectAsync(server.Address, "http://evil.example"));
        await Assert.ThrowsAsync<WebSocketException>(() => LiveClient.ConnectAsync(server.Address, "null"));
        using var own = await LiveClient.ConnectAsync(server.Address, server.Address.GetLeftPart(UriPartial.Authority));
        Assert.Equal("hello", (await own.ReceiveAsync())!.Kind);
    }

    [Fact]
    public async Task A_plain_request_is_told_to_speak_WebSocket()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client;
        var answer = await client.GetAsync("/ws/live");
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    static async Task DrainAsync(LiveClient viewer)
    {
        while (await viewer.ReceiveAsync() is not null)
        {
        }
    }

    static async Task WaitForAsync(RunningServer server, string metric, int samples)
    {
        for (var patience = 0; patience < 2400; patience++, await Task.Delay(50))
        {
            if (Read(server.Store, metric).Count >= samples)
                return;
        }

        Assert.Fail($"{metric} did not come.");
    }

    static Dictionary<long, double> Read(IMetricStore store, string metric)
    {
        using var selection = store.Select([new Matcher(TimeSeries.MatchType.Equal, "__name__", metric)], TimeRange.All);
        var samples = new Dictionary<long, double>();
        foreach (var series in selection.Series)
        {
            using var reader = series.OpenReader();
            while (reader.MoveNext())
            {
                for (var i = 0; i < reader.Values.Length; i++)
                    samples.Add(reader.TimestampsMs[i], reader.Values[i]);
            }
        }

        return samples;
    }
}
