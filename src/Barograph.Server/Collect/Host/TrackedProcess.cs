using System.Buffers.Text;
using System.Text;

namespace Barograph.Server.Collect.Host;

/// <summary>A process and what was read of it last. Reused for another one after it has ended.</summary>
internal sealed class TrackedProcess
{
    int _descriptor = Posix.NoDescriptor;
    ulong _startTicks;
    ulong _ticks;
    long _readMs;

    public int Pid { get; private set; }

    /// <summary>The processes of its name; null before the first reading.</summary>
    public ProcessGroup? Group { get; set; }

    /// <summary>Its letter, see <see cref="ProcessStat"/>.</summary>
    public byte State { get; private set; }

    public uint ThreadCount { get; private set; }

    public ulong ResidentPages { get; private set; }

    /// <summary>Processors it kept busy between the last two readings.</summary>
    public double CpuRatio { get; private set; }

    /// <summary>The listing in which it was seen last.</summary>
    public int SeenInListing { get; set; }

    /// <summary>Starts to track a process.</summary>
    /// <param name="pid">Its number.</param>
    /// <param name="youngerThanMs">
    /// The monotonic time at which it did not exist yet: its processor time was spent since. Null when it may be old.
    /// </param>
    public void Begin(int pid, long? youngerThanMs)
    {
        Pid = pid;
        (Group, State, ThreadCount, ResidentPages, CpuRatio) = (null, 0, 0, 0, 0);
        (_startTicks, _ticks, _readMs) = (0, 0, youngerThanMs ?? long.MinValue);
    }

    /// <summary>Reads its line, by a descriptor that stays open until <see cref="Close"/>.</summary>
    /// <returns>The bytes read, or a negative number when the process has ended.</returns>
    public int ReadText(ReadOnlySpan<byte> procRoot, Span<byte> buffer)
    {
        if (_descriptor < 0)
        {
            Span<byte> path = stackalloc byte[procRoot.Length + 24];
            procRoot.CopyTo(path);
            var length = procRoot.Length;
            path[length++] = (byte)'/';
            Utf8Formatter.TryFormat(Pid, path[length..], out var digits);
            "/stat\0"u8.CopyTo(path[(length + digits)..]);
            _descriptor = Posix.Open(path);
        }

        return _descriptor < 0 ? -1 : Posix.ReadStart(_descriptor, buffer);
    }

    /// <summary>Takes a reading.</summary>
    public void Update(in ProcessStat stat, long nowMs)
    {
        var ticks = stat.UserTicks + stat.SystemTicks;
        if (_startTicks != 0 && _startTicks != stat.StartTicks)
            (_ticks, _readMs) = (ticks, nowMs); // the number belongs to another process now
        if (_readMs != long.MinValue && nowMs > _readMs)
            CpuRatio = (ticks - Math.Min(_ticks, ticks)) * 10.0 / (nowMs - _readMs);
        (_startTicks, _ticks, _readMs) = (stat.StartTicks, ticks, nowMs);
        (State, ThreadCount, ResidentPages) = (stat.State, stat.ThreadCount, stat.ResidentPages);
    }

    /// <summary>Closes the descriptor; the next reading opens it again.</summary>
    public void Close()
    {
        Posix.Close(_descriptor);
        _descriptor = Posix.NoDescriptor;
    }
}

/// <summary>All processes of one name.</summary>
internal sealed class ProcessGroup(string name, byte[] rawName)
{
    int[] _series = [];

    public string Name => name;

    /// <summary>The name as the kernel gave it, to see quickly whether a process still has it.</summary>
    public ReadOnlySpan<byte> RawName => rawName;

    public int ProcessCount { get; set; }
    public uint ThreadCount { get; set; }
    public ulong ResidentPages { get; set; }
    public double CpuRatio { get; set; }

    /// <summary>The processors it kept busy over the last half minute or so: what it is ranked by.</summary>
    public double CpuAverage { get; set; }

    /// <summary>Whether it was among the first in this ranking.</summary>
    public bool IsWanted { get; set; }

    /// <summary>Whether it was near enough to the first in this ranking to stay if it is shown.</summary>
    public bool IsNear { get; set; }

    /// <summary>When it was last near the first.</summary>
    public long NearMs { get; set; }

    /// <summary>Whether its series are stored.</summary>
    public bool IsShown => _series.Length > 0;

    public void Show(SourceSeries series) =>
        _series =
        [
            series.Add(HostMetrics.ProcessCpu, name), series.Add(HostMetrics.ProcessMemory, name),
            series.Add(HostMetrics.ProcessThreads, name), series.Add(HostMetrics.ProcessCount, name),
        ];

    public void Hide(SourceSeries series)
    {
        foreach (var ended in _series)
            series.Remove(ended);
        _series = [];
    }

    public void SetValues(SourceSeries series)
    {
        series.Set(_series[0], CpuRatio);
        series.Set(_series[1], (double)ResidentPages * Environment.SystemPageSize);
        series.Set(_series[2], ThreadCount);
        series.Set(_series[3], ProcessCount);
    }

    /// <summary>A group for a name of the kernel's; its threads are called kworker/0:1, kworker/u8:2 …, of which the first part counts.</summary>
    public static ReadOnlySpan<byte> Shorten(ReadOnlySpan<byte> name, bool isKernelThread) =>
        isKernelThread && name.IndexOf((byte)'/') is > 0 and var slash ? name[..slash] : name;

    /// <summary>The name as text; a program may choose any bytes for its name.</summary>
    public static string Decode(ReadOnlySpan<byte> name) => name.IsEmpty ? "?" : Encoding.UTF8.GetString(name);
}
