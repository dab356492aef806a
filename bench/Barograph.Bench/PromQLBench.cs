using System.Diagnostics;
using Barograph.PromQL;
using Barograph.TimeSeries;

namespace Barograph.Bench;

/// <summary>Milliseconds and bytes per query over data in memory: what the language costs, without a store.</summary>
internal static class PromQLBench
{
    static readonly (string Data, string Expression, int Hours, int StepSeconds)[] Queries =
    [
        ("2h", "sum by (job) (rate(requests_total[5m]))", 1, 15),
        ("2h", "rate(requests_total{instance=\"i7\"}[5m])", 1, 15),
        ("2h", "topk(5, rate(requests_total[5m]))", 1, 15),
        ("2h", "histogram_quantile(0.99, sum by (le) (rate(requests_total[5m])))", 1, 15),
        ("2h", "quantile_over_time(0.9, requests_total{job=\"j1\"}[5m])", 1, 15),
        ("2h", "max_over_time(requests_total{job=\"j1\"}[30m])", 1, 15),
        ("2h", "sum_over_time(requests_total{job=\"j1\"}[30m])", 1, 15),
        ("2h", "avg by (job) (requests_total)", 1, 15),
        ("2h", "requests_total{job=\"j1\"} / on (instance, le) requests_total{job=\"j1\"}", 1, 15),
        ("2h", "count(requests_total)", 0, 0),
        ("2h", "requests_total", 0, 0),
        ("live", "sum by (job) (rate(requests_total[1m]))", 0, 0),
        ("live", "requests_total{le=\"0.1\"} > 5", 0, 0),
        ("24h", "sum by (job) (rate(requests_total[5m]))", 24, 60),
        ("24h", "requests_total{job=\"j1\"}", 24, 60),
        ("24h", "requests_total{instance=\"i7\"}", 24, 15),
    ];

    public static void Run(string[] arguments)
    {
        var repeats = arguments.Length > 0 ? int.Parse(arguments[0]) : 20;
        var only = arguments.Length > 1 ? arguments[1] : "";
        var data = new Dictionary<string, FlatSource>
        {
            ["2h"] = new(series: 10_000, samples: 720, intervalMs: 10_000),
            ["live"] = new(series: 10, samples: 720, intervalMs: 1_000),
            ["24h"] = new(series: 1_000, samples: 5760, intervalMs: 15_000),
        };
        var engine = new PromQLEngine(QueryOptions.Default with { MaxSamples = long.MaxValue });
        Console.WriteLine($"{"data",-4} {"p50 ms",8} {"p95 ms",8} {"CPU ms",8} {"MB alloc",9}  query");
        foreach (var (name, expression, hours, stepSeconds) in Queries)
        {
            if (!expression.Contains(only, StringComparison.Ordinal))
                continue;
            var source = data[name];
            var times = hours == 0
                ? QueryTimes.Instant(source.EndMs)
                : QueryTimes.Range(source.EndMs - hours * 3_600_000L, source.EndMs, stepSeconds * 1000L);
            var query = engine.Prepare(expression);
            var milliseconds = new double[repeats];
            engine.Evaluate(query, source, times);
            var allocated = GC.GetTotalAllocatedBytes();
            var busy = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < repeats; i++)
            {
                var started = Stopwatch.GetTimestamp();
                engine.Evaluate(query, source, times);
                milliseconds[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            }

            allocated = (GC.GetTotalAllocatedBytes() - allocated) / repeats;
            busy = (Environment.CpuUsage.TotalTime - busy) / repeats;
            Array.Sort(milliseconds);
            Console.WriteLine($"{name,-4} {milliseconds[repeats / 2],8:0.000} {milliseconds[repeats * 95 / 100],8:0.000} {busy.TotalMilliseconds,8:0.000} {allocated / 1e6,9:0.000}  {expression}"
                + $"{(hours == 0 ? " (instant)" : $" over {hours} h at {stepSeconds} s")}");
        }
    }

    /// <summary>Counters in flat arrays, runs of 120 samples as chunks have them.</summary>
    sealed class FlatSource : ISeriesSource
    {
        const int RunLength = 120;

        readonly Column[] _series;

        public FlatSource(int series, int samples, long intervalMs)
        {
            var random = new Random(42);
            var times = new long[samples];
            for (var i = 0; i < samples; i++)
                times[i] = i * intervalMs;
            EndMs = times[^1];
            string[] bounds = ["0.1", "0.2", "0.4", "0.8", "1.6", "3.2", "6.4", "12.8", "25.6", "+Inf"];
            _series = new Column[series];
            for (var s = 0; s < series; s++)
            {
                var values = new double[samples];
                var (value, rate) = (0.0, random.Next(1, 20) * (s % 10 + 1));
                for (var i = 0; i < samples; i++)
                {
                    value = random.Next(2000) == 0 ? 0 : value + random.Next(rate);
                    values[i] = value;
                }

                var labels = Labels.Of("__name__", "requests_total", "job", $"j{s / 10 % 10}", "instance", $"i{s / 100}", "le", bounds[s % 10]);
                _series[s] = new Column(labels, times, values);
            }
        }

        public long EndMs { get; }

        public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range, SelectHints hints, CancellationToken cancel)
        {
            var found = new List<OneSeries>();
            foreach (var column in _series)
            {
                var matches = true;
                foreach (var matcher in matchers)
                    matches &= matcher.Matches(column.Labels.Get(matcher.Name));
                if (matches)
                    found.Add(new OneSeries(column, range));
            }

            return new Selection(found);
        }

        sealed record Column(Labels Labels, long[] Times, double[] Values);

        sealed class Selection(List<OneSeries> series) : SeriesSelection
        {
            public override IReadOnlyList<Series> Series => series;

            public override void Dispose()
            {
            }
        }

        sealed class OneSeries(Column column, TimeRange range) : Series
        {
            public override Labels Labels => column.Labels;

            public override SampleReader OpenReader() => new Reader(column, range);
        }

        sealed class Reader : SampleReader
        {
            readonly Column _column;
            readonly int _end;
            int _start;
            int _length;

            public Reader(Column column, TimeRange range)
            {
                _column = column;
                var first = Array.BinarySearch(column.Times, range.StartMs);
                var end = Array.BinarySearch(column.Times, range.EndMs);
                (_start, _end) = (first < 0 ? ~first : first, end < 0 ? ~end : end);
            }

            public override ReadOnlySpan<long> TimestampsMs => _column.Times.AsSpan(_start, _length);

            public override ReadOnlySpan<double> Values => _column.Values.AsSpan(_start, _length);

            public override bool MoveNext()
            {
                _start += _length;
                _length = Math.Min(RunLength - _start % RunLength, _end - _start);
                return _length > 0;
            }

            public override void Dispose()
            {
            }
        }
    }
}
