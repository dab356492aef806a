using System.Text.Json;

namespace Barograph.Client.Tests;

/// <summary>The bytes that go over the wire, kind by kind, as docs/events.md names their fields.</summary>
public sealed class FactTests
{
    /// <summary>What all events of these tests have in common; <c>~</c> below.</summary>
    const string Head = "\"time\":\"2026-01-02T03:04:05Z\",\"service\":\"shop\",";

    static readonly Visitor Ann = new("ann", "acme", "s-1");

    [Fact]
    public Task Predictions_and_outcomes() => CheckAsync(
        static client =>
        {
            client.Models.Predict("fraud", "p1", true, new() { Version = "7", Score = 0.93, Duration = TimeSpan.FromMilliseconds(1.5), Context = [("order", "o-17")] });
            client.Models.Predict("fraud", "p2", "maybe");
            client.Models.Predict("delivery", "p3", 12.5);
            client.Models.Outcome("fraud", "p1", false);
            client.Models.Outcome("fraud", "p2", "no");
            client.Models.Outcome("delivery", "p3", 13);
        },
        """{"type":"model.prediction",~"model":"fraud","prediction_id":"p1","predicted":true,"version":"7","score":0.93,"duration_seconds":0.0015,"context":{"order":"o-17"}}""",
        """{"type":"model.prediction",~"model":"fraud","prediction_id":"p2","predicted":"maybe"}""",
        """{"type":"model.prediction",~"model":"delivery","prediction_id":"p3","predicted":12.5}""",
        """{"type":"model.outcome",~"model":"fraud","prediction_id":"p1","actual":false}""",
        """{"type":"model.outcome",~"model":"fraud","prediction_id":"p2","actual":"no"}""",
        """{"type":"model.outcome",~"model":"delivery","prediction_id":"p3","actual":13}""");

    [Fact]
    public Task Activity() => CheckAsync(
        static client =>
        {
            client.Activity.Feature("export", Ann);
            client.Activity.Page("/products/{id}", new(User: "ann"), ("id", 5));
            client.Activity.Step("checkout", "pay", new(Session: "s-1"));
            client.Activity.ApiCall("GET /orders", 200, TimeSpan.FromMilliseconds(20), default);
        },
        """{"type":"activity","id":"*",~"user":"ann","organisation":"acme","session":"s-1","feature":"export"}""",
        """{"type":"activity","id":"*",~"user":"ann","page":"/products/{id}","context":{"id":5}}""",
        """{"type":"activity","id":"*",~"session":"s-1","journey":"checkout","step":"pay"}""",
        """{"type":"activity","id":"*",~"api":"GET /orders","status":200,"duration_seconds":0.02}""");

    [Fact]
    public Task Business_and_types_of_ones_own() => CheckAsync(
        static client =>
        {
            client.Business.Record("order", 59.90m, "EUR", Ann, ("order_id", "o-17"), ("gift", false));
            client.Business.Record("search", Ann, ("words", "red shoes"));
            client.Business.Record("order", fields: [("id", "o-18")]);
            client.Events.Record("door.opened", ("door", 3));
        },
        """{"type":"business","id":"*",~"name":"order","value":59.90,"currency":"EUR","user":"ann","organisation":"acme","session":"s-1","order_id":"o-17","gift":false}""",
        """{"type":"business","id":"*",~"name":"search","user":"ann","organisation":"acme","session":"s-1","words":"red shoes"}""",
        """{"type":"business",~"name":"order","id":"o-18"}""",
        """{"type":"door.opened","id":"*",~"door":3}""");

    [Fact]
    public async Task A_run_of_a_pipeline_tells_what_its_first_stage_took_and_its_last_gave()
    {
        await using var test = TestClient.Start();
        using var run = test.Client.Pipelines.Start("night");
        using (var extract = run.Stage("extract"))
        {
            extract.Add(recordsIn: 10);
            extract.Add(recordsIn: 2, recordsOut: 11);
            extract.Behind(backlog: 7);
            extract.Report();
            extract.Add(recordsIn: 1);
            extract.Behind(lag: TimeSpan.FromSeconds(90));
            extract.Set("file", "a.csv");
            test.Clock.Advance(500);
            extract.Succeed();
            extract.Fail("late");
        }

        using (var load = run.Stage("load"))
            load.Add(11, 9);
        run.Behind(TimeSpan.FromSeconds(5), 1);
        run.Succeed();
        run.Fail("late");
        test.Client.Pipelines.Stage("stream", "parse").Fail("no grammar");
        await test.PassUntilSettledAsync();

        Assert.Equal(
        [
            """{"type":"pipeline.stage","id":"*","time":"2026-01-02T03:04:05Z","service":"shop","pipeline":"night","stage":"extract","run_id":"*","records_in":12,"records_out":11,"backlog":7}""",
            """{"type":"pipeline.stage","id":"*","time":"2026-01-02T03:04:05.5Z","service":"shop","pipeline":"night","stage":"extract","run_id":"*","success":true,"records_in":1,"records_out":0,"lag_seconds":90,"backlog":7,"duration_seconds":0.5,"context":{"file":"a.csv"}}""",
            """{"type":"pipeline.stage","id":"*","time":"2026-01-02T03:04:05.5Z","service":"shop","pipeline":"night","stage":"load","run_id":"*","success":false,"error":"unfinished","records_in":11,"records_out":9,"duration_seconds":0}""",
            """{"type":"pipeline.run","time":"2026-01-02T03:04:05.5Z","service":"shop","pipeline":"night","run_id":"*","success":true,"records_in":13,"records_out":9,"lag_seconds":5,"backlog":1,"duration_seconds":0.5}""",
            """{"type":"pipeline.stage","id":"*","time":"2026-01-02T03:04:05.5Z","service":"shop","pipeline":"stream","stage":"parse","success":false,"error":"no grammar","duration_seconds":0}""",
        ],
            test.Server.Kept.Select(json => WithoutIds(json).Replace(run.Id, "*")));
    }

    [Fact]
    public async Task Values_of_every_kind_are_written_and_what_JSON_cannot_say_is_text()
    {
        await using var test = TestClient.Start();
        test.Client.Events.Record("odd.values",
            ("null", null), ("text", "a\u0001\"\ud800"), ("truth", true), ("int", -3), ("long", long.MaxValue), ("byte", (byte)1), ("float", 0.5f), ("decimal", 1.10m),
            ("nan", double.NaN), ("infinite", double.PositiveInfinity), ("time", new DateTimeOffset(2026, 1, 1, 1, 0, 0, TimeSpan.FromHours(1))), ("span", TimeSpan.FromSeconds(2)),
            ("utc", new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc)), ("uuid", Guid.Empty), ("list", new Version(1, 2)));
        await test.PassUntilSettledAsync();
        var json = test.Server.Only;
        Assert.False(json.TryGetProperty("null", out _));
        Assert.Equal("a\u0001\"\ufffd", json.GetProperty("text").GetString());
        Assert.Equal(long.MaxValue, json.GetProperty("long").GetInt64());
        Assert.Equal("1.10", json.GetProperty("decimal").GetRawText());
        Assert.Equal("NaN", json.GetProperty("nan").GetString());
        Assert.Equal("Infinity", json.GetProperty("infinite").GetString());
        Assert.Equal("2026-01-01T00:00:00Z", json.GetProperty("time").GetString());
        Assert.Equal("2026-01-01T00:00:00Z", json.GetProperty("utc").GetString());
        Assert.Equal(2, json.GetProperty("span").GetDouble());
        Assert.Equal("1.2", json.GetProperty("list").GetString());
    }

    [Fact]
    public async Task A_value_that_throws_when_it_is_written_costs_its_event_and_nothing_else()
    {
        await using var test = TestClient.Start();
        test.Client.Events.Record("odd.values", ("bad", new Thrower()));
        test.Client.Events.Record("odd.values", ("talkative", new Talker(test.Client)));
        await test.PassUntilSettledAsync();
        Assert.Equal(new BarographStatistics(3, 2, 0, 0, 1, 0, 0), test.Statistics);
        Assert.Equal(["inner", "odd.values"], test.Server.Kept.Select(static json => JsonDocument.Parse(json).RootElement.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task An_event_larger_than_the_server_takes_is_dropped_and_counted()
    {
        await using var test = TestClient.Start();
        test.Client.Events.Record("huge", ("text", new string('x', 70_000)));
        test.Client.Events.Record("large", ("text", new string('x', 60_000)));
        test.Client.Events.Record("small");
        await test.PassUntilSettledAsync();
        Assert.Equal(new BarographStatistics(3, 2, 0, 0, 1, 0, 0), test.Statistics);
    }

    [Fact]
    public async Task Every_fact_without_a_name_of_its_own_has_another_id()
    {
        await using var test = TestClient.Start();
        for (var i = 0; i < 1_000; i++)
            test.Client.Business.Record("order");
        await test.PassUntilSettledAsync();
        Assert.Equal(1_000, test.Server.Kept.Select(static json => JsonDocument.Parse(json).RootElement.GetProperty("id").GetString()).Distinct().Count());
    }

    static async Task CheckAsync(Action<BarographClient> tell, params string[] expected)
    {
        await using var test = TestClient.Start();
        tell(test.Client);
        await test.PassUntilSettledAsync();
        Assert.Equal(expected, test.Server.Kept.Select(static json => WithoutIds(json).Replace(Head, "~")));
    }

    static string WithoutIds(string json)
    {
        var made = JsonDocument.Parse(json).RootElement.TryGetProperty("id", out var id) ? id.GetString()! : "";
        return made.Length == 32 ? json.Replace($"\"id\":\"{made}\"", "\"id\":\"*\"") : json;
    }

    sealed class Thrower
    {
        public override string ToString() => throw new InvalidOperationException();
    }

    sealed class Talker(BarographClient client)
    {
        public override string ToString()
        {
            client.Events.Record("inner");
            return "done";
        }
    }
}
