using Barograph.Server.Query;
using Barograph.Server.Settings;

namespace Barograph.Server.Tests.Query;

public sealed class QueryGateTests
{
    [Fact]
    public async Task Who_finds_no_room_waits_for_who_is_done()
    {
        using var gate = new QueryGate(1);
        var first = await gate.EnterAsync(CancellationToken.None);
        var second = gate.EnterAsync(CancellationToken.None).AsTask();
        Assert.False(second.IsCompleted);
        Assert.Equal(1, gate.Waiting);
        first.Dispose();
        (await second).Dispose();
        Assert.Equal(0, gate.Waiting);
    }

    [Fact]
    public async Task Who_waits_too_long_is_told_to_come_back()
    {
        using var gate = new QueryGate(1, TimeSpan.FromMilliseconds(20));
        using var turn = await gate.EnterAsync(CancellationToken.None);
        var refused = await Assert.ThrowsAsync<ApiErrorException>(async () => await gate.EnterAsync(CancellationToken.None));
        Assert.Equal(("unavailable", 503), (refused.Error.Type, refused.Error.Status));
        Assert.NotNull(refused.Error.RetryAfterSeconds);
        Assert.Equal(0, gate.Waiting);
    }

    [Fact]
    public async Task Who_hangs_up_waits_no_longer()
    {
        using var gate = new QueryGate(1);
        using var turn = await gate.EnterAsync(CancellationToken.None);
        using var hungUp = new CancellationTokenSource();
        var waiting = gate.EnterAsync(hungUp.Token).AsTask();
        await hungUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, gate.Waiting);
    }

    [Fact]
    public void The_switch_for_experimental_PromQL_needs_no_value()
    {
        Assert.True(Read("--promql-experimental").PromQLExperimental);
        Assert.True(Read("--promql-experimental", "--collect", "off").PromQLExperimental);
        Assert.True(Read("--promql-experimental=true").PromQLExperimental);
        Assert.False(Read("--promql-experimental", "false").PromQLExperimental);
        Assert.False(Read().PromQLExperimental);
    }

    static ServerSettings Read(params string[] arguments)
    {
        Assert.True(SettingsReader.TryRead(arguments, new Dictionary<string, string>(StringComparer.Ordinal), out var settings, out _));
        return settings!;
    }
}
