namespace Barograph.Server.Collect.Host;

/// <summary>
/// Room on the mounted file systems. Each is asked on a thread of the pool, every <see cref="CadenceMs"/>, and the last answer is
/// repeated in each tick: a network file system whose server is gone keeps its own thread and loses its own numbers.
/// </summary>
internal sealed class FilesystemSource(HostPaths paths, HiddenMounts hidden, SourceSeries series, Func<string, FilesystemRoom?> readRoom) : ISource
{
    /// <summary>How often mounts and their room are looked at.</summary>
    public const long CadenceMs = 10_000;

    // An answer is repeated for three cadences, then it is too old to be shown as the present.
    const long AnswerAgeMsMax = 3 * CadenceMs;

    readonly ProcFile _mountsFile = new(paths.Proc("self/mountinfo"));
    readonly List<MountedFilesystem> _mounted = [];
    readonly int _unanswered = series.Add(HostMetrics.FilesystemsUnanswered);
    byte[] _mountInfo = [];
    long _lookedAtMs = long.MinValue / 2;

    public string Name => "filesystem";

    public SourceSeries Series => series;

    public void Read(Tick tick)
    {
        if (tick.MonotonicMs - _lookedAtMs >= CadenceMs)
        {
            _lookedAtMs = tick.MonotonicMs;
            ReadMounts();
            foreach (var mounted in _mounted)
                mounted.Ask(tick.MonotonicMs);
        }

        var unanswered = 0;
        foreach (var mounted in _mounted)
            unanswered += mounted.TrySet(tick.MonotonicMs - AnswerAgeMsMax) ? 0 : 1;
        series.Set(_unanswered, unanswered);
    }

    public void Dispose() => _mountsFile.Dispose();

    void ReadMounts()
    {
        var mountInfo = _mountsFile.Read();
        if (mountInfo.SequenceEqual(_mountInfo))
            return;
        _mountInfo = mountInfo.ToArray();
        Follow(MountTable.Parse(mountInfo, hidden));
    }

    void Follow(List<Mount> mounts)
    {
        foreach (var gone in _mounted.Where(mounted => !mounts.Contains(mounted.Mount)).ToArray())
        {
            gone.Remove();
            _mounted.Remove(gone);
        }

        foreach (var mount in mounts.Where(mount => _mounted.All(mounted => mounted.Mount != mount)))
            _mounted.Add(new MountedFilesystem(mount, series, readRoom));
    }
}

/// <summary>A mount, its series and the last answer of its file system.</summary>
internal sealed class MountedFilesystem(Mount mount, SourceSeries series, Func<string, FilesystemRoom?> readRoom) : IThreadPoolWorkItem
{
    readonly Lock _answer = new(); // guards _room, _answeredMs, _isAsking
    readonly int _used = series.Add(HostMetrics.FilesystemUsage, mount.Device, mount.Path, mount.Type, "used");
    readonly int _free = series.Add(HostMetrics.FilesystemUsage, mount.Device, mount.Path, mount.Type, "free");
    readonly int _reserved = series.Add(HostMetrics.FilesystemUsage, mount.Device, mount.Path, mount.Type, "reserved");
    readonly int _limit = series.Add(HostMetrics.FilesystemLimit, mount.Device, mount.Path, mount.Type);
    readonly int _utilization = series.Add(HostMetrics.FilesystemUtilization, mount.Device, mount.Path, mount.Type);
    readonly int _inodesUsed = series.Add(HostMetrics.FilesystemInodes, mount.Device, mount.Path, mount.Type, "used");
    readonly int _inodesFree = series.Add(HostMetrics.FilesystemInodes, mount.Device, mount.Path, mount.Type, "free");
    FilesystemRoom? _room;
    long _askedMs;
    long _answeredMs;
    bool _isAsking;

    public Mount Mount => mount;

    /// <summary>Asks the file system for its room, unless it still owes the last answer.</summary>
    public void Ask(long nowMs)
    {
        lock (_answer)
        {
            if (_isAsking)
                return;
            (_isAsking, _askedMs) = (true, nowMs);
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Waits for the answer, on a thread of the pool.</summary>
    public void Execute()
    {
        FilesystemRoom? room = null;
        try
        {
            room = readRoom(mount.Path);
        }
#pragma warning disable CA1031 // out of a thread of the pool it would end the process; without an answer its series are missing, as when it hangs
        catch (Exception)
#pragma warning restore CA1031
        {
            // no answer
        }

        lock (_answer)
        {
            _isAsking = false;
            if (room is not null)
                (_room, _answeredMs) = (room, _askedMs);
        }
    }

    /// <summary>Sets the values of this tick if there is an answer that is new enough.</summary>
    public bool TrySet(long answeredMsMin)
    {
        FilesystemRoom room;
        lock (_answer)
        {
            if (_room is not { } answered || _answeredMs < answeredMsMin)
                return false;
            room = answered;
        }

        if (room.SizeBytes == 0)
            return true; // nothing can lie there

        var used = room.SizeBytes - room.FreeBytes;
        series.Set(_used, used);
        series.Set(_free, room.AvailableBytes);
        series.Set(_reserved, room.FreeBytes - Math.Min(room.AvailableBytes, room.FreeBytes));
        series.Set(_limit, room.SizeBytes);
        if (used + room.AvailableBytes > 0)
            series.Set(_utilization, used / (double)(used + room.AvailableBytes));
        if (room.InodeCount == 0)
            return true;
        series.Set(_inodesUsed, room.InodeCount - Math.Min(room.InodesFree, room.InodeCount));
        series.Set(_inodesFree, room.InodesFree);
        return true;
    }

    /// <summary>Ends its series.</summary>
    public void Remove()
    {
        foreach (var ended in (ReadOnlySpan<int>)[_used, _free, _reserved, _limit, _utilization, _inodesUsed, _inodesFree])
            series.Remove(ended);
    }
}
