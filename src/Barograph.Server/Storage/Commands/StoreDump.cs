using System.Text.Encodings.Web;
using System.Text.Json;
using Barograph.TimeSeries;

namespace Barograph.Server.Storage.Commands;

/// <summary>
/// A store as lines of JSON, one run of samples a line, written as it is read: memory does not grow with the samples. The lines
/// are described in docs/store.md.
/// </summary>
internal static class StoreDump
{
    public static void Write(ReadOnlyStore store, IReadOnlyList<Matcher> matchers, TimeRange range, Stream output, CancellationToken stopping)
    {
        // Lines are for programs, and are no part of a page: only what JSON itself demands is escaped.
        using var buffered = new BufferedStream(output, 64 << 10);
        using var json = new Utf8JsonWriter(buffered, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        foreach (var (name, about) in store.Metadata.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("metadata", name);
            json.WriteString("type", about.Type.ToString().ToLowerInvariant());
            json.WriteString("unit", about.Unit);
            json.WriteString("help", about.Help);
            EndLine(json, buffered);
        }

        using var selection = store.Select(matchers, range);
        foreach (var series in selection.Series)
        {
            stopping.ThrowIfCancellationRequested();
            using var reader = series.OpenReader();
            while (reader.MoveNext())
                WriteRun(json, series.Labels, reader, buffered);
        }

        foreach (var series in store.SelectExemplars(matchers, range))
            WriteExemplars(json, series, buffered);
    }

    static void WriteExemplars(Utf8JsonWriter json, SeriesExemplars series, Stream output)
    {
        json.WriteStartObject();
        WriteLabels(json, "metric", series.Labels);
        json.WriteStartArray("exemplars");
        foreach (var exemplar in series.Exemplars)
        {
            json.WriteStartObject();
            json.WriteNumber("timestamp", exemplar.TimestampMs);
            WriteValue(json, "value", exemplar.Value);
            WriteLabels(json, "labels", exemplar.Labels);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        EndLine(json, output);
    }

    static void WriteLabels(Utf8JsonWriter json, string name, Labels labels)
    {
        json.WriteStartObject(name);
        foreach (var label in labels)
            json.WriteString(label.Name, label.Value);
        json.WriteEndObject();
    }

    static void WriteRun(Utf8JsonWriter json, Labels labels, SampleReader reader, Stream output)
    {
        json.WriteStartObject();
        WriteLabels(json, "metric", labels);
        WriteTimes(json, "timestamps", reader.TimestampsMs);
        if (!reader.StartTimestampsMs.IsEmpty)
            WriteTimes(json, "startTimestamps", reader.StartTimestampsMs);
        if (reader.Histograms.IsEmpty)
        {
            WriteValues(json, "values", reader.Values);
        }
        else
        {
            json.WriteStartArray("histograms");
            foreach (var histogram in reader.Histograms)
                WriteHistogram(json, histogram);
            json.WriteEndArray();
        }

        EndLine(json, output);
    }

    static void WriteHistogram(Utf8JsonWriter json, NativeHistogram histogram)
    {
        json.WriteStartObject();
        json.WriteNumber("schema", histogram.Schema);
        WriteValue(json, "count", histogram.Count);
        WriteValue(json, "sum", histogram.Sum);
        WriteValue(json, "zeroThreshold", histogram.ZeroThreshold);
        WriteValue(json, "zeroCount", histogram.ZeroCount);
        WriteSpans(json, "positiveSpans", histogram.PositiveSpans);
        WriteValues(json, "positiveBuckets", histogram.PositiveBuckets);
        WriteSpans(json, "negativeSpans", histogram.NegativeSpans);
        WriteValues(json, "negativeBuckets", histogram.NegativeBuckets);
        WriteValues(json, "customBounds", histogram.CustomBounds);
        json.WriteString("reset", histogram.CounterResetHint.ToString().ToLowerInvariant());
        json.WriteEndObject();
    }

    static void WriteSpans(Utf8JsonWriter json, string name, ReadOnlySpan<BucketSpan> spans)
    {
        json.WriteStartArray(name);
        foreach (var (offset, length) in spans)
        {
            json.WriteStartArray();
            json.WriteNumberValue(offset);
            json.WriteNumberValue(length);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    static void WriteTimes(Utf8JsonWriter json, string name, ReadOnlySpan<long> timesMs)
    {
        json.WriteStartArray(name);
        foreach (var time in timesMs)
            json.WriteNumberValue(time);
        json.WriteEndArray();
    }

    static void WriteValues(Utf8JsonWriter json, string name, ReadOnlySpan<double> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            WriteValue(json, value);
        json.WriteEndArray();
    }

    static void WriteValue(Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        WriteValue(json, value);
    }

    static void WriteValue(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteStringValue(StaleMarker.Is(value) ? "stale" : double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
    }

    static void EndLine(Utf8JsonWriter json, Stream output)
    {
        json.WriteEndObject();
        json.Flush();
        json.Reset();
        output.WriteByte((byte)'\n');
    }
}
