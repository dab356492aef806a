using System.Diagnostics;
using System.Text.Json;

namespace Barograph.EndToEnd;

/// <summary>The program as an agent on "another host", and a server that is not always there.</summary>
public sealed class AgentTests : IAsyncDisposable
{
    const string Host = "web-1";

    readonly string _folder = Directory.CreateTempSubdirectory("barograph-agent-").FullName;
    readonly HttpClient _client = new();
    Process? _agent;

    public async ValueTask DisposeAsync()
    {
        await KillAgentAsync();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_outage_and_kills_of_both_sides_lose_no_tick_and_double_none()
    {
        await using var server = await RunningServer.StartAsync("--collect", "off");
        StartAgent(server);
        await UntilAsync(async () => await StateAsync(server) == "live", "the host appears by itself");

        await server.KillAsync();
        await QueueGrowsAsync(ticks: 3);
        await KillAgentAsync();
        StartAgent(server);
        await QueueGrowsAsync(ticks: 3);
        await server.StartAgainAsync();
        await UntilAsync(async () => await LivesAsync(server) is [_, { Length: > 8 }], "both lives of the agent arrive", () => ShowAsync(server));

        // The agent counts its ticks; the first one of a life says 0. A missing number is a lost tick.
        Assert.All(await LivesAsync(server), static life => Assert.Equal(Enumerable.Range(0, life.Length), life));
        var sources = await _client.GetStringAsync(new Uri(server.Address, "api/v1/sources"), TestContext.Current.CancellationToken);
        Assert.Equal(0, JsonDocument.Parse(sources).RootElement.EnumerateArray().Sum(static source => source.GetProperty("rejected").GetInt32()));
    }

    void StartAgent(RunningServer server)
    {
        var start = RunningServer.StartInfo(["agent", "--server", server.Address.ToString(), "--data", _folder, "--instance", Host]);
        _agent = Process.Start(start)!;
        _agent.OutputDataReceived += static (_, _) => { };
        _agent.ErrorDataReceived += static (_, _) => { };
        _agent.BeginOutputReadLine();
        _agent.BeginErrorReadLine();
    }

    async Task KillAgentAsync()
    {
        if (_agent is null)
            return;
        _agent.Kill();
        await _agent.WaitForExitAsync();
        _agent.Dispose();
        _agent = null;
    }

    /// <summary>Waits until the agent has written so many times to its queue.</summary>
    async Task QueueGrowsAsync(int ticks)
    {
        var seen = new HashSet<DateTime>();
        var queue = Path.Combine(_folder, "queue");
        await UntilAsync(
            () =>
            {
                seen.Add(Directory.EnumerateFiles(queue, "*.log").Max(File.GetLastWriteTimeUtc));
                return Task.FromResult(seen.Count > ticks);
            },
            "the queue grows");
    }

    async Task<string> ShowAsync(RunningServer server) =>
        string.Join("; ", (await LivesAsync(server)).Select(static life => string.Join(',', life)));

    async Task<string?> StateAsync(RunningServer server)
    {
        var hosts = await _client.GetStringAsync(new Uri(server.Address, "api/v1/hosts"), TestContext.Current.CancellationToken);
        return JsonDocument.Parse(hosts).RootElement.GetProperty("hosts").EnumerateArray()
            .Where(static host => host.GetProperty("instance").GetString() == Host).Select(static host => host.GetProperty("state").GetString()).SingleOrDefault();
    }

    /// <summary>The tick counts that the server has, split where the agent began anew.</summary>
    async Task<List<int[]>> LivesAsync(RunningServer server)
    {
        var query = Uri.EscapeDataString($"barograph_collect_ticks_total{{instance=\"{Host}\"}}[10m]");
        var answer = await _client.GetStringAsync(new Uri(server.Address, $"api/v1/query?query={query}"), TestContext.Current.CancellationToken);
        var lives = new List<int[]>();
        foreach (var series in JsonDocument.Parse(answer).RootElement.GetProperty("data").GetProperty("result").EnumerateArray())
        {
            foreach (var sample in series.GetProperty("values").EnumerateArray())
            {
                var count = int.Parse(sample[1].GetString()!);
                if (count == 0)
                    lives.Add([]);
                lives[^1] = [.. lives[^1], count];
            }
        }

        return lives;
    }

    static async Task UntilAsync(Func<Task<bool>> holds, string what, Func<Task<string>>? show = null)
    {
        for (var waited = Stopwatch.StartNew(); !await holds();)
        {
            if (waited.Elapsed > TimeSpan.FromMinutes(3))
                Assert.Fail($"{what}: not within three minutes. {(show is null ? "" : await show())}");
            await Task.Delay(50);
        }
    }
}
