using System.Collections.Concurrent;
using System.Globalization;

namespace Barograph.Bench;

/// <summary>
/// Viewers who each have a dashboard of ten panels open that asks anew every 10 s, as Grafana does it (ends at whole steps), while 10,000
/// series get a sample every 10 s: how long a query takes, and which share is under 100 ms. There are ten dashboards, so that ten viewers
/// look at the same one. Arguments: the program <c>barograph</c>, a folder of its own (a new one; one that was loaded before goes on), viewers (100),
/// seconds (60), a port (21300).
/// </summary>
internal static class ViewersBench
{
    const double Wanted = 100;

    static readonly TimeSpan Refresh = TimeSpan.FromSeconds(10);

    static readonly (string Query, int Hours, int StepSeconds)[] Panels =
    [
        ("sum by (job) (rate(wide_bucket{job=\"$j\"}[5m]))", 1, 15),
        ("sum by (le) (rate(wide_bucket{job=\"$j\"}[5m]))", 1, 15),
        ("histogram_quantile(0.99, sum by (le) (rate(wide_bucket{job=\"$j\"}[5m])))", 1, 15),
        ("topk(5, rate(wide_bucket{job=\"$j\",le=\"+Inf\"}[5m]))", 1, 15),
        ("avg by (le) (wide_bucket{job=\"$j\"})", 1, 15),
        ("sum(rate(long_total[5m]))", 24, 300),
        ("sum by (job) (rate(long_total[5m]))", 6, 60),
        ("long_celsius{job=\"$j\"}", 6, 60),
        ("max_over_time(long_celsius{job=\"$j\"}[10m])", 6, 60),
        ("count(wide_bucket{job=\"$j\"})", 1, 15),
    ];

    public static void Run(string[] arguments)
    {
        if (arguments.Length == 0)
        {
            Console.Error.WriteLine("viewers <program barograph> [folder] [viewers] [seconds] [port]");
            return;
        }

        int Argument(int index, int otherwise) => index < arguments.Length ? int.Parse(arguments[index], CultureInfo.InvariantCulture) : otherwise;
        var folder = arguments.Length > 1 && arguments[1].Length > 0 ? arguments[1] : Directory.CreateTempSubdirectory("viewers-").FullName;
        MeasureAsync(arguments[0], folder, Argument(2, 100), TimeSpan.FromSeconds(Argument(3, 60)), Argument(4, 21300)).GetAwaiter().GetResult();
    }

    static async Task MeasureAsync(string program, string folder, int viewers, TimeSpan time, int port)
    {
        Directory.CreateDirectory(folder);
        var loadedMs = PeerData.EndOf(folder);
        var endMs = loadedMs ?? DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 60 * 60_000;
        await using var server = await Peer.StartAsync(program, folder, port);
        var data = new PeerData(endMs, 10_000);
        if (loadedMs is null)
        {
            await data.LoadAsync([server]);
            data.Remember(folder);
        }

        using var over = new CancellationTokenSource();
        // The time of the data goes on where it ended, whenever that was.
        var startedAt = DateTimeOffset.UtcNow;
        long NowMs() => endMs + (long)(DateTimeOffset.UtcNow - startedAt).TotalMilliseconds;
        var feeding = FeedAsync(server, data, endMs, over.Token);
        var milliseconds = new ConcurrentBag<double>();
        await WatchAllAsync(server, viewers, Refresh * 3, NowMs, []); // until code is compiled and results are cached
        var before = server.Cpu;
        await WatchAllAsync(server, viewers, time, NowMs, milliseconds);
        var cpu = (server.Cpu - before) / time;
        await over.CancelAsync();
        await feeding;
        new PeerData(NowMs() / 60_000 * 60_000 + 60_000, 0).Remember(folder); // where the next run goes on

        var sorted = milliseconds.Order().ToArray();
        double At(int percent) => sorted[Math.Min(sorted.Length - 1, sorted.Length * percent / 100)];
        Console.WriteLine($"viewers: {viewers} with {Panels.Length} panels each, asked anew every {Refresh.TotalSeconds:0} s; {sorted.Length / time.TotalSeconds:0} queries a second for {time.TotalSeconds:0} s");
        Console.WriteLine($"  p50 {At(50):0.0} ms, p95 {At(95):0.0} ms, p99 {At(99):0.0} ms; {100.0 * sorted.Count(static one => one < Wanted) / sorted.Length:0.0} % under {Wanted} ms; {cpu:0.00} processors busy");
    }

    static Task WatchAllAsync(Peer server, int viewers, TimeSpan time, Func<long> nowMs, ConcurrentBag<double> milliseconds) =>
        Task.WhenAll(Enumerable.Range(0, viewers).Select(viewer => WatchAsync(server, viewer, Refresh * viewer / viewers, time, nowMs, milliseconds)));

    static async Task WatchAsync(Peer server, int viewer, TimeSpan firstAfter, TimeSpan time, Func<long> nowMs, ConcurrentBag<double> milliseconds)
    {
        var until = DateTimeOffset.UtcNow + time;
        await Task.Delay(firstAfter);
        using var timer = new PeriodicTimer(Refresh);
        do
        {
            // All panels of a dashboard ask at once.
            var answers = await Task.WhenAll(Panels.Select(panel => AskAsync(server, Address(panel, viewer, nowMs() / 1000))));
            foreach (var took in answers)
                milliseconds.Add(took);
        }
        while (DateTimeOffset.UtcNow + Refresh < until && await timer.WaitForNextTickAsync());
    }

    // One that was told to come back later did not answer in time.
    static async Task<double> AskAsync(Peer server, string address)
    {
        try
        {
            return (await server.AskAsync(address)).Milliseconds;
        }
        catch (InvalidOperationException)
        {
            return double.PositiveInfinity;
        }
    }

    static string Address((string Query, int Hours, int StepSeconds) panel, int viewer, long nowSeconds)
    {
        var end = nowSeconds / panel.StepSeconds * panel.StepSeconds;
        var query = panel.Query.Replace("$j", $"j{viewer % 10}", StringComparison.Ordinal);
        return string.Create(CultureInfo.InvariantCulture, $"/api/v1/query_range?query={Uri.EscapeDataString(query)}&start={end - panel.Hours * 3600}&end={end}&step={panel.StepSeconds}");
    }

    static async Task FeedAsync(Peer server, PeerData data, long timeMs, CancellationToken over)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(10));
        try
        {
            while (await timer.WaitForNextTickAsync(over))
                await server.WriteAsync(IronSnappy.Snappy.Encode(data.NextWide(timeMs += 10_000)));
        }
        catch (OperationCanceledException)
        {
            // measured
        }
    }
}
