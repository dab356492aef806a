namespace Barograph.Client;

/// <summary>
/// A run of a pipeline: it tells once, at its end, what its first stage took in and its last one gave out. Disposed without an outcome it failed with the error
/// <c>unfinished</c>.
/// </summary>
public sealed class PipelineRun : IDisposable
{
    readonly EventDoor _door;
    readonly string _pipeline;
    readonly long _start;
    readonly Lock _lock = new(); // guards all below
    PipelineStage? _first;
    PipelineStage? _last;
    TimeSpan? _lag;
    long? _backlog;
    bool _over;

    internal PipelineRun(EventDoor door, string pipeline)
    {
        (_door, _pipeline) = (door, pipeline);
        _start = door.Clock.GetTimestamp();
        Id = door.NewId();
    }

    /// <summary>Names the run; its stages carry it too.</summary>
    public string Id { get; }

    /// <summary>A stage of this run begins now.</summary>
    public PipelineStage Stage(string stage)
    {
        var begun = new PipelineStage(_door, this, _pipeline, stage);
        lock (_lock)
        {
            _first ??= begun;
            _last = begun;
        }

        return begun;
    }

    /// <summary>How far the pipeline is behind, and how many records wait for it, as it is now; null leaves what was said before.</summary>
    public void Behind(TimeSpan? lag = null, long? backlog = null)
    {
        lock (_lock)
        {
            _lag = lag ?? _lag;
            _backlog = backlog ?? _backlog;
        }
    }

    /// <summary>The run is through.</summary>
    public void Succeed() => End(success: true, error: null);

    /// <summary>The run failed.</summary>
    public void Fail(string error) => End(success: false, error);

    /// <summary>Without an outcome, the run failed with the error <c>unfinished</c>.</summary>
    public void Dispose() => End(success: false, "unfinished");

    void End(bool success, string? error)
    {
        lock (_lock)
        {
            if (_over)
                return;
            _over = true;
            var report = new PipelineReport("pipeline.run", _pipeline, stage: null, Id)
            {
                At = _door.Clock.GetUtcNow(),
                Success = success,
                Error = error,
                RecordsIn = _first?.Total.In,
                RecordsOut = _last?.Total.Out,
                Lag = _lag,
                Backlog = _backlog,
                Duration = _door.Clock.GetElapsedTime(_start),
                Context = [],
            };
            _door.Tell(in report);
        }
    }
}
