using System.Globalization;

namespace Barograph.Bench;

/// <summary>
/// The first minute: servers that have just started are asked each question of <see cref="PeersQueryBench"/> ten times, a fifth of a second apart, in the
/// order of its rows; prints how long the first, the second and the tenth answer took. What one row has compiled and read serves those below it. The
/// program may be the published one or the one that <c>./run</c> makes.
/// <para>Arguments: the program <c>barograph</c>, a folder (a new one; one that was loaded before is used again), the first of three ports (21300), a part
/// of the rows' names.</para>
/// </summary>
internal static class PeersFirstBench
{
    const int Times = 10;
    const int WideSeries = 10_000;

    static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.2);
    static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    public static void Run(string[] arguments)
    {
        if (arguments.Length == 0)
        {
            Console.Error.WriteLine("peers-first <program barograph> [folder] [port] [part of a row's name]");
            return;
        }

        string Argument(int index, string otherwise) => index < arguments.Length && arguments[index].Length > 0 ? arguments[index] : otherwise;
        var folder = Argument(1, "") is { Length: > 0 } named ? named : Directory.CreateTempSubdirectory("peers-").FullName;
        MeasureAsync(arguments[0], folder, int.Parse(Argument(2, "21300"), CultureInfo.InvariantCulture), Argument(3, "")).GetAwaiter().GetResult();
    }

    static async Task MeasureAsync(string barograph, string folder, int port, string only)
    {
        var endMs = await LoadAsync(barograph, folder, port);
        var peers = await Peer.StartAllAsync(barograph, folder, port);
        try
        {
            await Task.Delay(Settling);
            Console.WriteLine($"{"",-56}{string.Concat(peers.Select(static peer => $"{peer.Name,-26}"))}");
            Console.WriteLine($"{"milliseconds of an answer",-56}{string.Concat(peers.Select(static _ => $"{"first",8}{"second",8}{"tenth",8}  "))}");
            foreach (var row in PeerQuery.All.Where(row => row.MovesBySeconds == 0 && row.Name.Contains(only, StringComparison.Ordinal)))
            {
                var line = $"{row.Name,-56}";
                foreach (var peer in peers)
                    line += await AskAsync(peer, row.AddressAt(endMs / 1000));
                Console.WriteLine(line);
            }
        }
        finally
        {
            foreach (var peer in peers)
                await peer.DisposeAsync();
        }
    }

    static async Task<string> AskAsync(Peer peer, string address)
    {
        var milliseconds = new double[Times];
        for (var i = 0; i < Times; i++)
        {
            milliseconds[i] = (await peer.AskAsync(address)).Milliseconds;
            await Task.Delay(Pause);
        }

        return $"{milliseconds[0],8:0.0}{milliseconds[1],8:0.0}{milliseconds[^1],8:0.0}  ";
    }

    /// <summary>Loads a folder that nothing was loaded into, by processes that end: those that are measured have seen nothing.</summary>
    static async Task<long> LoadAsync(string barograph, string folder, int port)
    {
        Directory.CreateDirectory(folder);
        if (PeerData.EndOf(folder) is { } loaded)
            return loaded;
        var endMs = PeerData.NewEndMs();
        var peers = await Peer.StartAllAsync(barograph, folder, port);
        var data = new PeerData(endMs, WideSeries);
        await data.LoadAsync(peers);
        data.Remember(folder);
        foreach (var peer in peers)
            await peer.DisposeAsync();
        return endMs;
    }
}
