using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

/// <summary>Limits of the disk and of a select.</summary>
public sealed class StoreLimitTests : IDisposable
{
    static readonly Labels Up = Labels.Of("__name__", "up");

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Appends_are_refused_while_only_the_reserve_is_free_and_everything_else_goes_on()
    {
        var disk = new SizedDisk { FreeBytes = 10 << 20 };
        await using var store = MetricStore.Open(_folder.Path, AnyTime with { Disk = disk, DiskReserveBytes = 1 << 20 });
        await store.Append(Up, (1, 1));
        disk.FreeBytes = 1 << 19;
        var refused = await RefusedEventually(store);
        Assert.Contains("the last 1024 KiB are for blocks and retention (DiskReserveBytes)", refused.Message, StringComparison.Ordinal);
        Assert.False(store.Status.Writable);
        Assert.Contains("DiskReserveBytes", store.Status.Trouble, StringComparison.Ordinal);
        await store.CompactAsync(); // blocks are what the reserve is for
        Assert.NotEmpty(store.Read(Up));
        await store.DeleteAsync([new Matcher(MatchType.Equal, "__name__", "up")], new TimeRange(0, 2));

        disk.FreeBytes = 10 << 20;
        for (var i = 0; i < 2400 && !store.Status.Writable; i++)
            await Task.Delay(50);
        Assert.True(store.Status.Writable, store.Status.Trouble);
        Assert.Equal(1, (await store.Append(Up, (1_000_000, 1))).Accepted);
    }

    [Fact]
    public async Task A_small_disk_keeps_a_twentieth_of_itself()
    {
        var disk = new SizedDisk { FreeBytes = 60, TotalBytes = 1000 };
        await using var store = MetricStore.Open(_folder.Path, AnyTime with { Disk = disk });
        await store.Append(Up, (1, 1));
        disk.FreeBytes = 40;
        await RefusedEventually(store);
    }

    [Fact]
    public async Task A_store_that_is_opened_within_its_reserve_says_so_at_once()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime with { Disk = new SizedDisk { FreeBytes = 1000 } });
        Assert.False(store.Status.Writable);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Append(Up, (1, 1)));
    }

    [Fact]
    public async Task Blocks_are_not_merged_where_the_merged_one_would_not_fit_beside_them()
    {
        var disk = new SizedDisk { FreeBytes = 10 << 20 };
        await using var store = MetricStore.Open(_folder.Path, AnyTime with { Disk = disk, DiskReserveBytes = 1 << 20 });
        for (var i = 0; i < 3; i++)
        {
            await store.Append(Up, (i, i));
            await store.FlushAsync();
        }

        disk.FreeBytes = (1 << 20) + 10;
        await store.CompactAsync();
        Assert.Equal(3, Directory.GetFiles(_folder.In("blocks")).Length);
        disk.FreeBytes = 10 << 20;
        await store.CompactAsync();
        Assert.Single(Directory.GetFiles(_folder.In("blocks")));
    }

    [Fact]
    public async Task Selecting_more_series_than_a_select_may_is_refused_by_name_and_one_in_a_block_and_in_memory_counts_once()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime with { SelectSeriesLimit = 2 });
        await store.Append(Up, (0, 1));
        await store.Append(Labels.Of("__name__", "down"), (0, 2));
        await store.CompactAsync();
        await store.Append(Up, (1, 3));
        using (var both = store.Select([], TimeRange.All))
        {
            Assert.Equal(["down", "up"], both.Series.Select(static series => series.Labels.Name));
            Assert.Equal(2, both.Series[1].Read().Count);
        }

        await store.Append(Labels.Of("__name__", "sideways"), (1, 4));
        var refused = Assert.Throws<LimitExceededException>(() => store.Select([], TimeRange.All));
        Assert.Equal(nameof(StoreOptions.SelectSeriesLimit), refused.Limit);
        Assert.Single(store.Read(Labels.Of("__name__", "sideways")));
    }

    [Fact]
    public async Task Reading_more_samples_than_a_select_may_is_refused_by_name()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime with { SelectSamplesLimit = 100 });
        await store.Append(Up, [.. Enumerable.Range(0, 60).Select(static i => ((long)i, (double)i))]);
        await store.Append(Labels.Of("__name__", "down"), [.. Enumerable.Range(0, 60).Select(static i => ((long)i, (double)i))]);
        Assert.Equal(60, store.Read(Up).Count);
        using var both = store.Select([], TimeRange.All);
        Assert.Equal(60, both.Series[0].Read().Count);
        var refused = Assert.Throws<LimitExceededException>(() => both.Series[1].Read());
        Assert.Equal(nameof(StoreOptions.SelectSamplesLimit), refused.Limit);
        Assert.Contains("More than 100 samples", refused.Message, StringComparison.Ordinal);
        Assert.Equal(60, store.Read(Up).Count); // the limit is of one select
    }

    static async Task<StoreUnavailableException> RefusedEventually(MetricStore store)
    {
        for (var i = 0; i < 6000; i++)
        {
            try
            {
                await store.Append(Up, (100 + i, 1)); // the disk is not asked each time
                await Task.Delay(20);
            }
            catch (StoreUnavailableException refused)
            {
                return refused;
            }
        }

        throw new InvalidOperationException("Nothing was refused.");
    }
}
