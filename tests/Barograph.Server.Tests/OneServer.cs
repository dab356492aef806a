using Barograph.Server.Settings;

namespace Barograph.Server.Tests;

/// <summary>One server for all tests of a class, which only ask: what one of them does, no other one sees.</summary>
public abstract class OneServer : IAsyncLifetime
{
    internal RunningServer Server { get; private set; } = null!;

    internal HttpClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await RunningServer.StartAsync(configure: Configure);
        Client = Server.Client;
        await FillAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (Server is not null)
            await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Other settings than the defaults.</summary>
    private protected virtual ServerSettings Configure(ServerSettings settings) => settings;

    /// <summary>What is there before the first test.</summary>
    private protected virtual Task FillAsync() => Task.CompletedTask;
}
