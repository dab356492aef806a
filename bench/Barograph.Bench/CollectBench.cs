using System.Diagnostics;
using System.Runtime.InteropServices;
using Barograph.Server.Collect;

namespace Barograph.Bench;

/// <summary>
/// What a tick of host collection costs: processor time and bytes allocated by source, over this very host. Arguments: number of ticks
/// (300 unless told), and how many idle processes to start beside (0). Ticks follow each other at once, but the sources believe a second
/// has passed, so that what they do every 5 or 10 seconds is in the mean.
/// </summary>
internal static partial class CollectBench
{
    const int WarmUpTicks = 30;

    public static void Run(string[] args)
    {
        var ticks = args.Length > 0 ? int.Parse(args[0]) : 300;
        var idle = args.Length > 1 ? int.Parse(args[1]) : 0;
        var processes = Enumerable.Range(0, idle).Select(static _ => Process.Start("sleep", "600")).ToArray();
        try
        {
            Measure(ticks);
        }
        finally
        {
            foreach (var process in processes)
                process.Kill();
        }
    }

    static void Measure(int ticks)
    {
        var sources = HostSources.Create(new CollectOptions(TimeSpan.FromSeconds(1)), TimeProvider.System);
        var batch = new TickBatch();
        var costs = new (double Seconds, long Bytes)[sources.Count + 1];
        var samples = 0;
        for (var tick = -WarmUpTicks; tick < ticks; tick++)
        {
            if (tick == 0)
                Array.Clear(costs);
            samples = MeasureTick(sources, batch, costs, new Tick(1_700_000_000_000 + tick * 1000L, (tick + WarmUpTicks) * 1000L));
        }

        Console.WriteLine($"{"source",-12} {"µs/tick",9} {"B/tick",9}");
        for (var i = 0; i < costs.Length; i++)
            Print(i < sources.Count ? sources[i].Name : "batch", costs[i], ticks);
        Print("all", (costs.Sum(cost => cost.Seconds), costs.Sum(cost => cost.Bytes)), ticks);
        Console.WriteLine($"{samples} samples a tick; at 1 s that is {costs.Sum(cost => cost.Seconds) / ticks:P3} of one processor.");
        Console.WriteLine("Counting TCP sockets and asking file systems for their room happen on other threads, every 5 and 10 s, and are not in it.");
        foreach (var source in sources)
            source.Dispose();
    }

    static int MeasureTick(IReadOnlyList<ISource> sources, TickBatch batch, (double Seconds, long Bytes)[] costs, Tick tick)
    {
        batch.Begin(tick.TimestampMs);
        for (var i = 0; i < sources.Count; i++)
        {
            var (seconds, bytes) = (ThreadSeconds(), GC.GetAllocatedBytesForCurrentThread());
            var succeeded = TryRead(sources[i], tick);
            Add(ref costs[i], seconds, bytes);
            (seconds, bytes) = (ThreadSeconds(), GC.GetAllocatedBytesForCurrentThread());
            sources[i].Series.WriteTo(batch, succeeded);
            Add(ref costs[^1], seconds, bytes);
        }

        return batch.Samples.SampleCount;
    }

    static bool TryRead(ISource source, Tick tick)
    {
        // As the collector does: a source that is not there is looked for once a minute.
        if (Missing.Contains(source.Name) && tick.MonotonicMs % SourceState.PauseMs != 0)
            return false;
        try
        {
            source.Series.Begin();
            source.Read(tick);
            return true;
        }
        catch (SourceUnavailableException)
        {
            Missing.Add(source.Name);
            return false;
        }
    }

    static readonly HashSet<string> Missing = [];

    static void Add(ref (double Seconds, long Bytes) cost, double seconds, long bytes)
    {
        cost.Seconds += ThreadSeconds() - seconds;
        cost.Bytes += GC.GetAllocatedBytesForCurrentThread() - bytes;
    }

    static void Print(string name, (double Seconds, long Bytes) cost, int ticks) =>
        Console.WriteLine($"{name,-12} {cost.Seconds / ticks * 1e6,9:F1} {cost.Bytes / (double)ticks,9:F1}");

    /// <summary>Processor time of this thread (CLOCK_THREAD_CPUTIME_ID): what other programs do meanwhile is not in it.</summary>
    static double ThreadSeconds()
    {
        Span<long> time = stackalloc long[2];
        _ = clock_gettime(3, ref MemoryMarshal.GetReference(time));
        return time[0] + time[1] / 1e9;
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, ref long time);
}
