using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Barograph.Server.Events;
using Barograph.Server.Settings;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Events;

public sealed class EventDoorTests(EventDoorTests.OneEventServer one) : IClassFixture<EventDoorTests.OneEventServer>
{
    const string Finished = """{"type":"task.finished","task_id":"42","task_type":"import","status":"succeeded","duration_seconds":1.7}""";

    [Fact]
    public async Task An_event_is_kept_and_found_by_its_id()
    {
        await using var server = await EventServer.StartAsync();
        var answer = await server.PostAsync(Finished);
        Assert.Equal((200, 1, 0, 0), (answer.Status, answer.Accepted, answer.Duplicates, answer.Rejected));
        var kept = await server.GetAsync("/api/v1/events/task.finished:42");
        Assert.Equal("import", kept.GetProperty("task_type").GetString());
    }

    [Fact]
    public async Task The_same_fact_counts_once_and_a_contradiction_is_told()
    {
        await using var server = await EventServer.StartAsync();
        await server.PostAsync(Finished);
        var again = await server.PostAsync("""{"duration_seconds":1.70,"status":"succeeded","task_type":"import","task_id":"42","type":"task.finished"}""");
        Assert.Equal((200, 0, 1, 0), (again.Status, again.Accepted, again.Duplicates, again.Rejected));
        var other = await server.PostAsync(Finished.Replace("1.7", "1.8"));
        Assert.Equal((400, 0, 0, 1), (other.Status, other.Accepted, other.Duplicates, other.Rejected));
        Assert.Equal(("id", "task.finished:42"), (other.First("field"), other.First("value")));
    }

    [Fact]
    public async Task Duplicates_within_one_request_count_once()
    {
        await using var server = await EventServer.StartAsync();
        var answer = await server.PostAsync($"[{Finished},{Finished},{Finished.Replace("42", "43")}]");
        Assert.Equal((200, 2, 1, 0), (answer.Status, answer.Accepted, answer.Duplicates, answer.Rejected));
    }

    [Theory]
    [InlineData("""{"type":"task.exploded"}""", "type", "task.exploded", "must be one of task.queued")]
    [InlineData("""{"type":"Task"}""", "type", "Task", "must be a lower-case letter")]
    [InlineData("""{"name":"order"}""", "type", null, "must be there")]
    [InlineData("""{"type":"business"}""", "name", null, "must be there")]
    [InlineData("""{"type":"business","name":"order","value":"cheap"}""", "value", "cheap", "must be a number")]
    [InlineData("""{"type":"business","name":"order","value":1e999}""", "value", "1e999", "must be a number that a double can hold")]
    [InlineData("""{"type":"business","name":"a","time":"2999-01-01T00:00:00Z"}""", "time", "2999-01-01T00:00:00Z", "must be at most 10 min ahead")]
    [InlineData("""{"type":"business","name":"a","time":"1999-01-01T00:00:00Z"}""", "time", "1999-01-01T00:00:00Z", "must not be before")]
    [InlineData("""{"type":"business","name":"a","time":1795281566000}""", "time", "1795281566000", "must be Unix seconds")]
    [InlineData("""{"type":"business","name":"a","time":"yesterday"}""", "time", "yesterday", "must be a time")]
    [InlineData("""{"type":"business","name":"a","id":""}""", "id", "", "must be a text of 1 to 200")]
    [InlineData("""{"type":"business","name":"a","name":"b"}""", "name", null, "must not be there twice")]
    [InlineData("""{"type":"task.finished","task_id":"1","task_type":"a","status":"done","duration_seconds":1}""", "status", "done", "must be succeeded or failed")]
    [InlineData("""{"type":"task.finished","task_id":"1","task_type":"a","status":"failed"}""", "duration_seconds", null, "must be there when there is no start")]
    [InlineData("""{"type":"task.finished","task_id":"1","task_type":"a","status":"failed","duration_seconds":-1}""", "duration_seconds", "-1", "must be at least 0")]
    [InlineData("""{"type":"model.prediction","model":"m","prediction_id":"1","predicted":"a","score":1.5}""", "score", "1.5", "must be at most 1")]
    [InlineData("""{"type":"activity","user":"u"}""", "feature", null, "must be there, or page")]
    [InlineData("""{"type":"a","b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":{"j":1}}}}}}}}}""", "b.c.d.e.f.g.h.i", null, "must not lie deeper than 8")]
    [InlineData("[1]", "", "1", "must be a JSON object")]
    [InlineData("[{\"type\":\"a\"}", "", "[{\"type\":\"a\"}", "must be JSON")]
    [InlineData("nonsense", "", "nonsense", "must be JSON")]
    public async Task A_bad_event_is_rejected_with_field_value_and_rule(string json, string field, string? value, string rule)
    {
        var book = one.Server.Services.GetRequiredService<RejectBook>();
        var before = book.Total;
        var answer = await one.Server.PostAsync(json);
        Assert.Equal((400, 0, 1), (answer.Status, answer.Accepted, answer.Rejected));
        Assert.Equal((field, value), (answer.First("field"), answer.First("value")));
        Assert.StartsWith(rule, answer.First("rule"));
        Assert.Equal(before + 1, book.Total);
    }

    [Fact]
    public async Task A_bad_line_costs_only_itself()
    {
        await using var server = await EventServer.StartAsync();
        var answer = await server.PostAsync("""
            {"type":"business","name":"order","value":5}
            {"type":"business","name":"order","value":
            {"type":"task.exploded"}
            {"type":"business","name":"order","value":7}
            """);
        Assert.Equal((200, 2, 2), (answer.Status, answer.Accepted, answer.Rejected));
    }

    [Fact]
    public async Task A_huge_context_is_rejected_and_the_next_event_is_taken()
    {
        await using var server = await EventServer.StartAsync();
        var huge = $$"""{"type":"a","context":{"text":"{{new string('x', 70_000)}}"} }""";
        var wide = $$"""{"type":"a",{{string.Join(',', Enumerable.Range(0, 300).Select(static i => $"\"f{i}\":1"))}}}""";
        var answer = await server.PostAsync($"[{huge},{wide},{Finished}]");
        Assert.Equal((200, 1, 2), (answer.Status, answer.Accepted, answer.Rejected));
        Assert.Contains("65536 bytes", answer.First("rule"));
    }

    [Fact]
    public async Task Restarting_keeps_everything_and_still_knows_what_came_before()
    {
        await using var server = await EventServer.StartAsync();
        var events = string.Join('\n', Enumerable.Range(0, 3000).Select(static i => $$"""{"id":"e{{i}}","type":"business","name":"order","value":{{i}}}"""));
        Assert.Equal(3000, (await server.PostAsync(events)).Accepted);
        await server.RestartAsync();
        var again = await server.PostAsync(events);
        Assert.Equal((0, 3000), (again.Accepted, again.Duplicates));
        Assert.Equal(400, (await server.PostAsync("""{"id":"e7","type":"business","name":"order","value":8}""")).Status);
        var kinds = await server.GetAsync("/api/v1/events/kinds");
        Assert.Equal(3000, kinds.GetProperty("kinds")[0].GetProperty("count").GetInt64());
        Assert.Equal(7, (await server.GetAsync("/api/v1/events/e7")).GetProperty("value").GetInt32());
    }

    [Fact]
    public async Task Pages_come_newest_first_and_meet_without_gap_or_repetition()
    {
        await using var server = await EventServer.StartAsync();
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var shuffled = Enumerable.Range(0, 500).OrderBy(static i => i * 7919 % 500).Select(i => $$"""{"type":"custom","time":{{now - i / 2}},"n":{{i}},"even":{{(i % 2 == 0 ? "true" : "false")}}}""");
        await server.PostAsync(string.Join('\n', shuffled));
        var seen = new List<int>();
        var times = new List<string>();
        string? cursor = "";
        do
        {
            var page = await server.GetAsync($"/api/v1/events?type=cus*&where=even:true&limit=33&cursor={cursor}");
            seen.AddRange(page.GetProperty("events").EnumerateArray().Select(static one => one.GetProperty("n").GetInt32()));
            times.AddRange(page.GetProperty("events").EnumerateArray().Select(static one => one.GetProperty("time").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        Assert.Equal(250, seen.Distinct().Count());
        Assert.Equal(250, seen.Count);
        Assert.Equal(times.OrderDescending(StringComparer.Ordinal), times);
    }

    /// <summary>Every filter gives what a plain search over all events gives, also where a value is written with an escape, and over several segments' worth of blocks.</summary>
    [Fact]
    public async Task A_search_finds_what_a_plain_search_finds()
    {
        await using var server = await EventServer.StartAsync();
        var random = new Random(20261121);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string[] names = ["order", "Zoë", "two words", "\\u006frder", "1.50", "true", "a\\\"b"];
        var all = Enumerable.Range(0, 600).Select(i => $$"""{"type":"{{(i % 3 == 0 ? "door.opened" : "business")}}","id":"{{i}}","name":"{{names[random.Next(names.Length)]}}","n":{{random.Next(5)}}.0,"deep":{"user":"u{{random.Next(9)}}"},"time":{{now - random.Next(5000)}}}""").ToList();
        foreach (var some in all.Chunk(70))
            await server.PostAsync(string.Join('\n', some));
        var plain = all.Select(static json => JsonDocument.Parse(json).RootElement).ToList();
        bool IsNamed(JsonElement one, string name) => one.GetProperty("name").GetString() == name;
        (string Query, Func<JsonElement, bool> Is)[] cases =
        [
            ("where=name:order", one => IsNamed(one, "order")),
            ("where=name:Zo%C3%AB", one => IsNamed(one, "Zoë")),
            ("where=name:1.50", one => IsNamed(one, "1.50")),
            ("where=name:a%22b", one => IsNamed(one, "a\"b")),
            ("where=n:3", static one => one.GetProperty("n").GetDouble() == 3),
            ("where=deep.user:u4&type=door.*", static one => one.GetProperty("deep").GetProperty("user").GetString() == "u4" && one.GetProperty("type").GetString() == "door.opened"),
            ("type=door.opened&where=missing:", static one => one.GetProperty("type").GetString() == "door.opened"),
            ("text=TWO%20words", one => IsNamed(one, "two words")),
            ("text=ZO%C3%8B", one => IsNamed(one, "Zoë")),
            ("type=nobody.*", static _ => false),
            ($"start={now - 2000}&end={now - 1000}", one => one.GetProperty("time").GetInt64() is var time && time >= now - 2000 && time <= now - 1000),
        ];
        foreach (var (query, isOne) in cases)
        {
            var page = await server.GetAsync($"/api/v1/events?limit=1000&{query}");
            var expected = plain.Where(isOne).Select(static one => one.GetProperty("id").GetString()).Order(StringComparer.Ordinal);
            Assert.Equal((query, string.Join(' ', expected)), (query, string.Join(' ', page.GetProperty("events").EnumerateArray().Select(static one => one.GetProperty("id").GetString()).Order(StringComparer.Ordinal))));
            Assert.False(page.GetProperty("truncated").GetBoolean());
        }
    }

    [Fact]
    public async Task An_event_with_all_the_fields_that_are_allowed_is_read_again()
    {
        await using var server = await EventServer.StartAsync();
        var fields = string.Concat(Enumerable.Range(0, 199).Select(static i => $",\"f{i}\":{i}"));
        Assert.Equal(1, (await server.PostAsync($"{{\"type\":\"full.up\"{fields}}}")).Accepted);
        Assert.Equal(0, (await server.PostAsync($"{{\"type\":\"full.up\",\"one\":\"more\"{fields}}}")).Accepted);
        await server.RestartAsync();
        Assert.Equal(1, (await server.GetAsync("/api/v1/events?type=full.up&where=f198:198")).GetProperty("events").GetArrayLength());
    }

    [Fact]
    public async Task Identities_are_hashed_before_anything_is_kept()
    {
        await using var server = await EventServer.StartAsync(static settings => settings with { EventsHashIdentities = true });
        await server.PostAsync("""[{"type":"activity","feature":"f","user":"ada@example.org","organisation":"acme"},{"type":"own","user":{"mail":"ada@example.org"}}]""");
        var text = await server.Client.GetStringAsync("/api/v1/events/export");
        Assert.DoesNotContain("ada", text);
        Assert.DoesNotContain("acme", text);
        Assert.Matches("\"user\":\"[0-9a-f]{16}\"", text);
        await server.PostAsync("""
            {"type":"activity","user":"ada@example.org"}
            {"type":"activity","feature":"f","user":["ada@example.org"]}
            ada@example.org
            """);
        var rejects = await server.GetAsync("/api/v1/definitions/rejects");
        Assert.Equal(3, rejects.GetProperty("total").GetInt32());
        Assert.DoesNotContain("ada", rejects.GetRawText());
    }

    /// <summary>For events that are rejected: none of them is there for the next one.</summary>
    public sealed class OneEventServer : IAsyncLifetime
    {
        internal EventServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await EventServer.StartAsync();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}

/// <summary>A server for events, which can be started again over the same folder.</summary>
internal sealed class EventServer : IAsyncDisposable
{
    RunningServer _server;

    EventServer(RunningServer server) => _server = server;

    public HttpClient Client { get; private set; } = null!;

    public IServiceProvider Services => _server.Services;

    public RunningServer Server => _server;

    public static async Task<EventServer> StartAsync(Func<ServerSettings, ServerSettings>? configure = null)
    {
        var server = new EventServer(await RunningServer.StartAsync(configure: configure));
        await server.OpenAsync();
        return server;
    }

    public async Task RestartAsync()
    {
        _server = await _server.RestartAsync();
        await OpenAsync();
    }

    async Task OpenAsync()
    {
        Client = _server.Client;
        await Services.GetRequiredService<EventDesk>().Opened.WaitAsync(TimeSpan.FromMinutes(2));
    }

    public async Task<PostAnswer> PostAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var answer = await Client.PostAsync("/api/v1/events", content);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return new PostAnswer((int)answer.StatusCode, json);
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await Client.GetAsync(path);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync()}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}

internal sealed record PostAnswer(int Status, JsonElement Json)
{
    public int Accepted => Json.GetProperty("accepted").GetInt32();

    public int Duplicates => Json.GetProperty("duplicates").GetInt32();

    public int Rejected => Json.GetProperty("rejected").GetInt32();

    public string? First(string name) => Json.GetProperty("rejections")[0].GetProperty(name).GetString();
}
