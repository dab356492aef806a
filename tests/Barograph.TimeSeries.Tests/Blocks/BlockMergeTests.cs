namespace Barograph.TimeSeries.Tests;

public sealed class BlockMergeTests
{
    public static TheoryData<int> Seeds => new(Enumerable.Range(0, 25));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_merged_block_holds_what_its_sources_hold(int seed)
    {
        using var model = new BlockModel();
        var random = new Random(seed);
        var expected = new Dictionary<Labels, SortedDictionary<long, double>>();
        List<Block> blocks = [];
        var kept = random.Next(2) == 0 ? TimeRange.All : new TimeRange(500_000, 3_000_000);
        for (var i = 0; i < random.Next(1, 5); i++)
        {
            // Apart from each other, overlapping, or at the very same times.
            var start = random.Next(3) switch { 0 => i * 2_600_000L, 1 => i * 900_000L, _ => 0L };
            var series = BlockModel.RandomSeries(random, 12, start);
            var block = model.Write($"source-{i}", series);
            blocks.Add(block);
            var deleted = new TimeRange(start + 200_000, start + 200_000 + random.Next(1_500_000));
            int[] deletedSeries = random.Next(2) == 0 ? [] : [0, 3];
            if (deletedSeries.Length > 0)
                block.Delete(deletedSeries, deleted);
            for (var number = 0; number < block.SeriesCount; number++)
            {
                var labels = block.ReadLabels(number);
                foreach (var (time, value) in series[labels])
                {
                    if (!kept.Contains(time) || (deletedSeries.Contains(number) && deleted.Contains(time)))
                        continue;
                    if (!expected.TryGetValue(labels, out var samples))
                        expected.Add(labels, samples = []);
                    samples.TryAdd(time, value); // the first source wins
                }
            }
        }

        BlockMerge.Merge(blocks, model.PathOf("merged"), new BlockMeta(TimeRange.All, Level: 1), kept);
        using var merged = model.Open("merged");
        BlockModel.AssertHolds(expected, merged);
        Assert.Empty(BlockVerification.Verify(merged.Path).Damage);
        Assert.Empty(model.Damage);
        blocks.ForEach(static block => block.Dispose());
    }

    [Fact]
    public void Merging_copies_whole_chunks_and_keeps_times_shared()
    {
        using var model = new BlockModel();
        var times = SampleShapes.Times(new Random(1), 2048, kind: 1);
        var blocks = Enumerable.Range(0, 2).Select(part => model.Write($"{part}", Enumerable.Range(0, 20).ToDictionary(BlockModel.LabelsOf,
            series => new SortedDictionary<long, double>(times[(part * 1024)..((part + 1) * 1024)].ToDictionary(static time => time, time => (double)(time % 100 + series)))))).ToList();
        BlockMerge.Merge(blocks, model.PathOf("merged"), new BlockMeta(TimeRange.All), TimeRange.All);
        using var merged = model.Open("merged");
        Assert.Equal(2, merged.Index.TimesCount);
        Assert.Equal(40, merged.Info.ChunkCount);
        blocks.ForEach(static block => block.Dispose());
    }

    [Fact]
    public void Small_chunks_are_joined()
    {
        using var model = new BlockModel();
        var blocks = Enumerable.Range(0, 8).Select(part => model.Write($"{part}", new()
        {
            [BlockModel.LabelsOf(1)] = new(Enumerable.Range(part * 120, 120).ToDictionary(static i => i * 1000L, static i => (double)i)),
        })).ToList();
        BlockMerge.Merge(blocks, model.PathOf("merged"), new BlockMeta(TimeRange.All), TimeRange.All);
        using var merged = model.Open("merged");
        Assert.Equal((960, 1), (merged.Info.SampleCount, merged.Info.ChunkCount));
        blocks.ForEach(static block => block.Dispose());
    }

    [Fact]
    public void A_cancelled_merge_leaves_nothing()
    {
        using var model = new BlockModel();
        using var block = model.Write("a", BlockModel.RandomSeries(new Random(1), 3, 0));
        Assert.Throws<OperationCanceledException>(() =>
            BlockMerge.Merge([block], model.PathOf("merged"), new BlockMeta(TimeRange.All), TimeRange.All, cancel: new CancellationToken(canceled: true)));
        Assert.Equal(["a"], Directory.GetFiles(Path.GetDirectoryName(block.Path)!).Select(Path.GetFileName));
    }
}
