using System.Diagnostics;
using Barograph.TimeSeries;
using Barograph.TimeSeries.Tests;
using MatchType = Barograph.TimeSeries.MatchType;

namespace Barograph.Bench;

/// <summary>
/// What years take: a year of samples, and windows of five years, of series of the realistic mix. It writes the five years with the clock moved along and what is past its
/// retention dropped on the way, as a server does that has run for so long; then prints bytes by part, and how long queries take. Docs/capacity.md has the table.
/// </summary>
internal static class CapacityBench
{
    const int RawDays = 365;
    const int DayMs = 86_400_000;
    const long FirstMs = 1_600_000_000_000 / DayMs * DayMs;

    /// <summary>Arguments: series (100), interval in seconds (60), years (5).</summary>
    public static void Run(string[] arguments)
    {
        var series = arguments.Length > 0 ? int.Parse(arguments[0]) : 100;
        var stepMs = 1000 * (arguments.Length > 1 ? int.Parse(arguments[1]) : 60);
        var days = 365 * (arguments.Length > 2 ? int.Parse(arguments[2]) : 5);
        var folder = Directory.CreateTempSubdirectory("barograph-capacity-").FullName;
        try
        {
            RunAsync(folder, series, stepMs, days).GetAwaiter().GetResult();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task RunAsync(string folder, int series, int stepMs, int days)
    {
        var clock = new MovedClock();
        var options = new StoreOptions
        {
            Clock = clock,
            Retention = TimeSpan.FromDays(RawDays),
            RollupRetention = RollupRetention.Unlimited,
            OutOfOrderWindow = null,
            NewSeriesPerSecond = int.MaxValue,
        };
        await using var store = MetricStore.Open(folder, options);
        var watch = Stopwatch.StartNew();
        await FillAsync(store, clock, series, stepMs, days);
        await store.CompactAsync();
        long Bytes(string part) => new DirectoryInfo(Path.Combine(folder, part)).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Length);
        var perSeriesYear = 365.0 * DayMs / stepMs;
        Console.WriteLine($"capacity: {series} series every {stepMs / 1000} s for {days} days, written in {watch.Elapsed.TotalSeconds:F0} s");
        Console.WriteLine($"capacity: samples of {RawDays} days {Bytes("blocks") / 1048576.0:F1} MiB, {Bytes("blocks") / (series * perSeriesYear):F3} bytes a sample, {Bytes("blocks") / 1024.0 / series:F1} KiB a series");
        foreach (var resolution in RollupResolution.All)
        {
            var bytes = Bytes("rollups/" + resolution.Name);
            Console.WriteLine($"capacity: windows of {resolution.Name}, {days} days: {bytes / 1048576.0:F2} MiB, {bytes / 1024.0 / series / (days / 365.0):F2} KiB a series and year");
        }

        Console.WriteLine($"capacity: all {Bytes("") / 1048576.0:F1} MiB");
        Ask(store, clock, "raw samples of the last day", 1, stepMs);
        Ask(store, clock, "raw samples of the last year", RawDays, stepMs);
        foreach (var (step, back) in new[] { (TimeSpan.FromHours(1), RawDays), (TimeSpan.FromDays(1), days) })
            AskRollups(store, clock, step, back);
    }

    /// <summary>Day by day, so that memory stays that of a day; upkeep has its turn each fortnight.</summary>
    static async Task FillAsync(MetricStore store, MovedClock clock, int series, int stepMs, int days)
    {
        var random = new Random(1);
        var shapes = SampleShapes.Mix.SelectMany(static shape => Enumerable.Repeat(shape.Values, shape.Percent)).ToArray();
        var batch = new SampleBatch();
        for (var i = 0; i < series; i++)
            batch.AddSeries(SeriesLabels.Of(i));
        var rounds = DayMs / stepMs;
        for (var day = 0; day < days; day++)
        {
            var startMs = FirstMs + (long)day * DayMs;
            clock.NowMs = startMs + DayMs;
            var columns = Enumerable.Range(0, series).Select(i => shapes[i % shapes.Length](random, rounds)).ToArray();
            for (var from = 0; from < rounds; from += 1000)
            {
                batch.ClearSamples();
                for (var round = from; round < Math.Min(rounds, from + 1000); round++)
                {
                    for (var i = 0; i < series; i++)
                        batch.Add(i, startMs + (long)round * stepMs, columns[i][round]);
                }

                var result = await store.AppendAsync(batch);
                if (result.Rejected > 0)
                    throw new InvalidOperationException(result.FirstExample);
            }

            if (day % 14 == 13)
                await store.CompactAsync();
        }
    }

    static void Ask(MetricStore store, MovedClock clock, string what, int back, int stepMs)
    {
        var range = new TimeRange(clock.NowMs - (long)back * DayMs, clock.NowMs);
        var (best, samples) = (double.MaxValue, 0L);
        for (var run = 0; run < 10; run++)
        {
            var watch = Stopwatch.StartNew();
            samples = 0;
            using var selection = store.Select([new Matcher(MatchType.Equal, "__name__", "node_metric_57_total")], range);
            foreach (var one in selection.Series)
            {
                using var reader = one.OpenReader();
                while (reader.MoveNext())
                    samples += reader.Values.Length;
            }

            best = Math.Min(best, watch.Elapsed.TotalMilliseconds);
        }

        Console.WriteLine($"capacity: 1 series, {what}: {best:F2} ms for {samples} samples every {stepMs / 1000} s");
    }

    static void AskRollups(MetricStore store, MovedClock clock, TimeSpan step, int back)
    {
        var range = new TimeRange(clock.NowMs - (long)back * DayMs, clock.NowMs);
        var (best, windows) = (double.MaxValue, 0);
        for (var run = 0; run < 10; run++)
        {
            var watch = Stopwatch.StartNew();
            using var selection = store.SelectRollups([new Matcher(MatchType.Equal, "__name__", "node_metric_57_total")], range, step);
            windows = selection.Series.Sum(static one => one.Read().Count);
            best = Math.Min(best, watch.Elapsed.TotalMilliseconds);
        }

        Console.WriteLine($"capacity: 1 series, {back} days from windows of {step}: {best:F2} ms for {windows} windows");
    }

    sealed class MovedClock : TimeProvider
    {
        public long NowMs { get; set; } = FirstMs;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
    }
}
