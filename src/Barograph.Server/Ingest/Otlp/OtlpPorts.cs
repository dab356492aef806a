using System.Net;
using System.Net.Sockets;
using Barograph.Server.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>A port that was asked for is taken; the message names the option.</summary>
internal sealed class PortInUseException(string message) : IOException(message);

/// <summary>
/// The ports where OpenTelemetry's senders look first: 4317 for gRPC (HTTP/2 without TLS), 4318 for HTTP. Unless they were
/// asked for, they are taken only when they are free, so that a second Barograph, or one beside a collector, starts as well;
/// OTLP over HTTP is on the main port in any case.
/// </summary>
internal static partial class OtlpPorts
{
    const int Grpc = 4317;
    const int Http = 4318;

    /// <summary>Listens on both, as the settings say.</summary>
    /// <exception cref="PortInUseException">A port that was asked for is taken.</exception>
    public static void ListenForOtlp(this KestrelServerOptions kestrel, ServerSettings settings)
    {
        var log = kestrel.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(OtlpPorts));
        var doors = kestrel.ApplicationServices.GetRequiredService<OpenDoors>();
        doors.OtlpGrpcPort = Listen(kestrel, settings, settings.OtlpGrpcPort, Grpc, "--otlp-grpc", HttpProtocols.Http2, log);
        doors.OtlpHttpPort = Listen(kestrel, settings, settings.OtlpHttpPort, Http, "--otlp-http", HttpProtocols.Http1, log);
    }

    /// <returns>The port, or null when it is not listened on.</returns>
    static int? Listen(
        KestrelServerOptions kestrel, ServerSettings settings, int? wanted, int usual, string option, HttpProtocols protocols, ILogger log)
    {
        if (wanted == 0)
            return null;
        var port = wanted ?? usual;
        if (TryListen(new IPEndPoint(settings.Listen, port)) is { } handle)
        {
            kestrel.ListenHandle((ulong)handle, listen => listen.Protocols = protocols);
            return port;
        }

        if (wanted is not null)
            throw new PortInUseException($"port {port} on {settings.Listen} ({option}) is in use by another program; choose another, or off");
        PortTaken(log, port, option, settings.LocalUrl);
        return null;
    }

    /// <summary>
    /// Listens and hands the descriptor over. To look whether a port is free and then to let the web server listen would leave
    /// a moment in which another program takes it, and the whole server would not start.
    /// </summary>
    static nint? TryListen(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            socket.Listen();
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }

        var handle = socket.SafeHandle.DangerousGetHandle();
        socket.SafeHandle.SetHandleAsInvalid(); // it belongs to the web server now
        return handle;
    }

    [LoggerMessage(LogLevel.Information, "Port {Port} is in use by another program; OTLP is taken at {Url}/v1/metrics. Another port can be set with {Option}.")]
    static partial void PortTaken(ILogger logger, int port, string option, string url);
}
