using System.Net;
using System.Net.Sockets;
using System.Text;
using Barograph.Server.Measures;
using Barograph.Server.Processes;
using Barograph.Server.Query;
using Barograph.Server.Settings;
using Barograph.Server.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Barograph.Server.Tests.Query;

/// <summary>What happens to queries when there is no store yet, when one takes long, and when somebody hangs up.</summary>
public sealed class QueryTurnsTests
{
    // Four hundred medians over half an hour of seconds, each at every second of four days: minutes of work, little memory.
    static readonly string Heavy = string.Join('+', Enumerable.Range(257, 400)
        .Select(static divisor => $"max_over_time(quantile_over_time(0.5,(vector(time())%{divisor})[30m:1s])[96h:1s])"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // it has shut down its side only, and would still read: for the server that is the same
    public async Task Who_hangs_up_before_the_answer_gives_the_turn_back(bool half)
    {
        await using var server = await RunningServer.StartAsync(configure: static settings => settings with { QueryConcurrency = 1, QueryTimeout = TimeSpan.FromHours(1), QueryMaxSamples = 2_000_000_000 });
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Address.Host, server.Address.Port);
        var body = $"query={Uri.EscapeDataString(Heavy)}";
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST /api/v1/query HTTP/1.1\r\nHost: {server.Address.Authority}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        await UntilAsync(server, computing: 1);
        if (half)
            socket.Shutdown(SocketShutdown.Send);
        else
            socket.Close();
        await UntilAsync(server, computing: 0);
        using var client = server.Client;
        using var next = await client.GetAsync("/api/v1/query?query=1");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task Who_hangs_up_gives_the_turn_back()
    {
        await using var server = await RunningServer.StartAsync(configure: static settings => settings with { QueryConcurrency = 1, QueryTimeout = TimeSpan.FromHours(1), QueryMaxSamples = 2_000_000_000 });
        using var client = server.Client;
        using var hungUp = new CancellationTokenSource();
        using var form = new FormUrlEncodedContent([new("query", Heavy)]);
        var heavy = client.PostAsync("/api/v1/query", form, hungUp.Token);
        await UntilAsync(server, computing: 1);
        Assert.False(heavy.IsCompleted);
        await hungUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => heavy);
        await UntilAsync(server, computing: 0);
        using var next = await client.GetAsync("/api/v1/query?query=1");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    /// <summary>Waits until so many queries compute. The heavy one alone would go on for longer than this is patient.</summary>
    static async Task UntilAsync(RunningServer server, int computing)
    {
        var gate = server.Services.GetRequiredService<QueryGate>();
        for (var waited = 0; gate.Computing != computing; waited++)
        {
            Assert.True(waited < 6_000, $"{gate.Computing} queries compute, not {computing}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_query_that_takes_too_long_is_stopped()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client;
        using var form = new FormUrlEncodedContent([new("query", Heavy), new("timeout", "50ms")]);
        using var answer = await client.PostAsync("/api/v1/query", form);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.StartsWith("""{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_query_that_reads_too_much_names_the_limit()
    {
        await using var server = await RunningServer.StartAsync(configure: static settings => settings with { QueryMaxSamples = 1000 });
        using var client = server.Client;
        using var form = new FormUrlEncodedContent([new("query", "sum_over_time(vector(1)[1h:1s])")]);
        using var answer = await client.PostAsync("/api/v1/query", form);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("1,000", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("query?query=1", true)]
    [InlineData("labels", true)]
    [InlineData("metadata", true)]
    [InlineData("status/tsdb", true)]
    [InlineData("export?query=up&start=0&end=1&step=1", true)]
    [InlineData("format_query?query=1", false)]
    [InlineData("status/buildinfo", false)]
    public async Task While_the_store_is_being_opened_who_needs_it_is_told_to_come_back(string path, bool needsStore)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        var settings = new ServerSettings();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<OwnMeasures>();
        builder.Services.AddProcess();
        builder.Services.AddSingleton(static provider => ActivatorUtilities.CreateInstance<OpenedStore>(
            provider, new Func<Barograph.TimeSeries.IMetricStore>(static () => throw new InvalidOperationException())));
        builder.Services.AddQuery(settings);
        await using var app = builder.Build();
        app.MapQuery();
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        using var answer = await client.GetAsync($"/api/v1/{path}");
        Assert.Equal(needsStore ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(needsStore ? "1" : null, answer.Headers.RetryAfter?.ToString());
        Assert.Equal(needsStore, (await answer.Content.ReadAsStringAsync()).Contains("the store is being opened", StringComparison.Ordinal));
    }
}
