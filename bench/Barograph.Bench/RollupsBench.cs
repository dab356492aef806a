using System.Diagnostics;
using Barograph.TimeSeries;
using Barograph.TimeSeries.Tests;

namespace Barograph.Bench;

/// <summary>What a window of a rollup costs, shape by shape: bytes with and without sketches, nanoseconds a raw sample to build, a window to decode.</summary>
static class RollupsBench
{
    const int SeriesPerShape = 10, Days = 4, SamplesPerDay = 8640;

    public static void Run(string[] arguments)
    {
        foreach (var (name, resolutionMs) in new[] { ("1m", 60_000L), ("5m", 300_000L), ("1h", 3_600_000L), ("1d", 86_400_000L) })
        {
            Console.WriteLine($"{name}: {Days} days of samples every 10 s, chunks of a day (of all days for 1d)");
            Console.WriteLine($"  {"shape",-14} {"share %",8} {"B/window",9} {"of sketches",12} {"build ns/sample",16} {"decode ns/window",17}");
            double mix = 0, mixSketches = 0;
            foreach (var (shape, percent, make) in SampleShapes.Mix)
            {
                var (bytes, sketches, build, decode) = Measure(make, resolutionMs);
                Console.WriteLine($"  {shape,-14} {percent,8} {bytes,9:F2} {sketches,12:F2} {build,16:F1} {decode,17:F1}");
                mix += bytes * percent / 100;
                mixSketches += sketches * percent / 100;
            }

            Console.WriteLine($"  {"the mix",-14} {100,8} {mix,9:F2} {mixSketches,12:F2}");
        }
    }

    static (double Bytes, double SketchBytes, double BuildNs, double DecodeNs) Measure(Func<Random, int, double[]> shape, long resolutionMs)
    {
        var random = new Random(1);
        long bytes = 0, sketchBytes = 0, windowCount = 0;
        TimeSpan build = default, decode = default;
        for (var series = 0; series < SeriesPerShape; series++)
        {
            var values = shape(random, Days * SamplesPerDay);
            var times = Enumerable.Range(0, values.Length).Select(static i => i * 10_000L).ToArray();
            var step = resolutionMs == 86_400_000 ? values.Length : SamplesPerDay;
            for (var start = 0; start < values.Length; start += step)
            {
                var builder = new RollupBuilder(resolutionMs);
                builder.Begin();
                var watch = Stopwatch.StartNew();
                builder.Add(times.AsSpan(start, step), values.AsSpan(start, step));
                var windows = builder.Finish();
                build += watch.Elapsed;
                var columns = RollupCodec.Encode(windows);
                watch.Restart();
                RollupCodec.Decode(columns, windows);
                decode += watch.Elapsed;
                bytes += columns.Length;
                windowCount += windows.Count;
                windows.Sketches.Clear();
                sketchBytes += columns.Length - RollupCodec.Encode(windows).Length;
            }
        }

        var count = (double)windowCount;
        return (bytes / count, sketchBytes / count, build.TotalNanoseconds / (SeriesPerShape * Days * SamplesPerDay), decode.TotalNanoseconds / count);
    }
}
