using System.Diagnostics;
using System.Globalization;
using Barograph.PromQL;
using Barograph.Server.Query;
using Barograph.TimeSeries;

namespace Barograph.Bench;

/// <summary>
/// What a refresh, an alert rule and an instant table ask: the last minutes of many series. A store in this process, 10,000 series of a fleet's histogram at
/// 10 s over two hours, in memory and from a block; prints processor time, milliseconds and bytes allocated a query. A refresh moves on by a step each
/// time, with the result cache, after the samples of that step came. Arguments: queries a row (100), a part of the rows' names, series (10,000).
/// </summary>
internal static class ShortWindowBench
{
    const long IntervalMs = 10_000;
    const int Rounds = 720;
    const long StepMs = 15_000;
    const long StartMs = 1_700_000_000_000 / StepMs * StepMs;

    static readonly (string Name, string Query, bool Refreshes)[] Rows =
    [
        ("instant sum by (job), 2,000 series", "sum by (job) (rate(wide_bucket{job=~\"j[12]\"}[5m]))", false),
        ("instant histogram_quantile, 2,000 series", "histogram_quantile(0.9, sum by (le) (rate(wide_bucket{job=~\"j[12]\"}[5m])))", false),
        ("instant sum by (job), 10,000 series", "sum by (job) (rate(wide_bucket[5m]))", false),
        ("instant table, 10,000 series", "wide_bucket", false),
        ("refresh of sum by (job), 2,000 series", "sum by (job) (rate(wide_bucket{job=~\"j[12]\"}[5m]))", true),
        ("refresh of sum by (job), 10,000 series", "sum by (job) (rate(wide_bucket[5m]))", true),
        ("refresh of histogram_quantile, 2,000 series", "histogram_quantile(0.9, sum by (le) (rate(wide_bucket{job=~\"j[12]\"}[5m])))", true),
    ];

    public static void Run(string[] arguments)
    {
        var queries = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 100;
        var only = arguments.Length > 1 ? arguments[1] : "";
        var series = arguments.Length > 2 ? int.Parse(arguments[2], CultureInfo.InvariantCulture) : 10_000;
        var folder = Directory.CreateTempSubdirectory("short-window-").FullName;
        try
        {
            MeasureAsync(folder, queries, only, series).GetAwaiter().GetResult();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task MeasureAsync(string folder, int queries, string only, int series)
    {
        var options = new StoreOptions { Retention = null, OutOfOrderWindow = null, MaxFuture = null, HeadDuration = TimeSpan.FromDays(1) };
        await using var store = MetricStore.Open(folder, options);
        var data = new Fleet(series);
        await data.AppendAsync(store, Rounds);
        Console.WriteLine($"{"",-54}{"CPU ms",8}{"p50 ms",8}{"p95 ms",8}{"kB",8}");
        foreach (var place in (string[])["memory", "a block, and what came since"])
        {
            foreach (var row in Rows)
            {
                if ($"{row.Name}, {place}".Contains(only, StringComparison.Ordinal))
                    await MeasureAsync(store, data, row, place, queries);
            }

            await store.FlushAsync();
        }
    }

    static async Task MeasureAsync(MetricStore store, Fleet data, (string Name, string Query, bool Refreshes) row, string place, int queries)
    {
        var query = new PromQLEngine().Prepare(row.Query);
        var labels = new LabelMemory();
        var source = new MetricStoreSource(store);
        var cache = new ResultCache(64 << 20);
        for (var warm = 0; warm < 40; warm++)
            await AskAsync();
        var milliseconds = new double[queries];
        var (busy, allocated) = (TimeSpan.Zero, 0L);
        for (var i = 0; i < queries; i++)
        {
            if (row.Refreshes)
                await data.AppendUntilAsync(store, data.NewestMs / StepMs * StepMs + StepMs);
            var (before, bytes, started) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(), Stopwatch.GetTimestamp());
            await AskAsync();
            milliseconds[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            (busy, allocated) = (busy + Environment.CpuUsage.TotalTime - before, allocated + GC.GetTotalAllocatedBytes() - bytes);
        }

        Array.Sort(milliseconds);
        Console.WriteLine($"{row.Name + ", " + place,-72}{busy.TotalMilliseconds / queries,8:0.00}{milliseconds[queries / 2],8:0.00}"
            + $"{milliseconds[queries * 95 / 100],8:0.00}{allocated / queries / 1000,8}");

        async Task AskAsync()
        {
            if (!row.Refreshes)
            {
                Evaluate(QueryTimes.Instant(data.NewestMs));
                return;
            }

            var endMs = data.NewestMs / StepMs * StepMs;
            await cache.AnswerAsync(query, QueryTimes.Range(endMs - 3_600_000, endMs, StepMs), "", store.Changes,
                times => new(Evaluate(times)));
        }

        QueryResult Evaluate(QueryTimes times) => PromQLEngine.Evaluate(query, source, times, QueryOptions.Default, labels);
    }

    /// <summary>Counters of a histogram: 10 jobs, 10 buckets, as many instances as it takes.</summary>
    sealed class Fleet
    {
        static readonly string[] Bounds = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf"];

        readonly SampleBatch _batch = new();
        readonly double[] _values;
        readonly Random _random = new(1);
        int _rounds;

        public Fleet(int series)
        {
            _values = new double[series];
            for (var i = 0; i < series; i++)
            {
                _batch.AddSeries(Labels.Of("__name__", "wide_bucket", "job", $"j{i / 10 % 10}", "instance", $"10.0.{i / 25_600}.{i / 100 % 256}:9100", "le", Bounds[i % 10]));
                _values[i] = _random.Next(10_000);
            }
        }

        public long NewestMs => StartMs + (_rounds - 1) * IntervalMs;

        public async Task AppendAsync(MetricStore store, int rounds)
        {
            for (; rounds > 0; rounds--)
            {
                _batch.ClearSamples();
                var timeMs = StartMs + _rounds++ * IntervalMs;
                for (var i = 0; i < _values.Length; i++)
                    _batch.Add(i, timeMs, _values[i] = _random.Next(5000) == 0 ? 0 : _values[i] + _random.Next(2 + i % 200));
                if ((await store.AppendAsync(_batch)).Rejected > 0)
                    throw new InvalidOperationException("All samples should be taken.");
            }
        }

        public async Task AppendUntilAsync(MetricStore store, long timeMs)
        {
            while (NewestMs < timeMs)
                await AppendAsync(store, 1);
        }
    }
}
