namespace Barograph.Server.Processes;

/// <summary>How a worker does, as <c>/readyz</c> tells it.</summary>
/// <param name="Name">Its name, as in the label <c>worker</c> of <c>barograph_worker_running</c>.</param>
/// <param name="State"><c>running</c>, <c>waiting</c> for its next try after a failure, or <c>ended</c>.</param>
/// <param name="Failures">How often it failed in a way that nobody expected, since the start.</param>
/// <param name="LastFailure">What the newest one said, or null.</param>
/// <param name="LastFailureAt">When that was, or null.</param>
internal sealed record WorkerStatus(string Name, string State, long Failures, string? LastFailure, DateTimeOffset? LastFailureAt);
