using System.Diagnostics;
using Barograph.TimeSeries;
using Barograph.TimeSeries.Tests;
using MatchType = Barograph.TimeSeries.MatchType;

namespace Barograph.Bench;

/// <summary>Opening, querying and settling of a store in this process. Each prints the best and the median of its runs.</summary>
internal static class StoreBench
{
    static readonly StoreOptions AnyTime = new() { Retention = null, RollupRetention = RollupRetention.Unlimited, OutOfOrderWindow = null, MaxFuture = null, NewSeriesPerSecond = int.MaxValue };

    static readonly string[] Places = ["head", "blocks"];

    /// <summary>Opens a store whose log holds 10 M samples of 10,000 series, none of them in a block yet.</summary>
    public static void Open(string[] arguments) => InFolder(async folder =>
    {
        const int series = 10_000, rounds = 1000;
        await using (var store = MetricStore.Open(folder, AnyTime with { HeadBytesLimit = 4L << 30 }))
            await FillAsync(store, series, rounds, stepMs: 10_000);
        var runs = new List<double>();
        for (var run = 0; run < 5; run++)
        {
            var clock = Stopwatch.StartNew();
            await using var store = MetricStore.Open(folder, AnyTime with { HeadBytesLimit = 4L << 30 });
            runs.Add(clock.Elapsed.TotalSeconds);
            Check(store.Status.SeriesCount == series, "all series are there");
        }

        Print($"open: {series * rounds / 1e6:F0} M samples in the log", "s", runs);
    });

    /// <summary>Reads one series of 24 h at 1 s, and 100 series of 24 h at 1 min, to the last sample; from blocks, then from the head.</summary>
    public static void Query(string[] arguments) => InFolder(async folder =>
    {
        await using var store = MetricStore.Open(folder, AnyTime with { HeadBytesLimit = 1L << 30 });
        await FillAsync(store, series: 20, rounds: 86_400, stepMs: 1000, metric: "second");
        await FillAsync(store, series: 1000, rounds: 1440, stepMs: 60_000, metric: "minute");
        foreach (var place in Places)
        {
            Measure(store, $"query: 1 series, 24 h at 1 s, from {place}", 1, 86_400, new Matcher(MatchType.Equal, "__name__", "second"), new Matcher(MatchType.Equal, "i", "7"));
            Measure(store, $"query: 100 series, 24 h at 1 min, from {place}", 100, 144_000, new Matcher(MatchType.Equal, "__name__", "minute"), new Matcher(MatchType.Regex, "i", "7.."));
            if (place == "head")
                await store.CompactAsync();
        }
    });

    /// <summary>Selects 100,000 series, from memory and from a block with memory, and reads the newest samples of each: bytes allocated and ns per series, best of ten.</summary>
    public static void Select(string[] arguments) => InFolder(async folder =>
    {
        const int series = 100_000;
        await using var store = MetricStore.Open(folder, AnyTime with { HeadBytesLimit = 1L << 30 });
        foreach (var (place, startMs) in new[] { ("memory", 1_700_000_000_000), ("memory and a block", 1_700_000_100_000) })
        {
            await FillAsync(store, series, rounds: 2, stepMs: 15_000, startMs: startMs);
            var (bytes, seconds) = (long.MaxValue, double.MaxValue);
            for (var i = 0; i < 10; i++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var watch = Stopwatch.StartNew();
                Check(ReadNewest(store) == series, "all series have samples");
                (bytes, seconds) = (Math.Min(bytes, GC.GetAllocatedBytesForCurrentThread() - before), Math.Min(seconds, watch.Elapsed.TotalSeconds));
            }

            Console.WriteLine($"select: {series} series from {place}: {bytes / (double)series:F1} bytes and {seconds / series * 1e9:F0} ns a series");
            await store.FlushAsync();
        }
    });

    static int ReadNewest(MetricStore store)
    {
        using var selection = store.Select([], TimeRange.All);
        SampleReader? reader = null;
        var count = 0;
        for (var i = 0; i < selection.Count; i++)
        {
            reader = selection.OpenReader(i, reader);
            count += reader.MoveNext() ? 1 : 0;
        }

        reader?.Dispose();
        return count;
    }

    /// <summary>Reads a year of one of ten series, every 10 s, from rollups of an hour, in milliseconds: best of ten.</summary>
    public static void Year(string[] arguments) => InFolder(async folder =>
    {
        const int rounds = 365 * 8640;
        await using var store = MetricStore.Open(folder, AnyTime);
        await FillAsync(store, series: 10, rounds, stepMs: 10_000, metric: "year");
        await store.CompactAsync();
        foreach (var step in new[] { TimeSpan.FromMinutes(5), TimeSpan.FromHours(1), TimeSpan.FromDays(1) })
        {
            var (best, windows) = (double.MaxValue, 0);
            for (var i = 0; i < 10; i++)
            {
                var watch = Stopwatch.StartNew();
                using var selection = store.SelectRollups([new Matcher(MatchType.Equal, "__name__", "year"), new Matcher(MatchType.Equal, "i", "7")], TimeRange.All, step);
                windows = selection.Series.Single().Read().Count;
                best = Math.Min(best, watch.Elapsed.TotalMilliseconds);
            }

            Console.WriteLine($"year: 1 series, a year at 10 s, from rollups of {step}: {best:F2} ms for {windows} windows");
        }

        long Bytes(string part) => new DirectoryInfo(Path.Combine(folder, part)).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Length);
        const double samples = 10.0 * rounds;
        Console.WriteLine($"year: blocks {Bytes("blocks") / samples:F3}, rollups {Bytes("rollups") / samples:F3} bytes a sample");
    });

    /// <summary>
    /// Settles 10,000 series of the realistic mix, every 10 s for 2 h, and prints what the whole folder takes: of a fleet, 500 metrics on 20 hosts, and
    /// where every series has a label value of its own.
    /// </summary>
    public static void Size(string[] arguments)
    {
        Size("a fleet", ofFleet: true);
        Size("a label value of its own for each series", ofFleet: false);
    }

    static void Size(string what, bool ofFleet) => InFolder(async folder =>
    {
        Console.WriteLine($"{what}:");
        const int series = 10_000, rounds = 720;
        await using (var store = MetricStore.Open(folder, AnyTime))
        {
            await FillAsync(store, series, rounds, stepMs: 10_000, labels: ofFleet ? SeriesLabels.Of : null);
            await store.CompactAsync();
        }

        long Bytes(string part) => new DirectoryInfo(Path.Combine(folder, part)).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Length);
        foreach (var path in Directory.GetFiles(Path.Combine(folder, "blocks")))
        {
            using var block = Block.Open(path, static damage => throw new InvalidOperationException(damage.What));
            var parts = Enum.GetValues<SectionKind>().Zip(block.Sections, (kind, section) => $"{kind} {section.SizeBytes}");
            Console.WriteLine($"size: {Path.GetFileName(path)}: {block.SizeBytes} bytes, of these {string.Join(", ", parts)}; {block.Info.ChunkCount} chunks");
        }

        foreach (var resolution in RollupResolution.All)
            Console.WriteLine($"size: rollups of {resolution.Name}: {Bytes("rollups/" + resolution.Name)} bytes");
        const double samples = (double)series * rounds;
        Console.WriteLine($"size: {samples / 1e6:F1} M samples; blocks {Bytes("blocks") / samples:F3}, rollups {Bytes("rollups") / samples:F3}, log {Bytes("wal") / samples:F3}, all {Bytes("") / samples:F3} bytes a sample");
    });

    static void Measure(MetricStore store, string what, int series, int samples, params Matcher[] matchers)
    {
        var runs = new List<double>();
        for (var run = 0; run < 50; run++)
        {
            var clock = Stopwatch.StartNew();
            var (foundSeries, foundSamples, sum) = (0, 0, 0.0);
            using (var selection = store.Select(matchers, TimeRange.All))
            {
                foreach (var one in selection.Series)
                {
                    foundSeries++;
                    using var reader = one.OpenReader();
                    while (reader.MoveNext())
                    {
                        foundSamples += reader.Values.Length;
                        foreach (var value in reader.Values)
                            sum += value;
                    }
                }
            }

            runs.Add(clock.Elapsed.TotalMilliseconds);
            Check(foundSeries == series && foundSamples == samples && !double.IsNaN(sum), $"{foundSeries} series, {foundSamples} samples");
        }

        Print(what, "ms", runs);
    }

    static async Task FillAsync(MetricStore store, int series, int rounds, int stepMs, string metric = "mix", long startMs = 1_700_000_000_000, Func<int, Labels>? labels = null)
    {
        labels ??= i => Labels.Of("__name__", metric, "i", $"{i}", "job", "node-exporter", "instance", $"host-{i / 500}.example.org:9100");
        var random = new Random(1);
        var shapes = SampleShapes.Mix.SelectMany(static shape => Enumerable.Repeat(shape.Values, shape.Percent)).ToArray();
        for (var first = 0; first < series; first += 1000)
        {
            var some = Enumerable.Range(first, Math.Min(1000, series - first)).ToArray();
            var columns = some.Select(i => shapes[i % shapes.Length](random, rounds)).ToArray();
            var batch = new SampleBatch();
            foreach (var i in some)
                batch.AddSeries(labels(i));
            for (var round = 0; round < rounds; round++)
            {
                batch.ClearSamples();
                for (var i = 0; i < some.Length; i++)
                    batch.Add(i, startMs + (long)round * stepMs, columns[i][round]);
                Check((await store.AppendAsync(batch)).Rejected == 0, "all samples are taken");
            }
        }
    }

    static void InFolder(Func<string, Task> measure)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"barograph-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            measure(folder).GetAwaiter().GetResult();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static void Print(string what, string unit, List<double> runs)
    {
        runs.Sort();
        Console.WriteLine($"{what}: best {runs[0]:F2} {unit}, median {runs[runs.Count / 2]:F2} {unit}, worst {runs[^1]:F2} {unit}");
    }

    static void Check(bool holds, string claim)
    {
        if (!holds)
            throw new InvalidOperationException($"Expected otherwise: {claim}.");
    }
}
