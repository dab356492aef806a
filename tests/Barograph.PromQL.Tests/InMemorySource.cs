using Barograph.TimeSeries;

namespace Barograph.PromQL.Tests;

/// <summary>Series in memory. Histograms get reset hints as a Prometheus head gives them: "not reset" after one that it follows.</summary>
internal sealed class InMemorySource : ISeriesSource
{
    readonly SortedDictionary<Labels, SortedDictionary<long, Point>> _series = new(Comparer<Labels>.Create(LabelOrder.Compare));

    public int Selects { get; private set; }

    public SeriesSelection? LastSelection { get; private set; }

    public void Add(Labels labels, long timestampMs, double value, long startMs = 0) => SeriesOf(labels)[timestampMs] = new Point(value, null, startMs);

    public void Add(Labels labels, long timestampMs, NativeHistogram histogram, long startMs = 0) =>
        SeriesOf(labels)[timestampMs] = new Point(0, histogram, startMs);

    public IEnumerable<(Labels Labels, IReadOnlyDictionary<long, Point> Points)> All => _series.Select(static pair => (pair.Key, (IReadOnlyDictionary<long, Point>)pair.Value));

    public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range, SelectHints hints, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Selects++;
        return LastSelection = new Selection([.. _series
            .Where(pair => matchers.All(matcher => matcher.Matches(pair.Key.Get(matcher.Name))))
            .Select(pair => new OneSeries(pair.Key, pair.Value, range))]);
    }

    SortedDictionary<long, Point> SeriesOf(Labels labels)
    {
        if (!_series.TryGetValue(labels, out var points))
            _series.Add(labels, points = []);
        return points;
    }

    internal readonly record struct Point(double Value, NativeHistogram? Histogram, long StartMs);

    sealed class Selection(OneSeries[] series) : SeriesSelection
    {
        public override IReadOnlyList<Series> Series => series;

        public override void Dispose()
        {
        }
    }

    sealed class OneSeries(Labels labels, SortedDictionary<long, Point> points, TimeRange range) : Series
    {
        public override Labels Labels => labels;

        public override SampleReader OpenReader() => new Reader([.. WithHints(points).Where(pair => range.Contains(pair.Key))]);

        static IEnumerable<KeyValuePair<long, Point>> WithHints(SortedDictionary<long, Point> points)
        {
            NativeHistogram? previous = null;
            foreach (var (time, point) in points)
            {
                var histogram = point.Histogram;
                if (histogram is not null && histogram.CounterResetHint != CounterResetHint.Gauge)
                {
                    var follows = previous is { CounterResetHint: not CounterResetHint.Gauge } && !HistogramMath.HasDecreased(histogram, previous);
                    histogram = histogram with { CounterResetHint = follows ? CounterResetHint.NotReset : CounterResetHint.Unknown };
                }

                previous = histogram;
                yield return KeyValuePair.Create(time, point with { Histogram = histogram });
            }
        }
    }

    // Runs of at most 7 samples, so that what spans runs is tested too.
    sealed class Reader(KeyValuePair<long, Point>[] points) : SampleReader
    {
        const int RunLength = 7;

        int _next;
        long[] _times = [];
        double[] _values = [];
        NativeHistogram[] _histograms = [];
        long[] _startTimes = [];

        public override ReadOnlySpan<long> TimestampsMs => _times;

        public override ReadOnlySpan<double> Values => _values;

        public override ReadOnlySpan<NativeHistogram> Histograms => _histograms;

        public override ReadOnlySpan<long> StartTimestampsMs => _startTimes;

        public override bool MoveNext()
        {
            if (_next == points.Length)
                return false;
            var start = _next;
            var isHistogram = points[start].Value.Histogram is not null;
            while (_next < points.Length && _next < start + RunLength && points[_next].Value.Histogram is not null == isHistogram)
                _next++;
            var run = points.AsSpan(start, _next - start).ToArray();
            _times = Array.ConvertAll(run, static point => point.Key);
            _values = Array.ConvertAll(run, point => isHistogram ? double.NaN : point.Value.Value);
            _histograms = isHistogram ? Array.ConvertAll(run, static point => point.Value.Histogram!) : [];
            _startTimes = run.Any(static point => point.Value.StartMs != 0) ? Array.ConvertAll(run, static point => point.Value.StartMs) : [];
            return true;
        }

        public override void Dispose()
        {
        }
    }
}
