using System.Text.Json;
using Barograph.Server.Events;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Events;

/// <summary>Tasks, pipelines, models and people, as the pages read them.</summary>
public sealed class EventReadingTests
{
    [Fact]
    public async Task A_task_is_one_whatever_its_events()
    {
        await using var server = await EventServer.StartAsync();
        await server.PostAsync("""
            {"type":"task.queued","task_id":"7","task_type":"import","queue":"slow","context":{"file":"a.csv"}}
            {"type":"task.started","task_id":"7","task_type":"import","worker":"w1"}
            {"type":"task.queued","task_id":"8","task_type":"import"}
            """);
        var running = await server.GetAsync("/api/v1/tasks/7");
        Assert.Equal(("running", "slow", "w1", "a.csv"), (Text(running, "status"), Text(running, "queue"), Text(running, "worker"), Text(running.GetProperty("context"), "file")));
        await server.PostAsync("""{"type":"task.finished","task_id":"7","task_type":"import","status":"failed","failure_reason":"timeout","duration_seconds":2,"cpu_seconds":0.5,"memory_bytes":1e6}""");
        var finished = await server.GetAsync("/api/v1/tasks/7");
        Assert.Equal(("failed", "timeout", 3), (Text(finished, "status"), Text(finished, "failure_reason"), finished.GetProperty("events").GetArrayLength()));
        var listed = (await server.GetAsync("/api/v1/tasks?status=failed")).GetProperty("tasks");
        Assert.Equal(("7", 0.5), (Text(listed[0], "task_id"), listed[0].GetProperty("cpu_seconds").GetDouble()));
        Assert.Equal("queued", Text(await server.GetAsync("/api/v1/tasks/8"), "status"));
    }

    [Fact]
    public async Task A_pipeline_is_as_its_stages_reported_last()
    {
        await using var server = await EventServer.StartAsync();
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await server.PostAsync($$"""
            {"type":"pipeline.stage","pipeline":"feed","stage":"load","success":false,"error":"no disk","time":{{now - 5}}}
            {"type":"pipeline.stage","pipeline":"feed","stage":"load","success":true,"lag_seconds":9,"time":{{now - 9}}}
            {"type":"pipeline.stage","pipeline":"feed","stage":"read","success":true,"time":{{now - 9}}}
            {"type":"pipeline.stage","pipeline":"feed","stage":"read","backlog":4,"time":{{now - 3}}}
            {"type":"pipeline.run","pipeline":"feed","success":true,"time":{{now - 3}}}
            """);
        var stages = (await server.GetAsync("/api/v1/pipelines")).GetProperty("pipelines")[0].GetProperty("stages").EnumerateArray().ToDictionary(static one => Text(one, "stage")!);
        Assert.Equal(("failing", "no disk", 9.0), (Text(stages["load"], "status"), Text(stages["load"], "error"), stages["load"].GetProperty("lag_seconds").GetDouble()));
        Assert.Equal(("running", 4.0), (Text(stages["read"], "status"), stages["read"].GetProperty("backlog").GetDouble()));
        Assert.Equal("ok", Text(stages["all"], "status"));
    }

    [Fact]
    public async Task A_model_is_judged_by_late_outcomes_and_its_drift_is_that_of_the_formula()
    {
        await using var server = await EventServer.StartAsync();
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string[] said = ["cat", "cat", "dog", "dog", "cat"], was = ["cat", "dog", "dog", "dog", "cat"];
        await server.PostAsync(string.Join('\n', said.Select((one, i) => $$"""{"type":"model.prediction","model":"m","version":"1","prediction_id":"{{i}}","predicted":"{{one}}","time":{{now - 60}}}""")));
        await server.PostAsync(string.Join('\n', Enumerable.Range(0, 10).Select(i => $$"""{"type":"model.prediction","model":"m","version":"1","prediction_id":"r{{i}}","predicted":"{{(i < 5 ? "cat" : "dog")}}","time":{{now - 150}}}""")));
        await server.PostAsync(string.Join('\n', was.Select((one, i) => $$"""{"type":"model.outcome","model":"m","prediction_id":"{{i}}","actual":"{{one}}"}""")));
        await server.Services.GetRequiredService<EventDesk>().Derivation!.FlushAsync();
        var version = (await server.GetAsync($"/api/v1/models/m?start={now - 100}&end={now}")).GetProperty("versions")[0];
        Assert.Equal((5.0, 5.0, 0.8), (version.GetProperty("predictions").GetDouble(), version.GetProperty("judged").GetDouble(), version.GetProperty("accuracy").GetDouble()));
        var cat = version.GetProperty("classes").EnumerateArray().First(static one => Text(one, "class") == "cat");
        Assert.Equal((2 / 3.0, 1.0, 0.8), (cat.GetProperty("precision").GetDouble(), cat.GetProperty("recall").GetDouble(), cat.GetProperty("f1").GetDouble()));
        var psi = (0.6 - 0.5) * Math.Log(0.6 / 0.5) + (0.4 - 0.5) * Math.Log(0.4 / 0.5);
        Assert.Equal(psi, version.GetProperty("drift").GetProperty("psi").GetDouble(), 1e-9);
        var listed = (await server.GetAsync($"/api/v1/models?start={now - 100}&end={now}")).GetProperty("models")[0];
        Assert.Equal("m", Text(listed, "model"));
        var row = listed.GetProperty("versions")[0];
        Assert.Equal(psi, row.GetProperty("psi").GetDouble(), 1e-9);
        Assert.Equal(((2 / 3.0 + 1) / 2, (1 + 2 / 3.0) / 2), (row.GetProperty("precision").GetDouble(), row.GetProperty("recall").GetDouble()));
    }

    [Fact]
    public async Task A_model_of_numbers_has_an_error_and_a_time_but_neither_classes_nor_drift()
    {
        await using var server = await EventServer.StartAsync();
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await server.PostAsync($$"""
            {"type":"model.prediction","model":"eta","prediction_id":"1","predicted":10,"duration_seconds":0.2,"time":{{now - 50}}}
            {"type":"model.prediction","model":"eta","prediction_id":"2","predicted":20,"duration_seconds":0.4,"time":{{now - 50}}}
            {"type":"model.prediction","model":"eta","prediction_id":"3","predicted":30,"time":{{now - 150}}}
            {"type":"model.outcome","model":"eta","prediction_id":"1","actual":13}
            {"type":"model.outcome","model":"eta","prediction_id":"2","actual":16}
            """);
        await server.Services.GetRequiredService<EventDesk>().Derivation!.FlushAsync();
        var version = (await server.GetAsync($"/api/v1/models/eta?start={now - 100}&end={now}")).GetProperty("versions")[0];
        Assert.Equal((3.5, Math.Sqrt(12.5)), (version.GetProperty("mean_absolute_error").GetDouble(), version.GetProperty("root_mean_squared_error").GetDouble()));
        Assert.Equal(0.3, version.GetProperty("mean_duration_seconds").GetDouble(), 1e-9);
        foreach (var name in new[] { "accuracy", "precision", "recall", "drift" })
            Assert.Equal(JsonValueKind.Null, version.GetProperty(name).ValueKind);
    }

    [Fact]
    public async Task A_funnel_counts_ordered_steps_within_their_time()
    {
        await using var server = await EventServer.StartAsync();
        var start = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 7200;
        string Step(string session, string step, int at) => $$"""{"type":"activity","journey":"buy","step":"{{step}}","session":"{{session}}","time":{{start + at}}}""";
        await server.PostAsync(string.Join('\n',
            Step("a", "pay", 30), Step("a", "view", 0), Step("a", "cart", 10),
            Step("b", "view", 0), Step("b", "cart", 20),
            Step("c", "view", 0), Step("c", "pay", 5),                    // did not put anything into a cart
            Step("d", "view", 0), Step("d", "cart", 10), Step("d", "pay", 5000), // came back too late
            Step("e", "cart", 0)));
        var funnel = await server.GetAsync("/api/v1/activity/funnel?journey=buy&step=view&step=cart&step=pay&within=1h");
        var steps = funnel.GetProperty("steps").EnumerateArray().ToList();
        Assert.Equal([4, 3, 1], steps.Select(static one => one.GetProperty("entered").GetInt32()));
        Assert.Equal([1, 0.75, 0.25], steps.Select(static one => one.GetProperty("conversion").GetDouble()));
        Assert.Equal(10, steps[1].GetProperty("median_seconds_from_previous").GetDouble());
        Assert.Equal(5, funnel.GetProperty("subjects").GetInt32());
        Assert.Equal(["view", "cart", "pay"], (await server.GetAsync("/api/v1/activity/journeys")).GetProperty("journeys")[0].GetProperty("steps").EnumerateArray().Select(static one => one.GetString()));
        var usage = (await server.GetAsync("/api/v1/funnel?step=activity:buy/view&step=activity:buy/pay")).GetProperty("steps");
        Assert.Equal([4, 3], usage.EnumerateArray().Select(static one => one.GetProperty("entered").GetInt32()));
    }

    [Fact]
    public async Task A_funnel_goes_over_any_events()
    {
        await using var server = await EventServer.StartAsync();
        var start = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 600;
        await server.PostAsync($$"""
            {"type":"activity","page":"/shop","session":"a","time":{{start}}}
            {"type":"activity","page":"/shop","session":"b","time":{{start}}}
            {"type":"activity","page":"/help","session":"c","time":{{start}}}
            {"type":"activity","feature":"search","session":"a","time":{{start + 4}}}
            {"type":"activity","api":"GET /a:b","session":"a","time":{{start + 5}}}
            {"type":"business","name":"order","session":"a","time":{{start + 6}}}
            {"type":"our.survey","session":"a","time":{{start + 7}}}
            """);
        var funnel = await server.GetAsync("/api/v1/funnel?step=page:/shop&step=feature:search&step=api:GET%20/a:b&step=business:order&step=our.survey");
        Assert.Equal([2, 1, 1, 1, 1], funnel.GetProperty("steps").EnumerateArray().Select(static one => one.GetProperty("entered").GetInt32()));
    }

    [Fact]
    public async Task Usage_is_counted_by_whom_and_what()
    {
        await using var server = await EventServer.StartAsync();
        await server.PostAsync("""
            {"type":"activity","api":"/orders","user":"ada","organisation":"acme","session":"1","status":200}
            {"type":"activity","api":"/orders","user":"ada","organisation":"acme","session":"2","status":500}
            {"type":"activity","feature":"export","user":"bob","organisation":"acme","session":"3"}
            """);
        var rows = (await server.GetAsync("/api/v1/activity/usage?by=user")).GetProperty("rows");
        Assert.Equal(("ada", 2, 2), (Text(rows[0], "key"), rows[0].GetProperty("api_calls").GetInt32(), rows[0].GetProperty("sessions").GetInt32()));
        var organisations = (await server.GetAsync("/api/v1/activity/usage?by=organisation")).GetProperty("rows");
        Assert.Equal((3, 2, 1, 2), (organisations[0].GetProperty("events").GetInt32(), organisations[0].GetProperty("api_calls").GetInt32(), organisations[0].GetProperty("api_errors").GetInt32(), organisations[0].GetProperty("users").GetInt32()));
        var total = (await server.GetAsync("/api/v1/activity/usage?by=user&limit=1")).GetProperty("total");
        Assert.Equal((2, 3, 3), (total.GetProperty("keys").GetInt32(), total.GetProperty("events").GetInt32(), total.GetProperty("sessions").GetInt32()));
        using var wrong = await server.Client.GetAsync("/api/v1/activity/usage?by=colour");
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
