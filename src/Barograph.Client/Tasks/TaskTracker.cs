namespace Barograph.Client;

internal sealed class TaskTracker(EventDoor door, bool measure) : ITaskTracker
{
    public TaskTicket Queue(string taskType, string queue, string? component = null, params ReadOnlySpan<(string Name, object? Value)> context)
    {
        var ticket = new TaskTicket(door.NewId(), taskType, queue, component ?? door.Service, door.Clock.GetUtcNow());
        door.Tell(new TaskQueued(ticket, context));
        return ticket;
    }

    public TrackedTask Start(string taskType, TaskDetails? details = null)
    {
        var ticket = new TaskTicket(details?.Id ?? door.NewId(), taskType, details?.Queue, details?.Component ?? door.Service, details?.Queued ?? default);
        return new TrackedTask(door, ticket, wasQueued: details?.Queued is not null, details?.Worker, measure);
    }

    public TrackedTask Start(TaskTicket ticket, string? worker = null) => new(door, ticket, wasQueued: true, worker, measure);

    // No state machine of our own around Start: the flow that the task is measured in must be that of the work.
    public Task RunAsync(string taskType, Func<TrackedTask, CancellationToken, Task> work, TaskDetails? details = null, CancellationToken cancel = default) =>
        RunAsync(() => Start(taskType, details), work, cancel);

    public Task RunAsync(TaskTicket ticket, Func<TrackedTask, CancellationToken, Task> work, string? worker = null, CancellationToken cancel = default) =>
        RunAsync(() => Start(ticket, worker), work, cancel);

    static async Task RunAsync(Func<TrackedTask> start, Func<TrackedTask, CancellationToken, Task> work, CancellationToken cancel)
    {
        using var task = start();
        try
        {
            await work(task, cancel);
            task.Succeed();
        }
        catch (OperationCanceledException cancelled) when (cancel.IsCancellationRequested)
        {
            task.EndWith("cancelled", cancelled);
            throw;
        }
        catch (TimeoutException late)
        {
            task.EndWith("timed_out", late);
            throw;
        }
        catch (Exception failure)
        {
            task.Fail(failure);
            throw;
        }
    }
}
