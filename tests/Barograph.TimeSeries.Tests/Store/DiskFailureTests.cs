using System.Diagnostics;
using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

/// <summary>Disks that are full, on a small file system of its own. Needs to be root to mount it.</summary>
public sealed class DiskFailureTests : IDisposable
{
    static readonly Labels Up = Labels.Of("__name__", "up");

    readonly TemporaryFolder _folder = new();
    bool _mounted;

    public void Dispose()
    {
        if (_mounted)
            Execute("umount", _folder.Path);
        _folder.Dispose();
    }

    [Fact]
    public async Task A_full_disk_refuses_appends_keeps_what_was_acknowledged_and_recovers_by_itself()
    {
        MountOrSkip(megabytes: 12);
        var acknowledged = new List<(long, double)>();
        var store = MetricStore.Open(_folder.Path, AnyTime);
        long time = 0;
        await AppendSome(10);
        Fill();
        StoreUnavailableException? refused = null;
        for (var i = 0; i < 2000 && refused is null; i++)
            refused = await TryAppend();
        Assert.NotNull(refused);
        Assert.Contains("disk is full", refused.Message, StringComparison.Ordinal);
        Assert.False(store.Status.Writable);
        AssertSame(acknowledged, store.Read(Up)); // reading goes on
        File.Delete(_folder.In("filler"));
        for (var i = 0; i < 2400 && !store.Status.Writable; i++)
            await Task.Delay(50);
        await AppendSome(10);
        AssertSame(acknowledged, store.Read(Up));
        await store.DisposeAsync();
        store = MetricStore.Open(_folder.Path, AnyTime);
        AssertSame(acknowledged, store.Read(Up));
        await store.DisposeAsync();

        async Task AppendSome(int count)
        {
            for (var i = 0; i < count; i++)
                Assert.Null(await TryAppend());
        }

        async Task<StoreUnavailableException?> TryAppend()
        {
            (long, double)[] samples = [.. Enumerable.Range(0, 500).Select(i => (time + i, (time + i) * 0.1))];
            time += samples.Length;
            try
            {
                await store.Append(Up, samples);
                acknowledged.AddRange(samples);
                return null;
            }
            catch (StoreUnavailableException cause)
            {
                return cause;
            }
        }
    }

    [Fact]
    public async Task A_store_opens_on_a_full_disk_and_can_be_read()
    {
        MountOrSkip(megabytes: 12);
        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
            await store.Append(Up, (1, 1), (2, 2));
        Fill();
        await using var full = MetricStore.Open(_folder.Path, AnyTime);
        AssertSame([(1, 1), (2, 2)], full.Read(Up));
        Assert.False(full.Status.Writable);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => full.Append(Up, (3, 3)));
        File.Delete(_folder.In("filler"));
        for (var i = 0; i < 2400 && !full.Status.Writable; i++)
            await Task.Delay(50);
        Assert.Equal(1, (await full.Append(Up, (3, 3))).Accepted);
    }

    [Fact]
    public async Task A_block_that_does_not_fit_is_written_when_there_is_room_again()
    {
        MountOrSkip(megabytes: 12);
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await store.Append(Up, [.. Enumerable.Range(0, 3000).Select(static i => ((long)i, Math.Sqrt(i)))]);
        Fill();
        await Assert.ThrowsAnyAsync<IOException>(() => store.FlushAsync());
        Assert.Equal(3000, store.Read(Up).Count);
        File.Delete(_folder.In("filler"));
        await store.FlushAsync();
        Assert.Single(Directory.GetFiles(_folder.In("blocks")));
        Assert.Equal(3000, store.Read(Up).Count);
    }

    void MountOrSkip(int megabytes)
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || Execute("mount", $"-t tmpfs -o size={megabytes}m none {_folder.Path}") != 0)
            Assert.Skip("Only root can mount a small file system.");
        _mounted = true;
    }

    void Fill()
    {
        using var file = new FileStream(_folder.In("filler"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var size = 1 << 20;
        while (size > 0)
        {
            try
            {
                file.Write(new byte[size]);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    static int Execute(string program, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
