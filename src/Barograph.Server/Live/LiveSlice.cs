using System.Reflection;
using Barograph.Server.Api;
using Barograph.Server.Collect;
using Barograph.Server.Query;
using Barograph.Server.Settings;
using Barograph.Server.Storage;

namespace Barograph.Server.Live;

/// <summary>The live stream: <c>/ws/live</c>, as docs/live-protocol.md describes it.</summary>
internal static class LiveSlice
{
    public static void AddLive(this IServiceCollection services)
    {
        services.AddSingleton<LiveHistory>();
        services.AddSingleton<LiveTicker>();
        services.AddHostedService(static provider => provider.GetRequiredService<LiveTicker>());
    }

    public static void MapLive(this IEndpointRouteBuilder routes) => routes.MapGet("/ws/live", Accept)
        .Describe(ApiChapters.Live, "Opens the live stream (WebSocket)", static route => route
            .Says("Subscriptions are PromQL expressions; the server sends their history once and a value each tick. JSON and binary frames, described in docs/live-protocol.md.")
            .Header("Upgrade", "`websocket`.", required: true)
            .Answer(101, "The stream is open; the server's `hello` comes first.")
            .Problem(400, "Not a WebSocket request.")
            .Problem(403, "A page of another site may not connect.")
            .Problem(503, "All live connections are in use; `Retry-After` says when to come back."));

    static async Task<IResult> Accept(
        HttpContext context, LiveTicker ticker, LiveHistory history, OpenedStore opened, CollectOptions collection,
        ServerSettings settings, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<LiveConnection> log)
    {
        if (!context.WebSockets.IsWebSocketRequest)
            return TypedResults.Problem("This route speaks WebSocket only.", title: "Not a WebSocket request", statusCode: StatusCodes.Status400BadRequest);
        if (!ticker.HasRoom)
        {
            context.Response.Headers.RetryAfter = "5";
            return TypedResults.Problem($"All {LiveTicker.MaxConnections} live connections are in use.", title: "Too many viewers", statusCode: StatusCodes.Status503ServiceUnavailable);
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var hello = new HelloMessage(
            Version, clock.GetUtcNow().ToUnixTimeMilliseconds(), ticker.StartedMs, LiveTicker.TickMs, (long)(collection.Interval ?? TimeSpan.Zero).TotalMilliseconds,
            collection.Interval is null ? null : collection.Instance);
        await new LiveConnection(socket, ticker, history, opened, settings.QueryOptions(), clock, log).RunAsync(hello, over.Token);
        return TypedResults.Empty;
    }

    static string Version => typeof(LiveSlice).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
