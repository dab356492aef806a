using System.Text;

namespace Barograph.Server.Collect.Host;

/// <summary>
/// The server's own control group (version 2), if it or one above it has a limit: of a container, or of a service. Which one it is stands in
/// <c>/proc/self/cgroup</c> ("0::/path"), where they are mounted in <c>/proc/self/mountinfo</c>.
/// </summary>
internal sealed class ContainerSource : ISource
{
    // Limits may be changed while running; they are looked at as often as file systems.
    const long LimitsCadenceMs = 10_000;
    const int DepthMax = 32;

    readonly HostPaths _paths;
    readonly SourceSeries _series;
    readonly List<ProcFile> _cpuLimits = [];
    readonly List<ProcFile> _memoryLimits = [];
    ProcFile? _cpu;
    ProcFile? _memory;
    ProcFile? _memoryEvents;
    Slots? _slots;
    double _cpuLimit;
    double _memoryLimit;
    long _limitsReadMs;

    public ContainerSource(HostPaths paths, SourceSeries series) => (_paths, _series) = (paths, series);

    sealed class Slots(SourceSeries series)
    {
        public readonly int CpuLimit = series.Add(HostMetrics.ContainerCpuLimit);
        public readonly int User = series.Add(HostMetrics.ContainerCpuTime, "user");
        public readonly int System = series.Add(HostMetrics.ContainerCpuTime, "system");
        public readonly int Periods = series.Add(HostMetrics.ContainerCpuPeriods);
        public readonly int ThrottledPeriods = series.Add(HostMetrics.ContainerCpuThrottledPeriods);
        public readonly int ThrottledTime = series.Add(HostMetrics.ContainerCpuThrottledTime);
        public readonly int MemoryUsage = series.Add(HostMetrics.ContainerMemoryUsage);
        public readonly int MemoryLimit = series.Add(HostMetrics.ContainerMemoryLimit);
        public readonly int Kills = series.Add(HostMetrics.ContainerMemoryKills);
    }

    public string Name => "container";

    public SourceSeries Series => _series;

    public void Read(Tick tick)
    {
        if (_slots is null)
            Find();
        if (_slots is null || tick.MonotonicMs - _limitsReadMs >= LimitsCadenceMs)
            ReadLimits(tick);
        _slots ??= new Slots(_series);
        if (double.IsFinite(_cpuLimit))
            _series.Set(_slots.CpuLimit, _cpuLimit);
        if (double.IsFinite(_memoryLimit))
            _series.Set(_slots.MemoryLimit, _memoryLimit);
        ReadCpu(_slots);
        ReadMemory(_slots);
    }

    public void Dispose() => Close();

    void Find()
    {
        Close();
        var (root, mount) = FindMount();
        var directory = mount + FindGroup(root);
        _cpu = new ProcFile(directory + "/cpu.stat");
        _memory = new ProcFile(directory + "/memory.current");
        _memoryEvents = new ProcFile(directory + "/memory.events");
        for (var depth = 0; depth < DepthMax; depth++)
        {
            _cpuLimits.Add(new ProcFile(directory + "/cpu.max"));
            _memoryLimits.Add(new ProcFile(directory + "/memory.max"));
            if (directory.Length <= mount.Length)
                break;
            directory = directory[..directory.LastIndexOf('/')];
        }
    }

    /// <summary>Which group the mounted tree begins with (in a container often its own), and where it is mounted.</summary>
    (string Root, string Mount) FindMount()
    {
        using var mounts = new ProcFile(_paths.Proc("self/mountinfo"));
        foreach (var line in Encoding.UTF8.GetString(mounts.Read()).Split('\n'))
        {
            var words = line.Split(' ');
            var dash = Array.IndexOf(words, "-");
            if (dash >= 5 && dash + 1 < words.Length && words[dash + 1] == "cgroup2")
                return (words[3].TrimEnd('/'), words[4].TrimEnd('/'));
        }

        throw new SourceUnavailableException("control groups of version 2 are not mounted");
    }

    /// <summary>The path of our group below the mounted tree.</summary>
    string FindGroup(string root)
    {
        using var groups = new ProcFile(_paths.Proc("self/cgroup"));
        var line = Encoding.UTF8.GetString(groups.Read()).Split('\n').FirstOrDefault(static line => line.StartsWith("0::/", StringComparison.Ordinal));
        var group = line?[3..].TrimEnd('/') ?? throw new SourceUnavailableException("the server is in no control group of version 2");
        return group == root || group.StartsWith(root + "/", StringComparison.Ordinal) ? group[root.Length..] : group;
    }

    void ReadLimits(Tick tick)
    {
        // The tightest limit from here up to the root counts.
        (_cpuLimit, _memoryLimit, _limitsReadMs) = (double.PositiveInfinity, double.PositiveInfinity, tick.MonotonicMs);
        foreach (var file in _cpuLimits)
        {
            if (!file.TryRead(out var text))
                continue;
            var cursor = new ProcCursor(text, file.Path); // "max 100000" or "quota period", in microseconds
            if (cursor.TryNumber(out var quota) && cursor.TryNumber(out var period) && period > 0)
                _cpuLimit = Math.Min(_cpuLimit, quota / (double)period);
        }

        foreach (var file in _memoryLimits)
        {
            if (file.TryRead(out var text) && new ProcCursor(text, file.Path).TryNumber(out var bytes))
                _memoryLimit = Math.Min(_memoryLimit, bytes);
        }

        if (double.IsInfinity(_cpuLimit) && double.IsInfinity(_memoryLimit) && _slots is null)
            throw new SourceUnavailableException("its control group has no limit");
    }

    void ReadCpu(Slots slots)
    {
        if (!_cpu!.TryRead(out var text))
            return;
        var cursor = new ProcCursor(text, _cpu.Path);
        for (; !cursor.AtEnd; cursor.NextLine())
        {
            if (cursor.TrySkip("user_usec "u8))
                _series.Set(slots.User, cursor.Number() / 1e6);
            else if (cursor.TrySkip("system_usec "u8))
                _series.Set(slots.System, cursor.Number() / 1e6);
            else if (cursor.TrySkip("nr_periods "u8))
                _series.Set(slots.Periods, cursor.Number());
            else if (cursor.TrySkip("nr_throttled "u8))
                _series.Set(slots.ThrottledPeriods, cursor.Number());
            else if (cursor.TrySkip("throttled_usec "u8))
                _series.Set(slots.ThrottledTime, cursor.Number() / 1e6);
        }
    }

    void ReadMemory(Slots slots)
    {
        if (_memory!.TryRead(out var usage))
            _series.Set(slots.MemoryUsage, new ProcCursor(usage, _memory.Path).Number());
        if (!_memoryEvents!.TryRead(out var text))
            return;
        var cursor = new ProcCursor(text, _memoryEvents.Path);
        for (; !cursor.AtEnd; cursor.NextLine())
        {
            if (cursor.TrySkip("oom_kill "u8))
                _series.Set(slots.Kills, cursor.Number());
        }
    }

    void Close()
    {
        foreach (var file in (IEnumerable<ProcFile?>)[_cpu, _memory, _memoryEvents, .. _cpuLimits, .. _memoryLimits])
            file?.Dispose();
        _cpuLimits.Clear();
        _memoryLimits.Clear();
        (_cpu, _memory, _memoryEvents) = (null, null, null);
    }
}
