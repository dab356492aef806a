using System.Diagnostics;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Query;

/// <summary>Debian's promtool, a client that none of us wrote, against the server.</summary>
public sealed class PromtoolTests
{
    [Fact]
    public async Task Promtool_reads_everything_it_knows_to_ask_for()
    {
        if (!File.Exists("/usr/bin/promtool"))
            Assert.Skip("promtool is not installed (apt install prometheus)");
        await using var server = await RunningServer.StartAsync(configure: static settings => settings with { Retention = null });
        await server.AppendAsync(Labels.Of("__name__", "up", "job", "a"), (60_000, 1), (120_000, 2.5));
        await server.AppendAsync(Labels.Of("__name__", "up", "job", "b"), (60_000, double.PositiveInfinity));
        var url = server.Address.ToString().TrimEnd('/');

        Assert.Equal(
            "up{job=\"a\"} => 1 @[60]\nup{job=\"b\"} => +Inf @[60]\n",
            await RunAsync("query", "instant", "--time=60", url, "up"));
        Assert.Equal("scalar: 2 @[4]\n", await RunAsync("query", "instant", "--time=4", url, "1+1"));
        Assert.Equal(
            "up{job=\"a\"} =>\n1 @[60]\n2.5 @[120]\n",
            await RunAsync("query", "range", "--start=60", "--end=120", "--step=60s", url, "up{job=\"a\"}"));
        Assert.Equal(
            "{__name__=\"up\", job=\"a\"}\n{__name__=\"up\", job=\"b\"}\n",
            await RunAsync("query", "series", "--match=up", "--start=0", "--end=200", url));
        Assert.Equal("a\nb\n", await RunAsync("query", "labels", "--start=0", "--end=200", url, "job"));
        Assert.Contains("parse error", await RunAsync("query", "instant", url, "up{"));
    }

    static async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/promtool", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(patience.Token);
        return await output + await errors;
    }
}
