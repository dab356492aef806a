using System.Globalization;
using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

public sealed class MaintenanceTests : IDisposable
{
    static readonly Labels Up = Labels.Of("__name__", "up", "host", "a");

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string[] Blocks => Directory.GetFiles(_folder.In("blocks"), "*.block");

    [Fact]
    public async Task A_flush_moves_samples_into_a_block_and_gives_the_log_back()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await store.Append(Up, (1000, 1), (2000, 2), (1500, 1.5));
        await store.FlushAsync();
        Assert.Single(Blocks);
        Assert.InRange(Directory.GetFiles(_folder.In("wal")).Sum(static path => new FileInfo(path).Length), 0, 100);
        await store.Append(Up, (3000, 3));
        AssertSame([(1000, 1), (1500, 1.5), (2000, 2), (3000, 3)], store.Read(Up));
        AssertSame([(2000, 2), (3000, 3)], store.Read(Up, new TimeRange(1600, 3001)));
        Assert.Equal(1000, store.Status.OldestMs);
    }

    [Fact]
    public async Task Blocks_and_log_are_read_after_a_restart()
    {
        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
        {
            await store.Append(Up, (1000, 1), (2000, 2));
            await store.FlushAsync();
            await store.Append(Up, (3000, 3));
        }

        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
        {
            AssertSame([(1000, 1), (2000, 2), (3000, 3)], store.Read(Up));
            await store.FlushAsync();
            Assert.Equal(2, Blocks.Length);
            await store.CompactAsync();
            Assert.Single(Blocks);
            AssertSame([(1000, 1), (2000, 2), (3000, 3)], store.Read(Up));
        }

        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
        {
            AssertSame([(1000, 1), (2000, 2), (3000, 3)], store.Read(Up));
            Assert.Empty(store.Damage);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Samples_that_are_in_a_block_already_are_not_taken_twice(bool restart)
    {
        var store = MetricStore.Open(_folder.Path, AnyTime);
        await store.Append(Up, (1000, 1), (2000, 2));
        await store.FlushAsync();
        if (restart)
        {
            await store.DisposeAsync();
            store = MetricStore.Open(_folder.Path, AnyTime);
        }

        Assert.Equal(2, (await store.Append(Up, (1000, 1), (2000, 2))).Accepted);
        var other = await store.Append(Up, (1000, 7), (2000, 7), (1500, 7));
        Assert.Equal((1, 2, RejectReason.DuplicateTimestamp), (other.Accepted, other.Rejected, other.FirstReason));
        await store.FlushAsync();
        AssertSame([(1000, 1), (1500, 7), (2000, 2)], store.Read(Up));
        await store.DisposeAsync();
    }

    [Fact]
    public async Task A_sample_that_is_too_late_is_refused_also_when_the_newest_is_in_a_block()
    {
        var store = MetricStore.Open(_folder.Path, AnyTime with { OutOfOrderWindow = TimeSpan.FromSeconds(10) });
        await store.Append(Up, (100_000, 1));
        await store.FlushAsync();
        Assert.Equal(RejectReason.TooOld, (await store.Append(Up, (80_000, 1))).FirstReason);
        await store.DisposeAsync();
        await using var again = MetricStore.Open(_folder.Path, AnyTime with { OutOfOrderWindow = TimeSpan.FromSeconds(10) });
        Assert.Equal(RejectReason.TooOld, (await again.Append(Up, (80_000, 1))).FirstReason);
        Assert.Equal(1, (await again.Append(Up, (95_000, 1))).Accepted);
    }

    [Fact]
    public async Task What_is_deleted_is_gone_and_what_comes_later_stays()
    {
        var other = Labels.Of("__name__", "up", "host", "b");
        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
        {
            await store.Append(Up, (1000, 1), (2000, 2), (3000, 3));
            await store.Append(other, (2000, 2));
            Assert.Equal(1, await store.DeleteAsync([new Matcher(MatchType.Equal, "host", "a")], new TimeRange(1500, 2500)));
            AssertSame([(1000, 1), (3000, 3)], store.Read(Up));
            await store.Append(Up, (2000, 9));
            AssertSame([(1000, 1), (2000, 9), (3000, 3)], store.Read(Up));
        }

        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
        {
            await store.CompactAsync();
            AssertSame([(1000, 1), (2000, 9), (3000, 3)], store.Read(Up));
            AssertSame([(2000, 2)], store.Read(other));
            Assert.Empty(Directory.GetFiles(_folder.In("blocks"), "*.tombstones"));
        }
    }

    [Fact]
    public async Task A_backup_of_a_working_store_is_a_store()
    {
        using var target = new TemporaryFolder();
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        store.SetMetadata("up", new MetricMetadata(MetricType.Gauge, "", "Whether."));
        await store.Append(Up, (1000, 1), (2000, 2));
        await store.DeleteAsync([new Matcher(MatchType.Equal, "host", "a")], new TimeRange(0, 1500));
        await store.Append(Up, (3000, 3));
        await store.BackupAsync(target.In("copy"));
        await store.Append(Up, (4000, 4));
        await using (var copy = MetricStore.Open(target.In("copy"), AnyTime))
        {
            AssertSame([(2000, 2), (3000, 3)], copy.Read(Up));
            Assert.Equal("Whether.", copy.Metadata["up"].Help);
        }

        await Assert.ThrowsAsync<IOException>(() => store.BackupAsync(target.In("copy")));
    }

    [Fact]
    public async Task Old_blocks_go_when_their_time_is_over_and_a_clock_that_jumps_ahead_drops_nothing()
    {
        var clock = new ManualClock();
        var options = new StoreOptions { Retention = TimeSpan.FromDays(10), Clock = clock };
        await using var store = MetricStore.Open(_folder.Path, options);
        await store.Append(Up, (clock.NowMs, 1));
        await store.FlushAsync();
        clock.Advance(TimeSpan.FromDays(400)); // nothing new has come: the age counts from the newest sample
        await Task.Delay(50);
        Assert.Single(Blocks);
        await store.Append(Up, (clock.NowMs, 2));
        await store.FlushAsync();
        clock.Advance(TimeSpan.FromSeconds(11));
        await Eventually(() => Blocks.Length == 1);
        AssertSame([(clock.NowMs - 11_000, 2)], store.Read(Up));
    }

    [Fact]
    public async Task The_oldest_blocks_go_when_there_are_too_many_bytes()
    {
        var clock = new ManualClock();
        await using var store = MetricStore.Open(_folder.Path, AnyTime with { SizeLimitBytes = 2500, Clock = clock });
        for (var i = 0; i < 5; i++)
        {
            await store.Append(Up, (i * 1000, i));
            await store.FlushAsync();
        }

        clock.Advance(TimeSpan.FromSeconds(11));
        await Eventually(() => Blocks.Select(static path => new FileInfo(path)).Sum(static file => file.Exists ? file.Length : 0) <= 2500);
        AssertSame([(4000, 4)], store.Read(Up).TakeLast(1));
    }

    [Fact]
    public async Task A_full_window_becomes_a_block_by_itself_and_blocks_are_merged()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime with { HeadBytesLimit = 200_000 });
        var batch = new SampleBatch();
        for (var series = 0; series < 100; series++)
            batch.AddSeries(Labels.Of("__name__", "full", "i", $"{series}"));
        for (var round = 0; round < 1500; round++)
        {
            batch.ClearSamples();
            for (var series = 0; series < 100; series++)
                batch.Add(series, round * 1000, Math.Sqrt(round * series));
            Assert.Equal(100, (await store.AppendAsync(batch)).Accepted);
        }

        Assert.NotEmpty(Blocks);
        for (var series = 0; series < 100; series += 33)
            AssertSame(Enumerable.Range(0, 1500).Select(round => (round * 1000L, Math.Sqrt(round * series))), store.Read(Labels.Of("__name__", "full", "i", $"{series}")));
    }

    [Fact]
    public async Task Many_series_have_room_for_more_than_a_sample_each_before_their_window_becomes_a_block()
    {
        const int Series = 3000;
        await using (var store = MetricStore.Open(_folder.Path, AnyTime with { HeadBytesLimit = 100_000 })) // less than the series' first chunks
        {
            var batch = new SampleBatch();
            for (var series = 0; series < Series; series++)
                batch.AddSeries(Labels.Of("__name__", "many", "i", $"{series}"));
            for (var round = 0; round < 30; round++)
            {
                batch.ClearSamples();
                for (var series = 0; series < Series; series++)
                    batch.Add(series, round * 1000, round);
                Assert.Equal(Series, (await store.AppendAsync(batch)).Accepted);
            }

            await store.FlushAsync();
        }

        // Small blocks may have been merged since; a block's name has the last window that is in it.
        Assert.InRange(Blocks.Max(static path => long.Parse(Path.GetFileNameWithoutExtension(path).Split('-')[1], CultureInfo.InvariantCulture)), 1, 3);
    }

    [Fact]
    public async Task Series_that_are_no_more_leave_room_for_new_ones()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime with { SeriesLimit = 15_000 });
        await store.Append(Up, (1, 1));
        await AppendMany("old", 14_000, 1);
        await store.FlushAsync();
        await store.Append(Up, (2, 2));
        await AppendMany("alive", 900, 2);
        Assert.Equal(14_901, store.Status.SeriesCount);
        await store.FlushAsync(); // only those with samples since the last block are numbered on
        Assert.Equal(901, store.Status.SeriesCount);
        await AppendMany("new", 14_000, 3);
        Assert.Equal(RejectReason.DuplicateTimestamp, (await store.Append(Up, (2, 7))).FirstReason);
        Assert.Equal(RejectReason.DuplicateTimestamp, (await store.Append(Labels.Of("__name__", "old", "i", "77"), (1, 7))).FirstReason);
        Assert.Equal(1, (await store.Append(Up, (3, 3))).Accepted);
        AssertSame([(1, 1), (2, 2), (3, 3)], store.Read(Up));
        AssertSame([(1, 1)], store.Read(Labels.Of("__name__", "old", "i", "77")));
        AssertSame([(2, 1)], store.Read(Labels.Of("__name__", "alive", "i", "77")));

        async Task AppendMany(string metric, int count, long time)
        {
            var batch = new SampleBatch();
            for (var i = 0; i < count; i++)
                batch.Add(batch.AddSeries(Labels.Of("__name__", metric, "i", $"{i}")), time, 1);
            var result = await store.AppendAsync(batch);
            Assert.True(result.Rejected == 0, result.FirstExample);
        }
    }

    static async Task Eventually(Func<bool> claim)
    {
        for (var i = 0; i < 12_000 && !claim(); i++)
            await Task.Delay(10);
        Assert.True(claim());
    }

    [Fact]
    public async Task A_head_that_fills_while_blocks_are_merged_becomes_a_block_meanwhile()
    {
        const int Samples = 200_000;
        using var folder = new TemporaryFolder();
        var changes = new System.Collections.Concurrent.ConcurrentQueue<string>();
        MetricStore? store = null;
        Task<AppendResult>? filling = null;
        var disk = new HookedDisk { Deleting = path => changes.Enqueue($"delete {Path.GetFileName(path)}") };
        disk.Creating = path =>
        {
            var name = Path.GetFileName(path);
            changes.Enqueue($"create {name}");
            if (!path.Contains("/blocks/", StringComparison.Ordinal) || name[..10] == name[11..21] || filling is not null)
                return;
            var random = new Random(1);
            filling = store!.Append(Labels.Of("__name__", "fills"), [.. Enumerable.Range(0, Samples).Select(i => ((long)i, random.NextDouble()))]);
            filling.Wait();
        };
        await using (store = MetricStore.Open(folder.Path, StoreTesting.AnyTime with { Disk = disk, HeadBytesLimit = 1 << 20 }))
        {
            for (var part = 0; part < 2; part++)
            {
                for (var series = 0; series < 5; series++)
                    await store.Append(Labels.Of("__name__", "merged", "series", $"{series}"), ((long)part, (double)series));
                await store.FlushAsync();
            }

            await store.CompactAsync();
            Assert.NotNull(filling);
            var order = changes.ToList();
            var flushed = order.FindIndex(static change => change.StartsWith("create 0000000003-0000000003", StringComparison.Ordinal));
            var merged = order.FindIndex(static change => change == "delete 0000000001-0000000001.block");
            Assert.True(flushed >= 0 && flushed < merged, string.Join('\n', order));
            Assert.Equal(Samples, store.Read(Labels.Of("__name__", "fills")).Count);
            Assert.Equal(2, store.Read(Labels.Of("__name__", "merged", "series", "0")).Count);
        }
    }
}
