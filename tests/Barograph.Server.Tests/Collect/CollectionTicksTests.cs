using Barograph.Server.Collect;

namespace Barograph.Server.Tests.Collect;

public sealed class CollectionTicksTests
{
    readonly ManualClock _clock = new(DateTimeOffset.UnixEpoch);
    readonly CollectionTicks _ticks;

    public CollectionTicksTests() => _ticks = new CollectionTicks(TimeSpan.FromSeconds(1), _clock);

    static CancellationToken Never => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_finished_tick_is_not_waited_for()
    {
        _ticks.Publish(5000);
        Assert.True(await _ticks.WaitForAsync(4000, TimeSpan.Zero, Never));
        Assert.Equal(5000, _ticks.LastCompletedMs);
    }

    [Fact]
    public async Task A_wait_ends_with_its_tick_or_a_later_one_and_not_with_an_earlier_one()
    {
        var exact = _ticks.WaitForAsync(2000, TimeSpan.FromSeconds(9), Never).AsTask();
        var skipped = _ticks.WaitForAsync(2500, TimeSpan.FromSeconds(9), Never).AsTask();
        _ticks.Publish(1000);
        _clock.WaitForTimers(2);
        Assert.False(exact.IsCompleted);
        _ticks.Publish(2000);
        Assert.True(await exact);
        _ticks.Publish(3000);
        Assert.True(await skipped);
    }

    [Fact]
    public async Task A_wait_ends_when_its_time_is_up()
    {
        var wait = _ticks.WaitForAsync(2000, TimeSpan.FromSeconds(2), Never).AsTask();
        _clock.WaitForTimers(1);
        _clock.Advance(2000);
        Assert.False(await wait);
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_cancelled()
    {
        using var hungUp = new CancellationTokenSource();
        var wait = _ticks.WaitForAsync(2000, TimeSpan.FromSeconds(2), hungUp.Token).AsTask();
        await hungUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }
}
