using Barograph.Server.Collect;
using Barograph.Server.Collect.Host;

namespace Barograph.Server.Tests.Collect;

public sealed class LoadAndPressureSourceTests : IDisposable
{
    readonly FixtureTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void Load_threads_uptime_and_open_files_are_read()
    {
        _tree.Proc("loadavg", "0.03 0.23 10.16 1/89 6205\n").Proc("uptime", "804.26 1455.15\n").Proc("sys/fs/file-nr", "484\t4\t2465620\n");
        var read = new SourceReader(new LoadSource(_tree.Paths, SourceReader.Series)).Read();
        Assert.Equal(0.03, read["system_cpu_load_average_1m"]);
        Assert.Equal(0.23, read["system_cpu_load_average_5m"]);
        Assert.Equal(10.16, read["system_cpu_load_average_15m"]);
        Assert.Equal(89, read["system_thread_count"]);
        Assert.Equal(804.26, read["system_uptime_seconds"]);
        Assert.Equal(480, read["system_open_files_count"]);
        Assert.Equal(2465620, read["system_open_files_limit"]);
    }

    [Fact]
    public void A_sandbox_that_hides_the_other_files_has_its_load_still()
    {
        _tree.Proc("loadavg", "0.03 0.23 0.16 1/89 6205\n");
        Assert.Equal(4, new SourceReader(new LoadSource(_tree.Paths, SourceReader.Series)).Read().Count);
    }

    [Theory]
    [InlineData("0.03 0.23")]
    [InlineData("0.03 0.23 0.16 1")]
    public void A_load_cut_short_fails(string text)
    {
        _tree.Proc("loadavg", text);
        Assert.Throws<InvalidDataException>(() => new SourceReader(new LoadSource(_tree.Paths, SourceReader.Series)).Read());
    }

    [Fact]
    public void Stall_times_are_in_seconds()
    {
        const string Full = "full avg10=0.24 avg60=0.08 avg300=0.35 total=8698213\n";
        _tree.Proc("pressure/cpu", "some avg10=1.50 avg60=1.31 avg300=2.97 total=29132801\n")
            .Proc("pressure/io", "some avg10=0.32 avg60=0.11 avg300=0.41 total=9602209\n" + Full)
            .Proc("pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n" + Full);
        var read = new SourceReader(new PressureSource(_tree.Paths, SourceReader.Series)).Read();
        Assert.Equal(29.132801, read["""system_pressure_stall_time_seconds_total{kind="some",resource="cpu"}"""]);
        Assert.Equal(8.698213, read["""system_pressure_stall_time_seconds_total{kind="full",resource="io"}"""]);
        Assert.Equal(5, read.Count); // older kernels have no "full" of the processor
    }

    [Fact]
    public void A_kernel_without_pressure_has_none() =>
        Assert.Throws<SourceUnavailableException>(() => new SourceReader(new PressureSource(_tree.Paths, SourceReader.Series)).Read());
}
