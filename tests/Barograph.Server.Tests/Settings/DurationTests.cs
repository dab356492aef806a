using Barograph.Server.Settings;

namespace Barograph.Server.Tests.Settings;

public sealed class DurationTests
{
    [Theory]
    [InlineData("1s", 1)]
    [InlineData("90s", 90)]
    [InlineData("1h30m", 5400)]
    [InlineData("2d", 172_800)]
    [InlineData("1w", 604_800)]
    [InlineData("1y", 31_536_000)]
    [InlineData("1500ms", 1.5)]
    public void A_time_is_numbers_with_units(string text, double seconds)
    {
        Assert.True(Duration.TryParse(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("1 s")]
    [InlineData("-1s")]
    [InlineData("1x")]
    [InlineData("201y")]
    [InlineData("99999999999999999999999999y")]
    public void Anything_else_is_not_a_time(string text) => Assert.False(Duration.TryParse(text, out _));
}
