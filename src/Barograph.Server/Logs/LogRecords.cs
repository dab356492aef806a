using System.Text.Json;
using Barograph.Server.Archive;
using Barograph.Server.Ingest.Otlp;
using Barograph.Server.Ingest.Wire;

namespace Barograph.Server.Logs;

/// <summary>
/// Log records as OTLP has them: <c>time = 1, severity_number = 2, severity_text = 3, body = 5, attributes = 6, trace_id = 9,
/// span_id = 10, observed_time = 11, event_name = 12</c>.
/// </summary>
internal static class LogRecords
{
    /// <summary>How requests of log records are taken.</summary>
    public static readonly ItemKind Kind = new("OTLP logs", "log records", "rejectedLogRecords", "LogsRequest", Check, Describe);

    /// <summary>Nothing of a log record must be there; but without any time it cannot be found again.</summary>
    static string? Check(ReadOnlySpan<byte> record)
    {
        OtlpItems.CheckAttributes(record, 6);
        OtlpItems.CheckValue(OtlpItems.First(record, 5), 0);
        OtlpItems.First(record, 3);
        OtlpItems.First(record, 12);
        return Time(record) > 0 ? null : "a log record has neither a time nor the time at which it was observed";
    }

    static ReadOnlySpan<byte> Describe(ReadOnlySpan<byte> record, out long minNs, out long maxNs)
    {
        minNs = maxNs = Time(record);
        return OtlpItems.First(record, 9);
    }

    /// <summary>When it happened, or else when it was observed, Unix nanoseconds.</summary>
    public static long Time(ReadOnlySpan<byte> record)
    {
        var (time, observed) = (0UL, 0UL);
        for (var fields = new ProtobufReader(record); fields.MoveNext();)
        {
            if (fields.Field == 1)
                time = fields.Fixed64();
            else if (fields.Field == 11)
                observed = fields.Fixed64();
            else
                fields.Skip();
        }

        return (long)Math.Min(time > 0 ? time : observed, long.MaxValue);
    }

    /// <summary>Writes a record as an object.</summary>
    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> resource, ReadOnlySpan<byte> scope, ReadOnlySpan<byte> record)
    {
        writer.WriteStartObject();
        writer.WriteString("timeUnixNano", Time(record).ToString());
        writer.WriteNumber("severityNumber", Severity(record));
        writer.WriteString("severityText", ItemJson.Text(OtlpItems.First(record, 3)));
        writer.WritePropertyName("body");
        OtlpAttributes.WriteJson(OtlpItems.First(record, 5), writer);
        if (OtlpItems.First(record, 12) is { IsEmpty: false } name)
            writer.WriteString("eventName", ItemJson.Text(name));
        ItemJson.WriteId(writer, "traceId", OtlpItems.First(record, 9));
        ItemJson.WriteId(writer, "spanId", OtlpItems.First(record, 10));
        ItemJson.WriteAttributes(writer, "attributes", record, 6);
        ItemJson.WriteOwner(writer, resource, scope);
        writer.WriteEndObject();
    }

    static int Severity(ReadOnlySpan<byte> record)
    {
        for (var fields = new ProtobufReader(record); fields.MoveNext();)
        {
            if (fields.Field == 2)
                return fields.Int32();
            fields.Skip();
        }

        return 0;
    }
}
