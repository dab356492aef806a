namespace Barograph.TimeSeries.Tests;

public sealed class BlockTests
{
    public static TheoryData<int> Seeds => new(Enumerable.Range(0, 12));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_is_written_is_read_bit_for_bit(int seed)
    {
        using var model = new BlockModel();
        var series = BlockModel.RandomSeries(new Random(seed), 40, startMs: 0);
        using var block = model.Write("a", series);
        BlockModel.AssertHolds(series, block);
        Assert.Equal(series.Sum(static pair => (long)pair.Value.Count), block.Info.SampleCount);
        Assert.Equal(series.Min(static pair => pair.Value.Keys.First()), block.Info.FirstMs);
        Assert.Equal(series.Max(static pair => pair.Value.Keys.Last()), block.Info.LastMs);
        Assert.Empty(model.Damage);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_range_gives_the_samples_inside_and_no_others(int seed)
    {
        using var model = new BlockModel();
        var random = new Random(seed);
        var series = BlockModel.RandomSeries(random, 5, startMs: 0);
        using var block = model.Write("a", series);
        for (var i = 0; i < 200; i++)
        {
            var start = random.Next(-10, 2_600_000);
            var range = new TimeRange(start, start + random.Next(0, 1_500_000));
            var number = random.Next(block.SeriesCount);
            var expected = series[block.ReadLabels(number)].Where(pair => range.Contains(pair.Key)).Select(static pair => new Sample(pair.Key, pair.Value));
            BlockModel.AssertSame(expected, BlockModel.Read(block, number, range));
        }
    }

    [Fact]
    public void Matchers_find_what_a_look_at_every_series_finds()
    {
        using var model = new BlockModel();
        var random = new Random(5);
        using var block = model.Write("a", BlockModel.RandomSeries(random, 60, startMs: 0, maxSamples: 4));
        string[] names = ["__name__", "instance", "mode", "device", "absent"];
        string[] values = ["", "metric_1", "metric_[1-3]", "host-.*", ".*", ".+", "é1.", "host-1|host-2", "nothing"];
        for (var i = 0; i < 500; i++)
        {
            var matchers = Enumerable.Range(0, random.Next(1, 4))
                .Select(_ => new Matcher((MatchType)random.Next(4), names[random.Next(names.Length)], values[random.Next(values.Length)])).ToArray();
            var expected = Enumerable.Range(0, block.SeriesCount)
                .Where(series => matchers.All(matcher => matcher.Matches(block.ReadLabels(series).Get(matcher.Name))));
            Assert.Equal(expected, block.Find(matchers));
        }
    }

    [Fact]
    public void What_was_let_go_is_read_again()
    {
        using var model = new BlockModel();
        var series = BlockModel.RandomSeries(new Random(3), 40, startMs: 0);
        using var block = model.Write("a", series);
        for (var round = 0; round < 3; round++)
        {
            BlockModel.AssertHolds(series, block);
            block.LetGo();
        }
    }

    [Fact]
    public void Series_stand_in_the_order_of_their_labels_and_keys_are_those_of_the_batch()
    {
        using var model = new BlockModel();
        using var block = model.Write("a", BlockModel.RandomSeries(new Random(1), 50, startMs: 0, maxSamples: 3));
        var (key, last) = (new GrowingBytes(), Array.Empty<byte>());
        for (var series = 0; series < block.SeriesCount; series++)
        {
            block.ReadKey(series, key);
            Assert.True(SeriesKey.Compare(last, key.Written) < 0);
            last = key.Written.ToArray();
            Assert.Equal(SampleBatch.EncodeKey(block.ReadLabels(series)), last);
        }
    }

    [Fact]
    public void Label_values_are_sorted()
    {
        using var model = new BlockModel();
        using var block = model.Write("a", BlockModel.RandomSeries(new Random(1), 50, startMs: 0, maxSamples: 3));
        Assert.Equal(["__name__", "device", "instance", "mode"], block.Labels.Columns.Select(static column => column.Name));
        var column = block.Labels.Columns[2];
        var values = Enumerable.Range(0, column.Count).Select(column.Text).ToArray();
        Assert.Equal(values.Order(StringComparer.Ordinal), values);
    }

    [Fact]
    public void A_series_without_samples_leaves_no_trace()
    {
        using var model = new BlockModel();
        using var block = model.Write("a", new() { [BlockModel.LabelsOf(1)] = [], [BlockModel.LabelsOf(2)] = new() { [5] = 1 } });
        Assert.Equal(1, block.SeriesCount);
    }

    [Fact]
    public void A_block_may_be_empty()
    {
        using var model = new BlockModel();
        using var block = model.Write("a", []);
        Assert.Empty(block.Find([]));
        Assert.Empty(BlockVerification.Verify(block.Path).Damage);
    }

    [Fact]
    public void A_block_that_is_not_finished_leaves_nothing()
    {
        using var model = new BlockModel();
        var index = new SeriesIndex();
        index.Add(SampleBatch.EncodeKey(BlockModel.LabelsOf(1)));
        var labels = new HeadLabels(index);
        using (var writer = new BlockWriter(model.PathOf("a"), new BlockMeta(TimeRange.All), labels, 1))
        {
            writer.BeginSeries(labels.Of(0));
            writer.Append([1], [1]);
        }

        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(model.PathOf("a"))!));
    }

    [Fact]
    public void Meta_is_kept()
    {
        using var model = new BlockModel();
        var meta = new BlockMeta(new TimeRange(7_200_000, 14_400_000), ResolutionMs: 60_000, Level: 3);
        BlockModel.Write(model.PathOf("a"), meta, [], static (_, _) => { });
        using var block = model.Open("a");
        Assert.Equal(meta, block.Info.Meta);
    }

    [Fact]
    public void A_pinned_block_stays_readable_after_it_was_closed()
    {
        using var model = new BlockModel();
        var series = BlockModel.RandomSeries(new Random(1), 3, startMs: 0);
        var block = model.Write("a", series);
        Assert.True(block.TryPin());
        block.Dispose();
        File.Delete(block.Path);
        BlockModel.AssertHolds(series, block);
        block.Unpin();
        Assert.False(block.TryPin());
    }

    [Fact]
    public void Thousands_of_series_of_one_scrape_share_their_times()
    {
        using var model = new BlockModel();
        var times = SampleShapes.Times(new Random(1), 500, kind: 1);
        var series = Enumerable.Range(0, 500).ToDictionary(BlockModel.LabelsOf, _ => new SortedDictionary<long, double>(times.ToDictionary(static time => time, static _ => 1.0)));
        using var block = model.Write("a", series);
        Assert.Equal(1, block.Index.TimesCount);
        Assert.InRange(block.SizeBytes, 0, 500 * 100);
    }

    [Fact]
    public void Deleted_samples_are_not_read_also_after_reopening()
    {
        using var model = new BlockModel();
        var series = BlockModel.RandomSeries(new Random(1), 10, startMs: 0);
        using (var block = model.Write("a", series))
        {
            block.Delete([1, 2], new TimeRange(100_000, 900_000));
            block.Delete([2], new TimeRange(800_000, 1_000_000));
            block.Delete([3], TimeRange.All);
            foreach (var (number, deleted) in new[] { (1, new TimeRange(100_000, 900_000)), (2, new TimeRange(100_000, 1_000_000)), (3, TimeRange.All) })
            {
                foreach (var time in series[block.ReadLabels(number)].Keys.Where(deleted.Contains).ToArray())
                    series[block.ReadLabels(number)].Remove(time);
            }

            BlockModel.AssertHolds(series, block);
        }

        using var reopened = model.Open("a");
        BlockModel.AssertHolds(series, reopened);
    }

    [Fact]
    public void Damaged_tombstones_are_reported_and_the_block_is_read()
    {
        using var model = new BlockModel();
        using (var block = model.Write("a", BlockModel.RandomSeries(new Random(1), 10, startMs: 0)))
            block.Delete([1], TimeRange.All);
        var path = model.PathOf("a") + Tombstones.FileSuffix;
        var bytes = File.ReadAllBytes(path);
        bytes[9] ^= 4;
        File.WriteAllBytes(path, bytes);
        using var reopened = model.Open("a");
        Assert.Single(model.Damage);
        Assert.True(reopened.Tombstones.IsEmpty);
    }
}
