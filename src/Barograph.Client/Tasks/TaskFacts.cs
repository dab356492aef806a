namespace Barograph.Client;

/// <summary><c>task.queued</c></summary>
internal readonly ref struct TaskQueued(TaskTicket ticket, ReadOnlySpan<(string Name, object? Value)> context) : IFact
{
    readonly ReadOnlySpan<(string Name, object? Value)> _context = context;

    public string Type => "task.queued";

    public bool NamesItself => true;

    public DateTimeOffset? Time => ticket.Queued;

    public void WriteFields(EventWriter json)
    {
        json.Ticket(ticket);
        json.Context(_context);
    }
}

/// <summary><c>task.started</c></summary>
internal readonly struct TaskStarted(TaskTicket ticket, bool wasQueued, string? worker, DateTimeOffset start) : IFact
{
    public string Type => "task.started";

    public bool NamesItself => true;

    public DateTimeOffset? Time => start;

    public void WriteFields(EventWriter json)
    {
        json.Ticket(ticket);
        json.Text("worker", worker);
        if (wasQueued)
            json.Time("queued", ticket.Queued);
    }
}

/// <summary><c>task.finished</c>. Its end is the start and what passed since then, whatever was done to the wall clock in between.</summary>
internal readonly ref struct TaskFinished(TaskTicket ticket, bool wasQueued, string? worker) : IFact
{
    public required string Status { get; init; }

    public required string? Reason { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required TimeSpan Duration { get; init; }

    public required double? CpuSeconds { get; init; }

    public required long? MemoryBytes { get; init; }

    public required ReadOnlySpan<(string Name, object? Value)> Context { get; init; }

    public string Type => "task.finished";

    public bool NamesItself => true;

    public DateTimeOffset? Time => null;

    public void WriteFields(EventWriter json)
    {
        json.Ticket(ticket);
        json.Text("worker", worker);
        if (wasQueued)
            json.Time("queued", ticket.Queued);
        json.Time("start", Start);
        json.Time("end", Start + Duration);
        json.Seconds("duration_seconds", Duration);
        json.Text("status", Status);
        json.Text("failure_reason", Reason);
        json.Number("cpu_seconds", CpuSeconds);
        json.Number("memory_bytes", MemoryBytes);
        json.Context(Context);
    }
}

internal static class TaskFields
{
    public static void Ticket(this EventWriter json, TaskTicket ticket)
    {
        json.Text("task_id", ticket.Id);
        json.Text("task_type", ticket.Type);
        json.Text("queue", ticket.Queue);
        json.Text("component", ticket.Component);
    }
}
