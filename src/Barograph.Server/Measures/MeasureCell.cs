using Barograph.Server.Collect;
using Barograph.Server.Query;

namespace Barograph.Server.Measures;

/// <summary>One value of a family.</summary>
/// <param name="Metric">Its series' metric: of a histogram one for the buckets, one for the sum, one for the count.</param>
/// <param name="LabelValues">As many as the metric has labels.</param>
/// <param name="Value">The total, or the gauge's reading.</param>
/// <param name="Series">Unique in the process, the same as long as the series lives.</param>
internal readonly record struct MeasureSample(MetricDefinition Metric, string[] LabelValues, double Value, int Series);

/// <summary>The total of one instrument for one set of label values. Guarded by its family's lock.</summary>
internal sealed class MeasureCell
{
    static int _seriesCount;

    readonly (MetricDefinition Metric, string[] Values, int Number)[] _series;
    readonly double[]? _bounds;
    readonly long[] _counts = []; // one for each bound and one beyond the last
    double _value;

    /// <param name="metric">Its metric, with its labels' names.</param>
    /// <param name="values">Its labels' values.</param>
    /// <param name="bounds">Upper bounds of the buckets, ascending, for a histogram; else null.</param>
    public MeasureCell(MetricDefinition metric, string[] values, double[]? bounds)
    {
        _bounds = bounds;
        if (bounds is null)
        {
            _series = [(metric, values, Next())];
            return;
        }

        _counts = new long[bounds.Length + 1];
        var bucket = metric with { Name = metric.Name + "_bucket", Labels = [.. metric.Labels, "le"] };
        _series =
        [
            .. bounds.Select(bound => (bucket, (string[])[.. values, NumberText.Of(bound)], Next())),
            (bucket, [.. values, "+Inf"], Next()),
            (metric with { Name = metric.Name + "_sum" }, values, Next()),
            (metric with { Name = metric.Name + "_count" }, values, Next()),
        ];
    }

    /// <summary>Of which round of callbacks its value is.</summary>
    public int Observation { get; private set; }

    public void Record(double value, bool adds, int observation)
    {
        Observation = observation;
        _value = adds ? _value + value : value;
        if (_bounds is null)
            return;
        var at = Array.BinarySearch(_bounds, value);
        _counts[at < 0 ? ~at : at]++;
    }

    public void Read(Action<MeasureSample> read)
    {
        if (_bounds is null)
        {
            Give(read, 0, _value);
            return;
        }

        var below = 0L;
        for (var i = 0; i < _counts.Length; i++)
            Give(read, i, below += _counts[i]);
        Give(read, _counts.Length, _value);
        Give(read, _counts.Length + 1, below);
    }

    void Give(Action<MeasureSample> read, int i, double value) =>
        read(new MeasureSample(_series[i].Metric, _series[i].Values, value, _series[i].Number));

    static int Next() => Interlocked.Increment(ref _seriesCount);
}
