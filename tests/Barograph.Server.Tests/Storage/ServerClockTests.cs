using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Storage;

/// <summary>The clock of a running server is set, two days ahead and back again.</summary>
public sealed class ServerClockTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task A_clock_that_was_ahead_is_said_and_this_host_is_collected_all_the_same()
    {
        var clock = new ShiftedClock();
        await using var server = await RunningServer.StartAsync(TimeSpan.FromSeconds(1), replace: services => services.AddSingleton<TimeProvider>(clock));
        using var client = server.Client;
        await WaitUntilAsync(() => UptimeAtAsync(client, clock));
        clock.Shift = TimeSpan.FromDays(2);
        await WaitUntilAsync(() => UptimeAtAsync(client, clock));
        clock.Shift = TimeSpan.Zero;
        var backAt = clock.GetUtcNow();
        await WaitUntilAsync(() => UptimeAtAsync(client, clock, since: backAt));
        await WaitUntilAsync(async () => (await client.GetStringAsync("/readyz")).Contains("lie in the future", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/readyz")).StatusCode);

        // Its own counters are among what is taken: nothing was refused.
        var refused = await QueryAsync(client, "barograph_collect_samples_rejected_total", clock.GetUtcNow());
        Assert.Equal("0", refused);
        Assert.NotNull(await QueryAsync(client, "system_uptime_seconds", clock.GetUtcNow() + TimeSpan.FromDays(2))); // still there when it is asked for
    }

    static async Task<bool> UptimeAtAsync(HttpClient client, TimeProvider clock, DateTimeOffset? since = null) =>
        await QueryAsync(client, "timestamp(system_uptime_seconds)", clock.GetUtcNow()) is { } time
            && double.Parse(time, System.Globalization.CultureInfo.InvariantCulture) > (since ?? clock.GetUtcNow().AddMinutes(-1)).ToUnixTimeSeconds() + 2;

    static async Task<string?> QueryAsync(HttpClient client, string expression, DateTimeOffset at)
    {
        var answer = await client.GetStringAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}&time={at.ToUnixTimeSeconds()}");
        using var json = JsonDocument.Parse(answer);
        var result = json.RootElement.GetProperty("data").GetProperty("result");
        return result.GetArrayLength() == 0 ? null : result[0].GetProperty("value")[1].GetString();
    }

    static async Task WaitUntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (!await isSo())
            await Task.Delay(200, patience.Token);
    }

    /// <summary>This machine's clock, and so much more or less; timers and elapsed time are as they are.</summary>
    sealed class ShiftedClock : TimeProvider
    {
        long _ticks;

        public TimeSpan Shift
        {
            set => Volatile.Write(ref _ticks, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Volatile.Read(ref _ticks));
    }
}
