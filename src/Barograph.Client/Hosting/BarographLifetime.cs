using Microsoft.Extensions.Hosting;

namespace Barograph.Client;

/// <summary>Makes the client when the host starts, and ends it after everything else has stopped, so that the last facts of others are sent too.</summary>
internal sealed class BarographLifetime(BarographClient client) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => client.StopAsync();
}
