using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Barograph.Bench;

/// <summary>
/// The same questions to Barograph, Prometheus and VictoriaMetrics over HTTP, on the same data: milliseconds at p50 and p95, processor
/// time of the server, and ours as a share of the better peer's. Rounds are interleaved, each in an order of its own, so that what else the machine does meets all alike.
/// A refresh is the same hour a step later each time, after all servers got the samples of that step.
/// <para>Arguments: the program <c>barograph</c>, rounds (15), a folder (a new one; one that was loaded before is used again), the first of
/// three ports (21300), a part of the rows' names, series of the wide set (10000).</para>
/// </summary>
internal static class PeersQueryBench
{
    const int WarmUpMoves = 20;

    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    // What servers still do with samples that they have answered for is not what a question costs.
    static readonly TimeSpan AfterFeeding = TimeSpan.FromSeconds(0.3);

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
        var endMs = loadedMs ?? PeerData.NewEndMs();
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
            PeerQuery[] rows = [.. PeerQuery.All.Where(row => row.Name.Contains(only, StringComparison.Ordinal))];

            // Servers that have just started, and this program, still compile and read their files in: the first row would pay for it.
            if (rows is [var first, ..])
                await WarmUpAsync(first.AddressAt(endMs / 1000), peers, Settling);
            foreach (var row in rows)
            {
                if (row.MovesBySeconds == 0)
                    await CompareAsync(row, peers, rounds, endMs / 1000);
                else
                    await CompareRefreshAsync(row, peers, rounds, new PeerData(endMs, wideSeries).FeedAsync(peers, folder, row.MovesBySeconds));
            }
        }
        finally
        {
            foreach (var peer in peers)
                await peer.DisposeAsync();
        }
    }

    static async Task CompareAsync(PeerQuery row, List<Peer> peers, int rounds, long endSeconds)
    {
        var address = row.AddressAt(endSeconds);
        var answers = await WarmUpAsync(address, peers, WarmUp);
        var round = new Rounds(peers);
        for (var i = 0; i < rounds; i++)
            await round.AskAsync(address);
        round.Print(row.Name, answers);
    }

    static async Task CompareRefreshAsync(PeerQuery row, List<Peer> peers, int rounds, IAsyncEnumerable<long> ends)
    {
        var (warmingUp, round, moves) = (new Rounds(peers), new Rounds(peers), 0);
        await foreach (var end in ends)
        {
            await Task.Delay(AfterFeeding);
            var answers = await (moves < WarmUpMoves ? warmingUp : round).AskAsync(row.AddressAt(end));
            if (++moves < WarmUpMoves + rounds)
                continue;
            round.Print(row.Name, answers);
            return;
        }
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

    /// <summary>The same question to all, round by round.</summary>
    sealed class Rounds(List<Peer> peers)
    {
        readonly List<double>[] _milliseconds = [.. peers.Select(static _ => new List<double>())];
        readonly double[] _cpu = new double[peers.Count];
        readonly int[] _order = [.. Enumerable.Range(0, peers.Count)];
        readonly Random _random = new(1);

        public async Task<byte[][]> AskAsync(string address)
        {
            // A collector may still be at work when its server has answered, and whoever comes next pays for it: each is next after each as often.
            _random.Shuffle(_order);
            var answers = new byte[peers.Count][];
            foreach (var i in _order)
            {
                var before = peers[i].Cpu;
                (answers[i], var milliseconds) = await peers[i].AskAsync(address);
                _milliseconds[i].Add(milliseconds);
                _cpu[i] += (peers[i].Cpu - before).TotalMilliseconds;
            }

            return answers;
        }

        public void Print(string name, byte[][] answers)
        {
            var rounds = _milliseconds[0].Count;
            foreach (var one in _milliseconds)
                one.Sort();
            double At(int peer, int percent) => _milliseconds[peer][Math.Min(rounds - 1, rounds * percent / 100)];
            var line = $"{name,-56}";
            for (var i = 0; i < peers.Count; i++)
                line += $"{At(i, 50),8:0.0}{At(i, 95),8:0.0}{_cpu[i] / rounds,8:0.0}  ";
            if (peers.Count > 1)
            {
                double Share(int percent) => At(0, percent) / Enumerable.Range(1, peers.Count - 1).Min(i => At(i, percent));
                line += $"{Share(50),8:0.00}{Share(95),8:0.00}  ";
            }

            Console.WriteLine(line + string.Join(" / ", answers.Select(Sum)));
        }
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
}
