using System.Runtime.InteropServices;

namespace Barograph.Client;

/// <summary>
/// What goes through one stage. <see cref="Report"/> tells what was added since the report before, as often as one likes; the first outcome ends it, and tells the rest.
/// Disposed without an outcome it failed with the error <c>unfinished</c>.
/// </summary>
public sealed class PipelineStage : IDisposable
{
    readonly EventDoor _door;
    readonly PipelineRun? _run;
    readonly string _pipeline;
    readonly string _stage;
    readonly long _start;
    readonly Lock _lock = new(); // guards all below
    List<(string Name, object? Value)>? _context;
    long? _recordsIn;
    long? _recordsOut;
    TimeSpan? _lag;
    long? _backlog;
    long _totalIn;
    long _totalOut;
    bool _over;

    internal PipelineStage(EventDoor door, PipelineRun? run, string pipeline, string stage)
    {
        (_door, _run, _pipeline, _stage) = (door, run, pipeline, stage);
        _start = door.Clock.GetTimestamp();
    }

    internal (long In, long Out) Total
    {
        get
        {
            lock (_lock)
                return (_totalIn, _totalOut);
        }
    }

    /// <summary>Records came in or went out.</summary>
    public void Add(long recordsIn = 0, long recordsOut = 0)
    {
        lock (_lock)
        {
            _recordsIn = (_recordsIn ?? 0) + recordsIn;
            _recordsOut = (_recordsOut ?? 0) + recordsOut;
            (_totalIn, _totalOut) = (_totalIn + recordsIn, _totalOut + recordsOut);
        }
    }

    /// <summary>How far the stage is behind, and how many records wait for it, as it is now; null leaves what was said before.</summary>
    public void Behind(TimeSpan? lag = null, long? backlog = null)
    {
        lock (_lock)
        {
            _lag = lag ?? _lag;
            _backlog = backlog ?? _backlog;
        }
    }

    /// <summary>A fact about this run of the stage, kept with its reports.</summary>
    public void Set(string name, object? value)
    {
        lock (_lock)
            (_context ??= []).Add((name, value));
    }

    /// <summary>Tells how far it is, while it goes on.</summary>
    public void Report() => Tell(success: null, error: null);

    /// <summary>The stage is through.</summary>
    public void Succeed() => Tell(success: true, error: null);

    /// <summary>The stage failed.</summary>
    public void Fail(string error) => Tell(success: false, error);

    /// <summary>Without an outcome, the stage failed with the error <c>unfinished</c>.</summary>
    public void Dispose() => Tell(success: false, "unfinished");

    void Tell(bool? success, string? error)
    {
        lock (_lock)
        {
            if (_over)
                return;
            _over = success is not null;
            var report = new PipelineReport("pipeline.stage", _pipeline, _stage, _run?.Id)
            {
                At = _door.Clock.GetUtcNow(),
                Success = success,
                Error = error,
                RecordsIn = _recordsIn,
                RecordsOut = _recordsOut,
                Lag = _lag,
                Backlog = _backlog,
                Duration = success is null ? null : _door.Clock.GetElapsedTime(_start),
                Context = CollectionsMarshal.AsSpan(_context),
            };
            _door.Tell(in report);
            (_recordsIn, _recordsOut) = (null, null); // the server adds up what reports say
        }
    }
}
