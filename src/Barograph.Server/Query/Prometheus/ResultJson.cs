using Barograph.PromQL;
using Barograph.TimeSeries;

namespace Barograph.Server.Query.Prometheus;

/// <summary>The <c>data</c> of a query, straight from the answer's columns.</summary>
internal static class ResultJson
{
    const int SamplesAtOnce = 1024; // some 30 KB

    /// <param name="stream">Where it goes.</param>
    /// <param name="result">The answer.</param>
    /// <param name="seriesCount">How many of its series are written.</param>
    /// <param name="stats">"" for no statistics, "all" for all there are.</param>
    /// <param name="planned">How long parsing and planning took.</param>
    /// <param name="waited">How long the query waited for its turn.</param>
    public static async ValueTask WriteAsync(JsonStream stream, QueryResult result, int seriesCount, string stats, TimeSpan planned, TimeSpan waited)
    {
        var json = stream.Json;
        json.WriteStartObject();
        json.WriteString("resultType"u8, result.Kind.ToString().ToLowerInvariant());
        json.WritePropertyName("result"u8);
        switch (result.Kind)
        {
            case ResultKind.Scalar:
                stream.WriteSample(result.StartMs, result.Scalar);
                break;
            case ResultKind.String:
                json.WriteStartArray();
                stream.WriteSeconds(result.StartMs);
                json.WriteStringValue(result.Text);
                json.WriteEndArray();
                break;
            default:
                json.WriteStartArray();
                for (var i = 0; i < seriesCount; i++)
                {
                    json.WriteStartObject();
                    json.WritePropertyName("metric"u8);
                    stream.Write(result.Series[i].Labels);
                    if (result.Kind == ResultKind.Vector)
                        WriteNewest(stream, result, result.Series[i]);
                    else
                        await WriteSamplesAsync(stream, result, result.Series[i]);
                    json.WriteEndObject();
                    await stream.PassOnAsync();
                }

                json.WriteEndArray();
                break;
        }

        if (stats.Length > 0)
            WriteStatistics(stream, result.Statistics, planned, waited, all: stats == "all");
        json.WriteEndObject();
    }

    /// <summary>The properties <c>values</c> and <c>histograms</c> of a series; each only when there is something in it.</summary>
    public static async ValueTask WriteSamplesAsync(JsonStream stream, QueryResult result, ResultSeries series)
    {
        var json = stream.Json;
        var count = series.Values.Length;
        var first = Array.FindIndex(series.Values, static value => !StaleMarker.Is(value));
        if (first >= 0)
        {
            json.WriteStartArray("values"u8);
            var isFirst = true;
            for (var from = first; from < count; from += SamplesAtOnce)
            {
                stream.WriteSamples(SamplesOf(result, series, from, Math.Min(SamplesAtOnce, count - from)), ref isFirst);
                await stream.PassOnAsync();
            }

            json.WriteEndArray();
        }

        if (series.Histograms is not { } histograms || !histograms.Any(static histogram => histogram is not null))
            return;
        json.WriteStartArray("histograms"u8);
        for (var step = 0; step < count; step++)
        {
            if (histograms[step] is not { } histogram)
                continue;
            Write(stream, TimeOf(result, series, step), histogram);
            await stream.PassOnAsync();
        }

        json.WriteEndArray();
    }

    static SampleSpan SamplesOf(QueryResult result, ResultSeries series, int from, int count) => new(
        series.Values.AsSpan(from, count), result.TimestampMs(from), result.StepMs, series.TimestampsMs is { } times ? times.AsSpan(from, count) : default);

    static long TimeOf(QueryResult result, ResultSeries series, int step) => series.TimestampsMs is { } times ? times[step] : result.TimestampMs(step);

    static void WriteNewest(JsonStream stream, QueryResult result, ResultSeries series)
    {
        if (series.Histograms?[0] is { } histogram)
        {
            stream.Json.WritePropertyName("histogram"u8);
            Write(stream, result.StartMs, histogram);
            return;
        }

        stream.Json.WritePropertyName("value"u8);
        stream.WriteSample(result.StartMs, series.Values[0]);
    }

    static void Write(JsonStream stream, long timestampMs, NativeHistogram histogram)
    {
        var json = stream.Json;
        json.WriteStartArray();
        stream.WriteSeconds(timestampMs);
        json.WriteStartObject();
        json.WritePropertyName("count"u8);
        stream.WriteValue(histogram.Count);
        json.WritePropertyName("sum"u8);
        stream.WriteValue(histogram.Sum);
        var isCustom = histogram.Schema == NativeHistogram.CustomBucketsSchema;
        var any = false;
        foreach (var bucket in HistogramBuckets.Ascending(histogram))
        {
            if (bucket.Count == 0)
                continue;
            if (!any)
                json.WriteStartArray("buckets"u8);
            any = true;
            json.WriteStartArray();
            json.WriteNumberValue(Edges(bucket, isCustom));
            stream.WriteValue(bucket.Lower);
            stream.WriteValue(bucket.Upper);
            stream.WriteValue(bucket.Count);
            json.WriteEndArray();
        }

        if (any)
            json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    // 0: the lower bound is out; 1: the upper one; 2: both; 3: none. The zero bucket has both, positive buckets the upper,
    // negative ones the lower; the first custom bucket begins at -Inf and has it.
    static int Edges(Bucket bucket, bool isCustom)
    {
        if (isCustom)
            return double.IsNegativeInfinity(bucket.Lower) ? 3 : 0;
        return (bucket.Lower < 0, bucket.Upper > 0) switch
        {
            (false, true) => 0,
            (true, false) => 1,
            _ => 3,
        };
    }

    static void WriteStatistics(JsonStream stream, QueryStatistics statistics, TimeSpan planned, TimeSpan waited, bool all)
    {
        var json = stream.Json;
        json.WriteStartObject("stats"u8);
        json.WriteStartObject("timings"u8);
        json.WriteNumber("evalTotalTime"u8, statistics.TotalTime.TotalSeconds);
        json.WriteNumber("resultSortTime"u8, 0);
        json.WriteNumber("queryPreparationTime"u8, statistics.SelectTime.TotalSeconds);
        json.WriteNumber("innerEvalTime"u8, statistics.EvaluationTime.TotalSeconds);
        json.WriteNumber("execQueueTime"u8, waited.TotalSeconds);
        json.WriteNumber("execTotalTime"u8, (waited + statistics.TotalTime).TotalSeconds);
        if (all)
            json.WriteNumber("planTime"u8, planned.TotalSeconds);
        json.WriteEndObject();
        json.WriteStartObject("samples"u8);
        json.WriteNumber("totalQueryableSamples"u8, statistics.SamplesRead);
        json.WriteNumber("peakSamples"u8, statistics.PeakBytes / (2 * sizeof(double))); // a sample is a time and a value
        if (all)
        {
            json.WriteNumber("returnedSamples"u8, statistics.SamplesReturned);
            json.WriteNumber("selectedSeries"u8, statistics.SeriesSelected);
            json.WriteNumber("steps"u8, statistics.Steps);
            json.WriteNumber("cachedSteps"u8, statistics.CachedSteps);
            json.WriteStartArray("rollups"u8);
            foreach (var rollup in statistics.Rollups)
                json.WriteStringValue(rollup);
            json.WriteEndArray();
            json.WriteNumber("peakBytes"u8, statistics.PeakBytes);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
