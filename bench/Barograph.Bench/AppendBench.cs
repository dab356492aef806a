using System.Diagnostics;
using System.Globalization;
using Barograph.TimeSeries;

namespace Barograph.Bench;

/// <summary>
/// Appends to a store in this process: senders with their own series, each batch durable before the next one of its sender.
/// One operation is one sample. Arguments: series (100000), senders (8), samples a batch (2000), seconds (10), folder.
/// </summary>
internal static class AppendBench
{
    public static void Run(string[] arguments)
    {
        int Argument(int index, int otherwise) => index < arguments.Length ? int.Parse(arguments[index], CultureInfo.InvariantCulture) : otherwise;
        var (series, senders, batchSamples, seconds) = (Argument(0, 100_000), Argument(1, 8), Argument(2, 2000), Argument(3, 10));
        var folder = arguments.Length > 4 ? arguments[4] : Path.Combine(Path.GetTempPath(), $"barograph-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            MeasureAsync(folder, series, senders, batchSamples, TimeSpan.FromSeconds(seconds)).GetAwaiter().GetResult();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task MeasureAsync(string folder, int series, int senders, int batchSamples, TimeSpan duration)
    {
        using var process = Process.GetCurrentProcess();
        await using var store = MetricStore.Open(folder, new StoreOptions { NewSeriesPerSecond = int.MaxValue });
        var startMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 50_000_000;
        var sendersWork = Enumerable.Range(0, senders).Select(sender => new Sender(sender, senders, series, batchSamples, startMs)).ToArray();
        await Task.WhenAll(sendersWork.Select(sender => sender.SendRoundAsync(store))); // all series are known now
        var cpuBefore = process.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(sendersWork.Select(sender => Task.Run(() => sender.SendAsync(store, duration))));
        var elapsed = clock.Elapsed.TotalSeconds;
        process.Refresh();
        var cpu = (process.TotalProcessorTime - cpuBefore).TotalSeconds;
        var samples = counts.Sum();
        var status = store.Status;
        Console.WriteLine($"append: {series} series, {senders} senders, {batchSamples} samples a batch, {elapsed:F1} s");
        Console.WriteLine($"  {samples / elapsed / 1e6:F2} M samples/s, {samples / cpu / 1e6:F2} M samples per CPU-second");
        Console.WriteLine($"  {samples / 1e6:F1} M samples, {status.SizeBytes / 1e6:F1} MB on disk, resident {process.WorkingSet64 / 1e6:F0} MB, peak {process.PeakWorkingSet64 / 1e6:F0} MB");
        var heap = GC.GetGCMemoryInfo(GCKind.Any);
        Console.WriteLine($"  heap {heap.HeapSizeBytes / 1e6:F0} MB, committed {heap.TotalCommittedBytes / 1e6:F0} MB, live after a full collection {GC.GetTotalMemory(forceFullCollection: true) / 1e6:F0} MB, collections {GC.CollectionCount(0)}/{GC.CollectionCount(1)}/{GC.CollectionCount(2)}");
        foreach (var sender in sendersWork.Take(1))
            Console.WriteLine($"  a sender's wait: p50 {sender.Wait(0.5):F2} ms, p99 {sender.Wait(0.99):F2} ms");
    }

    /// <summary>Has a share of the series and sends them round by round, as remote write does.</summary>
    sealed class Sender
    {
        readonly SampleBatch[] _batches;
        readonly double[] _values;
        readonly Random _random;
        readonly List<double> _waitsMs = [];
        long _timeMs;

        public Sender(int number, int senders, int series, int batchSamples, long startMs)
        {
            _timeMs = startMs;
            _random = new Random(number);
            var own = Enumerable.Range(0, series).Where(i => i % senders == number).ToArray();
            _values = own.Select(_ => Math.Round(_random.NextDouble() * 1000, 2)).ToArray();
            _batches = [.. own.Chunk(batchSamples).Select(chunk =>
            {
                var batch = new SampleBatch();
                foreach (var i in chunk)
                    batch.AddSeries(SeriesLabels.Of(i));
                return batch;
            })];
        }

        public double Wait(double quantile) => _waitsMs.Order().ElementAt((int)(quantile * (_waitsMs.Count - 1)));

        public async Task<long> SendAsync(MetricStore store, TimeSpan duration)
        {
            long samples = 0;
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < duration;)
                samples += await SendRoundAsync(store);
            return samples;
        }

        public async Task<long> SendRoundAsync(MetricStore store)
        {
            long samples = 0;
            var next = 0;
            foreach (var batch in _batches)
            {
                batch.ClearSamples();
                for (var i = 0; i < batch.SeriesCount; i++, next++)
                    batch.Add(i, _timeMs, _values[next] = NextValue(next, _values[next]));
                var sent = Stopwatch.GetTimestamp();
                var result = await store.AppendAsync(batch);
                _waitsMs.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
                if (result.Rejected > 0)
                    throw new InvalidOperationException(result.FirstExample);
                samples += batch.SampleCount;
            }

            _timeMs += 10_000;
            return samples;
        }

        /// <summary>A third counters, a third gauges with two decimals, a sixth constant, a sixth noise.</summary>
        double NextValue(int series, double value) => (series % 6) switch
        {
            0 or 1 => Math.Floor(value) + _random.Next(1000),
            2 or 3 => Math.Round(value + _random.NextDouble() - 0.5, 2),
            4 => value,
            _ => _random.NextDouble(),
        };
    }
}

/// <summary>Labels as an exporter on a host has them: about 180 bytes a series.</summary>
internal static class SeriesLabels
{
    public static Labels Of(int number) => Labels.Of(
        "__name__", $"node_metric_{number % 500}_total", "job", "node-exporter", "instance", $"host-{number / 500:D4}.example.org:9100",
        "device", $"disk{number % 7}", "mode", number % 2 == 0 ? "user" : "system", "cluster", "production-eu-west-1", "namespace", "monitoring");
}
