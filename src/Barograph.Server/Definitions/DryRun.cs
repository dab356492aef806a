using System.Text.Json;
using Barograph.Server.Events;
using Barograph.TimeSeries;

namespace Barograph.Server.Definitions;

/// <summary>What a definition would have made of the events of a time, without keeping anything.</summary>
internal sealed class DryRun(Definition definition, EventLog log, Lazy<IdentityHash> identities, TimeRange range)
{
    // When so many were read, the segments that are left are not: they are named by the time since which all were.
    const int EventsMax = 200_000;
    const int SeriesMax = 100, RejectionsMax = 100;

    readonly CompiledDefinition _compiled = new(definition, null, identities);
    readonly List<(string? Id, string Field, string? Value, string Rule)> _rejections = [];
    readonly HashSet<string> _fieldsSeen = new(StringComparer.Ordinal), _typesSeen = new(StringComparer.Ordinal);
    int _events, _rejected;
    long _segment = long.MaxValue;
    long? _sinceMs;

    /// <summary>Reads the events and writes the answer's members.</summary>
    public void Write(Utf8JsonWriter json, CancellationToken stop)
    {
        string[] types = [.. definition.Sources.Select(static source => source.Event).Distinct(StringComparer.Ordinal)];
        // What comes later than now is of a sender whose clock is ahead; it counts too.
        new EventSearch(log).Scan(new EventFilter { Range = range with { EndMs = long.MaxValue }, Types = types },
            newestSegmentFirst: true, (one, at) => Take(one, at.Place.Segment), stop);
        var chart = DryRunChart.Over(definition, _sinceMs ?? range.StartMs, range.EndMs);
        var sets = _compiled.Rules.SelectMany(static rule => rule.Metric.LabelSets).Select(static set => set.Values)
            .DistinctBy(static values => string.Join('\u0001', values), StringComparer.Ordinal).ToList();
        var series = sets.Take(SeriesMax).Select(values => chart.Draw(values, _compiled)).ToList();
        json.WriteStartArray("errors");
        json.WriteEndArray();
        json.WriteStartArray("warnings");
        foreach (var warning in Warnings().Concat(chart.Warnings(sets.Count, SeriesMax)))
            json.WriteStringValue(warning);
        json.WriteEndArray();
        json.WriteNumber("events", _events);
        json.WriteNumber("matched", _compiled.Seen.Matched);
        json.WriteNumber("missing_field", _compiled.Seen.Missing);
        json.WriteNumber("rejected", _rejected);
        WriteRejections(json);
        json.WriteString("since", _sinceMs is { } sinceMs ? EventTime.Write(sinceMs) : null);
        json.WriteNumber("step_seconds", chart.StepMs / 1000);
        json.WriteNumber("window_seconds", chart.WindowMs / 1000);
        json.WriteStartArray("series");
        foreach (var one in series)
            Write(json, one);
        json.WriteEndArray();
    }

    bool Take(EventRecord one, long segment)
    {
        if (segment != _segment && _events >= EventsMax)
        {
            var left = log.Book.Segments(range with { EndMs = long.MaxValue }).Where(other => other.Number <= segment);
            _sinceMs = left.Select(static other => other.MaxMs + 1).Append(range.StartMs).Max();
            return false;
        }

        _segment = segment;
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

        return true;
    }

    IEnumerable<string> Warnings()
    {
        foreach (var type in definition.Sources.Select(static source => source.Event).Distinct(StringComparer.Ordinal).Where(type => !_typesSeen.Contains(type)))
            yield return $"there was no event of the type '{type}'";
        if (_events == 0)
            yield break;
        if (_sinceMs is { } sinceMs)
            yield return $"only the newest {_events} events were read: all since {EventTime.Write(sinceMs)}";
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

        if (definition.Aggregation == Aggregation.Ratio && _compiled.Rules[1].Metric.LabelSets.Sum(static set => DryRunChart.Total(set.Cells.Values)) == 0)
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

    void Write(Utf8JsonWriter json, DryRunSeries series)
    {
        json.WriteStartObject();
        json.WriteStartObject("labels");
        for (var i = 0; i < series.Labels.Count; i++)
            json.WriteString(definition.Labels[i].Name, series.Labels[i]);
        json.WriteEndObject();
        if (series.Value is { } value)
            json.WriteNumber("value", value);
        else
            json.WriteNull("value");
        json.WriteStartArray("samples");
        foreach (var (timeMs, sample) in series.Points)
        {
            json.WriteStartArray();
            json.WriteStringValue(EventTime.Write(timeMs));
            json.WriteNumberValue(sample);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
