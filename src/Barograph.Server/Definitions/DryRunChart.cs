using System.Globalization;
using Barograph.Server.Events;

namespace Barograph.Server.Definitions;

/// <summary>One series of a dry run.</summary>
/// <param name="Labels">The values of its labels.</param>
/// <param name="Value">Over the whole time; null for none.</param>
/// <param name="Points">What the definition would have said at times, ascending; a time at which it has no value is left out.</param>
internal sealed record DryRunSeries(IReadOnlyList<string> Labels, double? Value, IReadOnlyList<(long TimeMs, double Value)> Points);

/// <summary>
/// What a definition would have said, over all of a time: at each point of the window before it, as thresholds are judged. It begins one window after the
/// first event that may be read, for before that a window would be a part of one.
/// </summary>
/// <param name="Definition">What is drawn.</param>
/// <param name="StartMs">From here on all events are known.</param>
/// <param name="EndMs">Now: the last point.</param>
/// <param name="StepMs">Distance of points.</param>
/// <param name="WindowMs">What a point tells of, before it.</param>
internal sealed record DryRunChart(Definition Definition, long StartMs, long EndMs, long StepMs, long WindowMs)
{
    const int PointsMax = 360;
    const long Minute = 60_000, Hour = 60 * Minute;

    // As a threshold is judged.
    const long ShortestWindowMs = 5 * Minute;

    static readonly long[] Steps = [Minute, 2 * Minute, 5 * Minute, 10 * Minute, 15 * Minute, 30 * Minute, Hour, 2 * Hour, 3 * Hour, 6 * Hour];

    bool _isBelowFloor;

    /// <summary>Points for a time.</summary>
    public static DryRunChart Over(Definition definition, long startMs, long endMs)
    {
        var stepMs = Steps.FirstOrDefault(step => (endMs - startMs) / step <= PointsMax, Steps[^1]);
        return new DryRunChart(definition, startMs, endMs, stepMs, Math.Min(Math.Max(ShortestWindowMs, stepMs), endMs - startMs));
    }

    /// <summary>One label set of a compiled definition, whose rules have seen the events.</summary>
    public DryRunSeries Draw(IReadOnlyList<string> labels, CompiledDefinition compiled)
    {
        List<(long TimeMs, Cell Cell)>[] parts = [.. compiled.Rules.Select(rule => CellsOf(rule.Metric.LabelSets.FirstOrDefault(set => set.Values.SequenceEqual(labels))))];
        var points = new List<(long, double)>();
        for (var atMs = (StartMs + WindowMs + StepMs - 1) / StepMs * StepMs; atMs - StepMs < EndMs; atMs += StepMs)
        {
            var pointMs = Math.Min(atMs, EndMs); // the last one is now
            if (Value(parts, pointMs - WindowMs, pointMs) is { } value && double.IsFinite(value))
                points.Add((pointMs, value));
        }

        return new DryRunSeries(labels, Value(parts, StartMs - 1, long.MaxValue), points);
    }

    /// <summary>What is not drawn, or not known.</summary>
    public IEnumerable<string> Warnings(int seriesCount, int seriesMax)
    {
        if (seriesCount > seriesMax)
            yield return string.Create(CultureInfo.InvariantCulture, $"{seriesMax} of {seriesCount} series are shown");
        if (_isBelowFloor)
            yield return string.Create(CultureInfo.InvariantCulture, $"values up to {Ladder.Anything.Floor:G3} are not told apart: a percentile that lies among them has no value");
    }

    /// <summary>The sum of cells.</summary>
    public static double Total(IEnumerable<Cell> cells) => cells.Sum(static cell => cell.Sum);

    List<(long TimeMs, Cell Cell)> CellsOf(LabelSet? set) =>
        set is null ? [] : [.. set.Cells.Where(cell => cell.Key + 999 >= StartMs).Select(static cell => (cell.Key, cell.Value)).OrderBy(static cell => cell.Key)];

    /// <summary>Of the cells after a time, up to another.</summary>
    double? Value(List<(long TimeMs, Cell Cell)>[] parts, long afterMs, long untilMs)
    {
        var cells = Between(parts[0], afterMs, untilMs);
        var seconds = (Math.Min(untilMs, EndMs) - Math.Max(afterMs, StartMs)) / 1000.0;
        return Definition.Aggregation switch
        {
            Aggregation.Avg or Aggregation.Ratio => Total(Between(parts[1], afterMs, untilMs)) is not 0 and var below ? Total(cells) / below : null,
            Aggregation.Min => cells.Count == 0 ? null : cells.Min(static cell => cell.Sum),
            Aggregation.Max or Aggregation.Distinct => cells.Count == 0 ? null : cells.Max(static cell => cell.Sum),
            Aggregation.Percentile => Quantile(cells, Definition.Percentile / 100),
            Aggregation.Rate => Total(cells) / seconds,
            _ => Total(cells),
        };
    }

    static List<Cell> Between(List<(long TimeMs, Cell Cell)> cells, long afterMs, long untilMs)
    {
        var (from, to) = (FirstAfter(cells, afterMs), FirstAfter(cells, untilMs));
        return cells.GetRange(from, to - from).ConvertAll(static one => one.Cell);
    }

    static int FirstAfter(List<(long TimeMs, Cell Cell)> cells, long timeMs)
    {
        var (low, high) = (0, cells.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (cells[middle].TimeMs <= timeMs)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    double? Quantile(List<Cell> cells, double q)
    {
        var buckets = new long[Ladder.Anything.Count];
        foreach (var cell in cells)
        {
            for (var i = 0; i < buckets.Length; i++)
                buckets[i] += cell.Buckets![i];
        }

        var rank = q * buckets.Sum();
        var bucket = Array.FindIndex(buckets, count => count > 0 && (rank -= count) <= 0);
        _isBelowFloor |= bucket == 0;
        return bucket > 0 ? Ladder.Anything.MiddleOf(bucket) : null;
    }
}
