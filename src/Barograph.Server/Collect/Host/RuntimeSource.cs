using System.Runtime;
using System.Runtime.ExceptionServices;

namespace Barograph.Server.Collect.Host;

/// <summary>The .NET runtime that the server runs in, on every system; named as OpenTelemetry names it.</summary>
internal sealed class RuntimeSource : ISource
{
    static readonly string[] Generations = ["gen0", "gen1", "gen2", "loh", "poh"];

    readonly SourceSeries _series;
    readonly int[] _collections;
    readonly int[] _heapSizes;
    readonly int _allocated;
    readonly int _committed;
    readonly int _pauseTime;
    readonly int _jitMethods;
    readonly int _jitTime;
    readonly int _poolThreads;
    readonly int _poolWorkItems;
    readonly int _poolQueue;
    readonly int _contentions;
    readonly int _exceptions;
    readonly int _timers;
    readonly double[] _lastHeapSizes = new double[Generations.Length];
    double _lastCommitted;
    int _lastCollections = -1;
    long _exceptionCount;

    public RuntimeSource(SourceSeries series)
    {
        _series = series;
        _collections = [.. Generations.Take(3).Select(generation => series.Add(HostMetrics.GcCollections, generation))];
        _heapSizes = [.. Generations.Select(generation => series.Add(HostMetrics.GcHeapSize, generation))];
        _allocated = series.Add(HostMetrics.GcAllocated);
        _committed = series.Add(HostMetrics.GcCommitted);
        _pauseTime = series.Add(HostMetrics.GcPauseTime);
        _jitMethods = series.Add(HostMetrics.JitMethods);
        _jitTime = series.Add(HostMetrics.JitTime);
        _poolThreads = series.Add(HostMetrics.PoolThreads);
        _poolWorkItems = series.Add(HostMetrics.PoolWorkItems);
        _poolQueue = series.Add(HostMetrics.PoolQueue);
        _contentions = series.Add(HostMetrics.LockContentions);
        _exceptions = series.Add(HostMetrics.Exceptions);
        _timers = series.Add(HostMetrics.Timers);
        AppDomain.CurrentDomain.FirstChanceException += CountException;
    }

    public string Name => "runtime";

    public SourceSeries Series => _series;

    public void Read(Tick tick)
    {
        ReadCollections();
        _series.Set(_allocated, GC.GetTotalAllocatedBytes());
        _series.Set(_pauseTime, GC.GetTotalPauseDuration().TotalSeconds);
        _series.Set(_jitMethods, JitInfo.GetCompiledMethodCount());
        _series.Set(_jitTime, JitInfo.GetCompilationTime().TotalSeconds);
        _series.Set(_poolThreads, ThreadPool.ThreadCount);
        _series.Set(_poolWorkItems, ThreadPool.CompletedWorkItemCount);
        _series.Set(_poolQueue, ThreadPool.PendingWorkItemCount);
        _series.Set(_contentions, Monitor.LockContentionCount);
        _series.Set(_exceptions, Interlocked.Read(ref _exceptionCount));
        _series.Set(_timers, Timer.ActiveCount);
    }

    public void Dispose() => AppDomain.CurrentDomain.FirstChanceException -= CountException;

    void ReadCollections()
    {
        // The runtime counts a collection of an older generation as one of the younger ones too.
        var (gen0, gen1, gen2) = (GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2));
        _series.Set(_collections[0], gen0 - gen1);
        _series.Set(_collections[1], gen1 - gen2);
        _series.Set(_collections[2], gen2);
        if (gen0 != _lastCollections)
            ReadHeap(); // allocates, so only when there is something new
        _lastCollections = gen0;
        if (gen0 == 0)
            return;
        for (var generation = 0; generation < Generations.Length; generation++)
            _series.Set(_heapSizes[generation], _lastHeapSizes[generation]);
        _series.Set(_committed, _lastCommitted);
    }

    void ReadHeap()
    {
        var info = GC.GetGCMemoryInfo(GCKind.Any);
        for (var generation = 0; generation < Generations.Length; generation++)
            _lastHeapSizes[generation] = info.GenerationInfo[generation].SizeAfterBytes;
        _lastCommitted = info.TotalCommittedBytes;
    }

    void CountException(object? sender, FirstChanceExceptionEventArgs thrown) => Interlocked.Increment(ref _exceptionCount);
}
