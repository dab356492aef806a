using System.Collections.Concurrent;
using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

/// <summary>Bugs of our own are told as such, and what they touched takes no more writes.</summary>
public sealed class StoreBugTests : IDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    static readonly Labels Up = Labels.Of("__name__", "up"), Latency = Labels.Of("__name__", "latency");
    static readonly NativeHistogram s_histogram = new() { Schema = 0, Count = 1, Sum = 1, PositiveSpans = [new BucketSpan(0, 1)], PositiveBuckets = [1] };

    readonly TemporaryFolder _folder = new();
    readonly ConcurrentQueue<Exception> _bugs = new();
    readonly HookedDisk _disk = new();

    public void Dispose() => _folder.Dispose();

    StoreOptions Options => AnyTime with { Disk = _disk, ReportBug = _bugs.Enqueue };

    [Fact]
    public async Task A_bug_at_the_log_ends_writing_with_an_error_of_its_own_and_reading_goes_on()
    {
        await using (var store = MetricStore.Open(_folder.Path, Options))
        {
            await store.Append(Up, (1, 1));
            _disk.WritingPieces = static () => throw new InvariantException("a test says so");
            var told = await Assert.ThrowsAsync<StoreBrokenException>(() => store.Append(Up, (2, 2)).WaitAsync(s_patience));
            Assert.Contains("Internal error: Broken invariant: a test says so", told.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("disk", told.Message, StringComparison.OrdinalIgnoreCase);
            _disk.WritingPieces = null;
            await Assert.ThrowsAsync<StoreBrokenException>(() => store.Append(Up, (3, 3)).WaitAsync(s_patience));
            Assert.False(store.Status.Writable);
            Assert.Equal(told.Message, store.Status.Trouble);
            AssertSame([(1, 1)], store.Read(Up));
            Assert.IsType<InvariantException>(Assert.Single(_bugs));
        }

        await using var again = MetricStore.Open(_folder.Path, AnyTime);
        Assert.Equal(1, (await again.Append(Up, (4, 4))).Accepted);
        AssertSame([(1, 1), (4, 4)], again.Read(Up));
    }

    [Fact]
    public async Task What_a_bug_left_half_done_is_never_seen()
    {
        await using (var store = MetricStore.Open(_folder.Path, Options))
        {
            await store.Append(Up, (1, 1));
            var batch = new SampleBatch();
            var (up, latency) = (batch.AddSeries(Up), batch.AddSeries(Latency));
            batch.Add(up, 2, 2);
            batch.Add(latency, 2, s_histogram);
            double[] buckets = [.. Enumerable.Range(0, 50_000).Select(static i => Math.Sqrt(i))];
            var larger = s_histogram with { PositiveSpans = [new BucketSpan(0, buckets.Length)], PositiveBuckets = buckets };
            // A sender that changes its batch under way: the float can be applied, the histogram cannot.
            _disk.WritingPieces = () =>
            {
                batch.ClearSamples();
                batch.Add(up, 2, 2);
                batch.Add(latency, 2, larger);
            };
            await Assert.ThrowsAsync<StoreBrokenException>(() => store.AppendAsync(batch).AsTask().WaitAsync(s_patience));
            _disk.WritingPieces = null;
            await Assert.ThrowsAsync<StoreBrokenException>(() => store.Append(Up, (3, 3)).WaitAsync(s_patience));
            AssertSame([(1, 1)], store.Read(Up));
            await Assert.ThrowsAsync<StoreBrokenException>(() => store.FlushAsync().WaitAsync(s_patience)); // it would make a block of the half
        }

        await using var again = MetricStore.Open(_folder.Path, AnyTime);
        AssertSame([(1, 1), (2, 2)], again.Read(Up)); // the log had it whole
        Assert.Single(again.ReadAny(Latency));
    }

    [Fact]
    public async Task Senders_who_wait_for_room_are_told_of_a_bug()
    {
        using var go = new ManualResetEventSlim();
        await using var store = MetricStore.Open(_folder.Path, Options with { QueuedBytesLimit = 1 });
        await store.Append(Up, (1, 1));
        _disk.WritingPieces = () =>
        {
            go.Wait(s_patience);
            throw new InvariantException("a test says so");
        };
        var senders = Enumerable.Range(0, 5).Select(i => store.Append(Up, (10 + i, i))).ToArray();
        go.Set();
        foreach (var sender in senders)
            await Assert.ThrowsAsync<StoreBrokenException>(() => sender.WaitAsync(s_patience));
    }

    [Fact]
    public async Task A_bug_in_one_kind_of_upkeep_ends_that_kind_alone()
    {
        var clock = new ManualClock();
        var tries = 0;
        _disk.Creating = path =>
        {
            if (!path.Contains("/blocks/", StringComparison.Ordinal) || path.Contains("0000000001-0000000001", StringComparison.Ordinal))
                return;
            Interlocked.Increment(ref tries);
            throw new InvariantException("a test says so");
        };
        var options = Options with { Clock = clock, Retention = TimeSpan.FromDays(1), HeadDuration = TimeSpan.FromMinutes(1) };
        await using var store = MetricStore.Open(_folder.Path, options);
        await store.Append(Up, (clock.NowMs, 1));
        await store.FlushAsync();
        clock.Advance(TimeSpan.FromMinutes(2));
        await store.Append(Up, (clock.NowMs, 2));
        for (var i = 0; i < 5; i++)
            await TurnAsync(clock, TimeSpan.FromMinutes(2), () => store.Status.Trouble is not null);
        Assert.Contains("Blocks cannot be written, because of an internal error: Broken invariant: a test says so", store.Status.Trouble, StringComparison.Ordinal);
        Assert.Equal(1, Volatile.Read(ref tries));
        Assert.Single(_bugs);
        Assert.True(store.Status.Writable);
        Assert.Equal(1, (await store.Append(Up, (clock.NowMs, 3))).Accepted);
        Assert.Equal(3, store.Read(Up).Count);

        // Retention is another kind, and goes on.
        clock.Advance(TimeSpan.FromDays(2));
        await store.Append(Up, (clock.NowMs, 4));
        await TurnAsync(clock, TimeSpan.FromSeconds(10), () => Directory.GetFiles(_folder.In("blocks")).Length == 0);
        Assert.Equal(1, Volatile.Read(ref tries));
    }

    /// <summary>Lets upkeep have its turns until something is so.</summary>
    static async Task TurnAsync(ManualClock clock, TimeSpan by, Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(s_patience);
        do
        {
            clock.Advance(by);
            await Task.Delay(20, patience.Token);
        }
        while (!isSo());
    }
}
