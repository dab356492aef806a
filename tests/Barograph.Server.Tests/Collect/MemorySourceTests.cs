using Barograph.Server.Collect.Host;

namespace Barograph.Server.Tests.Collect;

public sealed class MemorySourceTests : IDisposable
{
    const string Memory = """
        MemTotal:       1000 kB
        MemFree:         300 kB
        MemAvailable:    650 kB
        Buffers:          50 kB
        Cached:          200 kB
        SwapCached:        9 kB
        Dirty:             4 kB
        Writeback:         1 kB
        WritebackTmp:      7 kB
        Shmem:            20 kB
        SReclaimable:    100 kB
        SUnreclaim:       30 kB
        SwapTotal:       400 kB
        SwapFree:        100 kB
        HugePages_Total:   0

        """;

    readonly FixtureTree _tree = new();

    public void Dispose() => _tree.Dispose();

    Dictionary<string, double> Read() => new SourceReader(new MemorySource(_tree.Paths, SourceReader.Series)).Read();

    [Fact]
    public void The_states_add_up_to_all_memory()
    {
        _tree.Proc("meminfo", Memory);
        var read = Read();
        Assert.Equal(350 * 1024, read["""system_memory_usage_bytes{system_memory_state="used"}"""]);
        Assert.Equal(300 * 1024, read["""system_memory_usage_bytes{system_memory_state="free"}"""]);
        Assert.DoesNotContain("""system_memory_usage_bytes{system_memory_state="arc"}""", read);
        Assert.Equal(300 * 1024, read["""system_memory_usage_bytes{system_memory_state="cached"}"""]);
        Assert.Equal(50 * 1024, read["""system_memory_usage_bytes{system_memory_state="buffers"}"""]);
        Assert.Equal(1000 * 1024, read["system_memory_limit_bytes"]);
        Assert.Equal(0.35, read["""system_memory_utilization_ratio{system_memory_state="used"}"""]);
        Assert.Equal(650 * 1024, read["system_linux_memory_available_bytes"]);
        Assert.Equal(100 * 1024, read["""system_linux_memory_slab_usage_bytes{linux_memory_slab_state="reclaimable"}"""]);
        Assert.Equal(5 * 1024, read["system_linux_memory_dirty_bytes"]);
        Assert.Equal(20 * 1024, read["system_memory_shared_bytes"]);
    }

    [Fact]
    public void Swap_has_its_own_states()
    {
        _tree.Proc("meminfo", Memory);
        var read = Read();
        Assert.Equal(300 * 1024, read["""system_paging_usage_bytes{system_paging_state="used"}"""]);
        Assert.Equal(0.25, read["""system_paging_utilization_ratio{system_paging_state="free"}"""]);
    }

    [Fact]
    public void A_host_without_swap_has_no_series_of_it()
    {
        _tree.Proc("meminfo", "MemTotal: 10 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n");
        Assert.DoesNotContain(Read().Keys, key => key.StartsWith("system_paging_u", StringComparison.Ordinal));
    }

    [Fact]
    public void Parts_that_exceed_the_whole_are_cut()
    {
        _tree.Proc("meminfo", "MemTotal: 10 kB\nMemFree: 8 kB\nCached: 3 kB\nBuffers: 1 kB\n");
        var read = Read();
        Assert.Equal(0, read["""system_memory_usage_bytes{system_memory_state="used"}"""]);
        Assert.Equal(1 * 1024, read["""system_memory_usage_bytes{system_memory_state="cached"}"""]);
        Assert.Equal(1 * 1024, read["""system_memory_usage_bytes{system_memory_state="buffers"}"""]);
    }

    [Theory]
    [InlineData(650, 20)] // as the kernel estimates it
    [InlineData(200, 20)] // it keeps some of what is free for itself
    [InlineData(null, 20)] // an old kernel
    [InlineData(null, 600)] // most of the cache is shared memory
    public void Used_and_available_are_all_memory_and_so_are_the_states(int? available, int shared)
    {
        _tree.Proc("meminfo", Memory.Replace("MemAvailable:    650 kB", available is null ? "Other: 1 kB" : $"MemAvailable: {available} kB")
            .Replace("Shmem:            20 kB", $"Shmem: {shared} kB"));
        var read = Read();
        Assert.Equal(1000 * 1024, read["""system_memory_usage_bytes{system_memory_state="used"}"""] + read["system_linux_memory_available_bytes"]);
        Assert.Equal(1000 * 1024, read.Where(static one => one.Key.StartsWith("system_memory_usage_bytes", StringComparison.Ordinal)).Sum(static one => one.Value));
        Assert.Equal(1, read.Where(static one => one.Key.StartsWith("system_memory_utilization", StringComparison.Ordinal)).Sum(static one => one.Value), 9);
    }

    [Fact]
    public void The_cache_of_ZFS_is_a_state_of_its_own_and_not_used()
    {
        const long GiB = 1L << 30;
        _tree.Proc("meminfo", $"MemTotal: {64 * GiB / 1024} kB\nMemFree: {3 * GiB / 1024} kB\nMemAvailable: {4 * GiB / 1024} kB\nBuffers: 0 kB\nCached: {GiB / 1024} kB\n")
            .Proc("spl/kstat/zfs/arcstats", $"""
                13 1 0x01 147 39984 4262211313 5193841462083
                name                            type data
                hits                            4    10
                c                               4    {41 * GiB}
                c_min                           4    {2 * GiB}
                c_max                           4    {50 * GiB}
                size                            4    {40 * GiB}
                compressed_size                 4    {30 * GiB}

                """);
        var read = Read();
        Assert.Equal(38.0 * GiB, read["""system_memory_usage_bytes{system_memory_state="arc"}"""]); // all but what ZFS keeps in any case
        Assert.Equal(22.0 * GiB, read["""system_memory_usage_bytes{system_memory_state="used"}"""]);
        Assert.Equal(42.0 * GiB, read["system_linux_memory_available_bytes"]);
        Assert.Equal(64.0 * GiB, read.Where(static one => one.Key.StartsWith("system_memory_usage_bytes", StringComparison.Ordinal)).Sum(static one => one.Value));
    }

    [Fact]
    public void Major_faults_are_not_counted_as_minor_ones()
    {
        _tree.Proc("meminfo", Memory).Proc("vmstat", "pswpin 3\npswpout 4\npgfault 1000\npgmajfault 10\noom_kill 2\n");
        var read = Read();
        Assert.Equal(990, read["""system_paging_faults_total{system_paging_fault_type="minor"}"""]);
        Assert.Equal(10, read["""system_paging_faults_total{system_paging_fault_type="major"}"""]);
        Assert.Equal(3, read["""system_paging_operations_total{system_paging_direction="in"}"""]);
        Assert.Equal(2, read["system_linux_memory_oom_kills_total"]);
    }

    [Fact]
    public void A_file_cut_short_fails()
    {
        _tree.Proc("meminfo", "MemTotal:    ");
        Assert.Throws<InvalidDataException>(Read);
    }
}
