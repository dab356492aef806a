namespace Barograph.Client;

/// <summary>Tells Barograph about tasks: anything with a beginning, an end and an outcome, such as a job, a message or an import. Never waits, never throws.</summary>
/// <example><code>
/// using var task = tasks.Start("import-orders", new() { Component = "orders", Worker = "worker-1" });
/// var count = await ImportAsync();
/// task.Set("records", count);
/// task.Succeed();
/// </code></example>
public interface ITaskTracker
{
    /// <summary>A task was put into a queue. The ticket goes with the message, and <see cref="Start(TaskTicket, string?)"/> takes it up.</summary>
    /// <param name="taskType">What kind of task it is, such as <c>send-mail</c>: a label, so one of few.</param>
    /// <param name="queue">The queue's name.</param>
    /// <param name="component">The part of the application that does it; the service's name by default.</param>
    /// <param name="context">Facts to find it by, such as <c>("order", "o-17")</c>.</param>
    TaskTicket Queue(string taskType, string queue, string? component = null, params ReadOnlySpan<(string Name, object? Value)> context);

    /// <summary>A task begins now. Call it in the method that does the work: its processor time and allocations are measured from here, and in all that this method awaits or starts.</summary>
    /// <param name="taskType">What kind of task it is, such as <c>import-orders</c>: a label, so one of few.</param>
    /// <param name="details">Its component, worker and more.</param>
    TrackedTask Start(string taskType, TaskDetails? details = null);

    /// <summary>A queued task begins now.</summary>
    /// <param name="ticket">What <see cref="Queue"/> gave.</param>
    /// <param name="worker">Who does it.</param>
    TrackedTask Start(TaskTicket ticket, string? worker = null);

    /// <summary>
    /// Does a task and tells how it ended: succeeded when <paramref name="work"/> returns; timed out at a <see cref="TimeoutException"/>; cancelled when
    /// <paramref name="cancel"/> was asked for; otherwise failed, with the exception's type as the reason. The exception goes on to the caller. An outcome that the work
    /// told itself stands.
    /// </summary>
    Task RunAsync(string taskType, Func<TrackedTask, CancellationToken, Task> work, TaskDetails? details = null, CancellationToken cancel = default);

    /// <inheritdoc cref="RunAsync(string, Func{TrackedTask, CancellationToken, Task}, TaskDetails?, CancellationToken)"/>
    Task RunAsync(TaskTicket ticket, Func<TrackedTask, CancellationToken, Task> work, string? worker = null, CancellationToken cancel = default);
}
