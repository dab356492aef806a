using System.Diagnostics;
using Barograph.TimeSeries;
using Barograph.TimeSeries.Tests;

namespace Barograph.Reliability;

/// <summary>Experiments in this process, on disks that fail or remember.</summary>
static class FileExperiments
{
    public static Task<int> Faults(string[] arguments) => Faults("faults", static (disk, now) => new Workload(disk, now));

    public static Task<int> RecordFaults(string[] arguments) => Faults("record-faults", static (disk, now) => new RecordLife(disk, now));

    public static Task<int> CrashStates(string[] arguments) =>
        CrashStates("crash-states", static (disk, now) => new Workload(disk, now), arguments);

    public static Task<int> RecordCrashStates(string[] arguments) =>
        CrashStates("record-crash-states", static (disk, now) => new RecordLife(disk, now), arguments);

    static async Task<int> Faults(string name, Func<Disk, Func<int>, ILife> begin)
    {
        var watch = Stopwatch.StartNew();
        var (lives, broken) = (0, 0);
        foreach (var fault in Enum.GetValues<Fault>())
        {
            var isOver = false;
            for (var n = 1; !isOver; n++, lives++)
            {
                (isOver, var promise) = await DiskFaultRun.TryRun(begin, fault, n);
                if (promise is null)
                    continue;
                broken++;
                Console.WriteLine(promise);
            }
        }

        Console.WriteLine($"{name}: {lives} lives, each with one fault: {broken} broke a promise; {watch.Elapsed.TotalSeconds:F0} s");
        return broken == 0 ? 0 : 1;
    }

    static async Task<int> CrashStates(string name, Func<Disk, Func<int>, ILife> begin, string[] arguments)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0]) : 10_000;
        var seed = arguments.Length > 1 ? int.Parse(arguments[1]) : 1;
        var watch = Stopwatch.StartNew();
        using var states = new CrashStates(begin);
        await states.Record();
        var broken = 0;
        for (var i = 0; i < count; i++)
        {
            if (await states.TryOpenAfter((int)((long)states.Count * (i + 1) / count), seed + i) is not { } state)
                continue;
            broken++;
            Console.WriteLine(state);
        }

        Console.WriteLine($"{name}: {count} states of a life with {states.Count} changes of files, seed {seed}: {broken} broke a promise; {watch.Elapsed.TotalSeconds:F0} s");
        return broken == 0 ? 0 : 1;
    }
}
