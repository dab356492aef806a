using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Barograph.Server.Processes;

/// <summary>
/// Requests run on the thread that took their bytes from the socket, see docs/adr/0008-requests-stay-on-their-thread.md. While a handler
/// computes there, nobody reads its connection, and nobody would see that the client has gone; so this looks at the state of the connection itself.
/// </summary>
internal sealed class HangUpWatch : IDisposable
{
    static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(50);

    readonly Socket _socket;
    readonly CancellationTokenSource _hungUp;
    readonly Timer _timer;

    HangUpWatch(Socket socket, CancellationToken aborted)
    {
        _socket = socket;
        _hungUp = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        _timer = new Timer(static watch => ((HangUpWatch)watch!).Look(), this, s_interval, s_interval);
    }

    /// <summary>Watches over every request, and tells by <see cref="HttpContext.RequestAborted"/>. First in the pipeline.</summary>
    public static void Use(WebApplication app) => app.Use(static (context, next) =>
    {
        if (HttpProtocol.IsHttp2(context.Request.Protocol))
            return next(context); // its connection is read while requests run
        var becomesWebSocket = context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }; // and may live for days
        return OperatingSystem.IsLinux() && !becomesWebSocket && context.Features.Get<IConnectionSocketFeature>() is { } connection
            ? WatchedAsync(context, next, connection.Socket)
            : ElsewhereAsync(context, next);
    });

    public void Dispose()
    {
        _timer.Dispose();
        _hungUp.Dispose();
    }

    static async Task WatchedAsync(HttpContext context, RequestDelegate next, Socket socket)
    {
        var aborted = context.RequestAborted;
        using var watch = new HangUpWatch(socket, aborted);
        context.RequestAborted = watch._hungUp.Token;
        try
        {
            await next(context);
        }
        finally
        {
            context.RequestAborted = aborted;
        }
    }

    /// <summary>Lets the receiving thread go back to its reading.</summary>
    static async Task ElsewhereAsync(HttpContext context, RequestDelegate next)
    {
        await Task.Yield();
        await next(context);
    }

    void Look()
    {
        try
        {
            if (!IsOpen(_socket))
                _ = _hungUp.CancelAsync(); // what a listener throws must not end the process, as it would from a timer
        }
#pragma warning disable CA1031 // out of a timer it would end the process
        catch (Exception)
#pragma warning restore CA1031
        {
            // The request has just ended, most likely: its socket or its source is disposed of.
        }
    }

    // The first byte of struct tcp_info (linux/tcp.h, tcp(7)) is the state. A client that has closed its side counts as gone, as it does for the server.
    static bool IsOpen(Socket socket)
    {
        const int protocolTcp = 6, tcpInfo = 11;
        const byte established = 1;
        Span<byte> state = stackalloc byte[1];
        try
        {
            socket.GetRawSocketOption(protocolTcp, tcpInfo, state);
            return state[0] == established;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
