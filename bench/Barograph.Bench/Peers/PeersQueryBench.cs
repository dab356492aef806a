using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Barograph.Bench;

/// <summary>
/// The same questions to Barograph, Prometheus and VictoriaMetrics over HTTP, on the same data: milliseconds at p50 and p95, processor
/// time of the server, and ours as a share of the better peer's. Rounds are interleaved, each in an order of its own, so that what else the machine does meets all alike.
/// <para>Arguments: the program <c>barograph</c>, rounds (15), a folder (a new one; one that was loaded before is used again), the first of
/// three ports (21300), a part of the rows' names, series of the wide set (10000).</para>
/// </summary>
internal static class PeersQueryBench
{
    const long Hour = 3600;

    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    static readonly Row[] Rows =
    [
        Row.Range("one raw series, 24 h at 15 s", "long_total{job=\"j1\",instance=\"10.0.0.7:9100\"}", 24 * Hour, 15),
        Row.Instant("one raw series, the samples of 24 h", "long_celsius{job=\"j1\",instance=\"10.0.0.7:9100\"}[24h]"),
        Row.Range("sum by (job)(rate[5m]), 10,000 series, 1 h at 15 s", "sum by (job) (rate(wide_bucket[5m]))", Hour, 15),
        Row.Range("sum by (job)(rate[5m]), 500 series, 24 h at 60 s", "sum by (job) (rate(long_total[5m]))", 24 * Hour, 60),
        Row.Range("topk(5, rate[5m]), 10,000 series, 1 h at 15 s", "topk(5, rate(wide_bucket[5m]))", Hour, 15),
        Row.Range("histogram_quantile(sum by (le)), 10,000 series", "histogram_quantile(0.99, sum by (le) (rate(wide_bucket[5m])))", Hour, 15),
        Row.Range("quantile_over_time(0.9, [5m]), 1,000 series", "quantile_over_time(0.9, wide_bucket{job=\"j1\"}[5m])", Hour, 15),
        Row.Range("quantile_over_time(0.9, [1h]), 50 series, 24 h at 60 s", "quantile_over_time(0.9, long_celsius{job=\"j1\"}[1h])", 24 * Hour, 60),
        Row.Range("100-series chart, 24 h at 60 s", "long_celsius{job=~\"j[12]\"}", 24 * Hour, 60),
        Row.Instant("instant, 10,000 series", "wide_bucket"),
        Row.Instant("instant count of everything, 111,000 series", "count({__name__=~\".+\"})"),
        new("label values, 100,000", static (_, _) => "/api/v1/label/pod/values?"),
        Row.Range("the same sum over 24 h again, caches on", "sum by (job) (rate(long_total[5m]))", 24 * Hour, 60) with { UsesCaches = true },
        Row.Range("the same sum over 1 h again, caches on", "sum by (job) (rate(wide_bucket[5m]))", Hour, 15) with { UsesCaches = true },
    ];

    public static void Run(string[] arguments)
    {
        if (arguments.Length == 0)
        {
            Console.Error.WriteLine("peers-query <program barograph> [rounds] [folder] [port] [part of a row's name] [wide series]");
            return;
        }

        string Argument(int index, string otherwise) => index < arguments.Length && arguments[index].Length > 0 ? arguments[index] : otherwise;
        CompareAsync(
            arguments[0],
            int.Parse(Argument(1, "15"), CultureInfo.InvariantCulture),
            Argument(2, "") is { Length: > 0 } folder ? folder : Directory.CreateTempSubdirectory("peers-").FullName,
            int.Parse(Argument(3, "21300"), CultureInfo.InvariantCulture),
            Argument(4, ""),
            int.Parse(Argument(5, "10000"), CultureInfo.InvariantCulture)).GetAwaiter().GetResult();
    }

    static async Task CompareAsync(string barograph, int rounds, string folder, int port, string only, int wideSeries)
    {
        Directory.CreateDirectory(folder);
        var loadedMs = PeerData.EndOf(folder);
        var endMs = loadedMs ?? DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 60 * 60_000;
        var peers = await Peer.StartAllAsync(barograph, folder, port);
        try
        {
            if (loadedMs is null)
            {
                var data = new PeerData(endMs, wideSeries);
                await data.LoadAsync(peers);
                data.Remember(folder);
                await Task.Delay(TimeSpan.FromSeconds(5)); // what was written last is seen in VictoriaMetrics after two seconds
            }

            Console.WriteLine($"{"",-56}{string.Concat(peers.Select(static peer => $"{peer.Name,-26}"))}{"share of the better peer",-26}");
            Console.WriteLine($"{"",-56}{string.Concat(peers.Select(static _ => $"{"p50 ms",8}{"p95 ms",8}{"CPU ms",8}  "))}{"p50",8}{"p95",8}  answers");
            Row[] rows = [.. Rows.Where(row => row.Name.Contains(only, StringComparison.Ordinal))];

            // Servers that have just started, and this program, still compile and read their files in: the first row would pay for it.
            if (rows is [var first, ..])
                await WarmUpAsync(first.AddressAt(endMs / 1000), peers, Settling);
            foreach (var row in rows)
                await CompareAsync(row, peers, rounds, endMs / 1000);
        }
        finally
        {
            foreach (var peer in peers)
                await peer.DisposeAsync();
        }
    }

    static async Task CompareAsync(Row row, List<Peer> peers, int rounds, long endSeconds)
    {
        var address = row.AddressAt(endSeconds);
        var answers = await WarmUpAsync(address, peers, WarmUp);
        var times = peers.Select(_ => new double[rounds]).ToArray();
        var cpu = new double[peers.Count];
        var (random, order) = (new Random(1), Enumerable.Range(0, peers.Count).ToArray());
        for (var round = 0; round < rounds; round++)
        {
            // A collector may still be at work when its server has answered, and whoever comes next pays for it: each is next after each as often.
            random.Shuffle(order);
            foreach (var i in order)
            {
                var before = peers[i].Cpu;
                times[i][round] = (await peers[i].AskAsync(address)).Milliseconds;
                cpu[i] += (peers[i].Cpu - before).TotalMilliseconds / rounds;
            }
        }

        foreach (var one in times)
            Array.Sort(one);
        double At(int peer, int percent) => times[peer][Math.Min(rounds - 1, rounds * percent / 100)];
        var line = $"{row.Name,-56}";
        for (var i = 0; i < peers.Count; i++)
            line += $"{At(i, 50),8:0.0}{At(i, 95),8:0.0}{cpu[i],8:0.0}  ";
        if (peers.Count > 1)
        {
            double Share(int percent) => At(0, percent) / Enumerable.Range(1, peers.Count - 1).Min(i => At(i, percent));
            line += $"{Share(50),8:0.00}{Share(95),8:0.00}  ";
        }

        Console.WriteLine(line + string.Join(" / ", answers.Select(Sum)));
    }

    /// <summary>Asks each of them for a while: code that is compiled while it runs is compiled for good after some sixty calls, a second or two later.</summary>
    /// <returns>The last answer of each.</returns>
    static async Task<byte[][]> WarmUpAsync(string address, List<Peer> peers, TimeSpan time)
    {
        var answers = new byte[peers.Count][];
        for (var i = 0; i < peers.Count; i++)
        {
            for (var (warm, started) = (0, Stopwatch.GetTimestamp()); warm < 10 || Stopwatch.GetElapsedTime(started) < time; warm++)
                answers[i] = (await peers[i].AskAsync(address)).Body;
        }

        return answers;
    }

    /// <summary>How many results an answer has, so that one can see that they did the same.</summary>
    static string Sum(byte[] answer)
    {
        using var json = JsonDocument.Parse(answer);
        var data = json.RootElement.GetProperty("data");
        if (data.ValueKind == JsonValueKind.Array)
            return $"{data.GetArrayLength()}";
        var (series, samples) = (0, 0);
        foreach (var one in data.GetProperty("result").EnumerateArray())
        {
            series++;
            samples += one.TryGetProperty("values", out var values) ? values.GetArrayLength() : 1;
        }

        return $"{series}×{samples}";
    }

    sealed record Row(string Name, Func<long, string, string> Address)
    {
        public bool UsesCaches { get; init; }

        public string AddressAt(long endSeconds) => Address(endSeconds, UsesCaches ? "" : "&nocache=1");

        public static Row Range(string name, string query, long seconds, long step) => new(name, (end, more) =>
            string.Create(CultureInfo.InvariantCulture, $"/api/v1/query_range?query={Uri.EscapeDataString(query)}&start={end - seconds}&end={end}&step={step}{more}"));

        public static Row Instant(string name, string query) => new(name, (end, more) =>
            string.Create(CultureInfo.InvariantCulture, $"/api/v1/query?query={Uri.EscapeDataString(query)}&time={end}{more}"));
    }
}
