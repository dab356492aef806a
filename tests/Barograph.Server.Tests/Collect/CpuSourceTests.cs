using Barograph.Server.Collect;
using Barograph.Server.Collect.Host;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Collect;

public sealed class CpuSourceTests : IDisposable
{
    const string TwoCores = """
        cpu  300 20 100 1000 40 5 15 20 7 0
        cpu0 100 10 60 500 30 5 5 10 7 0
        cpu1 200 10 40 500 10 0 10 10 0 0
        intr 218430 0 0 11 0
        ctxt 641266
        btime 1795246317
        processes 6200
        procs_running 2
        procs_blocked 0
        softirq 136271 0 17768 7

        """;

    readonly FixtureTree _tree = new();

    public void Dispose() => _tree.Dispose();

    SourceReader Reader() => new(new CpuSource(_tree.Paths, SourceReader.Series));

    [Fact]
    public void Times_are_in_seconds_and_both_kinds_of_interrupts_are_one_mode()
    {
        _tree.Proc("stat", TwoCores);
        var read = Reader().Read();
        Assert.Equal(1.0, read["""system_cpu_time_seconds_total{cpu_logical_number="0",cpu_mode="user"}"""]);
        Assert.Equal(0.1, read["""system_cpu_time_seconds_total{cpu_logical_number="0",cpu_mode="interrupt"}"""]);
        Assert.Equal(0.1, read["""system_cpu_time_seconds_total{cpu_logical_number="1",cpu_mode="steal"}"""]);
        Assert.Equal(14, read.Keys.Count(key => key.StartsWith("system_cpu_time", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_other_counters_of_the_file_are_read_too()
    {
        _tree.Proc("stat", TwoCores);
        var read = Reader().Read();
        Assert.Equal(2, read["system_cpu_logical_count"]);
        Assert.Equal(641266, read["system_context_switches_total"]);
        Assert.Equal(218430, read["system_interrupts_total"]);
        Assert.Equal(1795246317, read["system_boot_time_seconds"]);
        Assert.Equal(6200, read["system_process_created_total"]);
    }

    [Fact]
    public void A_core_is_busy_by_its_own_times_and_never_more_than_wholly()
    {
        _tree.Proc("stat", TwoCores);
        var reader = Reader();
        Assert.DoesNotContain(reader.Read().Keys, static key => key.StartsWith("system_cpu_logical_utilization", StringComparison.Ordinal));
        _tree.Proc("stat", TwoCores.Replace("cpu0 100 10 60 500 30", "cpu0 242 10 60 500 30").Replace("cpu1 200 10 40 500 10", "cpu1 210 10 40 525 15"));
        var read = reader.Read(1000);
        Assert.Equal(1, read["""system_cpu_logical_utilization_ratio{cpu_logical_number="0"}"""]); // 1.42 s within one second: 142 % as a rate
        Assert.Equal(0.25, read["""system_cpu_logical_utilization_ratio{cpu_logical_number="1"}"""]);
    }

    [Fact]
    public void Utilization_needs_two_readings_and_adds_up_to_one()
    {
        _tree.Proc("stat", TwoCores);
        var reader = Reader();
        Assert.DoesNotContain("""system_cpu_utilization_ratio{cpu_mode="user"}""", reader.Read());
        _tree.Proc("stat", TwoCores.Replace("cpu  300 20 100 1000 40 5 15 20", "cpu  350 20 110 1130 45 5 16 24"));
        var read = reader.Read(1000);
        Assert.Equal(0.25, read["""system_cpu_utilization_ratio{cpu_mode="user"}"""]);
        Assert.Equal(0.65, read["""system_cpu_utilization_ratio{cpu_mode="idle"}"""]);
        Assert.Equal(0.02, read["""system_cpu_utilization_ratio{cpu_mode="steal"}"""]);
        Assert.Equal(1.0, read.Where(pair => pair.Key.StartsWith("system_cpu_utilization", StringComparison.Ordinal)).Sum(pair => pair.Value), 12);
    }

    [Fact]
    public void Idle_time_that_steps_back_a_little_stands_still()
    {
        _tree.Proc("stat", TwoCores);
        var reader = Reader();
        reader.Read();
        _tree.Proc("stat", TwoCores.Replace("cpu0 100 10 60 500", "cpu0 100 10 60 490").Replace("1000 40", "990 50"));
        var read = reader.Read(1000);
        Assert.Equal(5.0, read["""system_cpu_time_seconds_total{cpu_logical_number="0",cpu_mode="idle"}"""]);
        Assert.Equal(0.0, read["""system_cpu_utilization_ratio{cpu_mode="idle"}"""]);
    }

    [Fact]
    public void A_processor_taken_offline_ends_its_series_and_one_put_back_starts_anew()
    {
        _tree.Proc("stat", TwoCores);
        var reader = Reader();
        reader.Read();
        _tree.Proc("stat", TwoCores.Replace("cpu1 200 10 40 500 10 0 10 10 0 0\n", ""));
        var gone = reader.Read(1000);
        Assert.Equal(1, gone["system_cpu_logical_count"]);
        Assert.True(StaleMarker.Is(gone["""system_cpu_time_seconds_total{cpu_logical_number="1",cpu_mode="idle"}"""]));
        Assert.DoesNotContain(reader.Read(2000).Keys, key => key.Contains("logical_number=\"1\"", StringComparison.Ordinal));
        _tree.Proc("stat", TwoCores.Replace("cpu1 200", "cpu1 1"));
        Assert.Equal(0.01, reader.Read(3000)["""system_cpu_time_seconds_total{cpu_logical_number="1",cpu_mode="user"}"""]);
    }

    [Fact]
    public void A_kernel_that_knows_only_five_modes_has_no_interrupts_and_no_steal()
    {
        _tree.Proc("stat", "cpu  1 2 3 4 5\ncpu0 1 2 3 4 5\n");
        Assert.Equal(0, Reader().Read()["""system_cpu_time_seconds_total{cpu_logical_number="0",cpu_mode="interrupt"}"""]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("cpu  1 2")]
    [InlineData("cpu  1 2 3 4 5\n")]
    [InlineData("cpu  a b c d e\ncpu0 1 2 3 4 5\n")]
    [InlineData("ctxt\n")]
    public void A_file_that_is_not_what_it_should_be_fails_and_says_where(string text)
    {
        _tree.Proc("stat", text);
        Assert.Contains("stat, byte ", Assert.Throws<InvalidDataException>(() => Reader().Read()).Message);
    }

    [Fact]
    public void A_host_without_the_file_has_no_such_metrics() => Assert.Throws<SourceUnavailableException>(() => Reader().Read());
}
