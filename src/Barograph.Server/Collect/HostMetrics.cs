namespace Barograph.Server.Collect;

/// <summary>
/// The catalogue: everything that is collected of the host and of the server itself. Names follow OpenTelemetry's semantic
/// conventions, written the Prometheus way: dots become underscores, then the unit, then <c>_total</c> on counters.
/// </summary>
internal static class HostMetrics
{
    static readonly List<MetricSection> Defined = [];

    /// <summary>The chapters of the reference.</summary>
    public static IReadOnlyList<MetricSection> Sections => Defined;

    /// <summary>All metrics, in the order of the reference.</summary>
    public static IEnumerable<MetricDefinition> All => Defined.SelectMany(static section => section.Metrics);

    static readonly MetricSection Processor = Section("Processor",
        "From `/proc/stat` and `/proc/loadavg`.");

    public static readonly MetricDefinition CpuTime = Processor.Counter("system_cpu_time_seconds_total", "seconds",
        "Time each logical processor spent in each mode: user (guests included), nice, system, idle, iowait, interrupt (hard and soft), steal.",
        "cpu_mode", "cpu_logical_number");

    public static readonly MetricDefinition CpuUtilization = Processor.Gauge("system_cpu_utilization_ratio", "ratio",
        "Share of all processors' time spent in each mode since the tick before; the modes add up to 1.", "cpu_mode");

    public static readonly MetricDefinition CpuCoreUtilization = Processor.Gauge("system_cpu_logical_utilization_ratio", "ratio",
        "Share of a logical processor's own time since the tick before in which it was busy: in no mode but idle and iowait. Never above 1, "
        + "as a rate of system_cpu_time_seconds_total over few ticks may be.", "cpu_logical_number");

    public static readonly MetricDefinition CpuCount = Processor.Gauge("system_cpu_logical_count", "", "Logical processors online.");

    public static readonly MetricDefinition ContextSwitches = Processor.Counter("system_context_switches_total", "",
        "Switches from one thread to another, on all processors.");

    public static readonly MetricDefinition Interrupts = Processor.Counter("system_interrupts_total", "", "Interrupts served, on all processors.");

    public static readonly MetricDefinition Load1 = Processor.Gauge("system_cpu_load_average_1m", "",
        "Threads that ran or waited for a processor or a disk, averaged over 1 minute.");

    public static readonly MetricDefinition Load5 = Processor.Gauge("system_cpu_load_average_5m", "",
        "Threads that ran or waited for a processor or a disk, averaged over 5 minutes.");

    public static readonly MetricDefinition Load15 = Processor.Gauge("system_cpu_load_average_15m", "",
        "Threads that ran or waited for a processor or a disk, averaged over 15 minutes.");

    static readonly MetricSection Memory = Section("Memory",
        "From `/proc/meminfo`, `/proc/vmstat`, `/proc/pressure` and, with ZFS, `/proc/spl/kstat/zfs/arcstats`. Used and available add up to "
        + "all memory, wherever memory is shown, as `free` has it since version 4 of procps.");

    public static readonly MetricDefinition MemoryUsage = Memory.Gauge("system_memory_usage_bytes", "bytes",
        "Memory by what it is used for. used is what could not be had without swapping: all memory less system_linux_memory_available_bytes. "
        + "What could be had is free, buffers, arc (the cache of ZFS, above what it keeps in any case; on hosts with ZFS only) and cached (file "
        + "pages and kernel memory that can be given back). The states add up to system_memory_limit_bytes.", "system_memory_state");

    public static readonly MetricDefinition MemoryUtilization = Memory.Gauge("system_memory_utilization_ratio", "ratio",
        "Share of all memory in each state; the states add up to 1.", "system_memory_state");

    public static readonly MetricDefinition MemoryLimit = Memory.Gauge("system_memory_limit_bytes", "bytes", "Memory of the host.");

    public static readonly MetricDefinition MemoryAvailable = Memory.Gauge("system_linux_memory_available_bytes", "bytes",
        "Memory that could be had without swapping, as the kernel estimates it, and on hosts with ZFS what its cache would give back, "
        + "of which the kernel's estimate knows nothing.");

    public static readonly MetricDefinition MemoryShared = Memory.Gauge("system_memory_shared_bytes", "bytes",
        "Shared memory and temporary file systems; part of the state used.");

    public static readonly MetricDefinition MemorySlab = Memory.Gauge("system_linux_memory_slab_usage_bytes", "bytes",
        "Memory of the kernel's own objects: reclaimable, most of which is part of the state cached, and unreclaimable, part of used.", "linux_memory_slab_state");

    public static readonly MetricDefinition MemoryDirty = Memory.Gauge("system_linux_memory_dirty_bytes", "bytes",
        "File pages that wait to be written to disk or are being written.");

    public static readonly MetricDefinition PagingUsage = Memory.Gauge("system_paging_usage_bytes", "bytes",
        "Swap space: used, free. Absent on hosts without swap.", "system_paging_state");

    public static readonly MetricDefinition PagingUtilization = Memory.Gauge("system_paging_utilization_ratio", "ratio",
        "Share of the swap space in each state. Absent on hosts without swap.", "system_paging_state");

    public static readonly MetricDefinition PagingOperations = Memory.Counter("system_paging_operations_total", "",
        "Pages read from swap (in) and written to it (out).", "system_paging_direction");

    public static readonly MetricDefinition PagingFaults = Memory.Counter("system_paging_faults_total", "",
        "Page faults: minor ones, and major ones, which waited for a disk.", "system_paging_fault_type");

    public static readonly MetricDefinition OutOfMemoryKills = Memory.Counter("system_linux_memory_oom_kills_total", "",
        "Processes that the kernel killed because memory had run out.");

    public static readonly MetricDefinition PressureStallTime = Memory.Counter("system_pressure_stall_time_seconds_total", "seconds",
        "Time in which some threads, or all of them at once (full), stood still for lack of a resource: cpu, io, memory.", "resource", "kind");

    static readonly MetricSection Disks = Section("File systems and disks",
        "Room from `statvfs` of every mounted file system, each by one mount (of btrfs each subvolume), but those that the settings "
        + "`hide-filesystems` and `hide-mounts` name, every 10 s and repeated in between; work from `/proc/diskstats`. Whole disks only: a logical volume (`dm-0`) or a RAID (`md0`) "
        + "is there beside the disks that it lies on, so a sum over all devices counts its work twice.");

    public static readonly MetricDefinition FilesystemUsage = Disks.Gauge("system_filesystem_usage_bytes", "bytes",
        "Space of a file system: used, free for everybody, reserved for the administrator.",
        "system_device", "system_filesystem_mountpoint", "system_filesystem_type", "system_filesystem_state");

    public static readonly MetricDefinition FilesystemLimit = Disks.Gauge("system_filesystem_limit_bytes", "bytes", "Size of a file system.",
        "system_device", "system_filesystem_mountpoint", "system_filesystem_type");

    public static readonly MetricDefinition FilesystemUtilization = Disks.Gauge("system_filesystem_utilization_ratio", "ratio",
        "Used space as a share of what everybody may use (used and free), as df shows it.",
        "system_device", "system_filesystem_mountpoint", "system_filesystem_type");

    public static readonly MetricDefinition FilesystemInodes = Disks.Gauge("system_filesystem_inodes", "",
        "Inodes, that is room for files, by state: used, free. Absent where a file system has no fixed number.",
        "system_device", "system_filesystem_mountpoint", "system_filesystem_type", "system_filesystem_state");

    public static readonly MetricDefinition FilesystemsUnanswered = Disks.Gauge("system_filesystem_unanswered_count", "",
        "Mounted file systems that have not told their room for 30 s, for instance because their server does not answer.");

    public static readonly MetricDefinition DiskBytes = Disks.Counter("system_disk_io_bytes_total", "bytes",
        "Bytes read from and written to a disk.", "system_device", "disk_io_direction");

    public static readonly MetricDefinition DiskOperations = Disks.Counter("system_disk_operations_total", "",
        "Reads and writes that a disk has completed.", "system_device", "disk_io_direction");

    public static readonly MetricDefinition DiskOperationTime = Disks.Counter("system_disk_operation_time_seconds_total", "seconds",
        "Time that all reads and writes took together, queueing included; over system_disk_operations_total it is the average latency.",
        "system_device", "disk_io_direction");

    public static readonly MetricDefinition DiskIoTime = Disks.Counter("system_disk_io_time_seconds_total", "seconds",
        "Time in which the disk had something to do; its rate is how busy it is, from 0 to 1.", "system_device");

    static readonly MetricSection Network = Section("Network",
        "From `/proc/net/dev`, `/proc/net/sockstat` and the kernel's socket diagnosis. Interfaces that never carried a "
        + "byte are left out; the loopback `lo` is there, so leave it out of sums.");

    public static readonly MetricDefinition NetworkBytes = Network.Counter("system_network_io_bytes_total", "bytes",
        "Bytes received and transmitted by an interface.", "network_interface_name", "network_io_direction");

    public static readonly MetricDefinition NetworkPackets = Network.Counter("system_network_packet_count_total", "",
        "Packets received and transmitted by an interface.", "network_interface_name", "network_io_direction");

    public static readonly MetricDefinition NetworkErrors = Network.Counter("system_network_errors_total", "",
        "Packets that were damaged on their way in or could not be sent.", "network_interface_name", "network_io_direction");

    public static readonly MetricDefinition NetworkDropped = Network.Counter("system_network_packet_dropped_total", "",
        "Packets dropped for lack of room.", "network_interface_name", "network_io_direction");

    public static readonly MetricDefinition NetworkConnections = Network.Gauge("system_network_connection_count", "",
        "TCP sockets by state, and UDP sockets, which have none. Looked at every 5 s, or less often where there are very many.",
        "network_transport", "network_connection_state");

    static readonly MetricSection System = Section("System",
        "From `/proc/loadavg`, `/proc/uptime`, `/proc/sys/fs/file-nr` and `/proc/[pid]/stat`.");

    public static readonly MetricDefinition ThreadCount = System.Gauge("system_thread_count", "", "Threads of all processes, those of the kernel included.");

    public static readonly MetricDefinition OpenFiles = System.Gauge("system_open_files_count", "", "Open file handles of all processes.");

    public static readonly MetricDefinition OpenFilesLimit = System.Gauge("system_open_files_limit", "", "Open file handles that the kernel allows.");

    public static readonly MetricDefinition ProcessesCreated = System.Counter("system_process_created_total", "",
        "Processes and threads started since the host was.");

    public static readonly MetricDefinition BootTime = System.Gauge("system_boot_time_seconds", "seconds", "When the host was started, Unix time.");

    public static readonly MetricDefinition Uptime = System.Gauge("system_uptime_seconds", "seconds", "Time since the host was started.");

    public static readonly MetricDefinition SystemProcesses = System.Gauge("system_process_count", "",
        "Processes by state: running, sleeping, blocked (on a disk), idle (threads of the kernel), stopped, defunct. "
        + "Of 4,096 processes at most, each looked at every 5 s or oftener.", "process_state");

    public static readonly MetricDefinition HostInfo = System.Info("host_info",
        "The host: its name, system, kernel and processor. Always 1.",
        "host_name", "os_type", "os_description", "os_version", "host_arch", "host_cpu_model_name");

    static readonly MetricSection Container = Section("Control group",
        "Of the group (version 2) that the server runs in, when it or one above it has a limit; the tightest limit "
        + "counts. Every 10 s for limits.");

    public static readonly MetricDefinition ContainerCpuLimit = Container.Gauge("container_cpu_limit", "",
        "Processors that the control group of the server may use. This and the following only inside a control group with a limit.");

    public static readonly MetricDefinition ContainerCpuTime = Container.Counter("container_cpu_time_seconds_total", "seconds",
        "Processor time of all processes of the control group.", "cpu_mode");

    public static readonly MetricDefinition ContainerCpuPeriods = Container.Counter("container_cpu_periods_total", "",
        "Periods in which the control group wanted to run.");

    public static readonly MetricDefinition ContainerCpuThrottledPeriods = Container.Counter("container_cpu_throttled_periods_total", "",
        "Periods in which the control group was stopped because it had used up its share.");

    public static readonly MetricDefinition ContainerCpuThrottledTime = Container.Counter("container_cpu_throttled_time_seconds_total", "seconds",
        "Time for which the control group was stopped because it had used up its share.");

    public static readonly MetricDefinition ContainerMemoryUsage = Container.Gauge("container_memory_usage_bytes", "bytes",
        "Memory of the control group, file pages included.");

    public static readonly MetricDefinition ContainerMemoryLimit = Container.Gauge("container_memory_limit_bytes", "bytes",
        "Memory that the control group may use.");

    public static readonly MetricDefinition ContainerMemoryKills = Container.Counter("container_memory_oom_kills_total", "",
        "Processes of the control group that the kernel killed because it had reached its limit.");

    static readonly MetricSection Processes = Section("Processes",
        "By name, never with arguments, with `job=\"host\"`; of the server itself, without a name, with "
        + "`job=\"barograph\"`.");

    public static readonly MetricDefinition ProcessCpu = Processes.Gauge("process_cpu_utilization_ratio", "ratio",
        "Processors that the processes of a name keep busy; 1 is one whole processor. The 20 names with the most processor time and the 20 "
        + "with the most memory are stored, and stay for a minute after they have fallen behind.", "process_executable_name");

    public static readonly MetricDefinition ProcessMemory = Processes.Gauge("process_memory_usage_bytes", "bytes",
        "Resident memory of the processes of a name (shared pages counted in each), or of the server.", "process_executable_name");

    public static readonly MetricDefinition ProcessThreads = Processes.Gauge("process_thread_count", "",
        "Threads of the processes of a name, or of the server.", "process_executable_name");

    public static readonly MetricDefinition ProcessCount = Processes.Gauge("process_count", "", "Processes of a name.", "process_executable_name");

    public static readonly MetricDefinition ProcessCpuTime = Processes.Counter("process_cpu_time_seconds_total", "seconds",
        "Processor time of the server, in its own code (user) and in the kernel (system).", "cpu_mode");

    public static readonly MetricDefinition ProcessVirtual = Processes.Gauge("process_memory_virtual_bytes", "bytes", "Address space of the server.");

    public static readonly MetricDefinition ProcessDescriptors = Processes.Gauge("process_unix_file_descriptor_count", "",
        "Open files, sockets and the like of the server. Looked at every 10 s.");

    public static readonly MetricDefinition ProcessUptime = Processes.Gauge("process_uptime_seconds", "seconds", "Time since the server was started.");

    public static readonly MetricDefinition ProcessDiskBytes = Processes.Counter("process_disk_io_bytes_total", "bytes",
        "Bytes that the server has read from and written to disks.", "disk_io_direction");

    static readonly MetricSection Runtime = Section(".NET runtime",
        "Of the server itself, with `job=\"barograph\"`.");

    public static readonly MetricDefinition GcCollections = Runtime.Counter("dotnet_gc_collections_total", "",
        "Garbage collections, each counted in the oldest generation that it collected.", "dotnet_gc_heap_generation");

    public static readonly MetricDefinition GcAllocated = Runtime.Counter("dotnet_gc_heap_total_allocated_bytes_total", "bytes", "Bytes allocated on the heap.");

    public static readonly MetricDefinition GcHeapSize = Runtime.Gauge("dotnet_gc_last_collection_heap_size_bytes", "bytes",
        "Size of the heap after the last garbage collection, by generation.", "dotnet_gc_heap_generation");

    public static readonly MetricDefinition GcCommitted = Runtime.Gauge("dotnet_gc_last_collection_memory_committed_size_bytes", "bytes",
        "Memory committed to the heap at the last garbage collection.");

    public static readonly MetricDefinition GcPauseTime = Runtime.Counter("dotnet_gc_pause_time_seconds_total", "seconds",
        "Time for which garbage collections stopped all threads.");

    public static readonly MetricDefinition JitMethods = Runtime.Counter("dotnet_jit_compiled_methods_total", "", "Methods compiled while running.");

    public static readonly MetricDefinition JitTime = Runtime.Counter("dotnet_jit_compilation_time_seconds_total", "seconds", "Time spent compiling methods while running.");

    public static readonly MetricDefinition PoolThreads = Runtime.Gauge("dotnet_thread_pool_thread_count", "", "Threads of the pool.");

    public static readonly MetricDefinition PoolWorkItems = Runtime.Counter("dotnet_thread_pool_work_item_count_total", "", "Work that the pool has done.");

    public static readonly MetricDefinition PoolQueue = Runtime.Gauge("dotnet_thread_pool_queue_length", "", "Work that waits for a thread of the pool.");

    public static readonly MetricDefinition LockContentions = Runtime.Counter("dotnet_monitor_lock_contentions_total", "",
        "Times that a thread had to wait for a lock.");

    public static readonly MetricDefinition Exceptions = Runtime.Counter("dotnet_exceptions_total", "", "Exceptions thrown, caught ones included.");

    public static readonly MetricDefinition Timers = Runtime.Gauge("dotnet_timer_count", "", "Timers that wait to fire.");

    static readonly MetricSection Collecting = Section("Collecting",
        "How collecting itself fares, with `job=\"barograph\"`.");

    public static readonly MetricDefinition CollectTicks = Collecting.Counter("barograph_collect_ticks_total", "", "Ticks collected.");

    public static readonly MetricDefinition CollectTicksMissed = Collecting.Counter("barograph_collect_ticks_missed_total", "",
        "Ticks skipped because the one before took too long, or because the host slept.");

    public static readonly MetricDefinition CollectTickDuration = Collecting.Gauge("barograph_collect_tick_duration_seconds", "seconds",
        "Time from the start of the tick before until its samples were stored.");

    public static readonly MetricDefinition CollectSeries = Collecting.Gauge("barograph_collect_series", "", "Series that had a value in the tick before.");

    public static readonly MetricDefinition CollectAppendErrors = Collecting.Counter("barograph_collect_append_errors_total", "",
        "Ticks lost because the store took no samples.");

    public static readonly MetricDefinition CollectRejected = Collecting.Counter("barograph_collect_samples_rejected_total", "",
        "Samples that the store refused.");

    public static readonly MetricDefinition SourceDuration = Collecting.Gauge("barograph_collect_source_duration_seconds", "seconds",
        "Time the last read of a source took.", "source");

    public static readonly MetricDefinition SourceErrors = Collecting.Counter("barograph_collect_source_errors_total", "",
        "Ticks that a source lost because it failed or hung.", "source");

    public static readonly MetricDefinition SourceSilence = Collecting.Gauge("barograph_collect_source_silent_seconds", "seconds",
        "Time for which a source has not answered the read that it is in; 0 when it answers.", "source");

    public static readonly MetricDefinition SourceAvailable = Collecting.Gauge("barograph_collect_source_available", "",
        "1, or 0 when this host does not have what the source reads.", "source");

    static readonly MetricSection Agent = Section("Agents",
        "Of an agent (`barograph agent`), which has `job=\"barograph-agent\"` where the server has `job=\"barograph\"`.");

    public static readonly MetricDefinition AgentQueueBytes = Agent.Gauge("barograph_agent_queue_bytes", "bytes",
        "Bytes on disk of samples that the server has not taken yet.");

    public static readonly MetricDefinition AgentQueueAge = Agent.Gauge("barograph_agent_queue_oldest_age_seconds", "seconds",
        "How old the oldest sample is that the server has not taken yet; 0 when there is none.");

    public static readonly MetricDefinition AgentSent = Agent.Counter("barograph_agent_samples_sent_total", "", "Samples that the server has taken.");

    public static readonly MetricDefinition AgentDropped = Agent.Counter("barograph_agent_samples_dropped_total", "",
        "Samples given up unsent: the oldest ones of a full queue, and what a damaged disk did not give back.");

    public static readonly MetricDefinition AgentRefused = Agent.Counter("barograph_agent_requests_refused_total", "",
        "Requests of which the server refused something for good.");

    public static readonly MetricDefinition AgentRetries = Agent.Counter("barograph_agent_send_retries_total", "",
        "Requests that failed and were sent again.");

    static MetricSection Section(string title, string about)
    {
        var section = new MetricSection(title, about);
        Defined.Add(section);
        return section;
    }
}
