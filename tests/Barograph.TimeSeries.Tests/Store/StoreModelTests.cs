using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

/// <summary>The whole store against a dictionary: whatever is done to it, in whatever order, both say the same.</summary>
public sealed class StoreModelTests
{
    const int SeriesCount = 12, Steps = 120;

    /// <summary>Three that found something once, and others each time; more of those with BAROGRAPH_MODEL_SEEDS=100.</summary>
    public static TheoryData<int> Seeds =>
        [1, 2, 3, .. Enumerable.Range(Environment.TickCount & 0xFFFFFF, int.TryParse(Environment.GetEnvironmentVariable("BAROGRAPH_MODEL_SEEDS"), out var count) ? count : 1)];

    [Theory]
    [MemberData(nameof(Seeds), DisableDiscoveryEnumeration = true)]
    public async Task The_store_says_what_a_dictionary_says(int seed)
    {
        using var folder = new TemporaryFolder();
        var run = new Run(folder, new Random(seed));
        try
        {
            for (var step = 0; step < Steps; step++)
                await run.Step();
        }
        catch (Exception cause)
        {
            throw new InvalidOperationException($"seed {seed}, {run.History}", cause);
        }
        finally
        {
            await run.DisposeAsync();
        }
    }

    sealed class Run : IAsyncDisposable
    {
        static readonly StoreOptions Options = AnyTime with { HeadBytesLimit = 150_000 };

        readonly TemporaryFolder _folder;
        readonly Random _random;
        readonly SortedDictionary<long, object>[] _model = [.. Enumerable.Range(0, SeriesCount).Select(static _ => new SortedDictionary<long, object>())]; // floats and histograms
        readonly List<string> _history = [];
        MetricStore _store;

        public Run(TemporaryFolder folder, Random random)
        {
            (_folder, _random) = (folder, random);
            _store = MetricStore.Open(folder.Path, Options);
        }

        public string History => string.Join(", ", _history);

        public ValueTask DisposeAsync() => _store.DisposeAsync();

        public Task Step() => _random.Next(20) switch
        {
            0 => Do("flush", () => _store.FlushAsync()),
            1 => Do("compact", () => _store.CompactAsync()),
            2 => Do("delete", Delete),
            3 => Do("restart", Restart),
            4 or 5 => Do("late", () => Append(range: 20_000)),
            6 => Do("bulk", Bulk),
            < 15 => Do("append", () => Append(range: 300)),
            _ => Do("check", Check),
        };

        Task Do(string name, Func<Task> step)
        {
            _history.Add(name);
            return step();
        }

        static Labels LabelsOf(int series) => Labels.Of("__name__", $"metric_{series % 3}", "i", $"{series}", "parity", series % 2 == 0 ? "even" : "odd");

        /// <summary>Times near the newest, so that many are late, there already, or there with another value.</summary>
        async Task Append(int range)
        {
            var batch = new SampleBatch();
            var rejected = 0;
            var histograms = new List<(int Series, long Time, NativeHistogram Histogram)>();
            var newest = _model.Max(static samples => samples.Count == 0 ? 0 : samples.Keys.Last());
            for (var i = _random.Next(1, 40); i > 0; i--)
            {
                var series = _random.Next(SeriesCount);
                var time = Math.Max(0, newest + 100 - _random.Next(range));
                if (series % 3 == 2 && _random.Next(3) > 0)
                {
                    var histogram = HistogramOf(_random.Next(1, 4));
                    batch.Add(batch.AddSeries(LabelsOf(series)), time, histogram);
                    histograms.Add((series, time, histogram));
                    continue;
                }

                var value = _random.Next(4) == 0 ? double.NaN : _random.Next(3) / 10.0;
                batch.Add(batch.AddSeries(LabelsOf(series)), time, value);
                rejected += IsRefused(series, time, value) ? 1 : 0;
            }

            var refusedHistograms = histograms.Count(one => IsRefused(one.Series, one.Time, one.Histogram)); // they come after the floats of their batch
            var result = await _store.AppendAsync(batch);
            Assert.Equal((batch.SampleCount + histograms.Count - rejected - refusedHistograms, rejected + refusedHistograms, histograms.Count - refusedHistograms),
                (result.Accepted, result.Rejected, result.AcceptedHistograms));
        }

        bool IsRefused(int series, long time, object value) => !_model[series].TryAdd(time, value) && !_model[series][time].Equals(value);

        static NativeHistogram HistogramOf(int buckets) => buckets == 3 ? NativeHistogram.Stale : new()
        {
            Schema = 2,
            Count = buckets,
            Sum = buckets / 10.0,
            PositiveSpans = [new BucketSpan(buckets - 2, buckets)],
            PositiveBuckets = [.. Enumerable.Repeat(1.0, buckets)],
        };

        /// <summary>So many that windows fill by themselves.</summary>
        async Task Bulk()
        {
            var batch = new SampleBatch();
            var series = _random.Next(SeriesCount);
            var number = batch.AddSeries(LabelsOf(series));
            var time = _model.Max(static samples => samples.Count == 0 ? 0 : samples.Keys.Last());
            var ofHistograms = series % 3 == 2 && _random.Next(2) == 0;
            var count = ofHistograms ? 1000 : 10_000;
            for (var i = 0; i < count; i++)
            {
                time += _random.Next(1, 4);
                object value = ofHistograms ? HistogramOf(_random.Next(1, 20)) : _random.NextDouble();
                if (value is NativeHistogram histogram)
                    batch.Add(number, time, histogram);
                else
                    batch.Add(number, time, (double)value);
                _model[series].Add(time, value);
            }

            Assert.Equal(count, (await _store.AppendAsync(batch)).Accepted);
        }

        async Task Delete()
        {
            var newest = _model.Max(static samples => samples.Count == 0 ? 0 : samples.Keys.Last());
            var start = _random.NextInt64(newest + 1);
            var range = new TimeRange(start, start + _random.Next(1, 2000));
            var parity = _random.Next(2);
            await _store.DeleteAsync([new Matcher(MatchType.Equal, "parity", parity == 0 ? "even" : "odd")], range);
            for (var series = parity; series < SeriesCount; series += 2)
            {
                foreach (var time in _model[series].Keys.Where(range.Contains).ToList())
                    _model[series].Remove(time);
            }
        }

        async Task Restart()
        {
            await _store.DisposeAsync();
            _store = MetricStore.Open(_folder.Path, Options);
        }

        Task Check()
        {
            var newest = _model.Max(static samples => samples.Count == 0 ? 0 : samples.Keys.Last());
            var start = _random.NextInt64(newest + 2) - 1;
            var range = _random.Next(3) == 0 ? TimeRange.All : new TimeRange(start, start + _random.Next(1, 30_000));
            (string, int[]) all = (".*", [0, 1, 2]);
            var (pattern, metrics) = _random.Next(3) switch { 0 => ("metric_[01]", [0, 1]), 1 => ("metric_2|metric_1", [1, 2]), _ => all };
            using var selection = _store.Select([new Matcher(MatchType.Regex, "__name__", pattern)], range);
            var read = selection.Series.ToDictionary(static series => series.Labels, static series => series.ReadAny());
            for (var series = 0; series < SeriesCount; series++)
            {
                var expected = _model[series].Where(sample => range.Contains(sample.Key)).Select(static sample => (sample.Key, sample.Value)).ToList();
                Assert.Equal(metrics.Contains(series % 3) ? expected : [], read.TryGetValue(LabelsOf(series), out var samples) ? samples : []);
            }

            Assert.Empty(_store.Damage);
            return Task.CompletedTask;
        }
    }
}
