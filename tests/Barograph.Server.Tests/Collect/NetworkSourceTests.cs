using Barograph.Server.Collect.Host;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Collect;

public sealed class NetworkSourceTests : IDisposable
{
    const string Headings = "Inter-|   Receive  |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes\n";
    const string Cards = Headings + """
            lo:   32922     123    0    0    0     0          0         0    32922     123    0    0    0     0       0          0
          ifb0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
          eth0: 471635594   10023    1    2    0     0          0         0   541517    7212    3    4    0     0       0          0

        """;

    readonly FixtureTree _tree = new();

    public void Dispose() => _tree.Dispose();

    SourceReader Reader() => new(new NetworkSource(_tree.Paths, SourceReader.Series));

    [Fact]
    public void Both_directions_are_read()
    {
        _tree.Proc("net/dev", Cards);
        var read = Reader().Read();
        Assert.Equal(471635594, read["""system_network_io_bytes_total{network_interface_name="eth0",network_io_direction="receive"}"""]);
        Assert.Equal(541517, read["""system_network_io_bytes_total{network_interface_name="eth0",network_io_direction="transmit"}"""]);
        Assert.Equal(10023, read["""system_network_packet_count_total{network_interface_name="eth0",network_io_direction="receive"}"""]);
        Assert.Equal(3, read["""system_network_errors_total{network_interface_name="eth0",network_io_direction="transmit"}"""]);
        Assert.Equal(2, read["""system_network_packet_dropped_total{network_interface_name="eth0",network_io_direction="receive"}"""]);
    }

    [Fact]
    public void An_interface_that_never_carried_a_byte_is_left_out_until_it_does()
    {
        _tree.Proc("net/dev", Cards);
        var reader = Reader();
        Assert.DoesNotContain(reader.Read().Keys, key => key.Contains("ifb0", StringComparison.Ordinal));
        _tree.Proc("net/dev", Cards.Replace("ifb0:       0", "ifb0:      60"));
        Assert.Equal(60, reader.Read(1000)["""system_network_io_bytes_total{network_interface_name="ifb0",network_io_direction="receive"}"""]);
    }

    [Fact]
    public void No_blank_after_the_colon_and_colons_in_the_name_are_understood()
    {
        _tree.Proc("net/dev", Headings + "eth0:1:4711 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n");
        Assert.Equal(4711, Reader().Read()["""system_network_io_bytes_total{network_interface_name="eth0:1",network_io_direction="receive"}"""]);
    }

    [Fact]
    public void Interfaces_come_and_go()
    {
        _tree.Proc("net/dev", Cards);
        var reader = Reader();
        reader.Read();
        _tree.Proc("net/dev", Cards.Replace("eth0:", "wg0: "));
        var read = reader.Read(1000);
        Assert.True(StaleMarker.Is(read["""system_network_io_bytes_total{network_interface_name="eth0",network_io_direction="receive"}"""]));
        Assert.Equal(7212, read["""system_network_packet_count_total{network_interface_name="wg0",network_io_direction="transmit"}"""]);
        Assert.Equal(16, reader.Read(2000).Count);
    }

    [Fact]
    public void A_host_with_thousands_of_interfaces_is_bounded()
    {
        _tree.Proc("net/dev", Headings + string.Concat(Enumerable.Range(0, 6000).Select(i => $"veth{i}: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n")));
        Assert.Equal(NamedRows<string>.CountMax * 8, Reader().Read().Count);
    }

    [Fact]
    public void A_file_cut_short_fails()
    {
        _tree.Proc("net/dev", Headings + "eth0: 1 2 3");
        Assert.Throws<InvalidDataException>(() => Reader().Read());
    }

    [Fact]
    public void A_network_of_its_own_without_interfaces_has_none()
    {
        _tree.Proc("net/dev", Headings);
        Assert.Empty(Reader().Read());
    }
}
