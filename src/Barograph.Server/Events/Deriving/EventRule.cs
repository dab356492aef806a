namespace Barograph.Server.Events;

/// <summary>
/// How one metric is made of events of one type: which of them, under which labels, with which number. The same for what is built in and for what
/// is defined.
/// </summary>
/// <param name="Type">The type of event, or "" for all.</param>
/// <param name="Metric">Where it goes.</param>
internal sealed record EventRule(string Type, DerivedMetric Metric)
{
    long _matched, _missing, _lastMs;

    /// <summary>Which events of the type; null for all.</summary>
    public Func<EventRecord, bool>? Where { get; init; }

    /// <summary>Which of those that fit are counted in <see cref="Matched"/>; null for all. An event that fits two rules of a definition counts once.</summary>
    public Func<EventRecord, bool>? Counts { get; init; }

    /// <summary>The labels' values, as many as the metric has labels.</summary>
    public Func<EventRecord, string>[] Labels { get; init; } = [];

    /// <summary>The number; null counts events.</summary>
    public Func<EventRecord, double?>? Number { get; init; }

    /// <summary>What is counted once, for a distinct count.</summary>
    public Func<EventRecord, string>? Identity { get; init; }

    /// <summary>Events that fit.</summary>
    public long Matched => Volatile.Read(ref _matched);

    /// <summary>Events that fit and have not got the number.</summary>
    public long Missing => Volatile.Read(ref _missing);

    /// <summary>When the last one that fits happened, Unix milliseconds, or 0.</summary>
    public long LastMs => Volatile.Read(ref _lastMs);

    /// <summary>Whether the rule looks at an event.</summary>
    public bool Fits(EventRecord one) => (Type.Length == 0 || Type == one.Type) && (Where is null || Where(one));

    /// <summary>Adds what follows from an event of the type.</summary>
    public void Apply(EventRecord one)
    {
        if (Where is not null && !Where(one))
            return;
        if (Counts is null || Counts(one))
            Volatile.Write(ref _matched, _matched + 1);
        Volatile.Write(ref _lastMs, Math.Max(_lastMs, one.TimeMs));
        double? number = Number is null ? 1 : Number(one);
        var identity = Identity?.Invoke(one);
        if (number is null || identity is "")
        {
            Volatile.Write(ref _missing, _missing + 1);
            return;
        }

        Apply(SetOf(one), one.TimeMs, number.Value, identity);
    }

    LabelSet SetOf(EventRecord one)
    {
        var values = new ValueRoom();
        for (var i = 0; i < Labels.Length; i++)
            values[i] = Labels[i](one);
        return Metric.For(((ReadOnlySpan<string>)values)[..Labels.Length]);
    }

    void Apply(LabelSet set, long timeMs, double number, string? identity)
    {
        switch (Metric.Spec.Kind)
        {
            case DerivedKind.Increments:
                set.Add(timeMs, number);
                break;
            case DerivedKind.Distribution:
                set.Observe(timeMs, number);
                break;
            case DerivedKind.Least or DerivedKind.Most:
                set.Narrow(timeMs, number);
                break;
            case DerivedKind.Value:
                set.Report(timeMs, number);
                break;
            default:
                set.Count(timeMs, StableHash.Of(identity));
                break;
        }
    }

    /// <summary>Room for the values of ten labels without an array.</summary>
    [System.Runtime.CompilerServices.InlineArray(10)]
    struct ValueRoom
    {
        string _first;
    }
}
