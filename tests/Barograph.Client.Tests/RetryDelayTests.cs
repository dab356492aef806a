namespace Barograph.Client.Tests;

public sealed class RetryDelayTests
{
    [Fact]
    public void Each_pause_is_between_a_half_and_the_whole_of_a_time_that_doubles_up_to_the_longest()
    {
        var delay = new RetryDelay(TimeSpan.FromSeconds(2), new Random(1));
        foreach (var wholeMs in new[] { 250, 500, 1_000, 2_000, 2_000, 2_000 })
            Assert.InRange(delay.Next(null).TotalMilliseconds, wholeMs / 2.0, wholeMs);
        delay.Reset();
        Assert.InRange(delay.Next(null).TotalMilliseconds, 125, 250);
    }

    [Fact]
    public void Many_applications_do_not_come_back_together()
    {
        var pauses = Enumerable.Range(0, 100).Select(static seed => new RetryDelay(TimeSpan.FromSeconds(30), new Random(seed)).Next(null)).Distinct();
        Assert.True(pauses.Count() > 90);
    }

    [Fact]
    public void It_stays_the_longest_for_ever()
    {
        var delay = new RetryDelay(TimeSpan.FromSeconds(30), new Random(1));
        for (var i = 0; i < 5_000; i++)
            Assert.InRange(delay.Next(null), TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void What_the_server_asks_for_is_never_shortened_but_a_week_is_a_mistake()
    {
        var delay = new RetryDelay(TimeSpan.FromSeconds(2), new Random(1));
        Assert.Equal(TimeSpan.FromSeconds(40), delay.Next(TimeSpan.FromSeconds(40)));
        Assert.Equal(TimeSpan.FromMinutes(5), delay.Next(TimeSpan.FromDays(7)));
        Assert.InRange(delay.Next(TimeSpan.FromSeconds(-3)), TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(2));
    }
}
