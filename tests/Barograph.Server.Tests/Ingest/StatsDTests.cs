using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Barograph.Server.Ingest;
using Barograph.Server.Ingest.StatsD;
using Barograph.Server.Sources;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Ingest;

public sealed class StatsDTests
{
    static readonly DateTimeOffset Start = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    readonly StatsDMetrics _metrics = new();
    readonly MemoryStore _store = new();
    DateTimeOffset _now = Start;

    string? Add(string line)
    {
        var refused = new RefusedList();
        _metrics.Add(Encoding.UTF8.GetBytes(line), _now, refused);
        return refused.ByReason is [var first, ..] ? first.Example : null;
    }

    async Task<long> FlushAsync(long? zeroMs = null)
    {
        _now += TimeSpan.FromSeconds(10);
        var decoded = new DecodedRequest(new IngestLimits(), new KnownMetadata());
        decoded.Begin();
        _metrics.Flush(decoded, _now.ToUnixTimeMilliseconds(), zeroMs, _now);
        var result = await _store.AppendAsync(decoded.Batch, TestContext.Current.CancellationToken);
        Assert.Equal(0, result.Rejected);
        return _now.ToUnixTimeMilliseconds();
    }

    double Last(string series) => _store.Samples(series).Values.Last();

    [Fact]
    public async Task Each_type_becomes_its_metric()
    {
        foreach (var line in (string[])[
            "shop.orders:1|c", "shop.orders:2|c|@0.1", "depth:7|g", "depth:-3|g", "depth:+1|g",
            "login:250|ms", "login:750|ms", "size:10:20:30|h|#kind:big,plain", "users:anna|s", "users:ben|s", "users:anna|s"])
            Assert.Null(Add(line));
        await FlushAsync();
        Assert.Equal(21, Last("shop_orders_total{job=\"statsd\"}"));
        Assert.Equal(5, Last("depth{job=\"statsd\"}"));
        Assert.Equal((1.0, 2.0), (Last("login_seconds_sum{job=\"statsd\"}"), Last("login_seconds_count{job=\"statsd\"}")));
        Assert.InRange(Last("login_seconds{job=\"statsd\",quantile=\"0.99\"}"), 0.74, 0.76);
        Assert.Equal(60, Last("size_sum{job=\"statsd\",kind=\"big\",plain=\"true\"}"));
        Assert.InRange(Last("size{job=\"statsd\",kind=\"big\",plain=\"true\",quantile=\"0.5\"}"), 19.8, 20.2);
        Assert.Equal(2, Last("users{job=\"statsd\"}"));
    }

    [Theory]
    [InlineData("temp:1,5|g")]
    [InlineData("x:NaN|g")]
    [InlineData("x:inf|g")]
    [InlineData("c:-1|c")]
    [InlineData("h:  0.11  -0.05|h")]
    [InlineData("t:12ms|ms")]
    [InlineData("c:1|c|@0")]
    [InlineData("c:1|c|@2")]
    [InlineData("c:1|c|@abc")]
    [InlineData("c:1|c|@")]
    [InlineData("c:1e308|c|@0.001")]
    [InlineData("c:1|x")]
    [InlineData("c:1|")]
    [InlineData("c:1")]
    [InlineData("c")]
    [InlineData(":1|c")]
    [InlineData("c:|c")]
    [InlineData("s:|s")]
    public async Task A_value_that_is_refused_leaves_no_series(string line)
    {
        Assert.NotNull(Add(line));
        await FlushAsync();
        Assert.Equal(0, _metrics.Count);
        Assert.Empty(_store.Series);
    }

    [Fact]
    public async Task Of_several_values_the_good_ones_count_and_each_bad_one_is_refused()
    {
        var refused = new RefusedList();
        Assert.Equal(2, _metrics.Add("h:1:x:2:y|h"u8, _now, refused));
        Assert.Equal(2, Assert.Single(refused.ByReason).Count);
        await FlushAsync();
        Assert.Equal(3, Last("h_sum{job=\"statsd\"}"));
    }

    [Fact]
    public async Task Totals_go_on_from_flush_to_flush_and_quantiles_and_sets_start_anew()
    {
        Add("orders:5|c");
        Add("login:100|ms");
        Add("users:anna|s");
        await FlushAsync();
        Add("orders:2|c");
        await FlushAsync();
        Assert.Equal([5, 7], _store.Samples("orders_total{job=\"statsd\"}").Values);
        Assert.Equal([1, 1], _store.Samples("login_seconds_count{job=\"statsd\"}").Values);
        Assert.True(Barograph.TimeSeries.StaleMarker.Is(Last("login_seconds{job=\"statsd\",quantile=\"0.5\"}")));
        Assert.Equal([1, 0], _store.Samples("users{job=\"statsd\"}").Values);
    }

    [Fact]
    public async Task A_counter_that_appears_was_zero_before_so_that_its_first_increments_count()
    {
        var before = await FlushAsync();
        Add("late:3|c");
        await FlushAsync(zeroMs: before);
        Assert.Equal([0, 3], _store.Samples("late_total{job=\"statsd\"}").Values);
    }

    [Fact]
    public async Task What_nobody_sends_for_an_hour_ends_and_is_forgotten()
    {
        Add("gone:3|g");
        await FlushAsync();
        _now += TimeSpan.FromHours(1);
        await FlushAsync();
        Assert.True(Barograph.TimeSeries.StaleMarker.Is(Last("gone{job=\"statsd\"}")));
        Assert.Equal(0, _metrics.Count);
    }

    [Theory]
    [InlineData("nonsense", "expected name:value|type")]
    [InlineData(":1|c", "expected name:value|type")]
    [InlineData("a:1", "the type is not one of")]
    [InlineData("a:1|x", "the type is not one of")]
    [InlineData("a:|c", "it has no value")]
    [InlineData("a:one|c", "'one' is not a number")]
    [InlineData("a:NaN|g", "'NaN' is not a number")]
    [InlineData("a:1|c|@0", "the sample rate")]
    [InlineData("a:1|c|@2", "the sample rate")]
    [InlineData("a:-1|c", "a counter cannot fall")]
    [InlineData("_e{5,4}:title|text", "events and service checks are not kept")]
    public void What_is_wrong_is_told_with_the_line(string line, string problem)
    {
        Assert.Contains(problem, Add(line), StringComparison.Ordinal);
        Assert.Contains(line[..Math.Min(line.Length, 80)], Add(line), StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_a_limit_on_metrics_and_known_ones_go_on()
    {
        for (var i = 0; i < StatsDMetrics.MetricsMax; i++)
            Assert.Null(Add($"m:1|c|#i:{i}"));
        Assert.Contains("100000 metrics are held", Add("m:1|c|#i:new"), StringComparison.Ordinal);
        Assert.Null(Add("m:1|c|#i:7"));
    }

    [Fact]
    public void No_packet_whatever_throws()
    {
        const int Seed = 8125;
        var random = new Random(Seed);
        byte[][] good = [.. ((string[])["a.b:1|c|@0.5|#x:y,z|c:abc|T16", "t:1:2:3|ms", "g:-5|g", "s:x|s", "_e{1,1}:a|b", ""]).Select(Encoding.UTF8.GetBytes)];
        var refused = new RefusedList();
        for (var i = 0; i < 100_000; i++)
        {
            var line = (byte[])good[random.Next(good.Length)].Clone();
            for (var flips = random.Next(4); flips > 0 && line.Length > 0; flips--)
                line[random.Next(line.Length)] = (byte)random.Next(256);
            _metrics.Add(line.AsSpan(0, random.Next(line.Length + 1)), _now, refused);
        }
    }

    [Fact]
    public async Task Packets_over_UDP_of_a_real_client_arrive_and_what_is_wrong_with_them_is_told()
    {
        await using var server = await RunningServer.StartAsync(configure: static settings => settings with { StatsDPort = 0 });
        var listener = server.Services.GetRequiredService<StatsDListener>();
        using (var client = new UdpClient())
            await client.SendAsync(Encoding.UTF8.GetBytes("direct:4|c|#a:b\nbroken\n"), "127.0.0.1", listener.EndPoint.Port, TestContext.Current.CancellationToken);
        var real = File.Exists("/usr/lib/python3/dist-packages/statsd/__init__.py");
        if (real)
        {
            var code = $"import statsd; c = statsd.StatsClient('127.0.0.1', {listener.EndPoint.Port}); c.incr('py.hits', 3); c.gauge('py.depth', 9); c.timing('py.login', 120); c.set('py.users', 'anna')";
            using var python = Process.Start("/usr/bin/python3", ["-c", code]);
            await python.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, python.ExitCode);
        }

        var sources = server.Services.GetRequiredService<SourceLedger>();
        await Peer.UntilAsync(() => Task.FromResult(sources.All.Sum(static source => source.Samples) == (real ? 5 : 1)), "the packets came");
        var status = Assert.Single(sources.All);
        Assert.Equal((StatsDListener.Door, 1L), (status.Door, status.Rejected));
        Assert.Contains("broken", status.LastRejection, StringComparison.Ordinal);

        await listener.FlushAsync(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), null, TestContext.Current.CancellationToken);
        using var http = server.Client;
        var answer = await http.GetStringAsync("/api/v1/query?query=%7Bjob=%22statsd%22%7D", TestContext.Current.CancellationToken);
        Assert.Contains("direct_total", answer, StringComparison.Ordinal);
        if (!real)
            Assert.Skip("the Python client is not installed (apt install python3-statsd)");
        foreach (var name in new[] { "py_hits_total", "py_depth", "py_login_seconds_sum", "py_users" })
            Assert.Contains($"\"{name}\"", answer, StringComparison.Ordinal);
    }
}
