using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

/// <summary>A clock that is ahead or behind, and then right again.</summary>
public sealed class ClockTests : IDisposable
{
    static readonly Labels Up = Labels.Of("__name__", "up");
    static readonly TimeSpan s_second = TimeSpan.FromSeconds(1), s_twoDays = TimeSpan.FromDays(2);

    readonly TemporaryFolder _folder = new();
    readonly ManualClock _clock = new();

    public void Dispose() => _folder.Dispose();

    MetricStore Open(TimeSpan? window = null) =>
        MetricStore.Open(_folder.Path, new StoreOptions { Clock = _clock, OutOfOrderWindow = window ?? TimeSpan.FromHours(1) });

    /// <summary>Ticks as a collector's: stamped a moment before they come.</summary>
    async Task<List<(long, double)>> CollectAsync(MetricStore store, int ticks)
    {
        var sent = new List<(long, double)>();
        for (var i = 0; i < ticks; i++)
        {
            _clock.Advance(s_second);
            var sample = (_clock.NowMs - 300, i * 0.5);
            var result = await store.Append(Up, sample);
            Assert.Equal((1, 0, null), (result.Accepted, result.Rejected, result.FirstExample));
            sent.Add(sample);
        }

        return sent;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3600)]
    public async Task When_a_clock_that_was_ahead_is_right_again_collection_goes_on(int windowSeconds)
    {
        var window = TimeSpan.FromSeconds(windowSeconds);
        await using var store = Open(window);
        var before = await CollectAsync(store, 10);
        _clock.Jump(s_twoDays);
        var ahead = await CollectAsync(store, 10);
        _clock.Jump(-s_twoDays);
        var after = await CollectAsync(store, 10);
        Assert.Contains("lie in the future of this machine's clock, up to 2026-01-04T", store.Status.ClockTrouble, StringComparison.Ordinal);
        Assert.True(store.Status.Writable);
        AssertSame([.. before, .. after], store.Read(Up, new TimeRange(0, _clock.NowMs + 1)));
        AssertSame([.. before, .. after, .. ahead], store.Read(Up));

        await store.FlushAsync(); // the same behind blocks that reach into the future
        var later = await CollectAsync(store, 10);
        AssertSame([.. before, .. after, .. later, .. ahead], store.Read(Up));
        Assert.Equal(1, (await store.Append(Up, later[3])).Accepted); // there already
        var other = await store.Append(Up, (later[3].Item1, -1.0));
        Assert.Equal(RejectReason.DuplicateTimestamp, other.FirstReason);
    }

    [Fact]
    public async Task A_store_that_is_opened_over_samples_of_the_future_says_so_at_once_and_collects()
    {
        List<(long, double)> before, ahead;
        await using (var store = Open())
        {
            before = await CollectAsync(store, 5);
            _clock.Jump(s_twoDays);
            ahead = await CollectAsync(store, 5);
        }

        _clock.Jump(-s_twoDays);
        await using (var store = Open())
        {
            Assert.Contains("lie in the future", store.Status.ClockTrouble, StringComparison.Ordinal);
            AssertSame([.. before, .. await CollectAsync(store, 5), .. ahead], store.Read(Up));
            await store.CompactAsync();
        }

        await using var again = Open();
        await CollectAsync(again, 5);
        Assert.NotNull(again.Status.ClockTrouble);
        _clock.Advance(s_twoDays);
        Assert.Null(again.Status.ClockTrouble); // the future has come
    }

    [Fact]
    public async Task What_is_late_for_now_is_still_refused_while_samples_lie_in_the_future()
    {
        await using var store = Open();
        _clock.Jump(s_twoDays);
        await CollectAsync(store, 2);
        _clock.Jump(-s_twoDays);
        var late = await store.Append(Up, (_clock.NowMs - (long)TimeSpan.FromHours(2).TotalMilliseconds, 1.0));
        Assert.Equal(RejectReason.TooOld, late.FirstReason);
        Assert.Equal(1, (await store.Append(Up, (_clock.NowMs - (long)TimeSpan.FromMinutes(50).TotalMilliseconds, 1.0))).Accepted);
    }

    [Fact]
    public async Task While_a_clock_is_behind_collection_goes_on_and_again_when_it_is_right()
    {
        await using var store = Open();
        var before = await CollectAsync(store, 5);
        _clock.Jump(-s_twoDays);
        Assert.Contains("lie in the future", store.Status.ClockTrouble, StringComparison.Ordinal);
        var behind = await CollectAsync(store, 5);
        _clock.Jump(s_twoDays);
        var after = await CollectAsync(store, 5);
        AssertSame([.. behind, .. before, .. after], store.Read(Up));
    }

    [Fact]
    public async Task A_clock_that_is_set_is_noticed_while_the_store_runs_and_forgotten_after_a_while()
    {
        await using var store = Open();
        await CollectAsync(store, 2);
        Assert.Null(store.Status.ClockTrouble);
        _clock.Jump(s_twoDays);
        Assert.Contains("clock went 2 days ahead at 2026-01-04T", store.Status.ClockTrouble, StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Contains("clock went 2 days ahead at 2026-01-04T", store.Status.ClockTrouble, StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Null(store.Status.ClockTrouble);
        _clock.Jump(TimeSpan.FromSeconds(20)); // what the network's time does
        Assert.Null(store.Status.ClockTrouble);
    }

    [Fact]
    public async Task The_head_becomes_a_block_after_its_time_whatever_the_clock_says()
    {
        await using var store = Open();
        await CollectAsync(store, 2);
        _clock.Jump(-s_twoDays);
        for (var i = 0; i < 200 && Directory.GetFiles(_folder.In("blocks")).Length == 0; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(3));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.NotEmpty(Directory.GetFiles(_folder.In("blocks")));
    }

    [Fact]
    public async Task A_backfill_without_limits_is_no_clock_that_is_wrong()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime with { Clock = _clock });
        await store.Append(Up, (_clock.NowMs + (long)s_twoDays.TotalMilliseconds, 1.0));
        Assert.Null(store.Status.ClockTrouble);
    }
}
