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

    [Theory]
    [InlineData("(a > 1e18) * on () group_left () two")]
    [InlineData("two * on () group_right () (a > 1e18)")]
    [InlineData("(a > 1e18) * on () group_left (i) two")]
    [InlineData("(a > 1e18) + on () two")]
    [InlineData("two + on () (a > 1e18)")]
    [InlineData("two > bool ignoring (i) (a > 1e18)")]
    [InlineData("(a > 1e18) == on () group_left () two")]
    [InlineData("nowhere * on () group_left () two")]
    [InlineData("two - on () nowhere")]
    [InlineData("a offset 1h * on () group_left () two")]
    [InlineData("(a > 1e18) and on () two")]
    [InlineData("two and on () (a > 1e18)")]
    [InlineData("sum(a > 1e18) / on () group_left () two")]
    public void An_empty_side_ends_an_operation_before_duplicates_are_looked_for(string text) =>
        Assert.Empty(Engine.Evaluate(text, TwoAndLaterA(), QueryTimes.Instant(60_000)).Series);

    [Theory]
    [InlineData("a * on () group_left () two")]
    [InlineData("two * on () group_right () a")]
    [InlineData("a + on () two")]
    [InlineData("two + on () a")]
    [InlineData("a * on (g) group_left () two")] // a has another g: only whether it is there matters
    [InlineData("(a > 1e18) + on () fill (0) two")]
    public void With_something_on_both_sides_duplicates_are_an_error(string text)
    {
        var mistake = Assert.Throws<QueryException>(() => Engine.Evaluate(text, TwoAndLaterA(), QueryTimes.Instant(60_000)));
        Assert.Matches("found duplicate series|multiple matches", mistake.Message);
    }

    [Fact]
    public void Whether_a_side_is_empty_is_asked_at_each_step()
    {
        const string Text = "a * on () group_left () two";
        Assert.Empty(Engine.Evaluate(Text, TwoAndLaterA(), QueryTimes.Range(0, 50_000, 10_000)).Series);
        Assert.Throws<QueryException>(() => Engine.Evaluate(Text, TwoAndLaterA(), QueryTimes.Range(0, 60_000, 10_000)));

        var turns = new InMemorySource(); // two are there while a is not, and one when it comes
        turns.Add(Labels.Of("__name__", "two", "i", "1"), 0, 2);
        turns.Add(Labels.Of("__name__", "two", "i", "2"), 0, 3);
        turns.Add(Labels.Of("__name__", "two", "i", "2"), 60_000, StaleMarker.Value);
        turns.Add(Labels.Of("__name__", "a"), 60_000, 10);
        var series = Assert.Single(Engine.Evaluate(Text, turns, QueryTimes.Range(0, 60_000, 30_000)).Series);
        Assert.Equal([false, false, true], Enumerable.Range(0, 3).Select(series.HasFloat));
        Assert.Equal(20, series.Values[2]);
    }

    static InMemorySource TwoAndLaterA()
    {
        var source = new InMemorySource();
        source.Add(Labels.Of("__name__", "two", "i", "1"), 0, 2);
        source.Add(Labels.Of("__name__", "two", "i", "2"), 0, 3);
        source.Add(Labels.Of("__name__", "a", "g", "x"), 60_000, 1);
        return source;
    }
}
