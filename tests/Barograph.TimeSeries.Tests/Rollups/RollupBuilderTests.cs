namespace Barograph.TimeSeries.Tests;

public sealed class RollupBuilderTests
{
    const long Minute = 60_000;

    public static TheoryData<int> Seeds => new(Enumerable.Range(0, 40));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Windows_are_what_a_naive_sum_gives_however_the_samples_are_cut(int seed)
    {
        var random = new Random(seed);
        var shape = SampleShapes.Mix[seed % SampleShapes.Mix.Count];
        var values = shape.Values(random, 2000);
        var times = SampleShapes.Times(random, 2000, kind: seed % 3);
        for (var i = 0; i < values.Length; i++)
        {
            if (random.Next(200) == 0)
                values[i] = StaleMarker.Value;
        }

        var resolution = Minute * (seed % 2 == 0 ? 1 : 60);
        var builder = new RollupBuilder(resolution);
        builder.Begin();
        for (var start = 0; start < times.Length;)
        {
            var end = Math.Min(times.Length, start + random.Next(1, 300));
            builder.Add(times.AsSpan(start..end), values.AsSpan(start..end));
            start = end;
        }

        AssertNaive(times, values, resolution, builder.Finish());
    }

    [Fact]
    public void The_increase_survives_a_reset_and_counts_from_the_value_before_the_window()
    {
        var windows = Build(Minute, (30_000, 5), (50_000, 7), (70_000, 10), (110_000, 2), (130_000, 3));
        Assert.Equal([2.0, 5.0, 1.0], windows.Increases.ToArray());
    }

    [Fact]
    public void Samples_before_the_first_window_only_show_what_was_counted()
    {
        var builder = new RollupBuilder(Minute);
        builder.Begin();
        builder.AddBefore([50_000], [100]);
        builder.Add([70_000], [105]);
        var windows = builder.Finish();
        Assert.Equal((1, 5.0), (windows.Count, windows.Increases[0]));
    }

    [Fact]
    public void After_a_silence_longer_than_the_look_back_a_counter_begins_anew() =>
        Assert.Equal([0.0, 0.0], Build(Minute, (0, 5), (3_600_001 + Minute, 900)).Increases.ToArray());

    [Fact]
    public void What_falls_all_the_time_is_no_counter() =>
        Assert.Equal([double.NaN, double.NaN], Build(Minute, (0, 5), (10_000, 4), (20_000, 7), (70_000, 2)).Increases.ToArray());

    [Fact]
    public void Sums_of_decimals_are_decimals() => Assert.Equal([0.3], Build(Minute, (0, 0.1), (1, 0.2)).Sums.ToArray());

    [Fact]
    public void Sums_of_numbers_far_apart_do_not_lose_the_small_ones() =>
        Assert.Equal([2.0], Build(Minute, (0, 1), (1, 1e100), (2, 1), (3, -1e100)).Sums.ToArray());

    [Fact]
    public void Stale_markers_are_no_samples_and_a_NaN_is_one()
    {
        var windows = Build(Minute, (0, 1), (1, StaleMarker.Value), (2, double.NaN), (3, 4), (Minute, StaleMarker.Value));
        Assert.Equal((1, 3L, 1.0, 4.0, 4.0), (windows.Count, windows.Counts[0], windows.Mins[0], windows.Maxes[0], windows.Lasts[0]));
        Assert.True(double.IsNaN(windows.Sums[0]));
    }

    [Theory]
    [InlineData(-1, -60_000)]
    [InlineData(0, 0)]
    [InlineData(59_999, 0)]
    [InlineData(60_000, 60_000)]
    public void A_window_begins_at_a_multiple_of_the_resolution_also_before_1970(long time, long start) =>
        Assert.Equal(start, RollupBuilder.StartOf(time, Minute));

    [Fact]
    public void Few_samples_have_no_sketch_but_a_constant_has_its_quantile()
    {
        var windows = Build(Minute, (0, 5), (1, 5), (Minute, 5), (Minute + 1, 4));
        Assert.Equal(5, windows.Quantile(0, 0.95));
        Assert.True(double.IsNaN(windows.Quantile(1, 0.95)));
    }

    static RollupColumns Build(long resolution, params (long Time, double Value)[] samples)
    {
        var builder = new RollupBuilder(resolution);
        builder.Begin();
        builder.Add([.. samples.Select(static sample => sample.Time)], [.. samples.Select(static sample => sample.Value)]);
        return builder.Finish();
    }

    static void AssertNaive(long[] times, double[] values, long resolution, RollupColumns windows)
    {
        var samples = times.Zip(values).Where(static sample => !StaleMarker.Is(sample.Second)).ToArray();
        var groups = samples.Select(static (sample, index) => (sample, index)).GroupBy(item => item.sample.First / resolution * resolution).ToArray();
        Assert.Equal(groups.Select(static group => group.Key), windows.StartsMs.ToArray());
        for (var i = 0; i < groups.Length; i++)
        {
            var members = groups[i].Select(static item => item.sample.Second).ToArray();
            Assert.Equal(members.Length, windows.Counts[i]);
            Assert.Equal((members.Min(), members.Max(), members[^1]), (windows.Mins[i], windows.Maxes[i], windows.Lasts[i]));
            Assert.Equal(members.Sum(), windows.Sums[i], Math.Abs(members.Sum()) * 1e-12);
            var increase = groups[i].Where(static item => item.index > 0).Sum(item => Increase(samples, item.index));
            if (!double.IsNaN(windows.Increases[i]))
                Assert.Equal(increase, windows.Increases[i], Math.Abs(increase) * 1e-9 + 1e-9);
            foreach (var q in windows.Sketches[i] is null ? [] : new[] { 0, 0.5, 0.95, 0.99, 1 })
            {
                var exact = members.Order().ElementAt((int)(q * (members.Length - 1)));
                Assert.Equal(exact, windows.Quantile(i, q), Math.Abs(exact) * QuantileSketch.RelativeError * 1.0001);
            }
        }
    }

    static double Increase((long First, double Second)[] samples, int index) =>
        samples[index].First - samples[index - 1].First > RollupBuilder.LookbackMs(Minute) ? 0
        : samples[index].Second >= samples[index - 1].Second ? samples[index].Second - samples[index - 1].Second
        : samples[index].Second;
}
