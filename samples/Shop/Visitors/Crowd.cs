namespace Shop.Visitors;

/// <summary>The visitors: so many robots at the same time, each with a visit after the other. They come when the shop is open.</summary>
internal sealed class Crowd(ShopOptions options, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, lifetime.ApplicationStarted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var connections = new SocketsHttpHandler();
        using var bank = Client(connections);
        await Task.WhenAll(Enumerable.Range(0, options.Visitors).Select(seed => VisitAsync(connections, bank, new Random(seed), stoppingToken)));
    }

    async Task VisitAsync(SocketsHttpHandler connections, HttpClient bank, Random random, CancellationToken closing)
    {
        while (!closing.IsCancellationRequested)
        {
            using var shop = Client(connections);
            try
            {
                await new Robot(shop, bank, new Random(random.Next()), options.Day).VisitAsync(closing);
                await Task.Delay(random.Next(100, 1_000), closing);
            }
            catch (Exception trouble) when (trouble is HttpRequestException or OperationCanceledException)
            {
                // The shop closes, or has no time: the next visit tells.
            }
        }
    }

    HttpClient Client(SocketsHttpHandler connections) => new(connections, disposeHandler: false) { BaseAddress = new Uri($"http://localhost:{options.Port}") };
}
