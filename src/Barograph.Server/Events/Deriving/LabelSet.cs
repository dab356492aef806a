using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>What came together for one second of a label set since the last flush.</summary>
internal sealed class Cell
{
    /// <summary>The sum of increments, or of observed values; or the least, the most.</summary>
    public double Sum { get; set; }

    /// <summary>Observations of a distribution by bucket; negative ones take back.</summary>
    public int[]? Buckets { get; set; }

    public bool HasValue { get; set; }
}

/// <summary>One label set of a derived metric: what is to be written of it, and which places of its seconds are taken.</summary>
internal sealed class LabelSet(DerivedMetric metric, string[] values)
{
    readonly Dictionary<long, Cell> _cells = [];
    readonly Dictionary<long, int> _places = []; // by second, the next free one
    readonly Dictionary<long, DistinctWindow> _windows = [];
    byte[]?[] _keys = [];
    bool _isChanged;

    public IReadOnlyList<string> Values => values;

    /// <summary>The seconds for which there is something to write.</summary>
    public Dictionary<long, Cell> Cells => _cells;

    /// <summary>Of the seconds that were written lately, the next free place.</summary>
    public Dictionary<long, int> Places => _places;

    public Dictionary<long, DistinctWindow> Windows => _windows;

    /// <summary>Adds to a second's increments.</summary>
    public void Add(long timeMs, double more) => CellOf(timeMs).Sum += more;

    /// <summary>Counts a value of a distribution, or takes it back.</summary>
    public void Observe(long timeMs, double value, int weight = 1)
    {
        var cell = CellOf(timeMs);
        cell.Buckets ??= new int[metric.Spec.Ladder.Count];
        cell.Buckets[metric.Spec.Ladder.BucketOf(value)] += weight;
        cell.Sum += value * weight;
    }

    /// <summary>Takes the least or the most of a second.</summary>
    public void Narrow(long timeMs, double value)
    {
        var cell = CellOf(timeMs);
        cell.Sum = !cell.HasValue ? value : metric.Spec.Kind == DerivedKind.Least ? Math.Min(cell.Sum, value) : Math.Max(cell.Sum, value);
        cell.HasValue = true;
    }

    /// <summary>Keeps a value at its own time; of two at the same millisecond the later one.</summary>
    public void Report(long timeMs, double value)
    {
        if (!_cells.TryGetValue(timeMs, out var cell))
            _cells.Add(timeMs, cell = new Cell());
        cell.Sum = value;
        Change();
    }

    /// <summary>Counts one of the different things in a window.</summary>
    public void Count(long timeMs, ulong hash)
    {
        var start = timeMs - timeMs % metric.Spec.WindowMs;
        if (start < metric.OldestWindowMs)
            return;
        if (!_windows.TryGetValue(start, out var window))
            _windows.Add(start, window = new DistinctWindow(new Sketch()));
        if (!window.Sketch.Add(hash))
            return;
        // The last sample of a window is its result: an event that comes late raises it where the last one was.
        window.LastMs = Math.Max(window.LastMs, timeMs - timeMs % 1000);
        var cell = CellOf(window.LastMs);
        cell.Sum = window.Sketch.Estimate();
    }

    /// <summary>Forgets what is to be written.</summary>
    public void Clear()
    {
        _cells.Clear();
        _isChanged = false;
    }

    /// <summary>The key of a part of this label set: the metric itself, or a series of its distribution.</summary>
    public byte[] Key(int part)
    {
        if (_keys.Length == 0)
            _keys = new byte[]?[metric.Spec.Kind == DerivedKind.Distribution ? metric.Spec.Ladder.Count + 2 : 1];
        return _keys[part] ??= SampleBatch.EncodeKey(LabelsOf(part));
    }

    /// <summary>The part of a distribution that is written whenever any other is.</summary>
    public int CountPart => metric.Spec.Kind == DerivedKind.Distribution ? metric.Spec.Ladder.Count : 0;

    /// <summary>The labels of a part: for a distribution its buckets, then count and sum.</summary>
    public Labels LabelsOf(int part)
    {
        var spec = metric.Spec;
        var isBucket = spec.Kind == DerivedKind.Distribution && part < spec.Ladder.Count;
        var suffix = spec.Kind != DerivedKind.Distribution ? "" : isBucket ? "_bucket" : part == spec.Ladder.Count ? "_gcount" : "_gsum";
        List<Label> pairs = [new(Labels.MetricName, spec.Name + suffix), .. spec.Labels.Zip(values, static (name, value) => new Label(name, value))];
        if (isBucket)
            pairs.Add(new Label("le", spec.Ladder.Texts[part]));
        if (spec.Kind == DerivedKind.Distinct)
            pairs.Add(new Label("window", spec.Window));
        return Labels.From(pairs);
    }

    Cell CellOf(long timeMs)
    {
        var second = timeMs - timeMs % 1000;
        if (!_cells.TryGetValue(second, out var cell))
            _cells.Add(second, cell = new Cell());
        Change();
        return cell;
    }

    void Change()
    {
        if (_isChanged)
            return;
        _isChanged = true;
        metric.Changed.Add(this);
    }
}

/// <summary>The different things of one window.</summary>
internal sealed class DistinctWindow(Sketch sketch)
{
    public Sketch Sketch => sketch;

    /// <summary>The second of its last sample.</summary>
    public long LastMs { get; set; }
}
