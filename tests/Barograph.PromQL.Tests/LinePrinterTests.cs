using FsCheck;
using FsCheck.Fluent;

namespace Barograph.PromQL.Tests;

/// <summary>The form on several lines, as Prometheus 2.42 answers for the same expressions.</summary>
public sealed class LinePrinterTests
{
    const string Long = "first_part_of_a_metric_name_that_is_rather_long_second_part_of_it";

    [Theory]
    [InlineData("sum(up)by(job)", "sum by (job) (up)")]
    [InlineData("up{a='b'}[5m:]", "up{a=\"b\"}[5m:]")]
    [InlineData(
        $"sum by (job) (rate({Long}_total{{a=\"b\",c=~\"d.*\"}}[5m]))",
        $$"""
        sum by (job) (
          rate({{Long}}_total{a="b",c=~"d.*"}[5m])
        )
        """)]
    [InlineData(
        $"sum by (job) (rate({Long}[5m])) / on (job) group_left (instance) sum by (job) (rate({Long}[5m]))",
        $"""
          sum by (job) (rate({Long}[5m]))
        / on (job) group_left (instance)
          sum by (job) (rate({Long}[5m]))
        """)]
    [InlineData(
        $"histogram_quantile(0.9, sum without (a) ({Long} + bool_of_another_name_that_is_long_as_well))",
        $"""
        histogram_quantile(
          0.9,
          sum without (a) (
              {Long}
            +
              bool_of_another_name_that_is_long_as_well
          )
        )
        """)]
    [InlineData(
        $"topk(5, ({Long} > bool {Long}_of_another))",
        $"""
        topk(
          5,
          (
              {Long}
            > bool
              {Long}_of_another
          )
        )
        """)]
    [InlineData(
        $"-(sum({Long}_of_one) + {Long}_of_another)",
        $"""
        -(
            sum({Long}_of_one)
          +
            {Long}_of_another
        )
        """)]
    [InlineData(
        $"max_over_time((sum({Long}_of_one) + {Long}_of_another)[5m:1m] offset 1m)",
        $"""
        max_over_time(
          (
              sum({Long}_of_one)
            +
              {Long}_of_another
          )[5m:1m] offset 1m
        )
        """)]
    [InlineData(
        $"max_over_time(rate({Long}[5m])[1h:1m] @ end()) + min_over_time({Long}_of_another[1h])",
        $"""
          max_over_time(
        rate({Long}[5m])[1h:1m] @ end()
          )
        +
          min_over_time({Long}_of_another[1h])
        """)]
    [InlineData(
        $"sum(max_over_time(rate({Long}_of_one_that_is_longer[5m])[1h:1m]))",
        $"""
        sum(
          max_over_time(
            rate({Long}_of_one_that_is_longer[5m])[1h:1m]
          )
        )
        """)]
    public void A_long_expression_is_broken_at_its_parentheses_and_operators(string text, string lines) =>
        Assert.Equal(lines, Parser.Parse(text).ToLines());

    [Fact]
    public void Parsing_what_was_broken_into_lines_gives_the_same() => Prop.ForAll(
        Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary(),
        static seed =>
        {
            var made = new ExpressionMaker(seed).Make();
            var lines = made.ToLines();
            var parsed = Parser.Parse(lines);
            Assert.True(parsed.Equals(made), $"seed {seed}:\n{lines}\nwas read as {parsed}");
            Assert.Equal(lines, parsed.ToLines());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
}
