using System.Runtime.InteropServices;

namespace Barograph.Client;

/// <summary>
/// A task that is being done. The first outcome that is told counts; disposing it without one tells that it failed with the reason <c>unfinished</c>, since that is what an
/// exception does to a <c>using</c>. For use by one task at a time, on whatever threads it runs.
/// </summary>
/// <remarks>
/// Processor time is that of all threads while they ran this task's code: the method that started it, and whatever that awaits or starts (a nested task counts for itself only). Not in
/// it: threads that the flow of execution is not passed to, garbage collection, and what is done after the outcome. Memory is what that code allocated on the managed heap: the
/// task never held more at one time. Code that does not return to the task's own flow (another process, native memory) is told with <see cref="CpuSeconds"/> and <see cref="MemoryBytes"/>.
/// </remarks>
public sealed class TrackedTask : IDisposable
{
    const int ErrorLengthMax = 1_000;

    readonly EventDoor _door;
    readonly TaskTicket _ticket;
    readonly bool _wasQueued;
    readonly string? _worker;
    readonly DateTimeOffset _start;
    readonly long _startTimestamp;
    readonly TaskUse? _use;
    readonly Lock _lock = new(); // guards _context and _over
    List<(string Name, object? Value)>? _context;
    bool _over;

    internal TrackedTask(EventDoor door, TaskTicket ticket, bool wasQueued, string? worker, bool measure)
    {
        (_door, _ticket, _wasQueued, _worker) = (door, ticket, wasQueued, worker);
        _start = door.Clock.GetUtcNow();
        _startTimestamp = door.Clock.GetTimestamp();
        door.Tell(new TaskStarted(ticket, wasQueued, worker, _start));
        _use = measure ? TaskUse.Begin() : null;
    }

    /// <summary>Names the task.</summary>
    public string Id => _ticket.Id;

    /// <summary>Processor time that the task used, when it is known better than what is measured.</summary>
    public double? CpuSeconds { get; set; }

    /// <summary>The most memory that the task had, when it is known better than what is measured.</summary>
    public long? MemoryBytes { get; set; }

    /// <summary>A fact about the task, kept with it: text, a number, true or false, a time. The last one of a name counts.</summary>
    public void Set(string name, object? value)
    {
        lock (_lock)
        {
            if (_over)
                return; // what was told is told
            _context ??= [];
            var at = _context.FindIndex(field => field.Name == name);
            if (at >= 0)
                _context[at] = (name, value);
            else
                _context.Add((name, value));
        }
    }

    /// <summary>The task did what it was for.</summary>
    public void Succeed() => End("succeeded", null);

    /// <summary>The task failed.</summary>
    /// <param name="reason">Why, in few and always the same words, such as <c>card declined</c>: it is a label. Details belong into <see cref="Set"/>.</param>
    public void Fail(string reason) => End("failed", reason);

    /// <summary>The task failed with an exception: its type is the reason, its message the fact <c>error</c>.</summary>
    public void Fail(Exception exception) => EndWith("failed", exception);

    /// <summary>The task was given up because somebody asked for that.</summary>
    public void Cancel(string? reason = null) => End("cancelled", reason);

    /// <summary>The task was given up because it took too long.</summary>
    public void TimeOut(string? reason = null) => End("timed_out", reason);

    /// <summary>Without an outcome, the task failed with the reason <c>unfinished</c>.</summary>
    public void Dispose() => End("failed", "unfinished");

    internal void EndWith(string status, Exception exception)
    {
        // A null from a caller without nullable checks is a failure all the same, and none of ours.
        if (exception?.Message is { } message)
            Set("error", message.Length > ErrorLengthMax ? message[..ErrorLengthMax] : message);
        End(status, exception?.GetType().Name ?? "unknown");
    }

    void End(string status, string? reason)
    {
        lock (_lock)
        {
            if (_over)
                return;
            _over = true;
        }

        _use?.End();
        var fact = new TaskFinished(_ticket, _wasQueued, _worker)
        {
            Status = status,
            Reason = reason,
            Start = _start,
            Duration = _door.Clock.GetElapsedTime(_startTimestamp),
            CpuSeconds = CpuSeconds ?? _use?.CpuSeconds,
            MemoryBytes = MemoryBytes ?? _use?.AllocatedBytes,
            Context = CollectionsMarshal.AsSpan(_context),
        };
        _door.Tell(in fact);
    }
}
