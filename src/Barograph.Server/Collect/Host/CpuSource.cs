namespace Barograph.Server.Collect.Host;

/// <summary>
/// Processors, from <c>/proc/stat</c>, and the other counters that stand in that file. The lines of processors are
/// <c>cpuN user nice system idle iowait irq softirq steal guest guest_nice</c>, in hundredths of a second.
/// </summary>
internal sealed class CpuSource(HostPaths paths, SourceSeries series) : ISource
{
    // USER_HZ. The kernel's interface to programs has had this value on every architecture that .NET runs on, whatever its own HZ is.
    const double TicksPerSecond = 100;

    // More than any kernel is built for; a bound for the list below, should the file hold nonsense.
    const ulong ProcessorsMax = 8192;

    const int Idle = 3, IoWait = 4; // of the modes

    static readonly string[] Modes = ["user", "nice", "system", "idle", "iowait", "interrupt", "steal"];

    readonly ProcFile _file = new(paths.Proc("stat"));
    readonly List<Processor?> _processors = [];
    readonly ulong[] _totals = new ulong[Modes.Length];
    readonly ulong[] _deltas = new ulong[Modes.Length];
    readonly ulong[] _read = new ulong[Modes.Length];
    readonly int[] _utilization = [.. Modes.Select(mode => series.Add(HostMetrics.CpuUtilization, mode))];
    readonly int _count = series.Add(HostMetrics.CpuCount);
    readonly int _contextSwitches = series.Add(HostMetrics.ContextSwitches);
    readonly int _interrupts = series.Add(HostMetrics.Interrupts);
    readonly int _bootTime = series.Add(HostMetrics.BootTime);
    readonly int _created = series.Add(HostMetrics.ProcessesCreated);
    bool _hasTotals;
    int _online;

    /// <summary>One logical processor, its series and the times it showed last.</summary>
    sealed class Processor(int[] series, int busy)
    {
        public int[] Series => series;
        public int Busy => busy;
        public bool HasTimes { get; set; }
        public ulong[] Times { get; } = new ulong[Modes.Length];
        public bool IsSeen { get; set; }
    }

    public string Name => "cpu";

    public SourceSeries Series => series;

    public void Read(Tick tick)
    {
        var cursor = new ProcCursor(_file.Read(), _file.Path);
        _online = 0;
        foreach (var processor in _processors)
            processor?.IsSeen = false;
        for (; !cursor.AtEnd; cursor.NextLine())
            ReadLine(ref cursor);
        if (_online == 0)
            cursor.Fail("a line of a processor");
        series.Set(_count, _online);
        RemoveUnseen();
    }

    public void Dispose() => _file.Dispose();

    void ReadLine(ref ProcCursor cursor)
    {
        if (cursor.TrySkip("cpu "u8))
            ReadTotal(ref cursor);
        else if (cursor.TrySkip("cpu"u8))
            ReadProcessor(ref cursor);
        else if (cursor.TrySkip("intr "u8))
            series.Set(_interrupts, cursor.Number());
        else if (cursor.TrySkip("ctxt "u8))
            series.Set(_contextSwitches, cursor.Number());
        else if (cursor.TrySkip("btime "u8))
            series.Set(_bootTime, cursor.Number());
        else if (cursor.TrySkip("processes "u8))
            series.Set(_created, cursor.Number());
    }

    void ReadTotal(ref ProcCursor cursor)
    {
        ReadTimes(ref cursor);
        ulong sum = 0;
        for (var mode = 0; mode < _totals.Length; mode++)
        {
            // The kernel's idle and iowait times may step back a little.
            _deltas[mode] = _read[mode] > _totals[mode] ? _read[mode] - _totals[mode] : 0;
            _totals[mode] = _read[mode];
            sum += _deltas[mode];
        }

        if (_hasTotals && sum > 0)
        {
            for (var mode = 0; mode < _deltas.Length; mode++)
                series.Set(_utilization[mode], _deltas[mode] / (double)sum);
        }

        _hasTotals = true;
    }

    void ReadProcessor(ref ProcCursor cursor)
    {
        if (cursor.Number() is var number && number >= ProcessorsMax)
            return;
        ReadTimes(ref cursor);
        _online++;
        while (_processors.Count <= (int)number)
            _processors.Add(null);
        var processor = _processors[(int)number] ??= Create((int)number);
        processor.IsSeen = true;
        ulong sum = 0, busy = 0;
        for (var mode = 0; mode < _read.Length; mode++)
        {
            var (last, now) = (processor.Times[mode], _read[mode]);
            if (now < last && last - now < 3 * TicksPerSecond)
                now = last; // a small step back; to pass it on would look like a restarted counter to every rate
            processor.Times[mode] = now;
            series.Set(processor.Series[mode], now / TicksPerSecond);
            var more = now > last ? now - last : 0;
            sum += more;
            busy += mode is Idle or IoWait ? 0 : more;
        }

        if (processor.HasTimes && sum > 0)
            series.Set(processor.Busy, busy / (double)sum);
        processor.HasTimes = true;
    }

    void ReadTimes(ref ProcCursor cursor)
    {
        for (var mode = 0; mode < 5; mode++)
            _read[mode] = cursor.Number();
        // Kernels before 2.6.11 end here.
        cursor.TryNumber(out var hard);
        cursor.TryNumber(out var soft);
        cursor.TryNumber(out var steal);
        (_read[5], _read[6]) = (hard + soft, steal);
    }

    Processor Create(int number)
    {
        var text = number.ToString();
        return new Processor([.. Modes.Select(mode => series.Add(HostMetrics.CpuTime, mode, text))], series.Add(HostMetrics.CpuCoreUtilization, text));
    }

    void RemoveUnseen()
    {
        for (var number = 0; number < _processors.Count; number++)
        {
            if (_processors[number] is not { IsSeen: false } offline)
                continue;
            foreach (var ended in offline.Series)
                series.Remove(ended);
            series.Remove(offline.Busy);
            _processors[number] = null;
        }
    }
}
