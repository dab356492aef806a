using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>
/// What identifies a series of an intermediate result. <see cref="Nameless"/>: an operation has taken its name (and its type and unit
/// labels) away; the labels still hold them, so that the label set need not be built anew.
/// </summary>
internal readonly struct SeriesHead : IEquatable<SeriesHead>
{
    readonly object _labels; // the labels, or a selection, which makes them of its bytes when they are asked for: count() never does
    readonly int _series; // of the selection

    public SeriesHead(Labels labels, bool nameless) => (_labels, Nameless) = (labels, nameless);

    public SeriesHead(SeriesSelection selection, int series, bool nameless) => (_labels, _series, Nameless) = (selection, series, nameless);

    public Labels Labels => _labels as Labels ?? ((SeriesSelection)_labels).LabelsOf(_series);

    public bool Nameless { get; init; }

    /// <summary>The labels that remain.</summary>
    public Labels Effective => Nameless ? ReservedLabels.Without(Labels) : Labels;

    public bool Equals(SeriesHead other) => Nameless == other.Nameless && Labels.Equals(other.Labels);

    public override bool Equals(object? obj) => obj is SeriesHead other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Labels, Nameless);
}

/// <summary>The labels that say what a metric is, and that operations take away because their result is something else.</summary>
internal static class ReservedLabels
{
    public const string Type = "__type__";
    public const string Unit = "__unit__";

    public static bool Contains(string name) => name is Labels.MetricName or Type or Unit;

    public static Labels Without(Labels labels)
    {
        var pairs = labels.Pairs;
        var reserved = 0;
        foreach (var pair in pairs)
            reserved += Contains(pair.Name) ? 1 : 0;
        if (reserved == 0)
            return labels;
        var kept = new Label[pairs.Length - reserved];
        var next = 0;
        foreach (var pair in pairs)
        {
            if (!Contains(pair.Name))
                kept[next++] = pair;
        }

        return Labels.FromSorted(kept);
    }
}

/// <summary>A part of an expression, opened for one run on one grid of times.</summary>
internal abstract class Node;

/// <summary>A string.</summary>
internal sealed class StringNode(string value) : Node
{
    public string Value { get; } = value;
}

/// <summary>A scalar: one number per step.</summary>
internal sealed class ScalarNode : Node
{
    readonly double[]? _values;
    readonly double _constant;

    public ScalarNode(double constant) => _constant = constant;

    public ScalarNode(double[] values) => _values = values;

    public bool IsConstant => _values is null;

    public double this[int step] => _values is null ? _constant : _values[step];

    public static ScalarNode PerStep(int count, Func<int, double> value)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++)
            values[i] = value(i);
        return new ScalarNode(values);
    }
}

/// <summary>
/// An instant vector: its series are known at once, their values come one series at a time over all steps. A series is read once;
/// who needs it again keeps it. Different series may be read on different threads.
/// </summary>
internal abstract class VectorNode : Node
{
    /// <summary>The series. Some may turn out to have no value at any step.</summary>
    public abstract SeriesHead[] Heads { get; }

    /// <summary>No two heads have the same labels, names included. False means: not known.</summary>
    public virtual bool HasDistinctLabels => false;

    /// <summary>Fills the column (all of it) with the values of a series.</summary>
    public abstract void Read(int series, Column into, Worker worker);
}

/// <summary>A range vector: the samples of each series, and the window of each step.</summary>
internal abstract class RangeNode : Node
{
    public abstract SeriesHead[] Heads { get; }

    /// <summary>No two heads have the same labels. False means: not known.</summary>
    public virtual bool HasDistinctLabels => false;

    /// <summary>Length of the windows.</summary>
    public abstract long RangeMs { get; }

    /// <summary>How the edges of windows are treated.</summary>
    public virtual RangeEdges Edges => RangeEdges.Plain;

    /// <summary>The end (included) of the window of a step; it starts, not included, <see cref="RangeMs"/> before.</summary>
    public abstract long WindowEndMs(int step);

    /// <summary>Fills the buffer with the samples of a series, of all windows and perhaps more.</summary>
    public abstract void Read(int series, SampleBuffer into, Worker worker);
}

/// <summary>Series whose columns are all held.</summary>
internal sealed class HeldNode(SeriesHead[] heads, Column[] columns, bool hasDistinctLabels = false) : VectorNode
{
    public override SeriesHead[] Heads { get; } = heads;

    public override bool HasDistinctLabels => hasDistinctLabels;

    public override void Read(int series, Column into, Worker worker) => into.CopyFrom(columns[series]);

    public Column this[int series] => columns[series];
}

/// <summary>Gives the one value of each series of a vector without steps at every step.</summary>
internal sealed class BroadcastNode(VectorNode single) : VectorNode
{
    public override SeriesHead[] Heads => single.Heads;

    public override bool HasDistinctLabels => single.HasDistinctLabels;

    public override void Read(int series, Column into, Worker worker)
    {
        var column = worker.Rent(1);
        single.Read(series, column, worker);
        into.DropHistograms();
        into.Values.Fill(column.Values[0]);
        if (column.Histograms is { } histograms && histograms[0] is { } histogram)
        {
            for (var i = 0; i < into.Count; i++)
                into.Set(i, histogram);
        }

        worker.Return(column);
    }
}

/// <summary>A range vector whose samples do not depend on the step, used at every step.</summary>
internal sealed class FixedRangeNode(RangeNode single) : RangeNode
{
    public override SeriesHead[] Heads => single.Heads;

    public override long RangeMs => single.RangeMs;

    public override RangeEdges Edges => single.Edges;

    public override long WindowEndMs(int step) => single.WindowEndMs(0);

    public override void Read(int series, SampleBuffer into, Worker worker) => single.Read(series, into, worker);
}
