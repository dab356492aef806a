using System.Text.Json;
using Barograph.Server.Query;
using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>Tasks and pipelines, from their events.</summary>
internal static class TaskRoutes
{
    const int ReportsMax = 200_000;

    static readonly TimeSpan s_reportsSince = TimeSpan.FromDays(7);

    public static Task<IResult> ListAsync(HttpContext http, EventDesk events) => EventRoutes.AnswerAsync(http, events, static async (http, log, json) =>
    {
        var asked = await RequestParameters.ReadAsync(http);
        string[] fields = ["task_type", "status", "component", "queue"];
        var where = fields.Where(field => asked[field].Length > 0).Select(field => (field, asked[field])).ToList();
        var filter = EventQueries.Filter(asked, where) with { Types = [EventTypes.TaskFinished] };
        var (found, next, isWhole) = new EventSearch(log).Page(filter, EventQueries.Cursor(asked), EventQueries.Limit(asked), http.RequestAborted);
        json.WriteStartArray("tasks");
        foreach (var one in found)
        {
            json.WriteStartObject();
            WriteTask(json, null, null, one);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("next_cursor", next?.ToString());
        json.WriteBoolean("truncated", !isWhole);
    });

    public static async Task<IResult> GetAsync(string id, HttpContext http, EventDesk events)
    {
        if (events.Log is not { } log)
            return EventRoutes.Starting();
        var search = new EventSearch(log);
        var found = new[] { EventTypes.TaskQueued, EventTypes.TaskStarted, EventTypes.TaskFinished }.Select(type => search.Find($"{type}:{id}", http.RequestAborted)).OfType<EventRecord>().ToList();
        if (found.Count == 0)
            (found, _, _) = search.Page(new EventFilter { Types = ["task.*"], Where = [("task_id", id)] }, null, 100, http.RequestAborted);
        if (found.Count == 0)
            return TypedResults.Problem($"There is no task '{id}'.", statusCode: StatusCodes.Status404NotFound);
        return await EventRoutes.AnswerAsync(http, events, (_, _, json) =>
        {
            EventRecord? Of(string type) => found.Where(one => one.Type == type).MaxBy(static one => one.TimeMs);
            WriteTask(json, Of(EventTypes.TaskQueued), Of(EventTypes.TaskStarted), Of(EventTypes.TaskFinished));
            EventQueries.WriteEvents(json, "events", found.OrderBy(static one => one.TimeMs));
            return Task.CompletedTask;
        });
    }

    public static Task<IResult> PipelinesAsync(HttpContext http, EventDesk events, TimeProvider clock) => EventRoutes.AnswerAsync(http, events, (http, log, json) =>
    {
        var since = (clock.GetUtcNow() - s_reportsSince).ToUnixTimeMilliseconds();
        var stages = new Dictionary<(string Pipeline, string Stage), StageReports>();
        var left = ReportsMax;
        new EventSearch(log).Scan(new EventFilter { Types = [EventTypes.PipelineRun, EventTypes.PipelineStage], Range = new TimeRange(since, long.MaxValue) }, newestSegmentFirst: true, (one, _) =>
        {
            var key = (one.Text("pipeline"), one.Type == EventTypes.PipelineRun ? "all" : one.Text("stage"));
            if (!stages.TryGetValue(key, out var reports))
                stages.Add(key, reports = new StageReports());
            reports.Take(one);
            return --left > 0;
        }, http.RequestAborted);
        json.WriteStartArray("pipelines");
        foreach (var pipeline in stages.GroupBy(static stage => stage.Key.Pipeline, StringComparer.Ordinal).OrderBy(static pipeline => pipeline.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("pipeline", pipeline.Key);
            json.WriteStartArray("stages");
            foreach (var stage in pipeline.OrderBy(static stage => stage.Key.Stage, StringComparer.Ordinal))
                stage.Value.Write(json, stage.Key.Stage);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return Task.CompletedTask;
    });

    static void WriteTask(Utf8JsonWriter json, EventRecord? queued, EventRecord? started, EventRecord? finished)
    {
        EventRecord?[] latestFirst = [finished, started, queued];
        string? Text(string field) => latestFirst.Select(one => one?.Text(field)).FirstOrDefault(static text => !string.IsNullOrEmpty(text));
        foreach (var field in new[] { "task_id", "task_type" })
            json.WriteString(field, Text(field));
        json.WriteString("status", finished?.Text("status") ?? (started is not null ? "running" : "queued"));
        foreach (var field in new[] { "failure_reason", "error", "component", "queue", "worker" })
            json.WriteString(field, Text(field));
        var queuedMs = queued?.TimeMs ?? finished?.Time("queued") ?? started?.Time("queued");
        var startMs = started?.TimeMs ?? (finished is null ? null : TaskFacts.StartMs(finished));
        json.WriteString("queued", Time(queuedMs));
        json.WriteString("start", Time(startMs));
        json.WriteString("end", Time(finished?.TimeMs));
        WriteNumber(json, "duration_seconds", finished is null ? null : TaskFacts.DurationSeconds(finished));
        WriteNumber(json, "cpu_seconds", finished?.Number("cpu_seconds"));
        WriteNumber(json, "cpu_percent", finished is null ? null : TaskFacts.CpuPercent(finished));
        WriteNumber(json, "memory_bytes", finished?.Number("memory_bytes"));
        WriteContext(json, latestFirst);
    }

    static void WriteContext(Utf8JsonWriter json, EventRecord?[] latestFirst)
    {
        json.WritePropertyName("context");
        if (latestFirst.FirstOrDefault(static one => one?["context"].Kind == FieldKind.Many) is not { } told)
        {
            json.WriteNullValue();
            return;
        }

        using var document = JsonDocument.Parse(told.Json);
        document.RootElement.GetProperty("context").WriteTo(json);
    }

    static string? Time(long? timeMs) => timeMs is { } known && EventTime.IsInCalendar(known) ? EventTime.Write(known) : null;

    internal static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    /// <summary>The latest of what a stage reported, field by field.</summary>
    sealed class StageReports
    {
        readonly Dictionary<string, EventRecord> _latest = new(StringComparer.Ordinal);

        public void Take(EventRecord one)
        {
            Take("", one);
            foreach (var field in new[] { "lag_seconds", "backlog", "success", "error" })
            {
                if (!one[field].IsMissing)
                    Take(field, one);
            }

            if (one["success"] is { Kind: FieldKind.Boolean, Number: 1 })
                Take("last_success", one);
        }

        public void Write(Utf8JsonWriter json, string stage)
        {
            var (last, ended) = (_latest[""], _latest.GetValueOrDefault("success"));
            var isFailing = ended is not null && ended["success"].Number == 0;
            json.WriteStartObject();
            json.WriteString("stage", stage);
            json.WriteString("status", isFailing ? "failing" : ended == last ? "ok" : "running");
            json.WriteString("last_success", Time(_latest.GetValueOrDefault("last_success")?.TimeMs));
            json.WriteString("last_report", Time(last.TimeMs));
            WriteNumber(json, "lag_seconds", _latest.GetValueOrDefault("lag_seconds")?.Number("lag_seconds"));
            WriteNumber(json, "backlog", _latest.GetValueOrDefault("backlog")?.Number("backlog"));
            json.WriteString("error", isFailing ? ended!.Text("error") : null);
            json.WriteEndObject();
        }

        void Take(string field, EventRecord one)
        {
            if (!_latest.TryGetValue(field, out var known) || known.TimeMs <= one.TimeMs)
                _latest[field] = one;
        }
    }
}
