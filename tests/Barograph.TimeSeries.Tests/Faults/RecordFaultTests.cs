using System.Text;

namespace Barograph.TimeSeries.Tests;

/// <summary>What holds events, spans, log records and an agent's queue, on disks that fail and through power cuts.</summary>
public sealed class RecordFaultTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Every fifth change fails in one way here, other ones each time; <c>bench/reliability record-faults</c> lets each fail in every way.</summary>
    [Fact]
    public async Task Whatever_change_fails_no_acknowledged_record_is_lost_and_the_log_goes_on()
    {
        const int Stride = 5;
        var faults = Enum.GetValues<Fault>();
        var random = new Random();
        var failures = new List<string>();
        for (var n = random.Next(1, 1 + Stride); ; n += Stride)
        {
            var (isOver, broken) = await DiskFaultRun.TryRun(static (disk, now) => new RecordLife(disk, now), faults[random.Next(faults.Length)], n);
            if (broken is not null)
                failures.Add(broken);
            if (isOver)
                break;
        }

        Assert.True(failures.Count == 0, $"{failures.Count} failures:\n{string.Join('\n', failures.Take(20))}");
    }

    /// <summary>Some hundred states here, others each time; <c>bench/reliability record-crash-states</c> looks at ten thousand.</summary>
    [Fact]
    public async Task Whatever_a_power_cut_leaves_of_a_log_has_every_acknowledged_record()
    {
        using var states = new CrashStates(static (disk, now) => new RecordLife(disk, now));
        var broken = await states.FindBrokenAsync(300);
        Assert.True(broken.Count == 0, $"{broken.Count} of 300 states:\n{string.Join('\n', broken.Take(5))}");
    }

    [Fact]
    public async Task A_disk_that_lies_about_its_syncs_is_found_out_by_a_log_too()
    {
        using var states = new CrashStates(static (disk, now) => new RecordLife(disk, now), diskLies: true);
        Assert.NotEmpty(await states.FindBrokenAsync(40));
    }

    [Fact]
    public async Task A_log_leaves_the_reserve_of_its_disk_alone_and_goes_on_when_there_is_room_again()
    {
        using var folder = new TemporaryFolder();
        var disk = new SizedDisk { FreeBytes = 10 << 20 };
        using var log = RecordLog.Open(folder.In("log"), new RecordLogOptions { SegmentBytes = 1 << 20, DiskReserveBytes = 1 << 20, Disk = disk });
        await log.AppendAsync("first"u8);
        disk.FreeBytes = 1 << 19;
        var refused = await RefusedEventually(log);
        Assert.Contains("the last 1024 KiB are for blocks and retention", refused.Message, StringComparison.Ordinal);
        Assert.Equal(refused.Message, log.Failure);
        disk.FreeBytes = 10 << 20;
        using var patience = new CancellationTokenSource(s_patience);
        while (log.Failure is not null)
        {
            await Task.Delay(50, patience.Token);
            await Record.ExceptionAsync(() => log.AppendAsync("again"u8));
        }
    }

    [Fact]
    public async Task A_bug_ends_the_writing_of_a_log_with_an_error_of_its_own_and_reading_goes_on()
    {
        using var folder = new TemporaryFolder();
        var disk = new HookedDisk();
        Exception? told = null;
        using (var log = RecordLog.Open(folder.In("log"), new RecordLogOptions { SegmentBytes = 1 << 20, Disk = disk, ReportBug = bug => told = bug }))
        {
            var place = await log.AppendAsync("kept"u8);
            disk.WritingPieces = static () => throw new InvariantException("a test says so");
            await Assert.ThrowsAsync<StoreBrokenException>(() => log.AppendAsync("lost"u8).WaitAsync(s_patience));
            disk.WritingPieces = null;
            await Assert.ThrowsAsync<StoreBrokenException>(() => log.AppendAsync("later"u8).WaitAsync(s_patience));
            Assert.IsType<InvariantException>(told);
            Assert.Contains("Internal error: Broken invariant", log.Failure, StringComparison.Ordinal);
            Assert.Equal("kept", Encoding.UTF8.GetString(log.TryRead(place)!));
        }

        using var again = RecordLog.Open(folder.In("log"), new RecordLogOptions { SegmentBytes = 1 << 20 });
        await again.AppendAsync("on"u8);
    }

    [Fact]
    public async Task Closing_a_log_waits_for_what_was_taken_and_refuses_what_comes_later()
    {
        using var folder = new TemporaryFolder();
        using var go = new ManualResetEventSlim();
        var log = RecordLog.Open(
            folder.In("log"), new RecordLogOptions { SegmentBytes = 1 << 20, Disk = new HookedDisk { WritingPieces = () => go.Wait(s_patience) } });
        var taken = Enumerable.Range(0, 5).Select(_ => log.AppendAsync("taken"u8)).ToArray();
        var closing = Task.Run(log.Dispose, TestContext.Current.CancellationToken);
        using var patience = new CancellationTokenSource(s_patience);
        Task<RecordPlace> late;
        do
            late = log.AppendAsync("late"u8);
        while (!late.IsFaulted && !patience.IsCancellationRequested);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => late);
        Assert.False(closing.IsCompleted);
        go.Set();
        await Task.WhenAll(taken).WaitAsync(s_patience);
        await closing.WaitAsync(s_patience);
    }

    [Fact]
    public async Task Damage_beyond_what_is_listed_is_counted()
    {
        using var folder = new TemporaryFolder();
        using (var log = RecordLog.Open(folder.In("log"), new RecordLogOptions { SegmentBytes = 1 << 30 }))
            await Task.WhenAll(Enumerable.Range(0, 3000).Select(i => log.AppendAsync(BitConverter.GetBytes(i))));
        var file = Directory.GetFiles(folder.In("log"), "*.log").Single();
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        for (var at = 8 + WalRecord.HeaderBytes; at < bytes.Length; at += 2 * (WalRecord.HeaderBytes + sizeof(int)))
            bytes[at] ^= 1; // every second record
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        using var again = RecordLog.Open(folder.In("log"), new RecordLogOptions { SegmentBytes = 1 << 30 });
        again.Read(new RecordPlace(1, 0), static (_, _) => true);
        Assert.Equal((1000, 1500), (again.Damage.Count, again.DamageCount));
    }

    static async Task<StoreUnavailableException> RefusedEventually(RecordLog log)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (true)
        {
            if (await Record.ExceptionAsync(() => log.AppendAsync("more"u8)) is StoreUnavailableException refused)
                return refused;
            await Task.Delay(20, patience.Token);
        }
    }
}
