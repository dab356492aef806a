using System.Text.Json;
using Barograph.PromQL;
using Barograph.Server.Events;
using Barograph.Server.Query;
using Barograph.TimeSeries;

namespace Barograph.Server.Definitions;

/// <summary>What a definition made of PromQL would have kept in the last minutes.</summary>
internal sealed class ExpressionDryRun
{
    const int StepsMax = 500, SeriesMax = 100;
    const long StepMsMin = 10_000; // as often as it is evaluated when it counts

    readonly QueryResult _result;
    readonly long _stepMs;

    ExpressionDryRun(QueryResult result, long stepMs) => (_result, _stepMs) = (result, stepMs);

    /// <summary>Evaluates it over a time.</summary>
    /// <exception cref="Exception">Those of <see cref="QueryDesk.EvaluateAsync"/>.</exception>
    public static async Task<ExpressionDryRun> EvaluateAsync(Definition definition, QueryDesk queries, TimeRange range, CancellationToken hungUp)
    {
        var stepMs = Math.Max(StepMsMin, (range.EndMs - range.StartMs) / StepsMax);
        var (result, _) = await queries.EvaluateAsync(queries.Prepare(definition.PromQL!), QueryTimes.Range(range.StartMs, range.EndMs, stepMs), null, null, hungUp);
        return new ExpressionDryRun(result, stepMs);
    }

    /// <summary>Writes the answer's members; the value of a series is its last one.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray("errors");
        json.WriteEndArray();
        json.WriteStartArray("warnings");
        foreach (var warning in _result.Warnings)
            json.WriteStringValue(warning);
        if (_result.Series.Count == 0)
            json.WriteStringValue("the expression had no value in this time");
        if (_result.Series.Count > SeriesMax)
            json.WriteStringValue($"{SeriesMax} of {_result.Series.Count} series are shown");
        json.WriteEndArray();
        foreach (var name in new[] { "events", "matched", "missing_field", "rejected" })
            json.WriteNumber(name, 0);
        json.WriteStartArray("rejections");
        json.WriteEndArray();
        json.WriteNull("since");
        json.WriteNumber("step_seconds", _stepMs / 1000);
        json.WriteNumber("window_seconds", _stepMs / 1000);
        json.WriteStartArray("series");
        foreach (var series in _result.Series.Take(SeriesMax))
            Write(json, series);
        json.WriteEndArray();
    }

    void Write(Utf8JsonWriter json, ResultSeries series)
    {
        json.WriteStartObject();
        json.WriteStartObject("labels");
        foreach (var label in series.Labels.Where(static label => label.Name != Labels.MetricName))
            json.WriteString(label.Name, label.Value);
        json.WriteEndObject();
        double? last = null;
        json.WriteStartArray("samples");
        for (var step = 0; step < _result.Steps; step++)
        {
            if (!series.HasFloat(step) || !double.IsFinite(series.Values[step]))
                continue; // JSON has no infinity
            last = series.Values[step];
            json.WriteStartArray();
            json.WriteStringValue(EventTime.Write(_result.TimestampMs(step)));
            json.WriteNumberValue(series.Values[step]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        if (last is { } value)
            json.WriteNumber("value", value);
        else
            json.WriteNull("value");
        json.WriteEndObject();
    }
}
