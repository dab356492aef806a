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
        Assert.Equal(2 * 1024, read["""system_memory_usage_bytes{system_memory_state="cached"}"""]);
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
