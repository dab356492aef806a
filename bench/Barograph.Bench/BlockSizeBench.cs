using System.Diagnostics;
using Barograph.TimeSeries;
using Barograph.TimeSeries.Tests;

namespace Barograph.Bench;

/// <summary>The size of a block of the realistic mix, index and all, and the speed of writing, reading and merging it.</summary>
static class BlockSizeBench
{
    public static void Run(string[] arguments)
    {
        var seriesCount = arguments.Length > 0 ? int.Parse(arguments[0]) : 10_000;
        var samples = arguments.Length > 1 ? int.Parse(arguments[1]) : 720;
        var jitterMs = arguments.Length > 2 ? int.Parse(arguments[2]) : 3;
        var folder = Directory.CreateTempSubdirectory("barograph-bench-").FullName;
        Console.WriteLine($"{seriesCount} series × {samples} samples every 10 s, 100 targets, scrapes jittered by up to {jitterMs} ms, all series of a scrape at its time");
        var first = Write(Path.Combine(folder, "first"), seriesCount, samples, jitterMs, 1_700_000_000_000);
        var second = Write(Path.Combine(folder, "second"), seriesCount, samples, jitterMs, 1_700_000_000_000 + samples * 10_000L);
        Report("two-hour block", first);
        Read(first);
        foreach (var resolution in RollupResolution.All.Take(3))
            BuildRollup(first, resolution);

        var watch = Stopwatch.StartNew();
        var merged = Path.Combine(folder, "merged");
        using (var one = Block.Open(first, Fail))
        using (var two = Block.Open(second, Fail))
            BlockMerge.Merge([one, two], merged, new BlockMeta(TimeRange.All, Level: 1), TimeRange.All);
        Console.WriteLine($"merge of two: {watch.Elapsed.TotalNanoseconds / (2.0 * seriesCount * samples):F2} ns/sample");
        Report("merged block", merged);
        Directory.Delete(folder, recursive: true);
    }

    static string Write(string path, int seriesCount, int samples, int jitterMs, long startMs)
    {
        var random = new Random(1);
        var targets = Enumerable.Range(0, 100).Select(_ =>
        {
            var phase = random.Next(10_000);
            return Enumerable.Range(0, samples).Select(i => startMs + phase + i * 10_000L + random.Next(jitterMs + 1)).ToArray();
        }).ToArray();
        var columns = Enumerable.Range(0, seriesCount).Select(series => Shape(series)(random, samples)).ToArray();
        var index = new SeriesIndex();
        for (var series = 0; series < seriesCount; series++)
            index.Add(SampleBatch.EncodeKey(LabelsOf(series)));
        var watch = Stopwatch.StartNew();
        var labels = new HeadLabels(index);
        using var writer = new BlockWriter(path, new BlockMeta(new TimeRange(startMs, startMs + samples * 10_000L)), labels, seriesCount);
        foreach (var series in index.Ranks.Order(seriesCount))
        {
            writer.BeginSeries(labels.Of(series));
            writer.Append(targets[series % targets.Length], columns[series]);
        }

        writer.Finish();
        Console.WriteLine($"write: {watch.Elapsed.TotalNanoseconds / ((double)seriesCount * samples):F1} ns/sample");
        return path;
    }

    static Func<Random, int, double[]> Shape(int series)
    {
        var place = series / 100 % 100; // each target has the whole mix
        foreach (var (_, percent, shape) in SampleShapes.Mix)
        {
            place -= percent;
            if (place < 0)
                return shape;
        }

        throw new InvalidOperationException("The shares of the mix do not add up to 100.");
    }

    static Labels LabelsOf(int series) => Labels.Of(
        "__name__", $"node_subsystem_{series / 100 % 100}_total", "instance", $"10.0.{series % 100}.17:9100", "job", "node", "env", "production",
        "region", $"eu-{series % 100 % 4}", "device", $"dev{series / 10_000}", "mode", $"mode-{series / 100 % 8}");

    static void Report(string name, string path)
    {
        using var block = Block.Open(path, Fail);
        Console.WriteLine($"{name}: {block.SizeBytes} bytes, {block.Info.SampleCount} samples: {block.SizeBytes / (double)block.Info.SampleCount:F3} B/sample in total");
        foreach (var (kind, section) in Enum.GetValues<SectionKind>().Zip(block.Sections))
            Console.WriteLine($"  {kind,-9} {section.SizeBytes,10} bytes  {section.SizeBytes / (double)block.Info.SampleCount:F4} B/sample");
    }

    static void Read(string path)
    {
        using var block = Block.Open(path, Fail);
        for (var round = 0; round < 3; round++)
        {
            var watch = Stopwatch.StartNew();
            double sum = 0;
            long count = 0;
            foreach (var series in block.Find([]))
            {
                using var reader = block.OpenReader(series, TimeRange.All);
                while (reader.MoveNext())
                {
                    sum += reader.Values[0];
                    count += reader.TimestampsMs.Length;
                }
            }

            Console.WriteLine($"read all: {watch.Elapsed.TotalNanoseconds / count:F2} ns/sample (sum of firsts {sum:G6})");
        }
    }

    static void BuildRollup(string path, RollupResolution resolution)
    {
        using var raw = Block.Open(path, Fail);
        var window = new TimeRange(RollupBuilder.StartOf(raw.Info.FirstMs, resolution.StepMs), RollupBuilder.StartOf(raw.Info.LastMs, resolution.StepMs) + resolution.StepMs);
        var watch = Stopwatch.StartNew();
        var info = RollupBlocks.Build([raw], path + ".rollup", new BlockMeta(window, resolution.StepMs));
        Console.WriteLine($"rollup {resolution.Name}: {watch.Elapsed.TotalNanoseconds / raw.Info.SampleCount:F1} ns/sample, "
            + $"{new FileInfo(path + ".rollup").Length / (double)info.SampleCount:F2} B/window in all");
    }

    static void Fail(BlockDamage damage) => throw new InvalidOperationException(damage.What);
}
