namespace Barograph.Client;

/// <summary>What is known of a task when it begins.</summary>
public sealed record TaskDetails
{
    /// <summary>Names the task for ever, so that it counts once whoever tells it. Made by the client when it is null. A second attempt is another task.</summary>
    public string? Id { get; init; }

    /// <summary>The queue it came from.</summary>
    public string? Queue { get; init; }

    /// <summary>When it was put there.</summary>
    public DateTimeOffset? Queued { get; init; }

    /// <summary>The part of the application that does it; the service's name by default.</summary>
    public string? Component { get; init; }

    /// <summary>Who does it, such as <c>worker-1</c>.</summary>
    public string? Worker { get; init; }
}

/// <summary>A task that waits in a queue. A plain value, to be put into the message; it can be written as JSON and read in another process.</summary>
/// <param name="Id">Names the task.</param>
/// <param name="Type">What kind of task it is.</param>
/// <param name="Queue">The queue's name.</param>
/// <param name="Component">The part of the application that does it.</param>
/// <param name="Queued">When it was put there.</param>
public readonly record struct TaskTicket(string Id, string Type, string? Queue, string? Component, DateTimeOffset Queued);
