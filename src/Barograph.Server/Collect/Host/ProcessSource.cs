using System.Text;

namespace Barograph.Server.Collect.Host;

/// <summary>
/// Processes by name, from <c>/proc/[pid]/stat</c>, never their arguments. Those with the most processor time and memory are stored, as
/// one series per name. A reading costs 4 µs, which makes this the dearest source; so the processes that are shown are read in each
/// tick and the others in turn, each within <see cref="RoundTicks"/> ticks as long as there are not too many.
/// </summary>
internal sealed class ProcessSource(HostPaths paths, SourceSeries series) : ISource
{
    /// <summary>How many names are shown for their processor time, and as many for their memory.</summary>
    public const int ShownPerRanking = 20;

    /// <summary>A name that is shown stays until it is worse than this.</summary>
    public const int KeptPerRanking = 30;

    /// <summary>… for so long: series that come and go with each burst of work would be of use to nobody.</summary>
    public const long KeptMs = 60_000;

    /// <summary>More names than this are never shown: beyond it, one that is no longer near the first goes at once.</summary>
    public const int ShownMax = 80;

    /// <summary>Processes beyond this are not looked at.</summary>
    public const int TrackedMax = 4096;

    /// <summary>In how many ticks all processes that are not shown are read once.</summary>
    public const int RoundTicks = 5;

    const int ShownReadingsMax = 100;
    const int OtherReadingsMax = 50;
    const long RankingMs = 5_000;
    const double AverageOverMs = 30_000;
    const double CpuAverageMin = 0.0005; // less than half a millisecond per second is not worth a series

    static readonly (string State, string Letters)[] States =
        [("running", "R"), ("sleeping", "S"), ("blocked", "D"), ("idle", "I"), ("stopped", "Tt"), ("defunct", "ZXx")];

    static readonly Comparison<ProcessGroup> ByCpu = static (left, right) => right.CpuAverage.CompareTo(left.CpuAverage);
    static readonly Comparison<ProcessGroup> ByMemory = static (left, right) => right.ResidentPages.CompareTo(left.ResidentPages);

    readonly NumberedDirectory _directory = new(paths.ProcRoot);
    readonly byte[] _procRoot = Encoding.UTF8.GetBytes(paths.ProcRoot);
    readonly byte[] _text = new byte[2048];
    readonly List<int> _pids = [];
    readonly Dictionary<int, TrackedProcess> _byPid = [];
    readonly List<TrackedProcess> _processes = [];
    readonly Stack<TrackedProcess> _unused = new();
    readonly Dictionary<string, ProcessGroup> _byName = [];
    readonly List<ProcessGroup> _groups = [];
    readonly int[] _stateSeries = [.. States.Select(state => series.Add(HostMetrics.SystemProcesses, state.State))];
    readonly int[] _stateCounts = new int[States.Length];
    int _listing;
    long? _listedMs;
    long _rankedMs = long.MinValue / 2;
    long _readMs;
    int _nextShown;
    int _nextOther;
    bool _hasReadAll;

    public string Name => "process";

    public SourceSeries Series => series;

    public void Read(Tick tick)
    {
        var nowMs = tick.MonotonicMs;
        // Listing costs half a microsecond per process: with 5,000 of them every 26 s.
        if (_listedMs is not { } listedMs || nowMs - listedMs >= 900 + _processes.Count / 200 * 1000)
            ListProcesses(nowMs);
        ReadInTurn(nowMs);
        AddUp(nowMs);
        if (nowMs - _rankedMs >= RankingMs)
            Rank(nowMs);
        foreach (var group in _groups)
        {
            if (group.IsShown)
                group.SetValues(series);
        }

        for (var state = 0; state < _stateCounts.Length; state++)
            series.Set(_stateSeries[state], _stateCounts[state]);
    }

    public void Dispose()
    {
        _directory.Dispose();
        foreach (var process in _processes)
            process.Close();
    }

    void ListProcesses(long nowMs)
    {
        _directory.List(_pids, TrackedMax);
        _listing++;
        var newReadings = 0;
        foreach (var pid in _pids)
        {
            if (!_byPid.TryGetValue(pid, out var process))
            {
                process = Track(pid);
                // At once, or one that lives for a second would never be seen. A failure shows at its next turn.
                if (_hasReadAll && newReadings++ < OtherReadingsMax)
                    TryRead(process, nowMs);
            }

            process.SeenInListing = _listing;
        }

        for (var i = _processes.Count - 1; i >= 0; i--)
        {
            if (_processes[i].SeenInListing != _listing)
                Forget(i);
        }

        _listedMs = nowMs;
    }

    TrackedProcess Track(int pid)
    {
        var process = _unused.TryPop(out var unused) ? unused : new TrackedProcess();
        process.Begin(pid, _listedMs);
        _byPid.Add(pid, process);
        _processes.Add(process);
        return process;
    }

    void ReadInTurn(long nowMs)
    {
        var others = 0;
        foreach (var process in _processes)
            others += process.Group is { IsShown: true } ? 0 : 1;
        var otherReadings = !_hasReadAll ? TrackedMax : Math.Min(OtherReadingsMax, (others + RoundTicks - 1) / RoundTicks);
        _nextShown = ReadNext(_nextShown, shown: true, ShownReadingsMax, nowMs);
        _nextOther = ReadNext(_nextOther, shown: false, otherReadings, nowMs);
        _hasReadAll = true;
    }

    /// <summary>Reads the next processes that are shown, or are not.</summary>
    /// <returns>Where to go on.</returns>
    int ReadNext(int next, bool shown, int readingsMax, long nowMs)
    {
        var readings = 0;
        for (var left = _processes.Count; left > 0 && readings < readingsMax; left--)
        {
            next = next + 1 >= _processes.Count ? 0 : next + 1;
            var process = _processes[next];
            if (process.Group is { IsShown: true } != shown)
                continue;
            readings++;
            if (!TryRead(process, nowMs))
                Forget(next--); // the last one takes its place
            else if (!shown)
                process.Close();
        }

        return next;
    }

    bool TryRead(TrackedProcess process, long nowMs)
    {
        var length = process.ReadText(_procRoot, _text);
        if (length <= 0)
            return false;
        if (!ProcessStat.TryParse(_text.AsSpan(0, length), out var name, out var stat))
            throw new InvalidDataException($"{paths.ProcRoot}/{process.Pid}/stat is not what it should be.");
        process.Update(stat, nowMs);
        name = ProcessGroup.Shorten(name, stat.IsKernelThread);
        if (process.Group is null || !name.SequenceEqual(process.Group.RawName))
            process.Group = GroupOf(name);
        return true;
    }

    ProcessGroup GroupOf(ReadOnlySpan<byte> name)
    {
        var text = ProcessGroup.Decode(name);
        if (_byName.TryGetValue(text, out var group))
            return group;
        group = new ProcessGroup(text, name.ToArray());
        _byName.Add(text, group);
        _groups.Add(group);
        return group;
    }

    void Forget(int index)
    {
        var process = _processes[index];
        process.Close();
        _byPid.Remove(process.Pid);
        _processes[index] = _processes[^1];
        _processes.RemoveAt(_processes.Count - 1);
        _unused.Push(process);
    }

    void AddUp(long nowMs)
    {
        Array.Clear(_stateCounts);
        foreach (var group in _groups)
            (group.ProcessCount, group.ThreadCount, group.ResidentPages, group.CpuRatio) = (0, 0, 0, 0);
        foreach (var process in _processes)
        {
            if (process.Group is not { } group)
                continue;
            group.ProcessCount++;
            group.ThreadCount += process.ThreadCount;
            group.ResidentPages += process.ResidentPages;
            group.CpuRatio += process.CpuRatio;
            CountState(process.State);
        }

        var weight = Math.Min(1, (nowMs - _readMs) / AverageOverMs);
        foreach (var group in _groups)
            group.CpuAverage += (group.CpuRatio - group.CpuAverage) * weight;
        _readMs = nowMs;
        RemoveEmptyGroups();
    }

    void CountState(byte letter)
    {
        for (var state = 0; state < States.Length; state++)
        {
            if (States[state].Letters.Contains((char)letter))
                _stateCounts[state]++;
        }
    }

    void RemoveEmptyGroups()
    {
        for (var i = _groups.Count - 1; i >= 0; i--)
        {
            var group = _groups[i];
            // A name that is shown outlives its last process for a while: a task that runs every few seconds is one line, not many.
            if (group.ProcessCount > 0 || group.IsShown)
                continue;
            _byName.Remove(group.Name);
            _groups.RemoveAt(i);
        }
    }

    void Rank(long nowMs)
    {
        foreach (var group in _groups)
            group.IsWanted = group.IsNear = false;
        _groups.Sort(ByMemory);
        for (var i = 0; i < _groups.Count && i < KeptPerRanking && _groups[i].ResidentPages > 0; i++)
            Mark(_groups[i], i);
        _groups.Sort(ByCpu);
        for (var i = 0; i < _groups.Count && i < KeptPerRanking && _groups[i].CpuAverage >= CpuAverageMin; i++)
            Mark(_groups[i], i);
        var shown = 0;
        foreach (var group in _groups)
        {
            if (group.IsNear)
                group.NearMs = nowMs;
            if (group.IsWanted && !group.IsShown)
                group.Show(series);
            shown += group.IsShown ? 1 : 0;
        }

        foreach (var group in _groups)
        {
            if (!group.IsShown || group.IsNear || (nowMs - group.NearMs < KeptMs && shown <= ShownMax))
                continue;
            group.Hide(series);
            shown--;
        }

        _rankedMs = nowMs;
    }

    static void Mark(ProcessGroup group, int rank)
    {
        group.IsNear = true;
        group.IsWanted |= rank < ShownPerRanking;
    }
}
