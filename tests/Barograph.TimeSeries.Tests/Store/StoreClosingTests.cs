using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

/// <summary>Nobody waits for a store that is being closed.</summary>
public sealed class StoreClosingTests : IDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    static readonly Labels Up = Labels.Of("__name__", "up");

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Senders_who_wait_for_room_are_told_when_the_store_is_closed()
    {
        using var blocked = new ManualResetEventSlim();
        using var reached = new ManualResetEventSlim();
        var disk = new HookedDisk
        {
            Creating = path =>
            {
                if (!path.Contains("/blocks/", StringComparison.Ordinal))
                    return;
                reached.Set();
                blocked.Wait(s_patience);
            },
        };
        var store = MetricStore.Open(_folder.Path, AnyTime with { Disk = disk, HeadBytesLimit = 1 });
        var acknowledged = 0;
        var senders = Enumerable.Range(0, 4).Select(sender => Task.Run(async () =>
        {
            for (var i = 0; ; i++)
            {
                await store.Append(Labels.Of("__name__", "up", "sender", $"{sender}"), (i, i));
                Interlocked.Increment(ref acknowledged);
            }
        })).ToArray();
        Assert.True(reached.Wait(s_patience));
        await WaitUntilAsync(() => store.WaitsForRoom);
        var closing = store.DisposeAsync().AsTask();
        foreach (var sender in senders)
        {
            var cause = await Assert.ThrowsAnyAsync<Exception>(() => sender.WaitAsync(s_patience));
            Assert.True(cause is StoreUnavailableException or ObjectDisposedException, $"{cause}");
            Assert.Contains("clos", cause is ObjectDisposedException ? "closed" : cause.Message, StringComparison.Ordinal);
        }

        blocked.Set();
        await closing.WaitAsync(s_patience);
        await using var again = MetricStore.Open(_folder.Path, AnyTime);
        Assert.True(Enumerable.Range(0, 4).Sum(sender => again.Read(Labels.Of("__name__", "up", "sender", $"{sender}")).Count) >= acknowledged);
    }

    [Fact]
    public async Task Whoever_waits_for_a_flush_is_told_when_the_store_is_closed()
    {
        using var blocked = new ManualResetEventSlim();
        using var reached = new ManualResetEventSlim();
        var disk = new HookedDisk
        {
            Creating = path =>
            {
                if (!path.Contains("/blocks/", StringComparison.Ordinal))
                    return;
                reached.Set();
                blocked.Wait(s_patience);
            },
        };
        var store = MetricStore.Open(_folder.Path, AnyTime with { Disk = disk });
        await store.Append(Up, (1, 1));
        var first = store.FlushAsync(CancellationToken.None);
        Assert.True(reached.Wait(s_patience));
        var second = store.FlushAsync(CancellationToken.None);
        var closing = store.DisposeAsync().AsTask();
        var third = Task.Run(() => store.FlushAsync(CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => second.WaitAsync(s_patience));
        var late = await Record.ExceptionAsync(() => third.WaitAsync(s_patience));
        Assert.True(late is StoreUnavailableException or ObjectDisposedException, $"{late}");
        blocked.Set();
        await closing.WaitAsync(s_patience);
        await Record.ExceptionAsync(() => first.WaitAsync(s_patience)); // done or given up, but not waiting
        Assert.True(first.IsCompleted);
    }

    [Fact]
    public async Task A_head_that_fills_while_the_store_is_closed_hurts_nobody()
    {
        for (var round = 0; round < 20; round++)
        {
            var store = MetricStore.Open(_folder.In($"{round}"), AnyTime with { HeadBytesLimit = 1 });
            var pending = Enumerable.Range(0, 50).Select(i => store.Append(Labels.Of("__name__", "up", "i", $"{i}"), (i, i))).ToArray();
            await store.DisposeAsync();
            foreach (var append in pending)
            {
                var cause = await Record.ExceptionAsync(() => append.WaitAsync(s_patience));
                Assert.True(cause is null or StoreUnavailableException or ObjectDisposedException, $"{cause}");
            }
        }
    }

    [Fact]
    public async Task Reads_and_appends_that_race_with_the_closing_end()
    {
        var store = MetricStore.Open(_folder.Path, AnyTime);
        await store.Append(Up, (1, 1), (2, 2));
        await store.CompactAsync();
        await store.Append(Up, (3, 3));
        using var over = new ManualResetEventSlim();
        var racing = Enumerable.Range(0, 4).Select(i => Task.Factory.StartNew(
            () =>
            {
                while (true)
                {
                    try
                    {
                        if (i % 2 == 0)
                            store.Read(Up);
                        else
                            store.Append(Up, (1, 1)).GetAwaiter().GetResult();
                    }
                    catch (Exception cause) when (cause is ObjectDisposedException or StoreUnavailableException)
                    {
                        return;
                    }
                }
            },
            TaskCreationOptions.LongRunning)).ToArray();
        await store.DisposeAsync();
        await Task.WhenAll(racing).WaitAsync(s_patience);
    }

    [Fact]
    public async Task A_read_of_a_closed_store_is_refused_and_does_not_spin()
    {
        var store = MetricStore.Open(_folder.Path, AnyTime);
        await store.Append(Up, (1, 1));
        await store.CompactAsync();
        await store.DisposeAsync();
        await Task.Run(() => Assert.Throws<ObjectDisposedException>(() => store.LabelNames([], TimeRange.All))).WaitAsync(s_patience);
        await Task.Run(() => Assert.Throws<ObjectDisposedException>(
            () => store.SelectRollups([], TimeRange.All, TimeSpan.FromMinutes(1)))).WaitAsync(s_patience);
    }

    static async Task WaitUntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (!isSo())
            await Task.Delay(5, patience.Token);
    }
}
