using System.Text.Json;
using Barograph.Server.Archive;
using Barograph.Server.Ingest.Otlp;
using Barograph.Server.Ingest.Wire;

namespace Barograph.Server.Traces;

/// <summary>
/// Spans as OTLP has them: <c>trace_id = 1, span_id = 2, trace_state = 3, parent_span_id = 4, name = 5, kind = 6, start = 7, end = 8,
/// attributes = 9, events = 11, links = 13, status = 15</c>.
/// </summary>
internal static class Spans
{
    const int SpanIdBytes = 8;

    static readonly string[] Kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"];
    static readonly string[] Statuses = ["unset", "ok", "error"];

    /// <summary>How requests of spans are taken.</summary>
    public static readonly ItemKind Kind = new("OTLP traces", "spans", "rejectedSpans", "TracesRequest", Check, Describe);

    /// <summary>A span without ids belongs to nothing and cannot be found again.</summary>
    static string? Check(ReadOnlySpan<byte> span)
    {
        OtlpItems.CheckAttributes(span, 9);
        CheckInner(span, 11, 3);
        CheckInner(span, 13, 4);
        OtlpItems.First(OtlpItems.First(span, 15), 2);
        if (OtlpItems.First(span, 1) is not { Length: ArchiveIndex.TraceIdBytes } traceId || !traceId.ContainsAnyExcept((byte)0))
            return $"the span '{SeriesKeyBuilder.Printable(OtlpItems.First(span, 5))}' has no trace id of 16 bytes";
        return OtlpItems.First(span, 2) is { Length: SpanIdBytes } spanId && spanId.ContainsAnyExcept((byte)0)
            ? null
            : $"the span '{SeriesKeyBuilder.Printable(OtlpItems.First(span, 5))}' has no span id of 8 bytes";
    }

    static ReadOnlySpan<byte> Describe(ReadOnlySpan<byte> span, out long minNs, out long maxNs)
    {
        minNs = Time(span, 7);
        maxNs = Math.Max(minNs, Time(span, 8));
        return OtlpItems.First(span, 1);
    }

    static void CheckInner(ReadOnlySpan<byte> span, int field, int attributesField)
    {
        for (var fields = new ProtobufReader(span); fields.MoveNext();)
        {
            if (fields.Field == field)
                OtlpItems.CheckAttributes(fields.Bytes(), attributesField);
            else
                fields.Skip();
        }
    }

    /// <summary>A time in nanoseconds; what lies beyond the year 2262 is its end.</summary>
    static long Time(ReadOnlySpan<byte> message, int field)
    {
        for (var fields = new ProtobufReader(message); fields.MoveNext();)
        {
            if (fields.Field == field)
                return (long)Math.Min(fields.Fixed64(), long.MaxValue);
            fields.Skip();
        }

        return 0;
    }

    static int Number(ReadOnlySpan<byte> message, int field)
    {
        for (var fields = new ProtobufReader(message); fields.MoveNext();)
        {
            if (fields.Field == field)
                return fields.Int32();
            fields.Skip();
        }

        return 0;
    }

    /// <summary>Whether a span belongs to a trace.</summary>
    public static bool IsOf(ReadOnlySpan<byte> span, ReadOnlySpan<byte> traceId) => OtlpItems.First(span, 1).SequenceEqual(traceId);

    /// <summary>Writes a span as an object.</summary>
    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> resource, ReadOnlySpan<byte> scope, ReadOnlySpan<byte> span)
    {
        writer.WriteStartObject();
        ItemJson.WriteId(writer, "spanId", OtlpItems.First(span, 2));
        ItemJson.WriteId(writer, "parentSpanId", OtlpItems.First(span, 4));
        writer.WriteString("name", ItemJson.Text(OtlpItems.First(span, 5)));
        writer.WriteString("kind", Word(Kinds, Number(span, 6)));
        writer.WriteString("startTimeUnixNano", Time(span, 7).ToString());
        writer.WriteString("endTimeUnixNano", Time(span, 8).ToString());
        var status = OtlpItems.First(span, 15);
        writer.WriteString("status", Word(Statuses, Number(status, 3)));
        if (OtlpItems.First(status, 2) is { IsEmpty: false } message)
            writer.WriteString("statusMessage", ItemJson.Text(message));
        ItemJson.WriteAttributes(writer, "attributes", span, 9);
        WriteEvents(writer, span);
        WriteLinks(writer, span);
        ItemJson.WriteOwner(writer, resource, scope);
        writer.WriteEndObject();
    }

    static void WriteEvents(Utf8JsonWriter writer, ReadOnlySpan<byte> span)
    {
        writer.WriteStartArray("events");
        for (var fields = new ProtobufReader(span); fields.MoveNext();)
        {
            if (fields.Field != 11)
            {
                fields.Skip();
                continue;
            }

            var one = fields.Bytes();
            writer.WriteStartObject();
            writer.WriteString("timeUnixNano", Time(one, 1).ToString());
            writer.WriteString("name", ItemJson.Text(OtlpItems.First(one, 2)));
            ItemJson.WriteAttributes(writer, "attributes", one, 3);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    static void WriteLinks(Utf8JsonWriter writer, ReadOnlySpan<byte> span)
    {
        writer.WriteStartArray("links");
        for (var fields = new ProtobufReader(span); fields.MoveNext();)
        {
            if (fields.Field != 13)
            {
                fields.Skip();
                continue;
            }

            var one = fields.Bytes();
            writer.WriteStartObject();
            ItemJson.WriteId(writer, "traceId", OtlpItems.First(one, 1));
            ItemJson.WriteId(writer, "spanId", OtlpItems.First(one, 2));
            ItemJson.WriteAttributes(writer, "attributes", one, 4);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    static string Word(string[] words, int number) => (uint)number < (uint)words.Length ? words[number] : words[0];
}
