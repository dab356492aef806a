using System.Text.Json;
using Barograph.Server.Events;

namespace Barograph.Server.Definitions;

/// <summary>How a definition makes a number of events.</summary>
internal enum Aggregation
{
    Count,
    Sum,
    Rate,
    Avg,
    Min,
    Max,
    Percentile,
    Ratio,
    Distinct,

    /// <summary>None: the source is PromQL.</summary>
    None,
}

/// <summary>A condition on one field.</summary>
/// <param name="Path">The field.</param>
/// <param name="Allowed">The values of which it must have one, as labels have them; null for any.</param>
internal sealed record FieldCondition(string Path, string[]? Allowed)
{
    public double? Min { get; init; }

    public double? Max { get; init; }

    public string? Not { get; init; }

    public bool? Exists { get; init; }

    public bool Holds(EventRecord one)
    {
        var value = one[Path];
        return (Allowed is null || Allowed.Contains(value.AsText))
            && (Min is not { } min || (value.TryNumber(out var number) && number >= min))
            && (Max is not { } max || (value.TryNumber(out var other) && other <= max))
            && (Not is null || value.AsText != Not)
            && (Exists is not { } exists || exists != value.IsMissing);
    }
}

/// <summary>Which events, and which number of them.</summary>
internal sealed record EventSource(string Event, FieldCondition[] Where, string? Field)
{
    public bool Holds(EventRecord one)
    {
        foreach (var condition in Where)
        {
            if (!condition.Holds(one))
                return false;
        }

        return true;
    }
}

/// <summary>A label of a definition.</summary>
internal sealed record LabelSource(string Field, string Name, bool IsHashed)
{
    /// <summary>Its value. With the key of identities: an e-mail address, or a number, is guessed from a hash that anybody can compute.</summary>
    public string Of(EventRecord one, Lazy<IdentityHash> identities)
    {
        var text = one.Text(Field);
        return IsHashed && text.Length > 0 ? identities.Value.Of(text) : text;
    }
}

/// <summary>A rule that every event of the source must keep.</summary>
internal sealed record ValidationRule(string Field)
{
    public bool IsRequired { get; init; }

    public string? Type { get; init; }

    public double? Min { get; init; }

    public double? Max { get; init; }

    public string[]? Allowed { get; init; }

    /// <summary>What is wrong with a value, as "must …", or null.</summary>
    public string? Check(FieldValue value)
    {
        if (value.IsMissing)
            return IsRequired ? "must be there" : null;
        return Type switch
        {
            "text" when value.Kind != FieldKind.Text => "must be a text",
            "number" when value.Kind != FieldKind.Number => "must be a number",
            "boolean" when value.Kind != FieldKind.Boolean => "must be true or false",
            _ when Min is { } min && !(value.Kind == FieldKind.Number && value.Number >= min) => $"must be at least {min}",
            _ when Max is { } max && !(value.Kind == FieldKind.Number && value.Number <= max) => $"must be at most {max}",
            _ when Allowed is not null && !Allowed.Contains(value.AsText) => $"must be one of {string.Join(", ", Allowed)}",
            _ => null,
        };
    }
}

/// <summary>A line that a value should not cross.</summary>
internal sealed record Threshold(string Severity, double? Above, double? Below)
{
    public bool IsCrossed(double value) => value > Above || value < Below;
}

/// <summary>A metric that its owner defined: docs/events.md.</summary>
internal sealed record Definition
{
    public required string Name { get; init; }

    public string Unit { get; init; } = "";

    public string Help { get; init; } = "";

    /// <summary>The events; null for PromQL and for a ratio.</summary>
    public EventSource? Source { get; init; }

    public string? PromQL { get; init; }

    public Aggregation Aggregation { get; init; }

    public double Percentile { get; init; } = 95;

    public EventSource? Numerator { get; init; }

    public EventSource? Denominator { get; init; }

    public string Window { get; init; } = "1h";

    public LabelSource[] Labels { get; init; } = [];

    public ValidationRule[] Validate { get; init; } = [];

    public Threshold[] Thresholds { get; init; } = [];

    /// <summary>As it was written.</summary>
    public required JsonElement Written { get; init; }

    /// <summary>The types of events that it looks at.</summary>
    public IEnumerable<EventSource> Sources => new[] { Source, Numerator, Denominator }.OfType<EventSource>();

    /// <summary>What is kept, in a word.</summary>
    public string Kind => Aggregation switch
    {
        Aggregation.None => "promql",
        Aggregation.Percentile => "distribution",
        Aggregation.Min or Aggregation.Max => "value",
        Aggregation.Distinct => "distinct",
        _ => "increments",
    };

    /// <summary>The expression that draws it; <c>$w</c> stands for the window.</summary>
    public string Expression
    {
        get
        {
            var by = Labels.Length == 0 ? " " : $" by ({string.Join(", ", Labels.Select(static label => label.Name))}) ";
            var withLe = Labels.Length == 0 ? "le" : $"le, {string.Join(", ", Labels.Select(static label => label.Name))}";
            string Sum(string name) => $"sum{by}(sum_over_time({name}[$w]))";
            return Aggregation switch
            {
                Aggregation.None => Name,
                Aggregation.Count or Aggregation.Sum => Sum(Name),
                Aggregation.Rate => $"sum{by}(sum_over_time({Name}[$w])) / $seconds",
                Aggregation.Avg => $"{Sum(Name + "_gsum")} / ({Sum(Name + "_gcount")} > 0)",
                Aggregation.Ratio => $"{Sum(Name + "_numerator")} / ({Sum(Name + "_denominator")} != 0)",
                Aggregation.Min => $"min{by}(min_over_time({Name}[$w]))",
                Aggregation.Max => $"max{by}(max_over_time({Name}[$w]))",
                Aggregation.Percentile => $"histogram_quantile({Percentile / 100}, sum by ({withLe}) (sum_over_time({Name}_bucket[$w])))",
                _ => $"max{by}(max_over_time({Name}{{window=\"{Window}\"}}[$w]))",
            };
        }
    }

    /// <summary>The expression over a window.</summary>
    public string ExpressionOver(string window, long seconds) =>
        Expression.Replace("$seconds", seconds.ToString(), StringComparison.Ordinal).Replace("$w", window, StringComparison.Ordinal);
}
