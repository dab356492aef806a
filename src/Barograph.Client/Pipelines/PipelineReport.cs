namespace Barograph.Client;

/// <summary><c>pipeline.run</c> and <c>pipeline.stage</c>.</summary>
internal readonly ref struct PipelineReport(string type, string pipeline, string? stage, string? runId) : IFact
{
    public required DateTimeOffset At { get; init; }

    public required bool? Success { get; init; }

    public required string? Error { get; init; }

    public required long? RecordsIn { get; init; }

    public required long? RecordsOut { get; init; }

    public required TimeSpan? Lag { get; init; }

    public required long? Backlog { get; init; }

    public required TimeSpan? Duration { get; init; }

    public required ReadOnlySpan<(string Name, object? Value)> Context { get; init; }

    public string Type => type;

    /// <summary>A run is told once, under its id; a stage many times.</summary>
    public bool NamesItself => stage is null;

    public DateTimeOffset? Time => At;

    public void WriteFields(EventWriter json)
    {
        json.Text("pipeline", pipeline);
        json.Text("stage", stage);
        json.Text("run_id", runId);
        json.Truth("success", Success);
        json.Text("error", Error);
        json.Number("records_in", RecordsIn);
        json.Number("records_out", RecordsOut);
        json.Seconds("lag_seconds", Lag);
        json.Number("backlog", Backlog);
        json.Seconds("duration_seconds", Duration);
        json.Context(Context);
    }
}

internal sealed class PipelineTracker(EventDoor door) : IPipelineTracker
{
    public PipelineRun Start(string pipeline) => new(door, pipeline);

    public PipelineStage Stage(string pipeline, string stage) => new(door, run: null, pipeline, stage);
}
