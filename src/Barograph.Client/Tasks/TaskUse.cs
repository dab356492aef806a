namespace Barograph.Client;

/// <summary>
/// Processor time and allocations of one task. The task is a value of the flow of execution (<see cref="AsyncLocal{T}"/>), which .NET carries from thread to thread with what the task
/// awaits and starts; each time that a thread takes such a flow up or lays it down, .NET says so, and what the thread used in between belongs to the task that was there. So it is a
/// measurement, not a share of the process.
/// </summary>
internal sealed class TaskUse
{
    static readonly AsyncLocal<TaskUse?> Current = new(static change => Switch(change.PreviousValue, change.CurrentValue));

    [ThreadStatic]
    static long _threadCpuNs; // of this thread, when the task that is current on it became so

    [ThreadStatic]
    static long _threadAllocatedBytes;

    readonly TaskUse? _outer;
    long _cpuNs;
    long _allocatedBytes;
    volatile bool _over;

    TaskUse(TaskUse? outer) => _outer = outer;

    /// <summary>Null where the system has no clock of a thread.</summary>
    public double? CpuSeconds => ThreadClock.IsSupported ? Volatile.Read(ref _cpuNs) / 1e9 : null;

    public long AllocatedBytes => Volatile.Read(ref _allocatedBytes);

    /// <summary>From here on, what this flow uses is the task's.</summary>
    public static TaskUse Begin() => Current.Value = new TaskUse(Current.Value);

    /// <summary>What is used from here on is not. May be called in another flow: then what runs in the task's own flow at this moment is not known, and left out.</summary>
    public void End()
    {
        if (ReferenceEquals(Current.Value, this))
            Current.Value = _outer is { _over: false } outer ? outer : null; // which tells Switch, which adds what is due
        _over = true;
    }

    static void Switch(TaskUse? left, TaskUse? entered)
    {
        left = left is { _over: false } ? left : null;
        if (left is null && entered is null or { _over: true })
            return;
        var cpuNs = ThreadClock.CpuNs();
        var allocatedBytes = GC.GetAllocatedBytesForCurrentThread();
        if (left is not null)
        {
            Interlocked.Add(ref left._cpuNs, cpuNs - _threadCpuNs);
            Interlocked.Add(ref left._allocatedBytes, allocatedBytes - _threadAllocatedBytes);
        }

        (_threadCpuNs, _threadAllocatedBytes) = (cpuNs, allocatedBytes);
    }
}
