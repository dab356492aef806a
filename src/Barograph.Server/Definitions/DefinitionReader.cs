using System.Globalization;
using System.Text.Json;
using Barograph.PromQL;
using Barograph.Server.Events;

namespace Barograph.Server.Definitions;

/// <summary>A mistake in a definition.</summary>
internal sealed record DefinitionError(string Field, string? Value, string Rule);

/// <summary>Reads definitions and tells everything that is wrong with them at once.</summary>
/// <param name="options">Which PromQL may be written.</param>
internal sealed class DefinitionReader(QueryOptions options)
{
    const int LabelsMax = 10, RulesMax = 50;

    static readonly string[] s_known =
        ["name", "unit", "help", "source", "aggregation", "field", "percentile", "numerator", "denominator", "window", "labels", "validate", "thresholds"];

    readonly List<DefinitionError> _errors = [];

    public IReadOnlyList<DefinitionError> Errors => _errors;

    /// <summary>Reads one; null when there are <see cref="Errors"/>.</summary>
    public Definition? Read(JsonElement json)
    {
        try
        {
            return ReadWhole(json);
        }
        catch (InvalidOperationException) // of a text whose bytes are no UTF-8: JSON's own reader looks only when the text is wanted
        {
            Fail("", null, "must be UTF-8");
            return null;
        }
    }

    Definition? ReadWhole(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            Fail("", Text(json), "must be an object");
            return null;
        }

        foreach (var member in json.EnumerateObject().Where(static member => !s_known.Contains(member.Name)))
            Fail(member.Name, Text(member.Value), $"must be one of {string.Join(", ", s_known)}");
        var promql = Find(Find(json, "source"), "promql") is { } expression ? PromQL(expression) : null;
        var aggregation = promql is not null ? Aggregation.None : ReadAggregation(json);
        var isRatio = aggregation == Aggregation.Ratio;
        var definition = new Definition
        {
            Name = ReadName(json),
            Unit = String(json, "unit", 50) ?? "",
            Help = String(json, "help", 500) ?? "",
            PromQL = promql,
            Aggregation = aggregation,
            Source = promql is null && !isRatio ? Source(json, "source", String(json, "field", EventLimits.PathLength)) : null,
            Numerator = isRatio ? Source(json, "numerator", null) : null,
            Denominator = isRatio ? Source(json, "denominator", null) : null,
            Percentile = Number(json, "percentile", "percentile", 0, 100) ?? 95,
            Window = Window(json),
            Labels = promql is null ? ReadLabels(json) : [],
            Validate = ReadRules(json),
            Thresholds = ReadThresholds(json),
            Written = json.Clone(),
        };
        if (promql is null && aggregation is not (Aggregation.Count or Aggregation.Rate or Aggregation.Ratio) && definition.Source is { Field: null })
            Fail("field", null, $"must be there for {aggregation.ToString().ToLowerInvariant()}");
        return _errors.Count == 0 ? definition : null;
    }

    string ReadName(JsonElement json)
    {
        var name = String(json, "name", 100) ?? "";
        if (name.Length == 0)
            Fail("name", null, "must be there");
        else if (!(char.IsAsciiLetter(name[0]) || name[0] == '_') || name.Any(static sign => !(char.IsAsciiLetterOrDigit(sign) || sign == '_')))
            Fail("name", name, "must be letters, digits and '_', and not begin with a digit");
        else if (BuiltIn.Names.Contains(name) || name.StartsWith("barograph_", StringComparison.Ordinal) || name.StartsWith("system_", StringComparison.Ordinal))
            Fail("name", name, "must not be the name of a metric that Barograph makes itself");
        return name;
    }

    Aggregation ReadAggregation(JsonElement json)
    {
        var text = String(json, "aggregation", 20);
        if (text is not null && Enum.TryParse<Aggregation>(text, ignoreCase: true, out var aggregation) && aggregation != Aggregation.None && char.IsAsciiLetter(text[0]))
            return aggregation;
        Fail("aggregation", text, "must be count, sum, rate, avg, min, max, percentile, ratio or distinct");
        return Aggregation.Count;
    }

    string? PromQL(JsonElement expression)
    {
        var text = expression.ValueKind == JsonValueKind.String ? expression.GetString()! : "";
        try
        {
            new PromQLEngine(options).Prepare(text);
            return text;
        }
        catch (Exception mistake) when (mistake is PromQLSyntaxException or ArgumentException)
        {
            Fail("source.promql", Rejection.Cut(text), $"must be PromQL: {mistake.Message}");
            return text;
        }
    }

    EventSource? Source(JsonElement json, string name, string? field)
    {
        if (Find(json, name) is not { ValueKind: JsonValueKind.Object } source)
        {
            Fail(name, Find(json, name) is { } wrong ? Text(wrong) : null, "must be an object with 'event'" + (name == "source" ? " or 'promql'" : ""));
            return null;
        }

        foreach (var member in source.EnumerateObject().Where(static member => member.Name is not ("event" or "where" or "field")))
            Fail($"{name}.{member.Name}", Text(member.Value), "must be event, where or field");
        var type = String(source, "event", 100, name + ".") ?? "";
        if (type.Length == 0)
            Fail(name + ".event", null, "must be there");
        else if (EventTypes.Check(type) is { } problem)
            Fail(name + ".event", type, problem);
        return new EventSource(type, Where(source, name + ".where"), String(source, "field", EventLimits.PathLength, name + ".") ?? field);
    }

    FieldCondition[] Where(JsonElement source, string place)
    {
        if (Find(source, "where") is not { } where)
            return [];
        if (where.ValueKind != JsonValueKind.Object)
        {
            Fail(place, Text(where), "must be an object of fields and values");
            return [];
        }

        return [.. where.EnumerateObject().Select(member => Condition(member.Name, member.Value, $"{place}.{member.Name}"))];
    }

    FieldCondition Condition(string path, JsonElement value, string place)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                return new FieldCondition(path, [.. value.EnumerateArray().Select(LabelText)]);
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject().Where(static member => member.Name is not ("min" or "max" or "not" or "exists")))
                    Fail($"{place}.{member.Name}", Text(member.Value), "must be min, max, not or exists");
                if (!value.EnumerateObject().Any())
                    Fail(place, Text(value), "must have min, max, not or exists");
                var (min, max) = Span(value, place);
                return new FieldCondition(path, null)
                {
                    Min = min,
                    Max = max,
                    Not = Find(value, "not") is { } not ? LabelText(not) : null,
                    Exists = Find(value, "exists") is { } exists ? exists.ValueKind == JsonValueKind.True : null,
                };
            default:
                return new FieldCondition(path, [LabelText(value)]);
        }
    }

    LabelSource[] ReadLabels(JsonElement json)
    {
        var labels = new List<LabelSource>();
        foreach (var item in Items(json, "labels", LabelsMax))
        {
            var field = item.ValueKind == JsonValueKind.String ? item.GetString()! : String(item, "field", EventLimits.PathLength, "labels.") ?? "";
            var name = (item.ValueKind == JsonValueKind.Object ? String(item, "name", 100, "labels.") : null)
                ?? new string([.. field.Select(static sign => char.IsAsciiLetterOrDigit(sign) ? sign : '_')]);
            if (field.Length == 0)
                Fail("labels", Text(item), "must be field paths, or objects with 'field'");
            else if (name is "le" or "window" || name.StartsWith("__", StringComparison.Ordinal) || char.IsAsciiDigit(name[0]) || name.Any(static sign => !(char.IsAsciiLetterOrDigit(sign) || sign == '_')))
                Fail("labels", name, "must have names of letters, digits and '_', other than le and window, that begin with neither a digit nor '__'");
            else if (labels.Any(label => label.Name == name))
                Fail("labels", name, "must not have a name twice");
            labels.Add(new LabelSource(field, name, item.ValueKind == JsonValueKind.Object && Find(item, "hash") is { ValueKind: JsonValueKind.True }));
        }

        return [.. labels];
    }

    ValidationRule[] ReadRules(JsonElement json) => [.. Items(json, "validate", RulesMax).Select(item =>
    {
        var field = item.ValueKind == JsonValueKind.Object ? String(item, "field", EventLimits.PathLength, "validate.") : null;
        if (field is null)
            Fail("validate", Text(item), "must be objects with 'field'");
        var type = item.ValueKind == JsonValueKind.Object ? String(item, "type", 20, "validate.") : null;
        if (type is not (null or "text" or "number" or "boolean"))
            Fail("validate.type", type, "must be text, number or boolean");
        var (min, max) = Span(item, "validate");
        return new ValidationRule(field ?? "")
        {
            IsRequired = Find(item, "required") is { ValueKind: JsonValueKind.True },
            Type = type,
            Min = min,
            Max = max,
            Allowed = Find(item, "allowed") is { ValueKind: JsonValueKind.Array } allowed ? [.. allowed.EnumerateArray().Select(LabelText)] : null,
        };
    })];

    Threshold[] ReadThresholds(JsonElement json) => [.. Items(json, "thresholds", RulesMax).Select(item =>
    {
        var severity = item.ValueKind == JsonValueKind.Object ? String(item, "severity", 20, "thresholds.") : null;
        if (severity is not ("warning" or "critical"))
            Fail("thresholds.severity", severity, "must be warning or critical");
        var threshold = new Threshold(severity ?? "", Number(item, "above", "thresholds.above"), Number(item, "below", "thresholds.below"));
        if (Find(item, "above") is null && Find(item, "below") is null)
            Fail("thresholds", Text(item), "must have above or below");
        return threshold;
    })];

    /// <summary>The least and the most that a number may be; between them there must be some.</summary>
    (double? Min, double? Max) Span(JsonElement json, string place)
    {
        var (min, max) = (Number(json, "min", place + ".min"), Number(json, "max", place + ".max"));
        if (min > max)
            Fail(place + ".max", Text(Find(json, "max")!.Value), $"must be at least min, which is {min}: no number is between them");
        return (min, max);
    }

    string Window(JsonElement json)
    {
        var window = String(json, "window", 10) ?? "1h";
        if (window is not ("1m" or "1h" or "1d"))
            Fail("window", window, "must be 1m, 1h or 1d");
        return window;
    }

    IEnumerable<JsonElement> Items(JsonElement json, string name, int most)
    {
        if (Find(json, name) is not { } list)
            return [];
        if (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() <= most)
            return list.EnumerateArray();
        Fail(name, Text(list), $"must be a list of at most {most}");
        return [];
    }

    string? String(JsonElement json, string name, int longest, string place = "")
    {
        if (Find(json, name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String && value.GetString()!.Length <= longest)
            return value.GetString();
        Fail(place + name, Text(value), $"must be a text of at most {longest} characters");
        return null;
    }

    double? Number(JsonElement json, string name, string place, double min = double.MinValue, double max = double.MaxValue)
    {
        if (Find(json, name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max)
            return number;
        Fail(place, Text(value), min > double.MinValue ? $"must be a number from {min} to {max}" : "must be a number");
        return null;
    }

    static JsonElement? Find(JsonElement? json, string name) =>
        json is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A value as a label has it.</summary>
    static string LabelText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetDouble().ToString("R", CultureInfo.InvariantCulture),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "",
    };

    static string? Text(JsonElement value) => Rejection.Cut(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText());

    void Fail(string field, string? value, string rule) => _errors.Add(new DefinitionError(field, value, rule));
}
