using System.Net.Http.Json;
using System.Text.Json;
using Barograph.Server.Hosts;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Hosts;

public sealed class HostListTests
{
    static readonly long NowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 1000 * 1000;

    static Labels Of(string metric, string host, params (string, string)[] more) =>
        Labels.From([new Label("__name__", metric), new Label("job", "host"), new Label("instance", host), .. more.Select(static one => new Label(one.Item1, one.Item2))]);

    static (long, double)[] Samples(long intervalMs, long agoMs) => [(NowMs - agoMs - intervalMs, 1), (NowMs - agoMs, 1)];

    sealed class Clock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
    }

    [Fact]
    public async Task A_host_is_live_until_three_of_its_intervals_are_over_and_then_silent()
    {
        await using var server = await RunningServer.StartAsync();
        await server.AppendAsync(Of("host_info", "busy", ("os_type", "linux"), ("host_arch", "amd64")), Samples(1000, agoMs: 2000));
        await server.AppendAsync(Of("host_info", "gone"), Samples(1000, agoMs: 16_000));
        await server.AppendAsync(Of("host_info", "slow"), Samples(60_000, agoMs: 170_000));
        await server.AppendAsync(Of("host_info", "old"), Samples(1000, agoMs: 3 * 3_600_000));
        await server.AppendAsync(Of("system_cpu_logical_count", "busy"), (NowMs - 2000, 8));
        var hosts = new HostList(server.Store, new Clock()).Read();
        Assert.Equal(
            [("busy", "live"), ("gone", "silent"), ("old", "silent"), ("slow", "live")], hosts.Select(static host => (host.Instance, host.State)));
        Assert.Equal((NowMs - 2000, "linux", "amd64", 8, null), (hosts[0].LastSeenMs, hosts[0].Os, hosts[0].Arch, hosts[0].Cores, hosts[0].MemoryBytes));
    }

    [Fact]
    public async Task A_host_whose_kernel_was_updated_and_one_whose_series_ended_are_each_there_once()
    {
        await using var server = await RunningServer.StartAsync();
        await server.AppendAsync(Of("host_info", "box", ("os_version", "5.10")), Samples(1000, agoMs: 30_000));
        await server.AppendAsync(Of("host_info", "box", ("os_version", "6.1")), Samples(1000, agoMs: 1000));
        await server.AppendAsync(Of("host_info", "ended"), (NowMs - 40_000, 1), (NowMs - 39_000, StaleMarker.Value));
        var hosts = new HostList(server.Store, new Clock()).Read();
        Assert.Equal([("box", "6.1", NowMs - 1000), ("ended", "", NowMs - 40_000)], hosts.Select(static host => (host.Instance, host.Kernel, host.LastSeenMs)));
    }

    [Fact]
    public async Task The_servers_own_host_is_listed_over_http()
    {
        await using var server = await RunningServer.StartAsync(TimeSpan.FromSeconds(1));
        using var client = server.Client;
        var hosts = default(JsonElement);
        await Ingest.Peer.UntilAsync(
            async () => (hosts = (await client.GetFromJsonAsync<JsonElement>("/api/v1/hosts")).GetProperty("hosts")).GetArrayLength() == 1, "the host is listed");
        Assert.Equal(Environment.MachineName, hosts[0].GetProperty("instance").GetString());
        Assert.Equal("live", hosts[0].GetProperty("state").GetString());
    }
}
