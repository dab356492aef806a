using System.Text;
using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>Everything that follows from events: the rules, and what must be remembered between them. Used by one thread.</summary>
/// <remarks>What one rule or one label set throws costs what follows from it, and nothing else.</remarks>
internal sealed class EventFold
{
    const int Version = 3;

    readonly List<EventRule> _builtIn = BuiltIn.Rules();
    readonly SessionTracker _sessions = new();
    readonly DerivedMetric _rejected = new(BuiltIn.Rejected);
    readonly PredictionJoin _join;
    readonly Action<EventRecord, Exception> _setAside;
    Dictionary<string, EventRule[]> _byType = new(StringComparer.Ordinal);
    EventRule[] _ofAll = [];
    IReadOnlyList<EventRule> _defined = [];

    /// <param name="log">Where other events are found.</param>
    /// <param name="setAside">Gets an event of which not everything that follows could be made, and why.</param>
    public EventFold(EventLog log, Action<EventRecord, Exception> setAside)
    {
        (_join, Board, _setAside) = (new PredictionJoin(log), new TaskBoard(log), setAside);
        Define([]);
    }

    public TaskBoard Board { get; }

    public OrderTracker Orders { get; } = new();

    /// <summary>All metrics.</summary>
    public IEnumerable<DerivedMetric> Metrics =>
        [.. _builtIn.Concat(_defined).Select(static rule => rule.Metric).Distinct(), _rejected, .. _sessions.Metrics, .. _join.Metrics, .. Board.Metrics, .. Orders.Metrics];

    /// <summary>Sets the rules of definitions.</summary>
    public void Define(IReadOnlyList<EventRule> defined)
    {
        _defined = defined;
        _byType = _builtIn.Concat(defined).Where(static rule => rule.Type.Length > 0).GroupBy(static rule => rule.Type, StringComparer.Ordinal)
            .ToDictionary(static rules => rules.Key, static rules => rules.ToArray(), StringComparer.Ordinal);
        _ofAll = [.. _builtIn.Where(static rule => rule.Type.Length == 0)];
    }

    /// <summary>Adds what follows from the events of one record; null is one that could not be read.</summary>
    public void Apply(RecordPlace place, ReadOnlySpan<EventRecord?> events)
    {
        for (var i = 0; i < events.Length; i++)
        {
            if (events[i] is not { } one)
                continue;
            foreach (var rule in _ofAll)
                TryApply(rule, one);
            if (_byType.TryGetValue(one.Type, out var rules))
            {
                foreach (var rule in rules)
                    TryApply(rule, one);
            }

            TryRemember(one, place, i);
        }
    }

#pragma warning disable CA1031 // the edges of one event
    void TryApply(EventRule rule, EventRecord one)
    {
        try
        {
            rule.Apply(one);
        }
        catch (Exception failure)
        {
            _setAside(one, failure);
        }
    }

    void TryRemember(EventRecord one, RecordPlace place, int ordinal)
    {
        try
        {
            switch (one.Type)
            {
                case EventTypes.Activity:
                    _sessions.Apply(one);
                    break;
                case EventTypes.Prediction or EventTypes.Outcome:
                    _join.Apply(one, place, ordinal);
                    break;
                case EventTypes.TaskQueued or EventTypes.TaskStarted or EventTypes.TaskFinished:
                    Board.Apply(one);
                    break;
                case EventTypes.Business:
                    Orders.Apply(one);
                    break;
            }
        }
        catch (Exception failure)
        {
            _setAside(one, failure);
        }
    }
#pragma warning restore CA1031

    /// <summary>Counts rejections at the moment they happened; they are in no log.</summary>
    public void CountRejected(string type, long nowMs, long count) => _rejected.For(type).Add(nowMs, count);

    /// <summary>Notes how it is now: what follows from no event, but from the time.</summary>
    public void Report(long nowMs)
    {
        Board.Report(nowMs);
        Orders.Report(nowMs);
    }

    /// <summary>Whether there is something to write.</summary>
    public bool HasChanged => Metrics.Any(static metric => metric.Changed.Count > 0);

    /// <summary>Writes what came together since the last time into a batch.</summary>
    /// <param name="writer">Makes the samples.</param>
    /// <param name="batch">Gets them.</param>
    /// <param name="failed">Gets the metric of a label set whose samples could not be made, and why.</param>
    public void Flush(SampleWriter writer, SampleBatch batch, Action<string, Exception> failed)
    {
        foreach (var metric in Metrics)
        {
            foreach (var set in metric.Changed)
            {
                try
                {
                    writer.Write(metric.Spec, set, batch);
                }
#pragma warning disable CA1031 // the edge of one label set: it must not hold up the others for ever
                catch (Exception failure)
#pragma warning restore CA1031
                {
                    failed(metric.Spec.Name, failure);
                }

                set.Clear();
            }

            metric.Changed.Clear();
        }
    }

    /// <summary>Forgets what came together, without writing it.</summary>
    public void Drop()
    {
        foreach (var metric in Metrics)
        {
            metric.Changed.ForEach(static set => set.Clear());
            metric.Changed.Clear();
        }
    }

    /// <summary>Forgets windows of distinct counts that take no more events.</summary>
    public void Forget(long nowMs)
    {
        foreach (var metric in Metrics.Where(static metric => metric.Spec.Kind == DerivedKind.Distinct))
        {
            metric.OldestWindowMs = nowMs - DistinctWindows.KeptMs(metric.Spec.WindowMs);
            foreach (var set in metric.LabelSets)
            {
                foreach (var start in set.Windows.Keys.Where(start => start < metric.OldestWindowMs).ToList())
                    set.Windows.Remove(start);
            }
        }
    }

    /// <summary>What must be remembered, for <see cref="TryRead"/>.</summary>
    public byte[] Write()
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory, Encoding.UTF8);
        writer.Write(Version);
        _sessions.Write(writer);
        Board.Write(writer);
        Orders.Write(writer);
        var metrics = Metrics.Where(static metric => metric.LabelSetCount > 0).ToList();
        writer.Write(metrics.Count);
        foreach (var metric in metrics)
        {
            writer.Write(NameOf(metric));
            writer.Write(metric.LabelSetCount);
            foreach (var key in metric.Keys)
            {
                writer.Write(key);
                DistinctWindows.Write(writer, metric.ForKey(key));
            }
        }

        return memory.ToArray();
    }

    /// <summary>Takes up what <see cref="Write"/> wrote; metrics that are no more are passed over. False when another version wrote it.</summary>
    public bool TryRead(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        if (reader.ReadInt32() != Version)
            return false;
        _sessions.Read(reader);
        Board.Read(reader);
        Orders.Read(reader);
        var known = Metrics.ToDictionary(NameOf, StringComparer.Ordinal);
        for (var metrics = reader.ReadInt32(); metrics > 0; metrics--)
        {
            var metric = known.GetValueOrDefault(reader.ReadString());
            for (var sets = reader.ReadInt32(); sets > 0; sets--)
            {
                var key = reader.ReadString();
                var isOfThisShape = metric is not null && DerivedMetric.FitsKey(metric.Spec, key);
                DistinctWindows.Read(reader, isOfThisShape ? metric!.ForKey(key) : null);
            }
        }

        return true;
    }

    static string NameOf(DerivedMetric metric) => metric.Spec.Kind == DerivedKind.Distinct ? $"{metric.Spec.Name}/{metric.Spec.Window}" : metric.Spec.Name;
}

/// <summary>The windows of distinct counts in a snapshot, and how long they are kept.</summary>
internal static class DistinctWindows
{
    /// <summary>How late an event may come and still count in its window: two hours for minutes, two days for hours, a week for days.</summary>
    public static long KeptMs(long windowMs) => windowMs switch { 60_000 => 2 * 3_600_000L, 3_600_000 => 2 * 86_400_000L, _ => 7 * 86_400_000L } + windowMs;

    public static void Write(BinaryWriter writer, LabelSet set)
    {
        writer.Write(set.Windows.Count);
        foreach (var (start, window) in set.Windows)
        {
            writer.Write(start);
            writer.Write(window.LastMs);
            window.Sketch.Write(writer);
        }
    }

    public static void Read(BinaryReader reader, LabelSet? set)
    {
        for (var windows = reader.ReadInt32(); windows > 0; windows--)
        {
            var start = reader.ReadInt64();
            var lastMs = reader.ReadInt64();
            var window = new DistinctWindow(Sketch.Read(reader)) { LastMs = lastMs };
            set?.Windows.TryAdd(start, window);
        }
    }
}
