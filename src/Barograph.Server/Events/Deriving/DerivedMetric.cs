using System.Buffers;
using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>What the samples of a derived metric say.</summary>
internal enum DerivedKind : byte
{
    /// <summary>How many more in the sample's second.</summary>
    Increments,

    /// <summary>How many more in each bucket.</summary>
    Distribution,

    /// <summary>The least of the second.</summary>
    Least,

    /// <summary>The most of the second.</summary>
    Most,

    /// <summary>A value at the time of the event.</summary>
    Value,

    /// <summary>How many different ones so far in the window.</summary>
    Distinct,
}

/// <summary>A metric that is made of events.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What its samples say.</param>
/// <param name="Unit">Its unit, or "".</param>
/// <param name="Help">One sentence.</param>
/// <param name="Labels">The names of its labels.</param>
internal sealed record DerivedSpec(string Name, DerivedKind Kind, string Unit, string Help, params string[] Labels)
{
    /// <summary>The buckets of a distribution.</summary>
    public Ladder Ladder { get; init; } = Ladder.Seconds;

    /// <summary>The window of a distinct count, milliseconds.</summary>
    public long WindowMs { get; init; }

    /// <summary>The window as its label has it.</summary>
    public string Window => WindowMs switch { 60_000 => "1m", 3_600_000 => "1h", _ => "1d" };

    /// <summary>Whether the label of the window is one of the sender's: it is added to those of <see cref="Labels"/>.</summary>
    public MetricMetadata Metadata => new(Kind == DerivedKind.Distribution ? MetricType.GaugeHistogram : MetricType.Gauge, Unit, Help);
}

/// <summary>The label sets of a derived metric. Used by one thread.</summary>
internal sealed class DerivedMetric(DerivedSpec spec)
{
    /// <summary>More label sets are counted under <see cref="Other"/>: whoever sends a million different values costs a thousand series.</summary>
    public const int LabelSetsMax = 1000;

    public const string Other = "other";

    const int LabelLengthMax = 200;
    const char Separator = '\u0001';

    readonly Dictionary<string, LabelSet> _sets = new(StringComparer.Ordinal);
    readonly List<LabelSet> _changed = [];
    long _folded;

    public DerivedSpec Spec => spec;

    /// <summary>Events that were counted under <see cref="Other"/>.</summary>
    public long Folded => Volatile.Read(ref _folded);

    public int LabelSetCount => _sets.Count;

    /// <summary>Windows of a distinct count that began before it take no more events: what they had is forgotten.</summary>
    public long OldestWindowMs { get; set; }

    /// <summary>The label sets that were changed since the last flush.</summary>
    public List<LabelSet> Changed => _changed;

    public IEnumerable<LabelSet> LabelSets => _sets.Values;

    /// <summary>The label set of some values, as many as the metric has labels.</summary>
    public LabelSet For(params ReadOnlySpan<string> values)
    {
        if (values.IsEmpty)
            return Find("", known: "");
        var room = ArrayPool<char>.Shared.Rent(values.Length * (LabelLengthMax + 1));
        var length = 0;
        foreach (var value in values)
        {
            var cut = value.AsSpan(0, Math.Min(value.Length, LabelLengthMax));
            cut.CopyTo(room.AsSpan(length));
            room.AsSpan(length, cut.Length).Replace(Separator, ' ');
            length += cut.Length;
            room[length++] = Separator;
        }

        var set = Find(room.AsSpan(0, length - 1), known: null);
        ArrayPool<char>.Shared.Return(room);
        return set;
    }

    /// <summary>The label set of a key that <see cref="Keys"/> gave, added when it is missing.</summary>
    public LabelSet ForKey(string key) => Find(key, key);

    /// <summary>Whether a key has as many values as a metric has labels.</summary>
    public static bool FitsKey(DerivedSpec spec, string key) => spec.Labels.Length == 0 ? key.Length == 0 : key.Count(static sign => sign == Separator) == spec.Labels.Length - 1;

    /// <summary>All label sets, for a snapshot.</summary>
    public IEnumerable<string> Keys => _sets.Keys;

    LabelSet Find(ReadOnlySpan<char> key, string? known)
    {
        if (_sets.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var set))
            return set;
        var text = known ?? key.ToString();
        if (_sets.Count >= LabelSetsMax)
        {
            Volatile.Write(ref _folded, _folded + 1);
            text = string.Join(Separator, Enumerable.Repeat(Other, spec.Labels.Length));
            if (_sets.TryGetValue(text, out set))
                return set;
        }

        set = new LabelSet(this, text.Length == 0 && spec.Labels.Length == 0 ? [] : text.Split(Separator));
        _sets.Add(text, set);
        return set;
    }
}
