using System.Text.Json;
using Barograph.PromQL;
using Barograph.Server.Api;
using Barograph.Server.Query.Export;

namespace Barograph.Server.Query.Prometheus;

/// <summary><c>/api/v1/explain</c> and <c>/api/v1/status/slow_queries</c>: ours, in Prometheus' envelope because they stand beside its routes.</summary>
internal static class ExplainEndpoints
{
    static readonly Shape Step = Shape.Named("PlanStep", static () => Shape.Object(
        new("kind", Shape.Text, "What is done."),
        new("expression", Shape.Text, "The part of the expression that it is."),
        new("notes", Shape.List(Shape.Text), "What is special: evaluated once, shared, …"),
        new("inputs", Shape.List(Step!), "What it builds on.")));

    public static readonly Shape PlanShape = Shape.Named("Plan", static () => Shape.Object(
        new("expression", Shape.Text, "In canonical form."),
        new("type", Shape.Words("scalar", "string", "vector", "matrix"), "What it gives."),
        new("selectors", Shape.List(Shape.Text), "What is read, in the order of the text."),
        new("text", Shape.Text, "The plan as an indented list."),
        new("plan", Step)));

    public static readonly Shape SlowShape = Shape.Named("SlowQueries", static () => Shape.Object(
        new("thresholdSeconds", Shape.OrNull(Shape.Number), "Null: none counts as slow."),
        new("queries", Shape.List(Shape.Object(
            new("time", Shape.Time, "When it ended."),
            new("expression", Shape.Text),
            new("start", Shape.Number, "Unix seconds."),
            new("end", Shape.Number, "Unix seconds."),
            new("step", Shape.Number, "Seconds; 0 for an instant query."),
            new("answered", Shape.Flag, "False: a limit or the timeout was passed, or the client hung up."),
            new("totalSeconds", Shape.Number),
            new("queueSeconds", Shape.Number, "Waiting for its turn."),
            new("selectSeconds", Shape.Number, "Finding series.", Optional: true),
            new("evaluationSeconds", Shape.Number, "Reading and calculating.", Optional: true),
            new("series", Shape.Integer, Optional: true),
            new("samples", Shape.Integer, "Samples read.", Optional: true),
            new("returnedSamples", Shape.Integer, Optional: true),
            new("peakBytes", Shape.Integer, "The most bytes of samples held at a time, about.", Optional: true))))));

    public static ValueTask<PrometheusAnswer> ExplainAsync(HttpContext http, RequestParameters parameters, QueryDesk desk)
    {
        var query = desk.Prepare(parameters["query"]);
        var plan = query.Explain();
        return new(new PrometheusAnswer(async stream =>
        {
            var json = stream.Json;
            json.WriteStartObject();
            json.WriteString("expression"u8, query.Expression.ToString());
            json.WriteString("type"u8, query.Expression.Type switch
            {
                ExpressionType.Scalar => "scalar"u8,
                ExpressionType.String => "string"u8,
                ExpressionType.InstantVector => "vector"u8,
                _ => "matrix"u8,
            });
            json.WritePropertyName("selectors"u8);
            await stream.WriteAsync(query.Selectors.Select(static selector => selector.ToString()));
            json.WriteString("text"u8, plan.ToString());
            json.WritePropertyName("plan"u8);
            Write(json, plan);
            json.WriteEndObject();
        }));
    }

    static void Write(Utf8JsonWriter json, PlanStep step)
    {
        json.WriteStartObject();
        json.WriteString("kind"u8, step.Kind);
        json.WriteString("expression"u8, step.Expression);
        json.WriteStartArray("notes"u8);
        foreach (var note in step.Notes)
            json.WriteStringValue(note);
        json.WriteEndArray();
        json.WriteStartArray("inputs"u8);
        foreach (var input in step.Inputs)
            Write(json, input);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static ValueTask<PrometheusAnswer> SlowAsync(HttpContext http, RequestParameters parameters, QueryDesk desk)
    {
        var limit = parameters.Limit;
        var slow = http.RequestServices.GetRequiredService<SlowQueries>();
        var queries = slow.Newest;
        return new(new PrometheusAnswer(async stream =>
        {
            var json = stream.Json;
            json.WriteStartObject();
            if (slow.Threshold is { } threshold)
                json.WriteNumber("thresholdSeconds"u8, threshold.TotalSeconds);
            else
                json.WriteNull("thresholdSeconds"u8);
            json.WriteStartArray("queries"u8);
            foreach (var query in limit > 0 ? queries.Take(limit) : queries)
            {
                Write(stream, query);
                await stream.PassOnAsync();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }));
    }

    static void Write(JsonStream stream, SlowQuery query)
    {
        var json = stream.Json;
        json.WriteStartObject();
        json.WriteString("time"u8, ExportHead.Time(query.Time.ToUnixTimeMilliseconds()));
        json.WriteString("expression"u8, query.Expression);
        json.WritePropertyName("start"u8);
        stream.WriteSeconds(query.Times.StartMs);
        json.WritePropertyName("end"u8);
        stream.WriteSeconds(query.Times.EndMs);
        json.WritePropertyName("step"u8);
        stream.WriteSeconds(query.Times.StepMs);
        json.WriteBoolean("answered"u8, query.Statistics is not null);
        json.WriteNumber("totalSeconds"u8, query.Total.TotalSeconds);
        json.WriteNumber("queueSeconds"u8, query.Waited.TotalSeconds);
        if (query.Statistics is { } cost)
        {
            json.WriteNumber("selectSeconds"u8, cost.SelectTime.TotalSeconds);
            json.WriteNumber("evaluationSeconds"u8, cost.EvaluationTime.TotalSeconds);
            json.WriteNumber("series"u8, cost.SeriesSelected);
            json.WriteNumber("samples"u8, cost.SamplesRead);
            json.WriteNumber("returnedSamples"u8, cost.SamplesReturned);
            json.WriteNumber("peakBytes"u8, cost.PeakBytes);
        }

        json.WriteEndObject();
    }
}
