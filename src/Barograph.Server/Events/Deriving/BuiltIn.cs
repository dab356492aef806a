namespace Barograph.Server.Events;

/// <summary>The metrics of docs/events.md that follow from one event alone, as rules.</summary>
internal static class BuiltIn
{
    const string Finished = EventTypes.TaskFinished, Prediction = EventTypes.Prediction, Activity = EventTypes.Activity, Business = EventTypes.Business;
    const long Minute = 60_000, Hour = 60 * Minute, Day = 24 * Hour;

    /// <summary>How many events were rejected.</summary>
    public static readonly DerivedSpec Rejected = new("events_rejected", DerivedKind.Increments, "", "Events that were rejected, at their arrival.", "type");

    /// <summary>The names that a definition can't have.</summary>
    public static readonly IReadOnlySet<string> Names = Rules().Select(static rule => rule.Metric.Spec.Name)
        .Concat([SessionTracker.Sessions.Name, SessionTracker.Durations.Name, TaskBoard.Depth.Name, TaskBoard.Workers.Name, OrderTracker.Active.Name, Rejected.Name, .. PredictionJoin.Specs.Select(static spec => spec.Name)])
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>New rules, with metrics of their own.</summary>
    public static List<EventRule> Rules() =>
    [
        Count("", "events_accepted", "Events that were kept.", ["type"]),

        Count(EventTypes.TaskQueued, "task_queued", "Tasks that were queued.", ["task_type", "queue", "component"]),
        Count(EventTypes.TaskStarted, "task_started", "Tasks that were started.", ["task_type", "queue", "component"]),
        Count(Finished, "task_finished", "Tasks that ended.", ["task_type", "status", "component", "queue"]),
        Rule(Finished, new("task_failures", DerivedKind.Increments, "", "Tasks that did not succeed, by reason.", "task_type", "component", "reason"),
            labels: [Text("task_type"), Text("component"), static one => one.Text("failure_reason") is { Length: > 0 } reason ? reason : one.Text("status")],
            where: static one => one.Text("status") != "succeeded"),
        Spread(Finished, "task_duration_seconds", "seconds", "How long tasks ran.", ["task_type", "component"], TaskFacts.DurationSeconds),
        Spread(Finished, "task_wait_seconds", "seconds", "How long tasks waited in their queue.", ["task_type", "queue"], TaskFacts.WaitSeconds, Ladder.BetweenTimestamps),
        Spread(Finished, "task_cpu_seconds", "seconds", "Processor time of tasks.", ["task_type", "component"], Number("cpu_seconds")),
        Spread(Finished, "task_memory_bytes", "bytes", "The most memory that tasks had.", ["task_type", "component"], Number("memory_bytes"), Ladder.Bytes),

        .. Pipeline(),

        Rule(Prediction, new("model_predictions", DerivedKind.Increments, "", "Predictions, by class.", "model", "version", "predicted"),
            labels: [Text("model"), Text("version"), PredictionJoin.ClassOf("predicted")]),
        Spread(Prediction, "model_score", "", "How sure predictions were, 0 to 1.", ["model", "version"], Number("score"), Ladder.Score),
        Spread(Prediction, "model_duration_seconds", "seconds", "How long predictions took.", ["model", "version"], Number("duration_seconds")),

        Uses("activity_feature_uses", "Uses of features.", "feature"),
        Uses("activity_page_views", "Views of pages.", "page"),
        Uses("activity_journey_steps", "Steps of journeys.", "journey", "step"),
        Uses("activity_api_calls", "Calls of an API.", "api", "organisation", "status"),
        .. Different("activity_users", "Different users.", "user"),
        .. Different("activity_organisations", "Different organisations.", "organisation"),
        .. Different("activity_sessions_active", "Different sessions.", "session"),

        Count(Business, "business_events", "Business events, by name.", ["name"]),
        Rule(Business, new("business_value", DerivedKind.Increments, "", "The sum of what business events are worth.", "name", "currency"), [Text("name"), Text("currency")], Number("value")),
    ];

    static Func<EventRecord, string> Text(string path) => one => one.Text(path);

    static Func<EventRecord, double?> Number(string path) => one => one.Number(path);

    static EventRule Rule(string type, DerivedSpec spec, Func<EventRecord, string>[] labels, Func<EventRecord, double?>? number = null, Func<EventRecord, bool>? where = null) =>
        new(type, new DerivedMetric(spec)) { Labels = labels, Number = number, Where = where };

    static EventRule Count(string type, string name, string help, string[] labels) =>
        Rule(type, new DerivedSpec(name, DerivedKind.Increments, "", help, labels), [.. labels.Select(Text)]);

    static EventRule Spread(string type, string name, string unit, string help, string[] labels, Func<EventRecord, double?> number, Ladder? ladder = null) =>
        Rule(type, new DerivedSpec(name, DerivedKind.Distribution, unit, help, labels) { Ladder = ladder ?? Ladder.Seconds }, [.. labels.Select(Text)], number, one => number(one) is not null);

    static EventRule Uses(string name, string help, params string[] labels) =>
        Rule(Activity, new DerivedSpec(name, DerivedKind.Increments, "", help, labels), [.. labels.Select(Text)], where: one => !one[labels[0]].IsMissing);

    static IEnumerable<EventRule> Different(string name, string help, string field)
    {
        foreach (var windowMs in new[] { Minute, Hour, Day })
        {
            var spec = new DerivedSpec(name, DerivedKind.Distinct, "", help) { WindowMs = windowMs };
            yield return new EventRule(Activity, new DerivedMetric(spec)) { Identity = Text(field), Where = one => !one[field].IsMissing };
        }
    }

    /// <summary>Runs and stages report the same; a run is the stage "all".</summary>
    static IEnumerable<EventRule> Pipeline()
    {
        string[] names = ["pipeline", "stage"];
        List<(DerivedSpec Spec, Func<EventRecord, double?> Number)> reports =
        [
            (new("pipeline_records_in", DerivedKind.Increments, "", "Records that came in.", names), Number("records_in")),
            (new("pipeline_records_out", DerivedKind.Increments, "", "Records that went out.", names), Number("records_out")),
            (new("pipeline_duration_seconds", DerivedKind.Distribution, "seconds", "How long runs took.", names), Number("duration_seconds")),
            (new("pipeline_lag_seconds", DerivedKind.Value, "seconds", "How far behind a stage is.", names), Number("lag_seconds")),
            (new("pipeline_backlog_records", DerivedKind.Value, "", "Records that wait.", names), Number("backlog")),
            (new("pipeline_last_success_timestamp_seconds", DerivedKind.Value, "seconds", "When a stage succeeded last.", names),
                static one => one["success"] is { Kind: FieldKind.Boolean, Number: 1 } ? one.TimeMs / 1000.0 : null),
            (new("pipeline_runs", DerivedKind.Increments, "", "Runs that ended.", [.. names, "status"]), static one => one["success"].Kind == FieldKind.Boolean ? 1 : null),
        ];
        foreach (var (spec, number) in reports)
        {
            var metric = new DerivedMetric(spec); // one for both types: what is written of a series is known in one place
            foreach (var type in new[] { EventTypes.PipelineRun, EventTypes.PipelineStage })
            {
                Func<EventRecord, string> stage = type == EventTypes.PipelineRun ? static _ => "all" : Text("stage");
                Func<EventRecord, string>[] labels = [Text("pipeline"), stage, static one => one["success"].Number != 0 ? "succeeded" : "failed"];
                yield return new EventRule(type, metric) { Labels = labels[..spec.Labels.Length], Number = number, Where = one => number(one) is not null };
            }
        }
    }
}

/// <summary>What a finished task says in one way or another.</summary>
internal static class TaskFacts
{
    /// <summary>As it says, or from its start to its end.</summary>
    public static double? DurationSeconds(EventRecord one) =>
        one.Number("duration_seconds") ?? (one.Time("start") is { } startMs ? (one.TimeMs - startMs) / 1000.0 : null);

    /// <summary>When it began, Unix milliseconds.</summary>
    public static long? StartMs(EventRecord one) =>
        one.Time("start") ?? (one.Number("duration_seconds") is { } seconds ? one.TimeMs - (long)(seconds * 1000) : null);

    /// <summary>Of one processor over the time that it ran, percent; more than 100 when it used several. To a millionth: it may have come as a percentage.</summary>
    public static double? CpuPercent(EventRecord one) =>
        one.Number("cpu_seconds") is { } cpu && DurationSeconds(one) is > 0 and var seconds ? Math.Round(cpu / seconds * 100, 6) : null;

    /// <summary>From the queue to the start.</summary>
    public static double? WaitSeconds(EventRecord one) =>
        one.Time("queued") is { } queuedMs && StartMs(one) is { } startMs && startMs >= queuedMs ? (startMs - queuedMs) / 1000.0 : null;
}
