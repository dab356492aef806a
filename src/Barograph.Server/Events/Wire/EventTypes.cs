using System.Collections.Frozen;
using static System.FormattableString;

namespace Barograph.Server.Events;

/// <summary>What a field of a known type must be.</summary>
internal enum FieldShape
{
    Text,
    Number,
    NotNegative,
    Boolean,
    Time,
    Object,

    /// <summary>How long, in seconds.</summary>
    Duration,

    /// <summary>A class (text, true, false) or a number.</summary>
    Answer,
}

/// <summary>The rule of one field.</summary>
internal sealed record FieldRule(string Name, FieldShape Shape, bool IsRequired = false)
{
    /// <summary>The values that are allowed, or null for any.</summary>
    public string[]? Allowed { get; init; }

    /// <summary>The most that a number may be, and, negative, the least.</summary>
    public double Max { get; init; } = Shape == FieldShape.Duration ? EventLimits.DurationSecondsMax : EventLimits.AmountMax;

    /// <summary>What is wrong with a value, as "must …", or null.</summary>
    public string? Check(FieldValue value)
    {
        if (value.IsMissing)
            return IsRequired ? "must be there" : null;
        return Shape switch
        {
            FieldShape.Text when value.Kind is not (FieldKind.Text or FieldKind.Number) => "must be a text",
            FieldShape.Text when IsRequired && value.AsText.Length == 0 => "must not be empty",
            FieldShape.Text when Allowed is not null && !Allowed.Contains(value.AsText) => $"must be {string.Join(" or ", Allowed)}",
            FieldShape.Number or FieldShape.NotNegative or FieldShape.Duration when value.Kind != FieldKind.Number => "must be a number",
            FieldShape.NotNegative or FieldShape.Duration when !(value.Number >= 0) => "must be at least 0",
            FieldShape.Duration when value.Number > Max => Invariant($"must be at most {Max}, which is {Max / 365.25 / 86_400:0} years: it is in seconds"),
            FieldShape.Number or FieldShape.NotNegative or FieldShape.Answer when value.Number > Max => Invariant($"must be at most {Max}"),
            FieldShape.Number or FieldShape.Answer when value.Number < -Max => Invariant($"must be at least {-Max}"),
            FieldShape.Boolean when value.Kind != FieldKind.Boolean => "must be true or false",
            FieldShape.Time when !EventTime.TryRead(value, out _) => "must be a time: RFC 3339 text or Unix seconds",
            FieldShape.Object when value.Kind != FieldKind.Many => "must be an object",
            FieldShape.Answer when value.Kind == FieldKind.Many => "must be a text, a number, true or false",
            _ => null,
        };
    }
}

/// <summary>A type of event that Barograph knows.</summary>
/// <param name="Name">As in the event.</param>
/// <param name="Kind">The page that it belongs to.</param>
/// <param name="Rules">Its fields.</param>
internal sealed record EventType(string Name, string Kind, FieldRule[] Rules)
{
    /// <summary>The fields that name the fact, or none.</summary>
    public string[] OwnId { get; init; } = [];

    /// <summary>Other names, in other units, under which fields are taken.</summary>
    public FieldAlias[] Aliases { get; init; } = [];

    /// <summary>Whether an id that the sender gives is passed over, because others look the event up by its own.</summary>
    public bool IsOwnIdOnly { get; init; }
}

/// <summary>The types of docs/events.md.</summary>
internal static class EventTypes
{
    public const string TaskQueued = "task.queued", TaskStarted = "task.started", TaskFinished = "task.finished";
    public const string PipelineRun = "pipeline.run", PipelineStage = "pipeline.stage";
    public const string Prediction = "model.prediction", Outcome = "model.outcome";
    public const string Activity = "activity", Business = "business";

    /// <summary>What stands for an event that cannot be read; nobody can send one.</summary>
    public const string Unreadable = "barograph.unreadable";

    static readonly FieldRule[] s_task =
    [
        new("task_id", FieldShape.Text, IsRequired: true), new("task_type", FieldShape.Text, IsRequired: true),
        new("queue", FieldShape.Text), new("component", FieldShape.Text), new("worker", FieldShape.Text),
        new("queued", FieldShape.Time), new("context", FieldShape.Object),
    ];

    static readonly FieldRule[] s_report =
    [
        new("pipeline", FieldShape.Text, IsRequired: true),
        new("run_id", FieldShape.Text), new("success", FieldShape.Boolean),
        new("records_in", FieldShape.NotNegative) { Max = EventLimits.CountMax }, new("records_out", FieldShape.NotNegative) { Max = EventLimits.CountMax }, new("lag_seconds", FieldShape.Duration),
        new("backlog", FieldShape.NotNegative) { Max = EventLimits.CountMax }, new("duration_seconds", FieldShape.Duration), new("error", FieldShape.Text), new("context", FieldShape.Object),
    ];

    static readonly EventType[] s_all =
    [
        new(TaskQueued, "task", s_task) { OwnId = ["task_id"] },
        new(TaskStarted, "task", s_task) { OwnId = ["task_id"] },
        new(TaskFinished, "task",
        [
            .. s_task,
            new("status", FieldShape.Text, IsRequired: true) { Allowed = ["succeeded", "failed", "cancelled", "timed_out"] },
            new("start", FieldShape.Time), new("end", FieldShape.Time), new("duration_seconds", FieldShape.Duration),
            new("failure_reason", FieldShape.Text), new("error", FieldShape.Text), new("cpu_seconds", FieldShape.Duration) { Max = EventLimits.CpuSecondsMax }, new("memory_bytes", FieldShape.NotNegative) { Max = EventLimits.BytesMax },
        ]) { OwnId = ["task_id"], Aliases = FieldAlias.OfTasks },
        new(PipelineRun, "pipeline", s_report) { OwnId = ["pipeline", "run_id"] },
        new(PipelineStage, "pipeline", [.. s_report, new("stage", FieldShape.Text, IsRequired: true)]),
        new(Prediction, "model",
        [
            new("model", FieldShape.Text, IsRequired: true), new("prediction_id", FieldShape.Text, IsRequired: true),
            new("predicted", FieldShape.Answer, IsRequired: true), new("version", FieldShape.Text), new("score", FieldShape.NotNegative) { Max = 1 },
            new("duration_seconds", FieldShape.Duration), new("context", FieldShape.Object),
        ]) { OwnId = ["model", "prediction_id"], IsOwnIdOnly = true },
        new(Outcome, "model",
        [
            new("model", FieldShape.Text, IsRequired: true), new("prediction_id", FieldShape.Text, IsRequired: true),
            new("actual", FieldShape.Answer, IsRequired: true), new("context", FieldShape.Object),
        ]) { OwnId = ["model", "prediction_id"], IsOwnIdOnly = true },
        new(Activity, "activity",
        [
            new("user", FieldShape.Text), new("organisation", FieldShape.Text), new("session", FieldShape.Text), new("feature", FieldShape.Text),
            new("page", FieldShape.Text), new("journey", FieldShape.Text), new("step", FieldShape.Text), new("api", FieldShape.Text),
            new("duration_seconds", FieldShape.Duration), new("context", FieldShape.Object),
        ]),
        new(Business, "business",
        [
            new("name", FieldShape.Text, IsRequired: true), new("value", FieldShape.Number), new("currency", FieldShape.Text), new("quantity", FieldShape.Number),
            new("user", FieldShape.Text), new("organisation", FieldShape.Text), new("session", FieldShape.Text), new("context", FieldShape.Object),
        ]),
    ];

    static readonly FrozenDictionary<string, EventType> s_byName = s_all.ToFrozenDictionary(static type => type.Name, StringComparer.Ordinal);

    public static IReadOnlyList<EventType> All => s_all;

    public static EventType? Find(string name) => s_byName.GetValueOrDefault(name);

    /// <summary>The page that a type belongs to; types of the sender's own are custom.</summary>
    public static string KindOf(string type) => Find(type)?.Kind ?? "custom";

    /// <summary>What is wrong with a type's name, as "must …", or null.</summary>
    public static string? Check(string name)
    {
        if (s_byName.ContainsKey(name))
            return null;
        if (name == Unreadable)
            return "must be another name: this one stands for events that cannot be read";
        if (name.StartsWith("task.", StringComparison.Ordinal) || name.StartsWith("pipeline.", StringComparison.Ordinal) || name.StartsWith("model.", StringComparison.Ordinal))
            return $"must be one of {string.Join(", ", s_all.Select(static type => type.Name))}, or a name of your own that does not begin with task., pipeline. or model.";
        return name.Length is 0 or > 100 || !char.IsAsciiLetterLower(name[0]) || name.Any(static sign => !(char.IsAsciiLetterLower(sign) || char.IsAsciiDigit(sign) || sign is '_' or '-' or '.'))
            ? "must be a lower-case letter and then lower-case letters, digits, '_', '-' or '.', at most 100"
            : null;
    }

    /// <summary>The name under which a fact of a known type is kept when its sender gives none, or null.</summary>
    public static string? OwnId(EventType type, Field[] fields)
    {
        if (type.OwnId.Length == 0)
            return null;
        var id = type.Name;
        foreach (var name in type.OwnId)
        {
            var value = Array.Find(fields, field => field.Path == name).Value.AsText;
            if (value.Length == 0)
                return null;
            id += ":" + value;
        }

        return id;
    }

    /// <summary>The id of the prediction (or outcome) that an outcome (or prediction) belongs to.</summary>
    public static string Counterpart(EventRecord one) =>
        (one.Type == Prediction ? Outcome : Prediction) + one.Id[one.Id.IndexOf(':', StringComparison.Ordinal)..];
}
