using System.Diagnostics;
using Barograph.TimeSeries;
using Barograph.TimeSeries.Tests;

namespace Barograph.Reliability;

/// <summary>Experiments on a process of its own, which dies.</summary>
static class ProcessExperiments
{
    public static async Task<int> Kill(string[] arguments)
    {
        var rounds = arguments.Length > 0 ? int.Parse(arguments[0]) : 200;
        using var folder = new TemporaryFolder();
        var ledger = new SenderLedger(folder.In("data"));
        var watch = Stopwatch.StartNew();
        var slowest = TimeSpan.Zero;
        for (var round = 1; round <= rounds; round++)
        {
            await ledger.RunAsync(TimeSpan.FromMilliseconds(Random.Shared.Next(50, 1500)));
            if (await Broken(ledger, opening => slowest = opening > slowest ? opening : slowest) is not { } promise)
                continue;
            Console.WriteLine($"kill: round {round}: {promise}; the store is left in {folder.Keep()}");
            return 1;
        }

        Console.WriteLine($"kill: {rounds} kills, {ledger.SampleCount:N0} acknowledged samples: none lost, none wrong, none twice; slowest opening {slowest.TotalSeconds:F2} s; {watch.Elapsed.TotalSeconds:F0} s");
        return 0;
    }

    public static async Task<int> Moments(string[] arguments)
    {
        var times = arguments.Length > 0 ? int.Parse(arguments[0]) : 20;
        var watch = Stopwatch.StartNew();
        var (broken, samples) = (0, 0L);
        for (var time = 1; time <= times; time++)
        {
            // A folder lives through all moments once: a check reads all of it, and through twenty times as many it would grow to hours.
            using var folder = new TemporaryFolder();
            var ledger = new SenderLedger(folder.In("data"));
            foreach (var moment in FatalDisk.Moments)
            {
                var came = await ledger.RunAsync(TimeSpan.FromSeconds(30), moment);
                var promise = came ? await Broken(ledger, static _ => { }) : "did not come";
                if (promise is null)
                    continue;
                broken++;
                Console.WriteLine($"time {time}, {moment}: {promise}; the store is left in {folder.Keep()}");
            }

            samples += ledger.SampleCount;
        }

        Console.WriteLine($"moments: {FatalDisk.Moments.Count} moments, each {times} times, {samples:N0} acknowledged samples: {broken} broke a promise; {watch.Elapsed.TotalSeconds:F0} s");
        return broken == 0 ? 0 : 1;
    }

    internal static async Task<string?> Broken(SenderLedger ledger, Action<TimeSpan> opened)
    {
        try
        {
            opened(await ledger.VerifyAsync());
            return null;
        }
        catch (InvalidOperationException promise)
        {
            return promise.Message;
        }
    }
}
