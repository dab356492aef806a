using Barograph.Server.Collect;

namespace Barograph.Server.Tests.Collect;

public sealed class TickScheduleTests
{
    static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_700);

    readonly ManualClock _clock = new(Start);
    readonly TickSchedule _schedule;

    public TickScheduleTests() => _schedule = new TickSchedule(TimeSpan.FromSeconds(1), _clock);

    /// <summary>The next tick, in milliseconds after 1,700,000,000 s, with the clock moved as needed.</summary>
    async Task<long> NextAsync()
    {
        var next = _schedule.NextAsync(TestContext.Current.CancellationToken).AsTask();
        while (!next.IsCompleted)
        {
            _clock.WaitForTimers(1);
            _clock.Advance(100);
            await Task.WhenAny(next, Task.Delay(5));
        }

        return (await next).TimestampMs - 1_700_000_000_000;
    }

    [Fact]
    public async Task Ticks_are_whole_multiples_of_the_interval()
    {
        Assert.Equal(1000, await NextAsync());
        Assert.Equal(2000, await NextAsync());
        Assert.Equal(3000, await NextAsync());
        Assert.Equal(0, _schedule.MissedCount);
    }

    [Fact]
    public async Task A_tick_that_comes_a_little_late_is_taken_at_once()
    {
        Assert.Equal(1000, await NextAsync());
        _clock.Advance(1300);
        Assert.Equal(2000, await NextAsync());
        Assert.Equal(3000, await NextAsync());
    }

    [Fact]
    public async Task Late_ticks_are_skipped_and_counted_and_never_made_up_for()
    {
        Assert.Equal(1000, await NextAsync());
        _clock.Advance(3800);
        Assert.Equal(5000, await NextAsync());
        Assert.Equal(6000, await NextAsync());
        Assert.Equal(3, _schedule.MissedCount);
    }

    [Fact]
    public async Task A_clock_set_back_is_followed()
    {
        Assert.Equal(1000, await NextAsync());
        var next = _schedule.NextAsync(TestContext.Current.CancellationToken).AsTask();
        _clock.WaitForTimers(1);
        _clock.Step(-3_600_000);
        _clock.Advance(1000);
        Assert.Equal(1000 + 1000 - 3_600_000, (await next).TimestampMs - 1_700_000_000_000);
        Assert.Equal(0, _schedule.MissedCount);
    }

    [Fact]
    public async Task A_clock_set_forward_or_a_host_that_slept_leaves_a_gap()
    {
        Assert.Equal(1000, await NextAsync());
        _clock.Step(3_600_000);
        Assert.Equal(3_601_000, await NextAsync());
        Assert.Equal(3_602_000, await NextAsync());
        Assert.Equal(3599, _schedule.MissedCount);
    }

    [Fact]
    public async Task The_wait_ends_when_the_server_stops()
    {
        await NextAsync();
        using var stopping = new CancellationTokenSource();
        var next = _schedule.NextAsync(stopping.Token).AsTask();
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }
}
