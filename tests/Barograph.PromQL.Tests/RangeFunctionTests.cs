namespace Barograph.PromQL.Tests;

/// <summary>What functions over a range make of NaN and of samples that do not go together, in the notation of upstream's cases.</summary>
public sealed class RangeFunctionTests
{
    const string Numbers = """
        load 10s
          one_nan 1 2 NaN 4
          first_nan NaN 2 8 4
          last_nan 3 2 1 NaN
          only_nan NaN NaN
          infinite 1 Inf -Inf 3
          whole 4 1 2
        """;

    const string Histograms = """
        load 1m
          turned {{sum:1 count:1}} {{schema:-53 sum:3 count:3 custom_values:[5 10] buckets:[3]}}
          turned_long_ago {{schema:-53 sum:3 count:3 custom_values:[5 10] buckets:[3]}} {{sum:1 count:1}} {{sum:7 count:7}}
          turned_back {{schema:-53 sum:3 count:3 custom_values:[5 10] buckets:[3]}} {{sum:6 count:6}}
          gauge {{sum:1 count:1 counter_reset_hint:gauge}} {{schema:-53 sum:3 count:3 custom_values:[5] buckets:[3] counter_reset_hint:gauge}}
          mixed_long_ago 1 {{sum:1 count:1}} {{sum:7 count:7}}
        """;

    [Theory]
    [InlineData("mad_over_time(one_nan[1m])", "NaN")]
    [InlineData("mad_over_time(first_nan[1m])", "NaN")]
    [InlineData("mad_over_time(last_nan[1m])", "NaN")]
    [InlineData("mad_over_time(last_nan[1m] offset 20s)", "0.5")] // before the NaN
    [InlineData("mad_over_time(only_nan[1m])", "NaN")]
    [InlineData("mad_over_time(infinite[1m])", "Inf")]
    [InlineData("mad_over_time(whole[1m])", "1")]
    [InlineData("quantile_over_time(0.5, one_nan[1m])", "1.5")] // NaN counts as the smallest
    [InlineData("quantile_over_time(0, one_nan[1m])", "NaN")]
    [InlineData("quantile_over_time(1, last_nan[1m])", "3")]
    [InlineData("min_over_time(one_nan[1m])", "1")]
    [InlineData("max_over_time(first_nan[1m])", "8")]
    [InlineData("min_over_time(only_nan[1m])", "NaN")]
    [InlineData("avg_over_time(one_nan[1m])", "NaN")]
    [InlineData("sum_over_time(infinite[1m])", "NaN")]
    [InlineData("count_over_time(one_nan[1m])", "4")]
    [InlineData("stddev_over_time(one_nan[1m])", "NaN")]
    [InlineData("stdvar_over_time(last_nan[1m])", "NaN")]
    [InlineData("first_over_time(first_nan[1m])", "NaN", "first_nan")]
    [InlineData("last_over_time(last_nan[1m])", "NaN", "last_nan")]
    [InlineData("present_over_time(only_nan[1m])", "1")]
    [InlineData("ts_of_min_over_time(first_nan[1m])", "10")]
    [InlineData("ts_of_max_over_time(one_nan[1m])", "30")]
    [InlineData("ts_of_min_over_time(only_nan[1m])", "10")]
    [InlineData("ts_of_last_over_time(last_nan[1m])", "30")]
    [InlineData("changes(one_nan[1m])", "3")]
    [InlineData("resets(one_nan[1m])", "0")]
    [InlineData("irate(last_nan[1m])", "NaN")]
    [InlineData("idelta(one_nan[1m])", "NaN")]
    [InlineData("deriv(one_nan[1m])", "NaN")]
    [InlineData("predict_linear(one_nan[1m], 60)", "NaN")]
    [InlineData("double_exponential_smoothing(one_nan[1m], 0.5, 0.5)", "NaN")]
    public void NaN_among_the_samples_counts_as_upstream_counts_it(string expression, string expected, string name = "") =>
        AssertHolds(Numbers, $"eval instant at 30s {expression}", $"  {name}{{}} {expected}");

    [Theory]
    [InlineData("irate(turned[5m]) * 60", "no_warn", "{} {{schema:-53 sum:3 count:3 custom_values:[5 10] buckets:[3] counter_reset_hint:gauge}}")]
    [InlineData("irate(turned_back[5m]) * 60", "no_warn", "{} {{sum:6 count:6 counter_reset_hint:gauge}}")]
    [InlineData("irate(turned_long_ago[5m]) * 60", "no_warn", "{} {{sum:6 count:6 counter_reset_hint:gauge}}")]
    [InlineData("idelta(gauge[5m])", "warn regex: .*exponential and custom buckets.*", null)]
    [InlineData("irate(mixed_long_ago[5m]) * 60", "no_warn", "{} {{sum:6 count:6 counter_reset_hint:gauge}}")]
    [InlineData("rate(mixed_long_ago[5m])", "warn regex: .*mix of histograms and floats.*", null)]
    public void The_last_two_histograms_alone_matter_to_irate_and_another_kind_of_buckets_is_a_reset(string expression, string expectation, string? expected) =>
        AssertHolds(Histograms, $"eval instant at 2m {expression}", $"  expect {expectation}", expected is null ? "" : $"  {expected}");

    static void AssertHolds(string loads, params string[] evaluation)
    {
        var test = Assert.Single(TestScript.Parse("own", [.. loads.Split('\n'), "", .. evaluation]));
        var failure = UpstreamCheck.Run(test, TestScript.Source(test.Loads));
        Assert.True(failure is null, $"{test}\n{failure}");
    }
}
