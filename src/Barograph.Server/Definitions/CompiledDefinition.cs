using Barograph.Server.Events;

namespace Barograph.Server.Definitions;

/// <summary>A definition with the rules that make its series.</summary>
internal sealed class CompiledDefinition
{
    readonly Lazy<IdentityHash> _identities;

    public CompiledDefinition(Definition definition, string? file, Lazy<IdentityHash> identities)
    {
        (Definition, File, _identities) = (definition, file, identities);
        Rules = [.. Compile(definition)];
    }

    public Definition Definition { get; }

    /// <summary>The file that it is from; null when it came over the API.</summary>
    public string? File { get; }

    public IReadOnlyList<EventRule> Rules { get; }

    /// <summary>Events that it was made of, and of those the ones without its field.</summary>
    public (long Matched, long Missing) Seen => (Rules.Sum(static rule => rule.Matched), Rules.Count == 0 ? 0 : Rules.Max(static rule => rule.Missing));

    /// <summary>What is wrong with an event by the definition's own rules, or null: the field, its value, the rule.</summary>
    public (string Field, string? Value, string Rule)? Check(EventRecord one)
    {
        foreach (var source in Definition.Sources)
        {
            if (source.Event != one.Type || !source.Holds(one))
                continue;
            foreach (var rule in Definition.Validate)
            {
                var value = one[rule.Field];
                if (rule.Check(value) is { } problem)
                    return (rule.Field, value.IsMissing ? null : Rejection.Cut(value.Kind == FieldKind.Many ? "{…}" : value.AsText), $"{problem} (definition {Definition.Name})");
            }
        }

        return null;
    }

    IEnumerable<EventRule> Compile(Definition definition) => definition.Aggregation switch
    {
        Aggregation.None => [],
        Aggregation.Count or Aggregation.Rate when definition.Source!.Field is null => [Rule(definition, definition.Source!, "", DerivedKind.Increments, null)],
        Aggregation.Count => [Rule(definition, definition.Source!, "", DerivedKind.Increments, IsThere(definition.Source!.Field!))],
        Aggregation.Sum or Aggregation.Rate => [Rule(definition, definition.Source!, "", DerivedKind.Increments, Number(definition.Source!.Field!))],
        Aggregation.Avg =>
        [
            Rule(definition, definition.Source!, "_gsum", DerivedKind.Increments, Number(definition.Source!.Field!)),
            Rule(definition, definition.Source!, "_gcount", DerivedKind.Increments, IsNumber(definition.Source!.Field!)) with { Counts = static _ => false },
        ],
        Aggregation.Min => [Rule(definition, definition.Source!, "", DerivedKind.Least, Number(definition.Source!.Field!))],
        Aggregation.Max => [Rule(definition, definition.Source!, "", DerivedKind.Most, Number(definition.Source!.Field!))],
        Aggregation.Percentile => [Rule(definition, definition.Source!, "", DerivedKind.Distribution, Number(definition.Source!.Field!))],
        Aggregation.Ratio =>
        [
            Rule(definition, definition.Numerator!, "_numerator", DerivedKind.Increments, definition.Numerator!.Field is { } top ? Number(top) : null) with
            {
                Counts = one => one.Type != definition.Denominator!.Event || !definition.Denominator.Holds(one),
            },
            Rule(definition, definition.Denominator!, "_denominator", DerivedKind.Increments, definition.Denominator!.Field is { } bottom ? Number(bottom) : null),
        ],
        _ => [Rule(definition, definition.Source!, "", DerivedKind.Distinct, null, one => one.Text(definition.Source!.Field!))],
    };

    EventRule Rule(
        Definition definition, EventSource source, string suffix, DerivedKind kind, Func<EventRecord, double?>? number, Func<EventRecord, string>? identity = null)
    {
        var spec = new DerivedSpec(definition.Name + suffix, kind, definition.Unit, definition.Help, [.. definition.Labels.Select(static label => label.Name)])
        {
            Ladder = Ladder.Anything,
            WindowMs = definition.Window switch { "1m" => 60_000, "1h" => 3_600_000, _ => 86_400_000 },
        };
        return new EventRule(source.Event, new DerivedMetric(spec))
        {
            Where = source.Where.Length == 0 ? null : source.Holds,
            Labels = [.. definition.Labels.Select(label => (Func<EventRecord, string>)(one => label.Of(one, _identities)))],
            Number = number,
            Identity = identity,
        };
    }

    static Func<EventRecord, double?> Number(string path) => one => one.Number(path);

    static Func<EventRecord, double?> IsNumber(string path) => one => one.Number(path) is null ? null : 1;

    static Func<EventRecord, double?> IsThere(string path) => one => one[path].IsMissing ? null : 1;
}
