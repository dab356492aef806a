using System.Text.Json;
using Barograph.Server.Events;
using Barograph.TimeSeries;

namespace Barograph.Server.Definitions;

/// <summary>What a definition would have made of the events of the last minutes, without keeping anything.</summary>
internal sealed class DryRun(Definition definition, EventLog log, Lazy<IdentityHash> identities)
{
    const int EventsMax = 200_000, SeriesMax = 100, SamplesMax = 1000, RejectionsMax = 100;

    readonly CompiledDefinition _compiled = new(definition, null, identities);
    readonly List<(string? Id, string Field, string? Value, string Rule)> _rejections = [];
    readonly HashSet<string> _fieldsSeen = new(StringComparer.Ordinal), _typesSeen = new(StringComparer.Ordinal);
    int _events, _rejected;

    /// <summary>Reads the events and writes the answer's members.</summary>
    public void Write(Utf8JsonWriter json, TimeRange range, CancellationToken stop)
    {
        new EventSearch(log).Scan(new EventFilter { Range = range, Types = [.. definition.Sources.Select(static source => source.Event).Distinct(StringComparer.Ordinal)] },
            newestSegmentFirst: true, (one, _) => Take(one), stop);
        json.WriteStartArray("errors");
        json.WriteEndArray();
        json.WriteStartArray("warnings");
        foreach (var warning in Warnings())
            json.WriteStringValue(warning);
        json.WriteEndArray();
        json.WriteNumber("events", _events);
        json.WriteNumber("matched", _compiled.Seen.Matched);
        json.WriteNumber("missing_field", _compiled.Seen.Missing);
        json.WriteNumber("rejected", _rejected);
        WriteRejections(json);
        WriteSeries(json);
    }

    bool Take(EventRecord one)
    {
        _events++;
        _typesSeen.Add(one.Type);
        foreach (var field in one.Fields)
        {
            if (_fieldsSeen.Count < 10_000)
                _fieldsSeen.Add(field.Path);
        }

        if (_compiled.Check(one) is var (path, value, rule))
        {
            _rejected++;
            if (_rejections.Count < RejectionsMax)
                _rejections.Add((one.Id, path, value, rule));
        }
        else
        {
            foreach (var compiled in _compiled.Rules.Where(compiled => compiled.Type == one.Type))
                compiled.Apply(one);
        }

        return _events < EventsMax;
    }

    IEnumerable<string> Warnings()
    {
        foreach (var type in definition.Sources.Select(static source => source.Event).Distinct(StringComparer.Ordinal).Where(type => !_typesSeen.Contains(type)))
            yield return $"there was no event of the type '{type}'";
        if (_events == 0)
            yield break;
        if (_events == EventsMax)
            yield return $"only {EventsMax} events were read";
        var named = definition.Sources.Select(static source => source.Field).OfType<string>().Concat(definition.Labels.Select(static label => label.Field))
            .Concat(definition.Sources.SelectMany(static source => source.Where).Select(static condition => condition.Path)).Concat(definition.Validate.Select(static rule => rule.Field));
        foreach (var path in named.Distinct(StringComparer.Ordinal).Where(path => !_fieldsSeen.Contains(path) && path is not ("id" or "type")))
            yield return $"no event has the field '{path}'";
        if (_compiled.Seen is { Matched: var matched, Missing: var missing })
        {
            if (matched == 0 && _rejected < _events)
                yield return $"none of the {_events} events passes 'where'";
            else if (matched > 0 && matched == missing && definition.Source?.Field is { } field && _fieldsSeen.Contains(field) && definition.Aggregation is not (Aggregation.Count or Aggregation.Distinct))
                yield return $"the field '{field}' is a number in none of the events that matched";
        }

        if (definition.Aggregation == Aggregation.Ratio && Total(_compiled.Rules[1].Metric) == 0)
            yield return "the denominator is 0: there is no value";
        if (_compiled.Rules.Any(static rule => rule.Metric.Folded > 0))
            yield return $"there are more than {DerivedMetric.LabelSetsMax} label sets: further ones are counted under '{DerivedMetric.Other}'";
    }

    void WriteRejections(Utf8JsonWriter json)
    {
        json.WriteStartArray("rejections");
        foreach (var (id, field, value, rule) in _rejections)
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("field", field);
            json.WriteString("value", value);
            json.WriteString("rule", rule);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    void WriteSeries(Utf8JsonWriter json)
    {
        json.WriteStartArray("series");
        var sets = _compiled.Rules.SelectMany(static rule => rule.Metric.LabelSets).Select(static set => set.Values)
            .DistinctBy(static values => string.Join('\u0001', values), StringComparer.Ordinal).Take(SeriesMax);
        foreach (var values in sets)
        {
            json.WriteStartObject();
            json.WriteStartObject("labels");
            for (var i = 0; i < values.Count; i++)
                json.WriteString(definition.Labels[i].Name, values[i]);
            json.WriteEndObject();
            var parts = _compiled.Rules.Select(rule => rule.Metric.LabelSets.FirstOrDefault(set => set.Values.SequenceEqual(values))).ToArray();
            WriteNumber(json, "value", Value(parts));
            json.WriteStartArray("samples");
            foreach (var (timeMs, cell) in (parts[0]?.Cells ?? []).OrderBy(static one => one.Key).TakeLast(SamplesMax))
            {
                json.WriteStartArray();
                json.WriteStringValue(EventTime.Write(timeMs));
                json.WriteNumberValue(cell.Buckets is { } buckets ? buckets.Sum() : cell.Sum);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    double? Value(LabelSet?[] parts) => definition.Aggregation switch
    {
        Aggregation.Avg or Aggregation.Ratio => Total(parts[1]) is not 0 and var below ? Total(parts[0]) / below : null,
        Aggregation.Min => parts[0]!.Cells.Values.Min(static cell => cell.Sum),
        Aggregation.Max => parts[0]!.Cells.Values.Max(static cell => cell.Sum),
        Aggregation.Percentile => Quantile(parts[0]!, definition.Percentile / 100),
        Aggregation.Distinct => parts[0]!.Windows.Values.Max(static window => window.Sketch.Estimate()),
        _ => Total(parts[0]),
    };

    static double? Quantile(LabelSet set, double q)
    {
        var buckets = new long[Ladder.Anything.Count];
        foreach (var cell in set.Cells.Values)
        {
            for (var i = 0; i < buckets.Length; i++)
                buckets[i] += cell.Buckets![i];
        }

        var rank = q * buckets.Sum();
        for (var i = 0; i < buckets.Length; i++)
        {
            rank -= buckets[i];
            if (rank <= 0 && buckets[i] > 0)
                return Ladder.Anything.MiddleOf(i);
        }

        return null;
    }

    static double Total(LabelSet? set) => set?.Cells.Values.Sum(static cell => cell.Sum) ?? 0;

    static double Total(DerivedMetric metric) => metric.LabelSets.Sum(Total);

    static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
