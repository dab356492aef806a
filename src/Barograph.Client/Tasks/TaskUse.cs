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

    /// <summary>
    /// A thread that a task was just passed on from may not have laid it down yet when the task ends on the next one; what it did last would be lost. It needs a microsecond, and gets
    /// so many turns.
    /// </summary>
    const int TurnsForOthers = 20;

    readonly TaskUse? _outer;
    int _threads; // that have the task at this moment
    long _cpuNs;
    long _allocatedBytes;
    volatile bool _over;

    TaskUse(TaskUse? outer) => _outer = outer;

    /// <summary>Null where the system has no clock of a thread.</summary>
    public double? CpuSeconds => ThreadClock.IsSupported ? Volatile.Read(ref _cpuNs) / 1e9 : null;

    public long AllocatedBytes => Volatile.Read(ref _allocatedBytes);

    /// <summary>From here on, what this flow uses is the task's.</summary>
    public static TaskUse Begin() => Current.Value = new TaskUse(Current.Value);

    /// <summary>What is used from here on is not. What other threads are doing for the task at this moment is not known, and left out.</summary>
    public void End()
    {
        var isOwn = ReferenceEquals(Current.Value, this);
        for (var turn = 0; turn < TurnsForOthers && Volatile.Read(ref _threads) > (isOwn ? 1 : 0); turn++)
            Thread.Yield();
        if (isOwn)
            Current.Value = _outer is { _over: false } outer ? outer : null; // which tells Switch, which adds what is due
        _over = true;
    }

    static void Switch(TaskUse? left, TaskUse? entered)
    {
        left = left is { _over: false } ? left : null;
        entered = entered is { _over: false } ? entered : null;
        if (left is null && entered is null)
            return;
        var cpuNs = ThreadClock.CpuNs();
        var allocatedBytes = GC.GetAllocatedBytesForCurrentThread();
        if (left is not null)
        {
            Interlocked.Add(ref left._cpuNs, cpuNs - _threadCpuNs);
            Interlocked.Add(ref left._allocatedBytes, allocatedBytes - _threadAllocatedBytes);
            Interlocked.Decrement(ref left._threads);
        }

        if (entered is not null)
            Interlocked.Increment(ref entered._threads);
        (_threadCpuNs, _threadAllocatedBytes) = (cpuNs, allocatedBytes);
    }
}
