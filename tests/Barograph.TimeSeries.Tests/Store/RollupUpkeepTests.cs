using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

public sealed class RollupUpkeepTests : IDisposable
{
    const long MinuteMs = 60_000, HourMs = 60 * MinuteMs;

    static readonly Labels Requests = Labels.Of("__name__", "requests_total", "host", "a");
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Windows_that_are_over_are_summed_up_and_survive_a_restart()
    {
        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
        {
            await AppendCounter(store, 0, 10 * MinuteMs + 5000);
            await store.CompactAsync();
            Check(store);
        }

        await using var again = MetricStore.Open(_folder.Path, AnyTime);
        Check(again);

        static void Check(MetricStore store)
        {
            using var selection = store.SelectRollups([], TimeRange.All, Minute);
            var windows = selection.Series.Single().Read();
            Assert.Equal(10 * MinuteMs, selection.EndMs);
            Assert.Equal(Enumerable.Range(0, 10).Select(static i => i * MinuteMs), windows.StartsMs.ToArray());
            Assert.All(windows.Counts.ToArray(), static count => Assert.Equal(12, count));
            Assert.Equal([11.0, 12, 12], windows.Increases[..3].ToArray());
            Assert.Equal([11.0, 23, 35], windows.Lasts[..3].ToArray());
            using var part = store.SelectRollups([new Matcher(MatchType.Equal, "host", "a")], new TimeRange(MinuteMs, 3 * MinuteMs), Minute);
            Assert.Equal([MinuteMs, 2 * MinuteMs], part.Series.Single().Read().StartsMs.ToArray());
        }
    }

    [Fact]
    public async Task Late_and_deleted_samples_correct_the_windows_they_touch()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await AppendCounter(store, 0, 10 * MinuteMs);
        await store.CompactAsync();
        await store.Append(Requests, (2 * MinuteMs + 1, 1000));
        await store.CompactAsync();
        Assert.Equal(1000, Read(store).Maxes[2]);
        await store.DeleteAsync([new Matcher(MatchType.Equal, "host", "a")], new TimeRange(2 * MinuteMs + 1, 2 * MinuteMs + 2));
        Assert.Equal(35, Read(store).Maxes[2]);
        await store.DeleteAsync([new Matcher(MatchType.Equal, "host", "a")], new TimeRange(4 * MinuteMs, 5 * MinuteMs));
        Assert.DoesNotContain(4 * MinuteMs, Read(store).StartsMs.ToArray());
    }

    [Fact]
    public async Task What_is_filled_in_before_the_first_window_is_summed_up_too()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await AppendCounter(store, 100 * MinuteMs, 110 * MinuteMs + 5000); // the minute after the tenth has begun, so ten are over
        await store.CompactAsync();
        await AppendCounter(store, 0, 10 * MinuteMs);
        await store.CompactAsync();
        Assert.Equal(20, Read(store).Count);
    }

    [Fact]
    public async Task Rollups_come_by_themselves_and_outlive_the_samples()
    {
        var clock = new ManualClock();
        var options = new StoreOptions { Clock = clock, Retention = TimeSpan.FromDays(1), MaxFuture = null };
        await using var store = MetricStore.Open(_folder.Path, options);
        var start = clock.NowMs / HourMs * HourMs - 6 * HourMs;
        await AppendCounter(store, start, start + 4 * HourMs);
        await store.FlushAsync();
        clock.Advance(TimeSpan.FromMinutes(11));
        await Eventually(() => Read(store).Count >= 3 * 60);
        clock.Advance(TimeSpan.FromDays(3));
        await store.Append(Requests, (clock.NowMs, 1));
        await store.FlushAsync();
        clock.Advance(TimeSpan.FromSeconds(11));
        await Eventually(() => Directory.GetFiles(_folder.In("blocks"), "*.block").Length == 1);
        Assert.True(Read(store).Count >= 3 * 60);
    }

    [Fact]
    public async Task Windows_of_few_samples_are_made_when_the_raw_samples_are_about_to_go()
    {
        var clock = new ManualClock();
        var options = new StoreOptions { Clock = clock, Retention = TimeSpan.FromDays(10), OutOfOrderWindow = null, MaxFuture = null };
        await using var store = MetricStore.Open(_folder.Path, options);
        var start = clock.NowMs / (24 * HourMs) * (24 * HourMs) - 24 * HourMs;
        await AppendCounter(store, start, start + 30 * HourMs, stepMs: 20_000);
        await store.CompactAsync();
        Assert.Equal((0, 6 * 60 - 1), (Read(store).Count, Read(store, 5).Count)); // 3 samples a minute are few, 15 are not

        clock.Advance(TimeSpan.FromDays(9.5));
        await AppendCounter(store, clock.NowMs, clock.NowMs + HourMs, stepMs: 20_000);
        await store.CompactAsync();
        Assert.Equal(24 * 60, Read(store).Count); // the older day

        clock.Advance(TimeSpan.FromDays(3));
        await AppendCounter(store, clock.NowMs, clock.NowMs + HourMs, stepMs: 20_000);
        await store.CompactAsync();
        Assert.Equal(30 * 60, Read(store).Count);
        Assert.DoesNotContain(store.Read(Requests), sample => sample.TimestampMs < start + 30 * HourMs);
    }

    [Fact]
    public async Task What_a_size_limit_drops_is_summed_up_before()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime with { SizeLimitBytes = 1 });
        await AppendCounter(store, 0, 3 * HourMs, stepMs: 20_000);
        await store.FlushAsync();
        await AppendCounter(store, 3 * HourMs, 4 * HourMs, stepMs: 20_000);
        await store.CompactAsync();
        Assert.Empty(store.Read(Requests));
        Assert.Equal(4 * 60 - 1, Read(store).Count); // the last minute was not over
    }

    [Fact]
    public async Task Each_resolution_is_kept_for_its_own_time_and_not_made_again()
    {
        var clock = new ManualClock();
        var kept = new RollupRetention { OneMinute = TimeSpan.FromDays(2) };
        await using var store = MetricStore.Open(_folder.Path, AnyTime with { Clock = clock, RollupRetention = kept });
        var start = clock.NowMs / (24 * HourMs) * (24 * HourMs) - 10 * 24 * HourMs;
        await AppendCounter(store, start, start + HourMs + 5000);
        await store.FlushAsync();
        await AppendCounter(store, clock.NowMs, clock.NowMs + 5 * MinuteMs + 5000);
        await store.CompactAsync();
        Assert.InRange(Read(store).Count, 4, 6);
        Assert.True(Read(store, 5).Count >= 12);
        await store.CompactAsync();
        Assert.All(Directory.GetFiles(_folder.In("rollups/1m")), file =>
        {
            Assert.True(RollupFile.TryParse(file, out var periodStartMs, out _));
            Assert.True(periodStartMs > clock.NowMs - 3 * 24 * HourMs, file);
        });
    }

    [Fact]
    public async Task A_resolution_that_is_not_there_is_named()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        var refused = Assert.Throws<ArgumentException>(() => store.SelectRollups([], TimeRange.All, TimeSpan.FromSeconds(7)));
        Assert.Contains("1m, 5m", refused.Message, StringComparison.Ordinal);
    }

    static async Task AppendCounter(MetricStore store, long startMs, long endMs, int stepMs = 5000)
    {
        var batch = new SampleBatch();
        var series = batch.AddSeries(Requests);
        var count = 0;
        for (var time = startMs; time < endMs; time += stepMs)
            batch.Add(series, time, count++);
        Assert.Equal(count, (await store.AppendAsync(batch)).Accepted);
    }

    static RollupWindows Read(MetricStore store, int minutes = 1)
    {
        using var selection = store.SelectRollups([], TimeRange.All, TimeSpan.FromMinutes(minutes));
        return selection.Series.Count == 0 ? new RollupWindows(new RollupColumns()) : selection.Series[0].Read();
    }

    static async Task Eventually(Func<bool> claim)
    {
        for (var i = 0; i < 12_000 && !claim(); i++)
            await Task.Delay(10);
        Assert.True(claim());
    }
}
