using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Barograph.Server.Events;
using Barograph.TimeSeries;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Events;

/// <summary>What no duration, time or amount can be is refused with its field; and what was kept before that was so stands in nobody's way.</summary>
public sealed class EventBoundsTests
{
    const string Task = """ "type":"task.finished","task_id":"b","task_type":"t","status":"succeeded" """;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","duration_seconds":1e12}""", "duration_seconds", "10 years")]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","duration_seconds":-1}""", "duration_seconds", "at least 0")]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","start":-1e12}""", "start", "10 years before")]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","start":"0001-01-01T00:00:00Z"}""", "start", "10 years before")]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","duration_seconds":1,"queued":253402300799}""", "queued", "ahead of the server's clock")]
    [InlineData("""{"type":"task.queued","task_id":"b","task_type":"t","queued":-1}""", "queued", "10 years before")]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","end":"9999-12-31T23:59:59Z","duration_seconds":1}""", "end", "ahead of the server's clock")]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","duration_seconds":1,"cpu_seconds":1e15}""", "cpu_seconds", "at most")]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","duration_seconds":1,"memory_bytes":1e30}""", "memory_bytes", "at most")]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","duration_ms":1e16}""", "duration_ms", "from 0 to")]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","duration_ms":5,"cpu_usage_percent":1e9}""", "cpu_usage_percent", "from 0 to")]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","duration_ms":5,"memory_usage_mb":"much"}""", "memory_usage_mb", "must be a number")]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","duration_ms":5,"duration_seconds":5}""", "duration_ms", "beside duration_seconds")]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","start":1,"cpu_usage_percent":5}""", "cpu_usage_percent", "how long the task ran")]
    [InlineData("""{"type":"pipeline.run","pipeline":"p","lag_seconds":1e10}""", "lag_seconds", "10 years")]
    [InlineData("""{"type":"pipeline.run","pipeline":"p","records_in":1e300}""", "records_in", "at most")]
    [InlineData("""{"type":"model.prediction","model":"m","prediction_id":"1","predicted":1e200}""", "predicted", "at most")]
    [InlineData("""{"type":"model.outcome","model":"m","prediction_id":"1","actual":-1e200}""", "actual", "at least")]
    [InlineData("""{"type":"activity","feature":"f","duration_seconds":1e11}""", "duration_seconds", "10 years")]
    [InlineData("""{"type":"business","name":"n","value":1e300}""", "value", "at most")]
    [InlineData("""{"type":"business","name":"n","value":-1e300}""", "value", "at least")]
    [InlineData("""{"type":"barograph.unreadable"}""", "type", "another name")]
    public async Task What_cannot_be_is_refused_with_its_field_and_a_rule(string json, string field, string rule)
    {
        await using var house = new EventHouse();
        var request = await house.SendAsync([json]);
        var rejection = Assert.Single(request.Rejections);
        Assert.Equal(field, rejection.Field);
        Assert.Contains(rule, rejection.Rule);
    }

    [Theory]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","duration_seconds":316224000}""")]
    [InlineData("""{"type":"task.finished","task_id":"b","task_type":"t","status":"succeeded","duration_seconds":0}""")]
    [InlineData("""{"type":"business","name":"n","value":-1e18}""")]
    public async Task What_is_just_within_bounds_is_taken(string json)
    {
        await using var house = new EventHouse();
        Assert.Empty((await house.SendAsync([json])).Rejections);
    }

    [Fact]
    public async Task A_task_in_the_names_and_units_of_others_is_kept_in_ours()
    {
        await using var server = await EventServer.StartAsync();
        var end = DateTimeOffset.UtcNow.AddMinutes(-1);
        await server.PostAsync($$$"""
            {"type":"task.finished","task_id":"7","task_type":"t","status":"failed","start_time":"{{{end.AddSeconds(-2):yyyy-MM-ddTHH:mm:ssZ}}}",
             "end_time":"{{{end:yyyy-MM-ddTHH:mm:ssZ}}}","duration_ms":1500,"cpu_usage_percent":45.2,"memory_usage_mb":128.5,"error_message":"no \"disk\" on host 17","context":{"a":1}}
            """);
        var task = await server.GetAsync("/api/v1/tasks/7");
        Assert.Equal(1.5, task.GetProperty("duration_seconds").GetDouble());
        Assert.Equal(45.2, task.GetProperty("cpu_percent").GetDouble());
        Assert.Equal(0.678, task.GetProperty("cpu_seconds").GetDouble(), 9);
        Assert.Equal(128.5 * 1048576, task.GetProperty("memory_bytes").GetDouble());
        Assert.Equal("no \"disk\" on host 17", task.GetProperty("error").GetString());
        Assert.Equal(end.ToString("yyyy-MM-ddTHH:mm:ss.000Z", CultureInfo.InvariantCulture), task.GetProperty("end").GetString());
        var kept = task.GetProperty("events")[0];
        Assert.Equal((1.5, "failed"), (kept.GetProperty("duration_seconds").GetDouble(), kept.GetProperty("status").GetString()));
        Assert.False(kept.TryGetProperty("duration_ms", out _));

        // The text of an error is never a label.
        await server.Services.GetRequiredService<EventDesk>().Derivation!.FlushAsync();
        using var selection = server.Server.Store.Select([], TimeRange.All);
        Assert.NotEmpty(selection.Series);
        Assert.DoesNotContain(selection.Series, static series => series.Labels.ToString().Contains("disk", StringComparison.Ordinal));

        // In our own names it is the same fact.
        var again = await server.PostAsync(kept.GetRawText());
        Assert.Equal((200, 1), (again.Status, again.Json.GetProperty("duplicates").GetInt32()));
    }

    [Fact]
    public async Task Rows_that_were_kept_before_there_were_bounds_stand_in_the_way_of_no_route()
    {
        var folder = Directory.CreateTempSubdirectory("barograph-old-").FullName;
        var nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        string[] old =
        [
            $$"""{ {{Task}},"duration_seconds":1e12}""", $$"""{ {{Task}},"duration_seconds":1e308,"cpu_seconds":1e308}""", $$"""{ {{Task}},"start":-1e12,"queued":9e11}""",
            """{"type":"task.queued","task_id":"b","task_type":"t","queued":-8e12}""", """{"type":"task.started","task_id":"b","task_type":"t","queued":8e12}""",
            """{"type":"pipeline.run","pipeline":"p","success":true,"lag_seconds":1e308,"backlog":1e308,"records_in":1e308,"duration_seconds":1e308}""",
            """{"type":"pipeline.run","pipeline":"p","success":true,"records_in":1e308}""",
            """{"type":"model.prediction","model":"m","version":"1","prediction_id":"1","predicted":1e308,"duration_seconds":1e308}""",
            """{"type":"model.outcome","model":"m","prediction_id":"1","actual":-1e308}""",
            """{"type":"model.prediction","model":"m","version":"1","prediction_id":"2","predicted":"cat","score":1,"duration_seconds":1e308}""",
            """{"type":"activity","journey":"j","step":"s","feature":"f","user":"u","api":"a","status":1e308,"duration_seconds":1e308}""",
            """{"type":"business","name":"order","value":1e308}""", """{"type":"business","name":"order","value":1e308}""",
        ];
        var records = new List<EventRecord>();
        foreach (var (i, json) in old.Index())
            records.Add(EventParser.Restore(Encoding.UTF8.GetBytes(Kept(json, i, nowMs)), nowMs, StableHash.Of(IdOf(json, i)) | 1, 1));
        records.Add(new EventRecord { Id = "x", IdHash = 77, ContentHash = 1, Type = "task.finished", TimeMs = nowMs, Fields = [], Json = "{\"broken\":"u8.ToArray() });
        records.Add(EventParser.Restore(Encoding.UTF8.GetBytes(Kept("""{"type":"business","name":"good","value":5}""", 99, nowMs)), nowMs, 99, 1));
        using (var log = RecordLog.Open(Path.Combine(folder, "events", "log"), new RecordLogOptions { SegmentBytes = 1 << 20 }))
            await log.AppendAsync(EventBlock.Encode([.. records]));

        await using var server = await RunningServer.StartOnAsync(folder);
        await server.Services.GetRequiredService<EventDesk>().Opened.WaitAsync(TimeSpan.FromSeconds(20), Stop);
        await server.Services.GetRequiredService<EventDesk>().Derivation!.FlushAsync();
        using var client = server.Client;
        foreach (var path in new[]
        {
            "events", "events?type=task.*", "events/kinds", "events/export", "events/export?format=csv", "events/b", "tasks", "tasks/b", "tasks?status=succeeded", "pipelines", "models", "models/m",
            "models/m?start=0&end=4e9", "activity/funnel?journey=j", "funnel?step=s", "activity/journeys", "activity/usage", "activity/usage?by=api", "query?query=business_value",
            "query?query=task_duration_seconds_gsum", "query_range?query=model_squared_error&start=0&end=100&step=1",
        })
        {
            using var answer = await client.GetAsync("/api/v1/" + path, Stop);
            var body = await answer.Content.ReadAsStringAsync(Stop);
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{path}: {(int)answer.StatusCode} {body}");
            if (answer.Content.Headers.ContentType?.MediaType == "application/json")
                JsonDocument.Parse(body).Dispose();
        }

        using var tasks = JsonDocument.Parse(await client.GetStringAsync("/api/v1/tasks", Stop));
        Assert.Equal(3, tasks.RootElement.GetProperty("tasks").GetArrayLength());
        Assert.All(tasks.RootElement.GetProperty("tasks").EnumerateArray(), static task => Assert.Equal(JsonValueKind.Null, task.GetProperty("start").ValueKind));
        Assert.Contains("good", await client.GetStringAsync("/api/v1/events?type=business", Stop));

        static string IdOf(string json, int i) => JsonDocument.Parse(json).RootElement is var one && one.TryGetProperty("task_id", out var task)
            ? $"{one.GetProperty("type").GetString()}:{task.GetString()}"
            : one.TryGetProperty("prediction_id", out var prediction) ? $"{one.GetProperty("type").GetString()}:m:{prediction.GetString()}" : $"e{i}";

        static string Kept(string json, int i, long nowMs)
        {
            var type = JsonDocument.Parse(json).RootElement.GetProperty("type").GetString();
            var rest = string.Join(',', JsonDocument.Parse(json).RootElement.EnumerateObject().Where(static one => one.Name != "type").Select(static one => $"\"{one.Name}\":{one.Value.GetRawText()}"));
            return $$"""{"id":"{{IdOf(json, i)}}","type":"{{type}}","time":"{{EventTime.Write(nowMs)}}",{{rest}}}""";
        }
    }

    [Fact]
    public async Task Orders_are_active_until_they_are_completed_or_cancelled_in_any_order_and_over_restarts()
    {
        await using var house = new EventHouse();
        string Event(string name, int order) => $$"""{"type":"business","name":"{{name}}","order_id":"{{order}}"}""";
        await house.SendAsync(Enumerable.Range(0, 10).Select(i => Event("order", i)));
        await house.SendAsync([Event("order_completed", 0), Event("order_cancelled", 1), Event("order_completed", 77), """{"type":"business","name":"order"}"""]);
        Assert.Equal(8, await ActiveAsync());
        await house.SendAsync([Event("order", 77)]); // its end came before
        Assert.Equal(8, await ActiveAsync());
        house.Restart();
        await house.SendAsync([Event("order_completed", 5)]);
        Assert.Equal(7, await ActiveAsync());
        house.Kill();
        await house.SendAsync([Event("order", 5)]);
        Assert.Equal(7, await ActiveAsync());

        async Task<double> ActiveAsync()
        {
            house.Derivation.Order(() => house.Derivation.Fold.Report(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
            await house.Derivation.FlushAsync();
            return house.Read(static name => name == "business_orders_active").Single().Value[^1].Value;
        }
    }
}
