using System.Diagnostics;
using System.Globalization;
using Barograph.TimeSeries;

namespace Barograph.Bench;

/// <summary>
/// How long an append takes while nobody reads, and while readers select as fast as they can: the store's promise is that reads do not
/// stall writes. A sender appends a batch every few milliseconds, durable each, as a server under a steady load does. Quiet and loaded
/// stretches alternate, so that what else the machine does meets both. Arguments: series (10000), readers (2), stretches of each (5),
/// seconds a stretch (4).
/// </summary>
internal static class ReadWriteBench
{
    const int BatchSamples = 500, IntervalMs = 10, HistoryRounds = 60;

    public static void Run(string[] arguments)
    {
        int Argument(int index, int otherwise) => index < arguments.Length ? int.Parse(arguments[index], CultureInfo.InvariantCulture) : otherwise;
        MeasureAsync(Argument(0, 10_000), Argument(1, 2), Argument(2, 5), TimeSpan.FromSeconds(Argument(3, 4))).GetAwaiter().GetResult();
    }

    static async Task MeasureAsync(int series, int readers, int stretches, TimeSpan stretch)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"barograph-bench-{Environment.ProcessId}");
        try
        {
            await using var store = MetricStore.Open(folder, new StoreOptions { NewSeriesPerSecond = int.MaxValue });
            var sender = new Sender(series);
            await sender.FillAsync(store);
            await sender.SendAsync(store, TimeSpan.FromSeconds(2), []); // what is compiled while it runs is compiled
            List<double> quiet = [], loaded = [];
            long queries = 0;
            var paused = TimeSpan.Zero;
            for (var i = 0; i < stretches; i++)
            {
                await sender.SendAsync(store, stretch, quiet);
                using var enough = new CancellationTokenSource();
                var pausedBefore = GC.GetTotalPauseDuration();
                var reading = Enumerable.Range(0, readers).Select(_ => Task.Factory.StartNew(() => ReadAll(store, enough.Token), TaskCreationOptions.LongRunning)).ToArray();
                await sender.SendAsync(store, stretch, loaded);
                await enough.CancelAsync();
                paused += GC.GetTotalPauseDuration() - pausedBefore;
                queries += (await Task.WhenAll(reading)).Sum();
            }

            Console.WriteLine($"read-write: {series} series, a batch of {BatchSamples} samples every {IntervalMs} ms, {stretches} stretches of {stretch.TotalSeconds:F0} s each");
            Print("quiet", quiet);
            Print($"{readers} readers, {queries} selects of all {series} series, {paused.TotalMilliseconds:F0} ms of pauses to collect garbage", loaded);
            Console.WriteLine($"  p99 loaded / quiet: {Quantile(loaded, 0.99) / Quantile(quiet, 0.99):F2}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static long ReadAll(MetricStore store, CancellationToken enough)
    {
        long selects = 0;
        for (; !enough.IsCancellationRequested; selects++)
        {
            using var selection = store.Select([], TimeRange.All);
            SampleReader? reader = null; // one for all series, as a query reads them
            for (var series = 0; series < selection.Count && !enough.IsCancellationRequested; series++)
            {
                reader = selection.OpenReader(series, reader);
                while (reader.MoveNext())
                {
                }
            }

            reader?.Dispose();
        }

        return selects;
    }

    static void Print(string what, List<double> waitsMs) => Console.WriteLine(
        $"  {what}: {waitsMs.Count} appends: p50 {Quantile(waitsMs, 0.5):F2} ms, p90 {Quantile(waitsMs, 0.9):F2} ms, p99 {Quantile(waitsMs, 0.99):F2} ms");

    static double Quantile(List<double> values, double quantile) => values.Order().ElementAt((int)(quantile * (values.Count - 1)));

    sealed class Sender
    {
        readonly SampleBatch[] _batches;
        readonly Random _random = new(1);
        long _timeMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 10_000_000;
        int _next;

        public Sender(int series) => _batches = [.. Enumerable.Range(0, series).Chunk(BatchSamples).Select(static chunk =>
        {
            var batch = new SampleBatch();
            foreach (var one in chunk)
                batch.AddSeries(SeriesLabels.Of(one));
            return batch;
        })];

        public async Task FillAsync(MetricStore store)
        {
            for (var i = 0; i < HistoryRounds * _batches.Length; i++)
                await SendOneAsync(store);
        }

        /// <summary>Sends on a timetable, whatever the answers take, one at a time; notes how long each took.</summary>
        public async Task SendAsync(MetricStore store, TimeSpan duration, List<double> waitsMs)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(IntervalMs));
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < duration; await timer.WaitForNextTickAsync())
            {
                var sent = Stopwatch.GetTimestamp();
                await SendOneAsync(store);
                waitsMs.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }
        }

        async Task SendOneAsync(MetricStore store)
        {
            var batch = _batches[_next];
            batch.ClearSamples();
            for (var i = 0; i < batch.SeriesCount; i++)
                batch.Add(i, _timeMs, Math.Round(_random.NextDouble() * 100, 2));
            var result = await store.AppendAsync(batch);
            if (result.Rejected > 0)
                throw new InvalidOperationException(result.FirstExample);
            _next = (_next + 1) % _batches.Length;
            _timeMs += _next == 0 ? 1000 : 0;
        }
    }
}
