using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Barograph.Server.Tests.Live;

/// <summary>A viewer written from docs/live-protocol.md alone.</summary>
internal sealed class LiveClient : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    readonly ClientWebSocket _socket = new();

    public ClientWebSocket Socket => _socket;

    public static async Task<LiveClient> ConnectAsync(Uri server, string? origin = null)
    {
        var client = new LiveClient();
        if (origin is not null)
            client._socket.Options.SetRequestHeader("Origin", origin);
        await client._socket.ConnectAsync(new UriBuilder(server) { Scheme = "ws", Path = "/ws/live" }.Uri, default);
        return client;
    }

    public Task SendAsync(object message) => SendTextAsync(JsonSerializer.Serialize(message));

    public Task SendTextAsync(string text) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, default);

    /// <summary>The next message: a JSON object or a frame; null when the server closed.</summary>
    public async Task<LiveMessage?> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        using var whole = new MemoryStream();
        var buffer = new byte[65536];
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            whole.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
                return part.MessageType == WebSocketMessageType.Text ? LiveMessage.OfText(whole.ToArray()) : LiveMessage.OfFrame(whole.ToArray());
        }
    }

    /// <summary>Receives until a message passes.</summary>
    public async Task<LiveMessage> ReceiveAsync(Func<LiveMessage, bool> wanted)
    {
        for (var started = Environment.TickCount64; Environment.TickCount64 - started < Patience.TotalMilliseconds;)
        {
            var message = await ReceiveAsync() ?? throw new InvalidOperationException($"closed: {_socket.CloseStatus} {_socket.CloseStatusDescription}");
            if (wanted(message))
                return message;
        }

        throw new TimeoutException("The message that was waited for did not come.");
    }

    public void Dispose() => _socket.Dispose();
}

/// <summary>One message of the server, decoded.</summary>
internal sealed record LiveMessage(string Kind, JsonElement Json, bool Gap, double TimestampMs, IReadOnlyList<LiveSegment> Segments, double StepMs, int Points)
{
    public static LiveMessage OfText(byte[] text)
    {
        var json = JsonDocument.Parse(text).RootElement;
        return new LiveMessage(json.GetProperty("type").GetString()!, json, false, 0, [], 0, 0);
    }

    public static LiveMessage OfFrame(byte[] frame)
    {
        Assert.Equal(1, frame[0]);
        var (gap, second, timestampMs) = ((frame[2] & 1) == 1, Int(frame, 4), Double(frame, 8));
        switch (frame[1])
        {
            case 1:
                var segments = new List<LiveSegment>();
                var at = 16;
                for (var i = 0; i < second; i++)
                {
                    var count = Int(frame, at + 8);
                    segments.Add(new LiveSegment(Int(frame, at), Int(frame, at + 4), [Doubles(frame, at + 16, count)]));
                    at += 16 + 8 * count;
                }

                Assert.Equal(frame.Length, at);
                return new LiveMessage("tick", default, gap, timestampMs, segments, 0, 0);
            case 2:
                var (series, points) = (Int(frame, 28), Int(frame, 32));
                var columns = Enumerable.Range(0, series).Select(i => Doubles(frame, 40 + 8 * i * points, points)).ToArray();
                Assert.Equal(frame.Length, 40 + 8 * series * points);
                return new LiveMessage("history", default, gap, timestampMs, [new LiveSegment(second, Int(frame, 24), columns)], Double(frame, 16), points);
            default:
                Assert.Equal(3, frame[1]);
                return new LiveMessage("heartbeat", default, gap, timestampMs, [], 0, 0);
        }
    }

    static int Int(byte[] frame, int offset) => BinaryPrimitives.ReadInt32LittleEndian(frame.AsSpan(offset));

    static double Double(byte[] frame, int offset) => BinaryPrimitives.ReadDoubleLittleEndian(frame.AsSpan(offset));

    static double[] Doubles(byte[] frame, int offset, int count) => [.. Enumerable.Range(0, count).Select(i => Double(frame, offset + 8 * i))];
}

/// <summary>Values of one subscription: for each series of its generation one column (of one value in a tick).</summary>
internal sealed record LiveSegment(int Id, int Generation, double[][] Columns);
