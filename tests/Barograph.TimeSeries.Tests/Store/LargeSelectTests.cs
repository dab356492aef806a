using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

public sealed class LargeSelectTests : IDisposable
{
    const int Seed = 20261121;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Many_series_come_in_the_order_of_their_labels_wherever_they_are_and_whenever_they_came()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        var random = new Random(Seed);
        var all = new HashSet<Labels>();
        for (var round = 0; round < 4; round++)
        {
            // Names and values that share beginnings, have no plain letters, or are missing; some series were there before.
            var batch = new SampleBatch();
            for (var i = 0; i < 1000; i++)
            {
                var labels = Labels.Of("__name__", $"m{random.Next(3)}", "host", Text(random), random.Next(2) == 0 ? "größe" : "zone", Text(random), "id", $"{random.Next(500)}");
                all.Add(labels);
                batch.Add(batch.AddSeries(labels), round * 1000 + 1, i);
            }

            await store.AppendAsync(batch);
            Check();
            if (round == 1)
                await store.FlushAsync();
        }

        void Check()
        {
            using var selection = store.Select([], TimeRange.All);
            var found = selection.Series.Select(static series => series.Labels).ToList();
            Assert.Equal(all.Count, found.Count);
            Assert.True(all.SetEquals(found), $"seed {Seed}");
            for (var i = 1; i < found.Count; i++)
                Assert.True(Compare(found[i - 1], found[i]) < 0, $"{found[i - 1]} before {found[i]}, seed {Seed}");
        }
    }

    [Fact]
    public async Task A_reader_that_is_used_again_reads_what_a_new_one_does()
    {
        // Floats and histograms, in a block, in memory, in both, late, and deleted in part, in a random order of kinds.
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        var random = new Random(Seed);
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < 120; i++)
            {
                var labels = Labels.Of("__name__", "mixed", "i", $"{i:d3}");
                if (random.Next(3) == 0)
                    continue;
                var fromMs = random.Next(5) == 0 ? 1000 + 7 * i + round : 100_000 * (round + 1);
                if (random.Next(4) == 0)
                    await store.Append(labels, [.. HistogramShapes.Growing(random, 30).Select((histogram, at) => (fromMs + at * 500L, histogram))]);
                else
                    await store.Append(labels, [.. Enumerable.Range(0, random.Next(1, 400)).Select(at => (fromMs + at * 100L, (double)at))]);
            }

            if (round == 1)
                await store.FlushAsync();
        }

        await store.DeleteAsync([new Matcher(MatchType.Regex, "i", ".*3")], new TimeRange(110_000, 120_000));
        await store.Append(Labels.Of("__name__", "mixed", "i", "003"), (900_000, 1));
        using var selection = store.Select([], new TimeRange(1500, 420_000));
        SampleReader? reader = null;
        foreach (var series in Enumerable.Range(0, selection.Count).Concat(Enumerable.Range(0, selection.Count).Reverse()))
        {
            reader = selection.OpenReader(series, reader);
            if (random.Next(4) == 0)
                reader.MoveNext(); // and is left in the middle
            else
                Assert.Equal(selection.Series[series].ReadAny(), StoreTesting.ReadAny(reader));
            Assert.Equal(selection.Series[series].Labels, selection.LabelsOf(series));
        }

        reader!.Dispose();
    }

    [Fact]
    public async Task A_selection_that_is_disposed_gives_nothing_more()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await store.Append(Labels.Of("__name__", "up"), (1, 1));
        var selection = store.Select([], TimeRange.All);
        selection.Dispose();
        selection.Dispose();
        Assert.Throws<ObjectDisposedException>(() => selection.LabelsOf(0));
        Assert.Throws<ObjectDisposedException>(() => selection.OpenReader(0, idle: null));
    }

    [Fact]
    public async Task Series_that_share_their_times_are_read_as_they_were_written()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        var batch = new SampleBatch();
        for (var i = 0; i < 300; i++)
        {
            var series = batch.AddSeries(Labels.Of("__name__", "shared", "id", $"{i:d3}"));
            for (var at = 0; at < 200; at++)
                batch.Add(series, at * 1000L + i % 3, at * i);
        }

        await store.AppendAsync(batch);
        await store.FlushAsync();
        using var selection = store.Select([], TimeRange.All);
        for (var i = 0; i < 300; i++)
            AssertSame(Enumerable.Range(0, 200).Select(at => (at * 1000L + i % 3, (double)at * i)), selection.Series[i].Read());
    }

    [Fact]
    public async Task A_head_becomes_a_block_whose_chunks_lie_in_the_order_of_labels()
    {
        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
        {
            for (var i = 0; i < 300; i++)
                await store.Append(Labels.Of("__name__", $"m{i * 7 % 300}"), (i + 1, i));
            await store.FlushAsync();
        }

        using var block = Block.Open(Directory.EnumerateFiles(_folder.Path, "*.block", SearchOption.AllDirectories).First(static path => !path.Contains("rollup", StringComparison.Ordinal)), static _ => { });
        var chunks = new List<ChunkRef>();
        long end = 0;
        for (var series = 0; series < block.SeriesCount; series++)
        {
            block.Index.Series.ReadChunks(series, chunks);
            Assert.All(chunks, chunk => Assert.InRange(chunk.OffsetBytes, end, long.MaxValue));
            end = chunks[^1].OffsetBytes;
        }

        Assert.Equal(300, block.SeriesCount);
    }

    static string Text(Random random) => random.Next(6) switch
    {
        0 => "",
        1 => $"café{random.Next(20)}",
        2 => $"a{new string('x', random.Next(200))}",
        3 => "\U0001F600",
        _ => $"a{random.Next(30)}",
    };

    static int Compare(Labels left, Labels right)
    {
        for (var i = 0; i < Math.Min(left.Count, right.Count); i++)
        {
            var order = string.CompareOrdinal(left[i].Name, right[i].Name);
            if (order == 0)
                order = string.CompareOrdinal(left[i].Value, right[i].Value);
            if (order != 0)
                return order;
        }

        return left.Count - right.Count;
    }
}
