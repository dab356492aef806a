using Barograph.TimeSeries;

namespace Barograph.PromQL.Tests;

public sealed class MatchingTests
{
    static readonly PromQLEngine Engine = new(QueryOptions.Default with { Experimental = true });

    [Fact]
    public void Thousands_of_series_in_one_group_are_matched_in_linear_room()
    {
        var source = new InMemorySource();
        for (var i = 0; i < 20_000; i++)
            source.Add(Labels.Of("__name__", "many", "i", $"{i}"), 0, i);
        source.Add(Labels.Of("__name__", "one"), 0, 2);
        Assert.Throws<QueryException>(() => Engine.Evaluate("many + on () one", source, QueryTimes.Instant(0)));
        Assert.Throws<QueryException>(() => Engine.Evaluate("one + on () many", source, QueryTimes.Instant(0)));
        Assert.Equal(20_000, Engine.Evaluate("many + on () group_left () one", source, QueryTimes.Instant(0)).Series.Count);
        Assert.Equal(20_000, Engine.Evaluate("topk(30000, many)", source, QueryTimes.Instant(0)).Series.Count);
        Assert.Equal([19_999, 19_998], Engine.Evaluate("topk(2, many)", source, QueryTimes.Instant(0)).Series.Select(static one => one.Values[0]));
    }

    [Fact]
    public void Series_that_take_turns_are_one_match()
    {
        var source = new InMemorySource();
        source.Add(Labels.Of("__name__", "a", "v", "1"), 0, 1);
        source.Add(Labels.Of("__name__", "a", "v", "1"), 600_000, StaleMarker.Value);
        source.Add(Labels.Of("__name__", "a", "v", "2"), 600_000, 2);
        source.Add(Labels.Of("__name__", "b"), 0, 10);
        source.Add(Labels.Of("__name__", "b"), 600_000, 20);
        var times = QueryTimes.Range(0, 600_000, 600_000);
        Assert.Equal(2, Engine.Evaluate("b * on () group_left (v) a", source, times).Series.Count);
        var turns = Assert.Single(Engine.Evaluate("b + on () a", source, times).Series);
        Assert.Equal([11, 22], turns.Values);
    }

    [Theory]
    [InlineData("a + on () group_left (w) fill_right (5) b", "{v=\"1\"} 6", "{v=\"2\"} 7")]
    [InlineData("a + on (v) fill (0) b", "{v=\"1\"} 1", "{v=\"2\"} 2", "{} 3")]
    [InlineData("b + on (v) group_right fill_left (7) a", "{} 10")]
    public void Missing_series_are_filled_in(string text, params string[] expected)
    {
        var source = new InMemorySource();
        source.Add(Labels.Of("__name__", "a", "v", "1"), 0, 1);
        source.Add(Labels.Of("__name__", "a", "v", "2"), 0, 2);
        if (!text.Contains("fill_right", StringComparison.Ordinal))
            source.Add(Labels.Of("__name__", "b"), 0, 3);
        var series = Engine.Evaluate(text, source, QueryTimes.Instant(0)).Series;
        Assert.Equal(expected.Order(StringComparer.Ordinal), series.Select(static one => $"{one.Labels} {one.Values[0]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_regular_expression_that_would_be_huge_is_refused() =>
        Assert.False(Parser.TryParse("up{a=~\"((a{1000}){1000}){1000}\"}", out _, out _));
}
