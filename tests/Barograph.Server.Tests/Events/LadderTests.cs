using Barograph.Server.Events;

namespace Barograph.Server.Tests.Events;

public sealed class LadderTests
{
    [Theory]
    [InlineData(2e-6)]
    [InlineData(47e-6)]
    [InlineData(488e-6)]
    [InlineData(0.9)]
    [InlineData(3600)]
    public void A_duration_from_a_microsecond_on_is_known_within_19_percent(double seconds)
    {
        var bucket = Ladder.Seconds.BucketOf(seconds);
        Assert.InRange(double.Parse(Ladder.Seconds.Texts[bucket]) / seconds, 1, 1.1893);
    }

    [Fact]
    public void What_lies_between_two_timestamps_is_known_from_a_millisecond_on() =>
        Assert.Equal((1 / 1024.0, 0), (Ladder.BetweenTimestamps.Floor, Ladder.BetweenTimestamps.BucketOf(0.0004)));

    [Fact]
    public void The_bounds_of_stored_series_are_still_bounds()
    {
        Assert.Subset(Ladder.Seconds.Texts.ToHashSet(), Ladder.BetweenTimestamps.Texts.ToHashSet());
        Assert.Subset(Ladder.Anything.Texts.ToHashSet(), Ladder.Seconds.Texts.ToHashSet());
    }
}
