using Barograph.TimeSeries;

namespace Barograph.PromQL.Tests;

public sealed class TextTests
{
    [Theory]
    [InlineData(1e21, "1000000000000000000000")]
    [InlineData(1.5e300, "15")]
    [InlineData(-2.5e-7, "-0.00000025")]
    [InlineData(1.25e17, "125000000000000000")]
    [InlineData(0.1, "0.1")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    public void A_value_is_written_without_exponent(double value, string text)
    {
        Assert.StartsWith(text, SampleText.Of(value), StringComparison.Ordinal);
        Assert.DoesNotContain("E", SampleText.Of(value), StringComparison.Ordinal);
        Assert.Equal(value, SeriesNotation.Number(SampleText.Of(value)));
    }

    [Theory]
    [InlineData("0s", 0)]
    [InlineData("1d1h1m1s1ms", 90_061_001)]
    [InlineData("1y", 31_536_000_000)]
    public void A_duration_is_read_and_written(string text, long milliseconds)
    {
        Assert.True(Durations.TryParse(text, out var read));
        Assert.Equal(milliseconds, read);
        Assert.Equal(text, Durations.Format(milliseconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5m5h")]
    [InlineData("5m5m")]
    [InlineData("99999999999999y")]
    [InlineData("-5m")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(Durations.TryParse(text, out _));

    [Theory]
    [InlineData("$1-$2", "ab-cd")]
    [InlineData("${1}x$$", "abx$")]
    [InlineData("$name!", "cd!")]
    [InlineData("$9${other}", "")]
    [InlineData("$", "$")]
    [InlineData("${", "${")]
    [InlineData("a$ b", "a$ b")]
    public void A_replacement_names_groups(string replacement, string expected)
    {
        var source = new InMemorySource();
        source.Add(Labels.Of("__name__", "m", "l", "ab:cd"), 0, 1);
        var text = $"label_replace(m, \"r\", \"{replacement}\", \"l\", \"(..):(?P<name>..)\")";
        Assert.Equal(expected, Assert.Single(new PromQLEngine().Evaluate(text, source, QueryTimes.Instant(0)).Series).Labels.Get("r"));
    }

    [Fact]
    public void Groups_are_counted_from_the_left_named_or_not()
    {
        var source = new InMemorySource();
        source.Add(Labels.Of("__name__", "m", "l", "ab((d"), 0, 1);
        const string Text = """label_replace(m, "r", "$1-$2-$3-$4-$second", "l", "(?P<first>a)(b)(?:c?)[(](?P<second>\\()(d)\\Q\\E")""";
        Assert.Equal("a-b-(-d-(", Assert.Single(new PromQLEngine().Evaluate(Text, source, QueryTimes.Instant(0)).Series).Labels.Get("r"));
    }

    [Fact]
    public void A_metric_that_does_not_look_like_a_counter_is_remarked()
    {
        var source = new InMemorySource();
        foreach (var labels in (Labels[])[Labels.Of("__name__", "gauge"), Labels.Of("__name__", "typed", "__type__", "gauge"), Labels.Of("__name__", "good", "__type__", "counter")])
        {
            source.Add(labels, 0, 1);
            source.Add(labels, 10_000, 2);
        }

        var engine = new PromQLEngine();
        Assert.Contains("name does not end in _total/_sum/_count/_bucket: \"gauge\" (1:6)", Assert.Single(engine.Evaluate("rate(gauge[1m])", source, QueryTimes.Instant(10_000)).Infos), StringComparison.Ordinal);
        Assert.Contains("got \"gauge\": \"typed\"", Assert.Single(engine.Evaluate("rate(typed[1m])", source, QueryTimes.Instant(10_000)).Infos), StringComparison.Ordinal);
        Assert.Empty(engine.Evaluate("rate(good[1m])", source, QueryTimes.Instant(10_000)).Infos);
    }
}
