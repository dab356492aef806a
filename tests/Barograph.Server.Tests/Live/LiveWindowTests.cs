using Barograph.Server.Live;

namespace Barograph.Server.Tests.Live;

public sealed class LiveWindowTests
{
    const long NowMs = 1_763_710_000_000;

    [Fact]
    public void A_range_ends_now_and_lies_on_multiples_of_the_step()
    {
        var window = Read(new ClientMessage("subscribe", StepMs: 15_000, RangeMs: 60_000), nowMs: 100_000);
        Assert.Equal((45_000, 90_000, 4, true), (window.StartMs, window.EndMs, window.Points, window.IsLive));
    }

    [Fact]
    public void A_window_of_the_past_has_both_its_ends()
    {
        var window = Read(new ClientMessage("subscribe", StepMs: 1000, StartMs: 10_000, EndMs: 12_000));
        Assert.Equal((10_000, 12_000, 3, false), (window.StartMs, window.EndMs, window.Points, window.IsLive));
    }

    [Fact]
    public void A_window_between_two_multiples_has_no_points() =>
        Assert.Equal(0, Read(new ClientMessage("subscribe", StepMs: 10_000, StartMs: 10_001, EndMs: 19_999)).Points);

    [Fact]
    public void Times_before_the_epoch_are_times()
    {
        var window = Read(new ClientMessage("subscribe", StepMs: 1000, StartMs: -2500, EndMs: -500));
        Assert.Equal((-2000, -1000), (window.StartMs, window.EndMs));
    }

    [Fact]
    public void A_long_step_that_is_not_over_is_looked_at_now()
    {
        var window = Read(new ClientMessage("subscribe", StepMs: 15_000, RangeMs: 60_000), nowMs: 100_000);
        Assert.Equal((100_000L, 1), (window.UnfinishedMs, window.Unfinished!.Points));
        Assert.Equal(100_000, window.Unfinished.StartMs);
        Assert.Null(window.UpTo(105_000).UnfinishedMs); // that is a point of its own
        Assert.Equal((105_000, 119_000L), (window.UpTo(119_000).EndMs, window.UpTo(119_000).UnfinishedMs));
    }

    [Fact]
    public void A_window_in_which_no_step_ends_has_its_unfinished_point_all_the_same()
    {
        var window = Read(new ClientMessage("subscribe", StepMs: 7_200_000, RangeMs: 600_000), nowMs: 7_500_000);
        Assert.Equal((1, 7_500_000L), (window.Points, window.UnfinishedMs));
        window = Read(new ClientMessage("subscribe", StepMs: 7_200_000, RangeMs: 200_000), nowMs: 7_500_000);
        Assert.Equal((0, 7_500_000L), (window.Points, window.UnfinishedMs));
    }

    [Fact]
    public void A_window_of_the_past_is_looked_at_where_it_ends_and_not_in_the_future()
    {
        var past = Read(new ClientMessage("subscribe", StepMs: 60_000, StartMs: 0, EndMs: 90_000));
        Assert.Equal((60_000, 90_000L), (past.EndMs, past.UnfinishedMs));
        var future = Read(new ClientMessage("subscribe", StepMs: 60_000, StartMs: 0, EndMs: 90_000), nowMs: 70_000);
        Assert.Equal(70_000, future.UnfinishedMs);
        Assert.Null(Read(new ClientMessage("subscribe", StepMs: 60_000, StartMs: 0, EndMs: 90_000), nowMs: 50_000).UnfinishedMs);
    }

    [Theory]
    [InlineData(1_000, 0)]
    [InlineData(5_000, 0)]
    [InlineData(10_000, 5_000)]
    [InlineData(300_000, 25_000)]
    [InlineData(7_200_000, 60_000)]
    [InlineData(86_400_000, 60_000)]
    public void An_unfinished_step_is_looked_at_every_few_seconds_to_a_minute(long stepMs, long everyMs) =>
        Assert.Equal(everyMs, LiveWindow.LookMs(stepMs));

    [Theory]
    [InlineData(999, 60_000L, null, null, "stepMs is from")]
    [InlineData(1500, 60_000L, null, null, "multiple of 1000")]
    [InlineData(1000, null, null, null, "is needed")]
    [InlineData(1000, 1L, 1L, null, "exclude each other")]
    [InlineData(1000, 1L, null, 1L, "exclude each other")]
    [InlineData(1000, -1L, null, null, "not negative")]
    [InlineData(1000, 11_001_000L, null, null, "at most 11000")]
    [InlineData(1000, null, long.MinValue, null, "Unix milliseconds")]
    [InlineData(1000, null, 0L, long.MaxValue, "Unix milliseconds")]
    public void What_makes_no_sense_is_told(long stepMs, long? rangeMs, long? startMs, long? endMs, string mistake)
    {
        Assert.False(LiveWindow.TryRead(new ClientMessage("subscribe", 1, "1", stepMs, rangeMs, startMs, endMs), NowMs, out _, out var told));
        Assert.Contains(mistake, told);
    }

    static LiveWindow Read(ClientMessage message, long nowMs = NowMs)
    {
        Assert.True(LiveWindow.TryRead(message, nowMs, out var window, out var mistake), mistake);
        return window;
    }
}
