using System.Globalization;
using System.Net.WebSockets;
using System.Text;

namespace Barograph.Bench;

/// <summary>
/// What the live stream costs the server: viewers who all watch the same expressions over 1,000 series that get a sample each second. One
/// operation is one second. Arguments: the program <c>barograph</c>, viewers (100), seconds (20), a port (21305).
/// </summary>
internal static class LiveBench
{
    static readonly string[] Expressions =
    [
        "sum(rate(wide_bucket[1m]))", "sum by (job) (rate(wide_bucket[1m]))", "sum by (le) (rate(wide_bucket[1m]))", "histogram_quantile(0.99, sum by (le) (rate(wide_bucket[1m])))",
        "topk(5, rate(wide_bucket[1m]))", "avg by (job) (wide_bucket)", "max(wide_bucket)", "count(wide_bucket)", "sum by (instance) (wide_bucket)", "quantile(0.9, wide_bucket)",
        "wide_bucket{instance=\"10.0.0.1:9100\"}", "rate(wide_bucket{job=\"j1\",le=\"1\"}[1m])", "max_over_time(wide_bucket{job=\"j2\",le=\"1\"}[1m])", "sum(wide_bucket{le=\"1\"}) / sum(wide_bucket{le=\"+Inf\"})",
        "delta(wide_bucket{job=\"j3\",le=\"1\"}[30s])", "sum(wide_bucket) > 0", "min by (le) (wide_bucket)", "bottomk(3, wide_bucket)", "stddev(wide_bucket)", "wide_bucket{job=\"j4\",le=\"0.1\"} * 2",
    ];

    public static void Run(string[] arguments)
    {
        if (arguments.Length == 0)
        {
            Console.Error.WriteLine("live <program barograph> [viewers] [seconds] [port]");
            return;
        }

        int Argument(int index, int otherwise) => index < arguments.Length ? int.Parse(arguments[index], CultureInfo.InvariantCulture) : otherwise;
        MeasureAsync(arguments[0], Argument(1, 100), Argument(2, 20), Argument(3, 21305)).GetAwaiter().GetResult();
    }

    static async Task MeasureAsync(string program, int viewers, int seconds, int port)
    {
        var folder = Directory.CreateTempSubdirectory("live-").FullName;
        await using var server = await Peer.StartAsync(program, folder, port);
        using var over = new CancellationTokenSource();
        var feeding = FeedAsync(server, over.Token);
        await Task.Delay(TimeSpan.FromSeconds(5), CancellationToken.None);
        var nobody = await UseAsync(server, seconds);
        var bytes = new long[viewers];
        var watching = Enumerable.Range(0, viewers).Select(viewer => WatchAsync(server, bytes, viewer, over.Token)).ToArray();
        await Task.Delay(TimeSpan.FromSeconds(45), CancellationToken.None); // histories, and code that is compiled anew: it takes most of the first half minute
        var before = bytes.Sum();
        var watched = await UseAsync(server, seconds);
        Console.WriteLine($"live: {viewers} viewers of {Expressions.Length} expressions, 1,000 series at 1 s, {seconds} s");
        Console.WriteLine($"  processor time a second: {nobody:0.0} ms with nobody watching, {watched:0.0} ms with all; {(bytes.Sum() - before) / (double)seconds / 1e6:0.00} MB sent a second");
        await over.CancelAsync();
        await Task.WhenAll([feeding, .. watching]);
    }

    static async Task<double> UseAsync(Peer server, int seconds)
    {
        var before = server.Cpu;
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        return (server.Cpu - before).TotalMilliseconds / seconds;
    }

    static async Task FeedAsync(Peer server, CancellationToken over)
    {
        var data = new PeerData(0, 1000);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var timeMs = DateTimeOffset.UtcNow.ToUnixTimeSeconds() * 1000;
        try
        {
            while (await timer.WaitForNextTickAsync(over))
                await server.WriteAsync(IronSnappy.Snappy.Encode(data.NextWide(timeMs += 1000)));
        }
        catch (OperationCanceledException)
        {
            // measured
        }
    }

    static async Task WatchAsync(Peer server, long[] bytes, int viewer, CancellationToken over)
    {
        using var socket = new ClientWebSocket();
        var buffer = new byte[1 << 16];
        try
        {
            await socket.ConnectAsync(new Uri($"ws://{server.Address.Authority}/ws/live"), over);
            for (var i = 0; i < Expressions.Length; i++)
            {
                var message = $$"""{"type":"subscribe","id":{{i + 1}},"expr":{{System.Text.Json.JsonSerializer.Serialize(Expressions[i])}},"stepMs":1000,"rangeMs":60000}""";
                await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, over);
            }

            while (true)
                bytes[viewer] += (await socket.ReceiveAsync(buffer.AsMemory(), over)).Count;
        }
        catch (Exception end) when (end is OperationCanceledException or WebSocketException && over.IsCancellationRequested)
        {
            // measured
        }
    }
}
