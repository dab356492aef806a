using System.Globalization;
using Barograph.Server.Collect;
using Barograph.TimeSeries;

namespace Barograph.Bench;

/// <summary>
/// How far host metrics are from the kernel's own counters, which are read independently (as text, split at blanks) right before and
/// right after the sources. A value between the two is right, since the counters go on while they are read; one outside is wrong by its
/// distance to the nearer of the two. Arguments: number of ticks (60 unless told), their distance in milliseconds (1000).
/// </summary>
internal static class HostAccuracyBench
{
    static readonly string[] Modes = ["user", "nice", "system", "idle", "iowait", "interrupt", "interrupt", "steal"];

    sealed class Error
    {
        public int Count { get; set; }
        public int Outside { get; set; }
        public double Sum { get; set; }
        public double Largest { get; set; }
    }

    public static void Run(string[] args)
    {
        var ticks = args.Length > 0 ? int.Parse(args[0]) : 60;
        var distance = args.Length > 1 ? int.Parse(args[1]) : 1000;
        var sources = HostSources.Create(new CollectOptions(TimeSpan.FromMilliseconds(distance)), TimeProvider.System);
        var batch = new TickBatch();
        var errors = new SortedDictionary<string, Error>(StringComparer.Ordinal);
        for (var tick = 0; tick < ticks; tick++)
        {
            Thread.Sleep(distance);
            var before = ReadKernel();
            var ours = ReadSources(sources, batch, new Tick(1_700_000_000_000 + (tick * (long)distance), tick * (long)distance));
            Compare(before, ours, ReadKernel(), errors);
        }

        Console.WriteLine($"{"metric",-46} {"values",8} {"outside",8} {"mean error",12} {"largest",12}");
        foreach (var (metric, error) in errors)
            Console.WriteLine($"{metric,-46} {error.Count,8} {error.Outside,8} {error.Sum / error.Count,12:P4} {error.Largest,12:P4}");
        Console.WriteLine($"{errors.Values.Sum(static one => one.Count)} values of {errors.Count} metrics; the largest error of all: {errors.Values.Max(static one => one.Largest):P4}");
        foreach (var source in sources)
            source.Dispose();
    }

    static void Compare(Dictionary<string, double> before, Dictionary<string, double> ours, Dictionary<string, double> after, SortedDictionary<string, Error> errors)
    {
        foreach (var (series, value) in ours)
        {
            if (!before.TryGetValue(series, out var earlier) || !after.TryGetValue(series, out var later))
                continue;
            var (low, high) = (Math.Min(earlier, later), Math.Max(earlier, later));
            var apart = Math.Max(0, Math.Max(low - value, value - high));
            var share = apart == 0 ? 0 : apart / Math.Max(Math.Abs(high), double.Epsilon);
            var metric = series.Split('{')[0];
            if (!errors.TryGetValue(metric, out var error))
                errors[metric] = error = new Error();
            error.Count++;
            error.Outside += share > 1e-12 ? 1 : 0;
            error.Sum += share;
            error.Largest = Math.Max(error.Largest, share);
        }
    }

    static Dictionary<string, double> ReadSources(IReadOnlyList<ISource> sources, TickBatch batch, Tick tick)
    {
        batch.Begin(tick.TimestampMs);
        foreach (var source in sources)
        {
            var succeeded = true;
            try
            {
                source.Series.Begin();
                source.Read(tick);
            }
            catch (SourceUnavailableException)
            {
                succeeded = false;
            }

            source.Series.WriteTo(batch, succeeded);
        }

        var values = new Dictionary<string, double>();
        for (var i = 0; i < batch.Samples.SampleCount; i++)
        {
            var labels = SeriesKey.Decode(batch.Samples.Key(batch.Samples.SampleSeries[i]));
            if (labels.Get("job") == "host")
                values[Labels.From(labels.Where(static label => label.Name is not ("job" or "instance"))).ToString()] = batch.Samples.Values[i];
        }

        return values;
    }

    /// <summary>The kernel's counters under the names of our series.</summary>
    static Dictionary<string, double> ReadKernel()
    {
        var values = new Dictionary<string, double>();
        ReadStat(values);
        ReadMemory(values);
        ReadDisks(values);
        ReadNetwork(values);
        var load = Words(File.ReadAllText("/proc/loadavg"));
        (values["system_cpu_load_average_1m"], values["system_cpu_load_average_5m"], values["system_cpu_load_average_15m"]) = (Number(load[0]), Number(load[1]), Number(load[2]));
        values["system_thread_count"] = Number(load[3].Split('/')[1]);
        values["system_uptime_seconds"] = Number(Words(File.ReadAllText("/proc/uptime"))[0]);
        values["system_open_files_count"] = Number(Words(File.ReadAllText("/proc/sys/fs/file-nr"))[0]);
        foreach (var drive in DriveInfo.GetDrives().Where(static drive => drive.DriveType == DriveType.Fixed))
            ReadDrive(drive, values);
        return values;
    }

    static void ReadStat(Dictionary<string, double> values)
    {
        foreach (var words in File.ReadLines("/proc/stat").Select(Words))
        {
            if (words[0].StartsWith("cpu", StringComparison.Ordinal) && words[0].Length > 3)
            {
                foreach (var (mode, time) in Modes.Zip(words[1..], static (mode, text) => (mode, Number(text) / 100)))
                    Add(values, "system_cpu_time_seconds_total", time, ("cpu_logical_number", words[0][3..]), ("cpu_mode", mode));
            }
            else if (words[0] is "ctxt" or "intr" or "processes")
            {
                values[words[0] switch { "ctxt" => "system_context_switches_total", "intr" => "system_interrupts_total", _ => "system_process_created_total" }] = Number(words[1]);
            }
        }
    }

    static void ReadMemory(Dictionary<string, double> values)
    {
        var memory = File.ReadLines("/proc/meminfo").Select(Words).ToDictionary(static words => words[0].TrimEnd(':'), static words => Number(words[1]) * 1024);
        values["system_memory_limit_bytes"] = memory["MemTotal"];
        values["system_linux_memory_available_bytes"] = memory["MemAvailable"];
        values["system_memory_shared_bytes"] = memory["Shmem"];
        Add(values, "system_memory_usage_bytes", memory["MemTotal"] - memory["MemAvailable"], ("system_memory_state", "used"));
        Add(values, "system_memory_usage_bytes", Math.Min(memory["MemFree"], memory["MemAvailable"]), ("system_memory_state", "free"));
        Add(values, "system_memory_usage_bytes", memory["Buffers"], ("system_memory_state", "buffers"));
        Add(values, "system_linux_memory_slab_usage_bytes", memory["SUnreclaim"], ("linux_memory_slab_state", "unreclaimable"));
        var paging = File.ReadLines("/proc/vmstat").Select(Words).ToDictionary(static words => words[0], static words => Number(words[1]));
        Add(values, "system_paging_faults_total", paging["pgmajfault"], ("system_paging_fault_type", "major"));
        Add(values, "system_paging_faults_total", paging["pgfault"] - paging["pgmajfault"], ("system_paging_fault_type", "minor"));
    }

    static void ReadDisks(Dictionary<string, double> values)
    {
        foreach (var words in File.ReadLines("/proc/diskstats").Select(Words))
        {
            foreach (var (direction, sectors, operations) in new[] { ("read", words[5], words[3]), ("write", words[9], words[7]) })
            {
                Add(values, "system_disk_io_bytes_total", Number(sectors) * 512, ("system_device", words[2]), ("disk_io_direction", direction));
                Add(values, "system_disk_operations_total", Number(operations), ("system_device", words[2]), ("disk_io_direction", direction));
            }

            Add(values, "system_disk_io_time_seconds_total", Number(words[12]) / 1000, ("system_device", words[2]));
        }
    }

    static void ReadNetwork(Dictionary<string, double> values)
    {
        foreach (var line in File.ReadLines("/proc/net/dev").Skip(2))
        {
            var (name, words) = (line.Split(':')[0].Trim(), Words(line.Split(':')[1]));
            foreach (var (direction, bytes, packets) in new[] { ("receive", words[0], words[1]), ("transmit", words[8], words[9]) })
            {
                Add(values, "system_network_io_bytes_total", Number(bytes), ("network_interface_name", name), ("network_io_direction", direction));
                Add(values, "system_network_packet_count_total", Number(packets), ("network_interface_name", name), ("network_io_direction", direction));
            }
        }
    }

    static void ReadDrive(DriveInfo drive, Dictionary<string, double> values)
    {
        foreach (var mount in File.ReadLines("/proc/self/mounts").Select(Words).Where(words => words[1] == drive.Name))
        {
            Add(values, "system_filesystem_limit_bytes", drive.TotalSize,
                ("system_device", mount[0]), ("system_filesystem_mountpoint", mount[1]), ("system_filesystem_type", mount[2]));
            Add(values, "system_filesystem_usage_bytes", drive.AvailableFreeSpace, ("system_device", mount[0]),
                ("system_filesystem_mountpoint", mount[1]), ("system_filesystem_state", "free"), ("system_filesystem_type", mount[2]));
        }
    }

    static void Add(Dictionary<string, double> values, string metric, double value, params (string Name, string Value)[] labels)
    {
        var series = Labels.From([new Label(Labels.MetricName, metric), .. labels.Select(static label => new Label(label.Name, label.Value))]).ToString();
        values[series] = values.GetValueOrDefault(series) + value; // both kinds of interrupts are one mode
    }

    static string[] Words(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
