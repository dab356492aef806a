namespace Barograph.Server.Processes;

/// <summary>A service that works in the background under <see cref="Workers"/>: what it does not expect neither ends it nor the server.</summary>
/// <param name="name">Of the worker.</param>
/// <param name="workers">Who supervises it.</param>
internal abstract class SupervisedService(string name, Workers workers) : BackgroundService
{
    /// <summary>Who supervises it: for the edges within its work.</summary>
    protected Workers Workers => workers;

    /// <summary>The work; called again after a failure, and begins where it left off.</summary>
    /// <param name="stopping">The server stops.</param>
    protected abstract Task WorkAsync(CancellationToken stopping);

    /// <inheritdoc/>
    protected sealed override Task ExecuteAsync(CancellationToken stoppingToken) => workers.RunAsync(name, WorkAsync, stoppingToken);
}
