using Barograph.Server.Collect.Host;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Collect;

public sealed class DiskSourceTests : IDisposable
{
    const string Disks = """
         7       0 loop0 9 0 9 9 0 0 0 0 0 9 9
         8       0 sda 100 5 2000 250 40 7 1000 500 0 600 750 1 2 3 4
         8       1 sda1 90 5 1800 240 40 7 1000 500 0 590 740
         259       0 nvme0n1 1 0 8 1 0 0 0 0 0 1 1
         253       0 zram0 1 0 8 1 0 0 0 0 0 1 1

        """;

    readonly FixtureTree _tree = new FixtureTree().Disk("sda").Disk("nvme0n1").Disk("loop0").Disk("zram0");

    public void Dispose() => _tree.Dispose();

    SourceReader Reader() => new(new DiskSource(_tree.Paths, SourceReader.Series));

    [Fact]
    public void Sectors_are_of_512_bytes_and_times_in_seconds()
    {
        _tree.Proc("diskstats", Disks);
        var read = Reader().Read();
        Assert.Equal(2000 * 512, read["""system_disk_io_bytes_total{disk_io_direction="read",system_device="sda"}"""]);
        Assert.Equal(1000 * 512, read["""system_disk_io_bytes_total{disk_io_direction="write",system_device="sda"}"""]);
        Assert.Equal(100, read["""system_disk_operations_total{disk_io_direction="read",system_device="sda"}"""]);
        Assert.Equal(0.5, read["""system_disk_operation_time_seconds_total{disk_io_direction="write",system_device="sda"}"""]);
        Assert.Equal(0.6, read["""system_disk_io_time_seconds_total{system_device="sda"}"""]);
    }

    [Fact]
    public void Partitions_loops_and_memory_disks_are_left_out()
    {
        _tree.Proc("diskstats", Disks);
        Assert.Equal(["nvme0n1", "sda"], Reader().Read().Keys.Where(key => key.StartsWith("system_disk_io_time", StringComparison.Ordinal))
            .Select(key => key.Split('"')[1]).Order());
    }

    [Fact]
    public void A_disk_that_is_unplugged_ends_its_series_and_one_that_is_plugged_in_starts_them()
    {
        _tree.Proc("diskstats", Disks);
        var reader = Reader();
        reader.Read();
        _tree.Disk("sdb").Proc("diskstats", Disks.Replace(" sda ", " sdb "));
        var read = reader.Read(1000);
        Assert.True(StaleMarker.Is(read["""system_disk_io_time_seconds_total{system_device="sda"}"""]));
        Assert.Equal(0.6, read["""system_disk_io_time_seconds_total{system_device="sdb"}"""]);
        Assert.DoesNotContain(reader.Read(2000).Keys, key => key.Contains("sda", StringComparison.Ordinal));
    }

    [Fact]
    public void A_time_that_wraps_at_32_bits_goes_on_counting()
    {
        _tree.Proc("diskstats", " 8 0 sda 1 0 8 4294967000 0 0 0 0 0 0 0\n");
        var reader = Reader();
        reader.Read();
        _tree.Proc("diskstats", " 8 0 sda 1 0 8 704 0 0 0 0 0 0 0\n");
        Assert.Equal(4294968.0, reader.Read(1000)["""system_disk_operation_time_seconds_total{disk_io_direction="read",system_device="sda"}"""]);
    }

    [Fact]
    public void A_counter_that_starts_again_is_passed_on_as_it_is()
    {
        _tree.Proc("diskstats", " 8 0 sda 1 0 8 5000 0 0 0 0 0 0 0\n");
        var reader = Reader();
        reader.Read();
        _tree.Proc("diskstats", " 8 0 sda 1 0 8 1000 0 0 0 0 0 0 0\n");
        Assert.Equal(1.0, reader.Read(1000)["""system_disk_operation_time_seconds_total{disk_io_direction="read",system_device="sda"}"""]);
    }

    [Fact]
    public void A_line_cut_short_fails_and_the_series_end_until_it_is_whole_again()
    {
        _tree.Proc("diskstats", Disks);
        var reader = Reader();
        reader.Read();
        _tree.Proc("diskstats", " 8 0 sda 1 0");
        Assert.Throws<InvalidDataException>(() => reader.Read(1000));
        Assert.All(reader.Lose(1000).Values, value => Assert.True(StaleMarker.Is(value)));
        Assert.Empty(reader.Lose(2000));
        _tree.Proc("diskstats", Disks);
        Assert.Equal(0.6, reader.Read(3000)["""system_disk_io_time_seconds_total{system_device="sda"}"""]);
    }

    [Fact]
    public void A_host_with_no_disks_has_none()
    {
        _tree.Proc("diskstats", "");
        Assert.Empty(Reader().Read());
    }
}
