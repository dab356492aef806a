using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Barograph.Server.Collect;
using Barograph.Server.Collect.Host;

namespace Barograph.Server.Tests.Collect;

/// <summary>Our numbers against those of Debian's node exporter, over the same window, while the host has something to do.</summary>
public sealed class NodeExporterTests : IAsyncDisposable
{
    const string Exporter = "/usr/bin/prometheus-node-exporter";

    static readonly TimeSpan Work = TimeSpan.FromSeconds(1.5);

    readonly HttpClient _client = new();
    readonly SourceReader[] _readers;
    readonly ISource[] _sources;
    Process? _exporter;
    string _address = "";

    public NodeExporterTests()
    {
        var paths = new HostPaths("/proc", "/sys");
        _sources = !OperatingSystem.IsLinux() ? [] :
        [
            new CpuSource(paths, SourceReader.Series), new MemorySource(paths, SourceReader.Series),
            new DiskSource(paths, SourceReader.Series), new NetworkSource(paths, SourceReader.Series),
            new LoadSource(paths, SourceReader.Series),
        ];
        _readers = [.. _sources.Select(static source => new SourceReader(source))];
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        foreach (var source in _sources)
            source.Dispose();
        if (_exporter is null)
            return;
        _exporter.Kill();
        await _exporter.WaitForExitAsync();
        _exporter.Dispose();
    }

    /// <summary>What node exporter calls a counter, and what we do; {x} stands for the name of a disk or an interface.</summary>
    static readonly (string Theirs, string Ours)[] DeviceCounters =
    [
        ("node_disk_read_bytes_total{device=\"{x}\"}", "system_disk_io_bytes_total{disk_io_direction=\"read\",system_device=\"{x}\"}"),
        ("node_disk_written_bytes_total{device=\"{x}\"}", "system_disk_io_bytes_total{disk_io_direction=\"write\",system_device=\"{x}\"}"),
        ("node_disk_reads_completed_total{device=\"{x}\"}", "system_disk_operations_total{disk_io_direction=\"read\",system_device=\"{x}\"}"),
        ("node_disk_writes_completed_total{device=\"{x}\"}", "system_disk_operations_total{disk_io_direction=\"write\",system_device=\"{x}\"}"),
        ("node_disk_io_time_seconds_total{device=\"{x}\"}", "system_disk_io_time_seconds_total{system_device=\"{x}\"}"),
        ("node_disk_write_time_seconds_total{device=\"{x}\"}", "system_disk_operation_time_seconds_total{disk_io_direction=\"write\",system_device=\"{x}\"}"),
        ("node_network_receive_bytes_total{device=\"{x}\"}", "system_network_io_bytes_total{network_interface_name=\"{x}\",network_io_direction=\"receive\"}"),
        ("node_network_transmit_bytes_total{device=\"{x}\"}", "system_network_io_bytes_total{network_interface_name=\"{x}\",network_io_direction=\"transmit\"}"),
        ("node_network_receive_packets_total{device=\"{x}\"}", "system_network_packet_count_total{network_interface_name=\"{x}\",network_io_direction=\"receive\"}"),
        ("node_network_transmit_errs_total{device=\"{x}\"}", "system_network_errors_total{network_interface_name=\"{x}\",network_io_direction=\"transmit\"}"),
    ];

    static readonly (string Theirs, string Ours)[] HostCounters =
    [
        ("node_context_switches_total", "system_context_switches_total"),
        ("node_intr_total", "system_interrupts_total"),
        ("node_forks_total", "system_process_created_total"),
        ("node_vmstat_pgmajfault", "system_paging_faults_total{system_paging_fault_type=\"major\"}"),
    ];

    [Fact]
    public async Task Every_counter_lies_between_our_readings_before_and_after_and_grows_alike_within_one_percent()
    {
        await StartAsync();
        var first = await LookAsync();
        await KeepBusyAsync();
        var second = await LookAsync();

        var compared = Pairs(second).Where(pair => first.Theirs.ContainsKey(pair.Theirs) && first.Before.ContainsKey(pair.Ours)).ToArray();
        Assert.True(compared.Length > 20, $"Only {compared.Length} series in common.");
        foreach (var (theirs, ours) in compared)
        {
            CheckBetween(first, theirs, ours);
            CheckBetween(second, theirs, ours);

            // Both are read at slightly different moments; what happened in between is not an error of either.
            var apart = (first.After[ours] - first.Before[ours] + second.After[ours] - second.Before[ours]) / 2;
            var (grownTheirs, grownOurs) = (second.Theirs[theirs] - first.Theirs[theirs], second.Middle(ours) - first.Middle(ours));
            Assert.True(Math.Abs(grownTheirs - grownOurs) <= 0.01 * grownTheirs + apart + 1e-6, $"{ours} grew by {grownOurs}, {theirs} by {grownTheirs}.");
        }

        // The window was worth looking at.
        Assert.Contains(compared, pair => pair.Ours.Contains("\"user\"", StringComparison.Ordinal) && second.Middle(pair.Ours) - first.Middle(pair.Ours) > 0.1);
        Assert.True(second.Middle(DeviceCounters[6].Ours.Replace("{x}", "lo")) - first.Middle(DeviceCounters[6].Ours.Replace("{x}", "lo")) > 10e6);
    }

    [Fact]
    public async Task Memory_is_the_same_within_one_percent_of_all_of_it()
    {
        await StartAsync();
        var look = await LookAsync();
        var total = look.Theirs["node_memory_MemTotal_bytes"];
        Assert.Equal(total, look.Before["system_memory_limit_bytes"]);
        Check("node_memory_MemFree_bytes", "system_memory_usage_bytes{system_memory_state=\"free\"}");
        Check("node_memory_Buffers_bytes", "system_memory_usage_bytes{system_memory_state=\"buffers\"}");
        Check("node_memory_MemAvailable_bytes", "system_linux_memory_available_bytes");
        Check("node_memory_SUnreclaim_bytes", "system_linux_memory_slab_usage_bytes{linux_memory_slab_state=\"unreclaimable\"}");
        var used = total - look.Theirs["node_memory_MemAvailable_bytes"];
        Assert.InRange(look.Middle("system_memory_usage_bytes{system_memory_state=\"used\"}"), used - total / 100, used + total / 100);

        void Check(string theirs, string ours)
        {
            // Other programs allocate and free while the two are read.
            var (low, high) = (Math.Min(look.Before[ours], look.After[ours]), Math.Max(look.Before[ours], look.After[ours]));
            Assert.InRange(look.Theirs[theirs], low - total / 100, high + total / 100);
        }
    }

    /// <summary>Node exporter's numbers with ours read before and after.</summary>
    sealed record Look(Dictionary<string, double> Before, Dictionary<string, double> Theirs, Dictionary<string, double> After)
    {
        public double Middle(string ours) => (Before[ours] + After[ours]) / 2;
    }

    static void CheckBetween(Look look, string theirs, string ours) =>
        Assert.True(
            look.Before[ours] - 1e-6 <= look.Theirs[theirs] && look.Theirs[theirs] <= look.After[ours] + 1e-6,
            $"{theirs} is {look.Theirs[theirs]}, {ours} was {look.Before[ours]} before and {look.After[ours]} after.");

    static IEnumerable<(string Theirs, string Ours)> Pairs(Look look)
    {
        foreach (var theirs in look.Theirs.Keys.Where(static key => key.StartsWith("node_cpu_seconds_total", StringComparison.Ordinal)))
        {
            var (cpu, mode) = (theirs.Split('"')[1], theirs.Split('"')[3]);
            if (mode is not ("irq" or "softirq")) // which are one mode of ours
                yield return (theirs, $"system_cpu_time_seconds_total{{cpu_logical_number=\"{cpu}\",cpu_mode=\"{mode}\"}}");
        }

        var devices = look.Theirs.Keys.Where(static key => key.Contains("{device=\"", StringComparison.Ordinal)).Select(static key => key.Split('"')[1]).Distinct();
        foreach (var device in devices)
        {
            foreach (var (theirs, ours) in DeviceCounters)
                yield return (theirs.Replace("{x}", device), ours.Replace("{x}", device));
        }

        foreach (var pair in HostCounters)
            yield return pair;
    }

    async Task StartAsync()
    {
        if (!File.Exists(Exporter))
            Assert.Skip("prometheus-node-exporter is not installed (apt-get install prometheus-node-exporter).");
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        string[] collectors = ["cpu", "meminfo", "diskstats", "netdev", "stat", "vmstat", "loadavg"];
        _exporter = Process.Start(new ProcessStartInfo(
            Exporter, [$"--web.listen-address=127.0.0.1:{port}", "--collector.disable-defaults", .. collectors.Select(static name => "--collector." + name)])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        })!;
        _exporter.BeginErrorReadLine();
        _address = $"http://127.0.0.1:{port}/metrics";
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await _client.GetStringAsync(_address, TestContext.Current.CancellationToken);
                return;
            }
            catch (HttpRequestException) when (attempt < 300)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
    }

    async Task<Look> LookAsync()
    {
        var before = ReadOurs();
        var theirs = Parse(await _client.GetStringAsync(_address, TestContext.Current.CancellationToken));
        AddLoopback(theirs);
        return new Look(before, theirs, ReadOurs());
    }

    /// <summary>Node exporter leaves out the loopback, over which we send the most; the kernel tells it in another place too.</summary>
    static void AddLoopback(Dictionary<string, double> theirs)
    {
        foreach (var (name, file) in ((string, string)[])[("receive_bytes", "rx_bytes"), ("transmit_bytes", "tx_bytes"), ("receive_packets", "rx_packets")])
        {
            var path = $"/sys/class/net/lo/statistics/{file}";
            if (File.Exists(path))
                theirs[$"node_network_{name}_total{{device=\"lo\"}}"] = double.Parse(File.ReadAllText(path));
        }
    }

    Dictionary<string, double> ReadOurs() => _readers.SelectMany(static reader => reader.Read()).ToDictionary();

    static Dictionary<string, double> Parse(string exposition) =>
        exposition.Split('\n').Where(static line => line.Length > 0 && line[0] != '#')
            .ToDictionary(static line => line[..line.LastIndexOf(' ')], static line => double.Parse(line[(line.LastIndexOf(' ') + 1)..]));

    /// <summary>Uses a processor, a disk and the network for a while.</summary>
    static async Task KeepBusyAsync()
    {
        var file = Path.GetTempFileName();
        var spinning = Task.Run(static () =>
        {
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < Work;)
                Thread.SpinWait(1000);
        });
        var writing = Task.Run(() =>
        {
            using var stream = File.OpenWrite(file);
            stream.Write(new byte[16 << 20]);
            stream.Flush(flushToDisk: true);
        });
        await SendOverLoopbackAsync(20 << 20);
        await Task.WhenAll(spinning, writing);
        File.Delete(file);
    }

    static async Task SendOverLoopbackAsync(int bytes)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var sender = new TcpClient();
        var accepting = listener.AcceptTcpClientAsync();
        await sender.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var receiver = await accepting;
        var sending = sender.GetStream().WriteAsync(new byte[bytes]).AsTask();
        var buffer = new byte[1 << 16];
        for (var received = 0; received < bytes;)
            received += await receiver.GetStream().ReadAsync(buffer);
        await sending;
    }
}
