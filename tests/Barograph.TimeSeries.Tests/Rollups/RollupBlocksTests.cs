namespace Barograph.TimeSeries.Tests;

public sealed class RollupBlocksTests
{
    const long Minute = 60_000, Hour = 60 * Minute;

    static readonly TimeRange s_window = new(0, 2 * Hour);

    public static TheoryData<int, long> Cases => [.. Enumerable.Range(0, 6).SelectMany(static seed => new[] { (seed, Minute), (seed, 5 * Minute), (seed, Hour) })];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_late_sample_corrects_the_rollup_to_what_a_fresh_one_would_be(int seed, long resolution)
    {
        using var model = new BlockModel();
        var random = new Random(seed);
        var meta = new BlockMeta(s_window, resolution);
        using var first = model.Write("first", BlockModel.RandomSeries(random, 6, 0));
        RollupBlocks.Build([first], model.PathOf("rollup"), meta);
        using var rollup = model.Open("rollup");
        var lateStart = random.NextInt64(0, Hour);
        using var late = model.Write("late", BlockModel.RandomSeries(random, 6, lateStart, maxSamples: 300));

        RollupBlocks.Correct(rollup, [first, late], new TimeRange(lateStart, lateStart + 301_000), model.PathOf("corrected"), meta);
        RollupBlocks.Build([first, late], model.PathOf("fresh"), meta);
        using var corrected = model.Open("corrected");
        using var fresh = model.Open("fresh");
        AssertSame(fresh, corrected, ignoreIncreases: true);
        Assert.Empty(model.Damage);
    }

    [Fact]
    public void The_increases_of_counters_are_corrected_too()
    {
        using var model = new BlockModel();
        var meta = new BlockMeta(s_window, Minute);
        var counter = Enumerable.Range(0, 700).ToDictionary(static i => i * 10_000L, static i => (double)(i % 400 * 7));
        var late = counter.Where(static sample => sample.Key is >= 600_000 and < 1_200_000).ToDictionary();
        using var early = model.Write("early", new() { [BlockModel.LabelsOf(1)] = new(counter.Except(late).ToDictionary()) });
        using var second = model.Write("late", new() { [BlockModel.LabelsOf(1)] = new(late) });
        RollupBlocks.Build([early], model.PathOf("rollup"), meta);
        using var rollup = model.Open("rollup");
        RollupBlocks.Correct(rollup, [early, second], new TimeRange(600_000, 1_200_000), model.PathOf("corrected"), meta);
        RollupBlocks.Build([early, second], model.PathOf("fresh"), meta);
        using var corrected = model.Open("corrected");
        using var fresh = model.Open("fresh");
        AssertSame(fresh, corrected, ignoreIncreases: false);
        Assert.Equal(399 * 7 + 299 * 7, Read(fresh, 0).Increases.ToArray().Sum());
    }

    [Fact]
    public void Windows_of_two_blocks_add_up_over_the_boundary()
    {
        using var model = new BlockModel();
        var counter = Enumerable.Range(0, 1440).ToDictionary(static i => i * 10_000L, static i => i * 3.5);
        using var one = model.Write("one", new() { [BlockModel.LabelsOf(1)] = new(counter.Where(static sample => sample.Key < 2 * Hour).ToDictionary()) });
        using var two = model.Write("two", new() { [BlockModel.LabelsOf(1)] = new(counter.Where(static sample => sample.Key >= 2 * Hour).ToDictionary()) });
        RollupBlocks.Build([one], model.PathOf("r1"), new BlockMeta(s_window, Minute));
        RollupBlocks.Build([one, two], model.PathOf("r2"), new BlockMeta(new TimeRange(2 * Hour, 4 * Hour), Minute));
        using var first = model.Open("r1");
        using var second = model.Open("r2");
        RollupBlocks.Merge([first, second], model.PathOf("merged"), new BlockMeta(new TimeRange(0, 4 * Hour), Minute, Level: 1), TimeRange.All);
        using var merged = model.Open("merged");
        var windows = Read(merged, 0);
        Assert.Equal(240, windows.Count);
        Assert.Equal(1439 * 3.5, windows.Increases.ToArray().Sum());
        Assert.Equal(1, merged.Info.ChunkCount);
        Assert.Empty(BlockVerification.Verify(merged.Path).Damage);
    }

    [Fact]
    public void A_range_gives_the_windows_that_begin_in_it_and_deleted_ones_are_left_out()
    {
        using var model = new BlockModel();
        using var raw = model.Write("raw", new() { [BlockModel.LabelsOf(1)] = new(Enumerable.Range(0, 720).ToDictionary(static i => i * 10_000L, static i => (double)i)) });
        RollupBlocks.Build([raw], model.PathOf("rollup"), new BlockMeta(s_window, Minute));
        using var rollup = model.Open("rollup");
        rollup.Delete([0], new TimeRange(12 * Minute, 14 * Minute));
        var reader = new RollupReader(rollup, 0, new TimeRange(10 * Minute, 15 * Minute));
        Assert.True(reader.MoveNext());
        Assert.Equal([10 * Minute, 11 * Minute, 14 * Minute], reader.Windows.StartsMs.ToArray());
        Assert.False(reader.MoveNext());
    }

    [Fact]
    public void A_damaged_rollup_chunk_is_skipped_and_named()
    {
        using var model = new BlockModel();
        using var raw = model.Write("raw", BlockModel.RandomSeries(new Random(1), 4, 0));
        RollupBlocks.Build([raw], model.PathOf("rollup"), new BlockMeta(s_window, Minute));
        List<ChunkRef> chunks = [];
        using (var whole = model.Open("rollup"))
            whole.Index.Series.ReadChunks(2, chunks);
        var bytes = File.ReadAllBytes(model.PathOf("rollup"));
        bytes[chunks[0].OffsetBytes + 10] ^= 1;
        File.WriteAllBytes(model.PathOf("rollup"), bytes);
        Assert.Single(BlockVerification.Verify(model.PathOf("rollup")).Damage);
    }

    static RollupColumns Read(Block block, int series)
    {
        var all = new RollupColumns();
        var reader = new RollupReader(block, series, TimeRange.All);
        while (reader.MoveNext())
            all.Append(reader.Windows, ..);
        return all;
    }

    static void AssertSame(Block expected, Block actual, bool ignoreIncreases)
    {
        Assert.Equal(expected.SeriesCount, actual.SeriesCount);
        for (var series = 0; series < expected.SeriesCount; series++)
        {
            Assert.Equal(expected.ReadLabels(series), actual.ReadLabels(series));
            var (left, right) = (Read(expected, series), Read(actual, series));
            Assert.Equal(left.StartsMs.ToArray(), right.StartsMs.ToArray());
            Assert.Equal(left.Counts.ToArray(), right.Counts.ToArray());
            Assert.Equal(left.Sums.ToArray(), right.Sums.ToArray());
            Assert.Equal(left.Mins.ToArray(), right.Mins.ToArray());
            Assert.Equal(left.Maxes.ToArray(), right.Maxes.ToArray());
            Assert.Equal(left.Lasts.ToArray(), right.Lasts.ToArray());
            if (!ignoreIncreases) // whether a series is a counter at all is judged by the samples at hand
                Assert.Equal(left.Increases.ToArray(), right.Increases.ToArray());
        }
    }
}
