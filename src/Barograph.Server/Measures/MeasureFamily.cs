using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using Barograph.Server.Collect;
using Barograph.TimeSeries;

namespace Barograph.Server.Measures;

/// <summary>The totals of one instrument by the values of its labels.</summary>
internal sealed class MeasureFamily
{
    /// <summary>Beyond it all other label values are counted together as <c>other</c>: some of them are a sender's to choose.</summary>
    const int CellsMax = 1000;

    static readonly string[] NoNames = [];

    readonly Lock _lock = new(); // guards all below and the values of cells
    readonly Dictionary<string, MeasureCell> _cells = new(StringComparer.Ordinal);
    readonly List<MeasureCell> _ordered = [];
    readonly bool _adds;
    readonly double[]? _bounds;
    int _observation;

    public MeasureFamily(Instrument instrument)
    {
        var kind = instrument.GetType().Name;
        (Name, Unit, Help) = (instrument.Name, instrument.Unit ?? "", instrument.Description ?? "");
        IsObservable = instrument.IsObservable;
        _adds = !IsObservable && !kind.StartsWith("Gauge", StringComparison.Ordinal);
        _bounds = BoundsOf(instrument);
        Type = _bounds is not null ? MetricType.Histogram
            : kind.Contains("UpDown", StringComparison.Ordinal) || kind.Contains("Gauge", StringComparison.Ordinal) ? MetricType.Gauge
            : MetricType.Counter;
    }

    /// <summary>As it is stored; of a histogram without <c>_bucket</c>, <c>_sum</c>, <c>_count</c>.</summary>
    public string Name { get; }

    /// <summary>Counter, gauge or histogram.</summary>
    public MetricType Type { get; }

    /// <summary>In the OpenMetrics spelling, or "".</summary>
    public string Unit { get; }

    /// <summary>What it means.</summary>
    public string Help { get; }

    /// <summary>Whether its values come from a callback.</summary>
    public bool IsObservable { get; }

    /// <summary>Counts one measurement.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        lock (_lock)
            CellOf(labels).Record(value, _adds, _observation);
    }

    /// <summary>What a callback does not give from now on is no longer there.</summary>
    public void BeginObservation()
    {
        if (!IsObservable)
            return;
        lock (_lock)
            _observation++;
    }

    /// <summary>Gives each value of now: its metric, the values of the metric's labels, and a number that stays the same for the series.</summary>
    /// <param name="read">Called under a lock: it reads and returns.</param>
    public void Read(Action<MeasureSample> read)
    {
        lock (_lock)
        {
            foreach (var cell in _ordered)
            {
                if (!IsObservable || cell.Observation == _observation)
                    cell.Read(read);
            }
        }
    }

    MeasureCell CellOf(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var key = labels.Length switch
        {
            0 => "",
            1 => Text(labels[0]),
            _ => Join(labels),
        };
        ref var cell = ref CollectionsMarshal.GetValueRefOrAddDefault(_cells, key, out var exists);
        if (exists)
            return cell!;
        if (_ordered.Count < CellsMax)
        {
            _ordered.Add(cell = NewCell(labels, static label => Text(label)));
            return cell;
        }

        _cells.Remove(key);
        if (!_cells.TryGetValue("\u001f", out var rest))
            _ordered.Add(_cells["\u001f"] = rest = NewCell(labels, static _ => "other"));
        return rest;
    }

    MeasureCell NewCell(ReadOnlySpan<KeyValuePair<string, object?>> labels, Func<KeyValuePair<string, object?>, string> value)
    {
        var (names, values) = (labels.Length == 0 ? NoNames : new string[labels.Length], labels.Length == 0 ? NoNames : new string[labels.Length]);
        for (var i = 0; i < labels.Length; i++)
            (names[i], values[i]) = (labels[i].Key, value(labels[i]));
        return new MeasureCell(new MetricDefinition(Name, Type, Unit, Help, names), values, _bounds);
    }

    static string Text(KeyValuePair<string, object?> label) => label.Value as string ?? label.Value?.ToString() ?? "";

    static string Join(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var texts = new string[labels.Length];
        for (var i = 0; i < labels.Length; i++)
            texts[i] = Text(labels[i]);
        return string.Join('\u001f', texts);
    }

    static double[]? BoundsOf(Instrument instrument) => instrument switch
    {
        Histogram<double> histogram => [.. histogram.Advice?.HistogramBucketBoundaries ?? []],
        Histogram<long> histogram => [.. (histogram.Advice?.HistogramBucketBoundaries ?? []).Select(static bound => (double)bound)],
        Histogram<int> histogram => [.. (histogram.Advice?.HistogramBucketBoundaries ?? []).Select(static bound => (double)bound)],
        _ => null,
    };
}
