namespace Barograph.EndToEnd;

/// <summary>One server, which measures its host, for all tests of a class that only look.</summary>
public sealed class OneServer : IAsyncLifetime
{
    RunningServer? _server;

    internal RunningServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
