using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Barograph.Server.Ingest.Wire;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>
/// Rewrites OTLP's JSON as its protobuf, so that there is one reader of the meaning. Fields that the reader does not use are
/// left out; numbers of 64 bits may come as text, and what is null is absent, as the protocol's JSON mapping has it.
/// </summary>
internal sealed class OtlpJson(int bytesMax)
{
    /// <summary>
    /// Each level of an attribute that is a map takes four in JSON (<c>{"kvlistValue":{"values":[{"value":…</c>), and the way to an
    /// attribute some ten. How deep values may be is said where they are read, in both encodings alike.
    /// </summary>
    const int JsonDepthMax = 256;

    enum Kind
    {
        Text,
        Bool,
        Varint,
        SignedVarint,
        Zigzag,
        Fixed64,
        SignedFixed64,
        Double,
        Base64,
        Hex,
        Message,
    }

    sealed record Field(int Number, Kind Kind, string Message = "");

    /// <summary>The messages by name, their fields by the name that JSON gives them.</summary>
    static readonly Dictionary<string, Dictionary<string, Field>> Messages = new(StringComparer.Ordinal)
    {
        ["Request"] = new() { ["resourceMetrics"] = Inner(1, "ResourceMetrics") },
        ["ResourceMetrics"] = new() { ["resource"] = Inner(1, "Resource"), ["scopeMetrics"] = Inner(2, "ScopeMetrics") },
        ["TracesRequest"] = new() { ["resourceSpans"] = Inner(1, "ResourceSpans") },
        ["ResourceSpans"] = new() { ["resource"] = Inner(1, "Resource"), ["scopeSpans"] = Inner(2, "ScopeSpans") },
        ["ScopeSpans"] = new() { ["scope"] = Inner(1, "Scope"), ["spans"] = Inner(2, "Span") },
        ["Span"] = new()
        {
            ["traceId"] = new(1, Kind.Hex),
            ["spanId"] = new(2, Kind.Hex),
            ["traceState"] = new(3, Kind.Text),
            ["parentSpanId"] = new(4, Kind.Hex),
            ["name"] = new(5, Kind.Text),
            ["kind"] = new(6, Kind.SignedVarint),
            ["startTimeUnixNano"] = new(7, Kind.Fixed64),
            ["endTimeUnixNano"] = new(8, Kind.Fixed64),
            ["attributes"] = Inner(9, "KeyValue"),
            ["droppedAttributesCount"] = new(10, Kind.Varint),
            ["events"] = Inner(11, "Event"),
            ["droppedEventsCount"] = new(12, Kind.Varint),
            ["links"] = Inner(13, "Link"),
            ["droppedLinksCount"] = new(14, Kind.Varint),
            ["status"] = Inner(15, "Status"),
        },
        ["Event"] = new() { ["timeUnixNano"] = new(1, Kind.Fixed64), ["name"] = new(2, Kind.Text), ["attributes"] = Inner(3, "KeyValue") },
        ["Link"] = new()
        {
            ["traceId"] = new(1, Kind.Hex),
            ["spanId"] = new(2, Kind.Hex),
            ["traceState"] = new(3, Kind.Text),
            ["attributes"] = Inner(4, "KeyValue"),
        },
        ["Status"] = new() { ["message"] = new(2, Kind.Text), ["code"] = new(3, Kind.SignedVarint) },
        ["LogsRequest"] = new() { ["resourceLogs"] = Inner(1, "ResourceLogs") },
        ["ResourceLogs"] = new() { ["resource"] = Inner(1, "Resource"), ["scopeLogs"] = Inner(2, "ScopeLogs") },
        ["ScopeLogs"] = new() { ["scope"] = Inner(1, "Scope"), ["logRecords"] = Inner(2, "LogRecord") },
        ["LogRecord"] = new()
        {
            ["timeUnixNano"] = new(1, Kind.Fixed64),
            ["severityNumber"] = new(2, Kind.SignedVarint),
            ["severityText"] = new(3, Kind.Text),
            ["body"] = Inner(5, "AnyValue"),
            ["attributes"] = Inner(6, "KeyValue"),
            ["droppedAttributesCount"] = new(7, Kind.Varint),
            ["traceId"] = new(9, Kind.Hex),
            ["spanId"] = new(10, Kind.Hex),
            ["observedTimeUnixNano"] = new(11, Kind.Fixed64),
            ["eventName"] = new(12, Kind.Text),
        },
        ["Resource"] = new() { ["attributes"] = Inner(1, "KeyValue") },
        ["ScopeMetrics"] = new() { ["scope"] = Inner(1, "Scope"), ["metrics"] = Inner(2, "Metric") },
        ["Scope"] = new() { ["name"] = new(1, Kind.Text), ["version"] = new(2, Kind.Text), ["attributes"] = Inner(3, "KeyValue") },
        ["KeyValue"] = new() { ["key"] = new(1, Kind.Text), ["value"] = Inner(2, "AnyValue") },
        ["AnyValue"] = new()
        {
            ["stringValue"] = new(1, Kind.Text),
            ["boolValue"] = new(2, Kind.Bool),
            ["intValue"] = new(3, Kind.SignedVarint),
            ["doubleValue"] = new(4, Kind.Double),
            ["arrayValue"] = Inner(5, "ArrayValue"),
            ["kvlistValue"] = Inner(6, "KeyValueList"),
            ["bytesValue"] = new(7, Kind.Base64),
        },
        ["ArrayValue"] = new() { ["values"] = Inner(1, "AnyValue") },
        ["KeyValueList"] = new() { ["values"] = Inner(1, "KeyValue") },
        ["Metric"] = new()
        {
            ["name"] = new(1, Kind.Text),
            ["description"] = new(2, Kind.Text),
            ["unit"] = new(3, Kind.Text),
            ["gauge"] = Inner(5, "Numbers"),
            ["sum"] = Inner(7, "Numbers"),
            ["histogram"] = Inner(9, "Histograms"),
            ["exponentialHistogram"] = Inner(10, "Exponentials"),
            ["summary"] = Inner(11, "Summaries"),
        },
        ["Numbers"] = Data("Number"),
        ["Histograms"] = Data("Histogram"),
        ["Exponentials"] = Data("Exponential"),
        ["Summaries"] = Data("Summary"),
        ["Number"] = new()
        {
            ["timeUnixNano"] = new(3, Kind.Fixed64),
            ["asDouble"] = new(4, Kind.Double),
            ["exemplars"] = Inner(5, "Exemplar"),
            ["asInt"] = new(6, Kind.SignedFixed64),
            ["attributes"] = Inner(7, "KeyValue"),
            ["flags"] = new(8, Kind.Varint),
        },
        ["Histogram"] = new()
        {
            ["timeUnixNano"] = new(3, Kind.Fixed64),
            ["count"] = new(4, Kind.Fixed64),
            ["sum"] = new(5, Kind.Double),
            ["bucketCounts"] = new(6, Kind.Fixed64),
            ["explicitBounds"] = new(7, Kind.Double),
            ["exemplars"] = Inner(8, "Exemplar"),
            ["attributes"] = Inner(9, "KeyValue"),
            ["flags"] = new(10, Kind.Varint),
        },
        ["Exponential"] = new()
        {
            ["attributes"] = Inner(1, "KeyValue"),
            ["timeUnixNano"] = new(3, Kind.Fixed64),
            ["count"] = new(4, Kind.Fixed64),
            ["sum"] = new(5, Kind.Double),
            ["scale"] = new(6, Kind.Zigzag),
            ["zeroCount"] = new(7, Kind.Fixed64),
            ["positive"] = Inner(8, "Buckets"),
            ["negative"] = Inner(9, "Buckets"),
            ["flags"] = new(10, Kind.Varint),
            ["exemplars"] = Inner(11, "Exemplar"),
            ["zeroThreshold"] = new(14, Kind.Double),
        },
        ["Exemplar"] = new()
        {
            ["timeUnixNano"] = new(2, Kind.Fixed64),
            ["asDouble"] = new(3, Kind.Double),
            ["spanId"] = new(4, Kind.Hex),
            ["traceId"] = new(5, Kind.Hex),
            ["asInt"] = new(6, Kind.SignedFixed64),
            ["filteredAttributes"] = Inner(7, "KeyValue"),
        },
        ["Buckets"] = new() { ["offset"] = new(1, Kind.Zigzag), ["bucketCounts"] = new(2, Kind.Varint) },
        ["Summary"] = new()
        {
            ["timeUnixNano"] = new(3, Kind.Fixed64),
            ["count"] = new(4, Kind.Fixed64),
            ["sum"] = new(5, Kind.Double),
            ["quantileValues"] = Inner(6, "Quantile"),
            ["attributes"] = Inner(7, "KeyValue"),
            ["flags"] = new(8, Kind.Varint),
        },
        ["Quantile"] = new() { ["quantile"] = new(1, Kind.Double), ["value"] = new(2, Kind.Double) },
    };

    readonly ArrayBufferWriter<byte> _output = new();

    /// <summary>Rewrites a request.</summary>
    /// <param name="json">The request.</param>
    /// <param name="message"><c>Request</c> (of metrics), <c>TracesRequest</c> or <c>LogsRequest</c>.</param>
    /// <exception cref="MalformedRequestException">It is not such JSON; the message says where.</exception>
    /// <exception cref="RequestTooLargeException">The result is larger than a request may be.</exception>
    public ReadOnlySpan<byte> ToProtobuf(ReadOnlySpan<byte> json, string message = "Request")
    {
        _output.ResetWrittenCount();
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonDepthMax });
        try
        {
            reader.Read();
            WriteMessage(ref reader, message);
            reader.Read(); // whatever follows is not JSON any more, and the reader says so
        }
        catch (JsonException broken)
        {
            // Its own message ends with the place, counted from zero.
            var what = broken.Message.Split(" LineNumber:", 2)[0].TrimEnd('.', ' ');
            throw new MalformedRequestException($"JSON: line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}: {what}");
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or FormatException or OverflowException)
        {
            throw new MalformedRequestException($"JSON: byte {reader.TokenStartIndex}: {wrong.Message}");
        }

        return _output.WrittenSpan;
    }

    void WriteMessage(ref Utf8JsonReader reader, string message)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        var fields = Messages[message];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = fields.GetValueOrDefault(reader.GetString()!);
            reader.Read();
            if (field is null)
                reader.Skip();
            else if (reader.TokenType == JsonTokenType.StartArray)
                WriteItems(ref reader, field);
            else if (reader.TokenType != JsonTokenType.Null)
                WriteField(ref reader, field);
        }
    }

    void WriteItems(ref Utf8JsonReader reader, Field field)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            WriteField(ref reader, field);
    }

    void WriteField(ref Utf8JsonReader reader, Field field)
    {
        if (_output.WrittenCount > bytesMax)
            throw new RequestTooLargeException($"the request takes more than {bytesMax} bytes: send smaller requests");
        switch (field.Kind)
        {
            case Kind.Message:
                WriteTag(field, WireType.Bytes);
                WriteInner(ref reader, field.Message);
                break;
            case Kind.Text:
                Expect(ref reader, JsonTokenType.String);
                WriteBytes(field, Encoding.UTF8.GetBytes(reader.GetString()!));
                break;
            case Kind.Hex:
                WriteBytes(field, Convert.FromHexString(reader.GetString()!));
                break;
            case Kind.Base64:
                WriteBytes(field, Base64(reader.GetString()!));
                break;
            case Kind.Bool:
                WriteTag(field, WireType.Varint);
                WriteVarint(reader.GetBoolean() ? 1UL : 0);
                break;
            case Kind.Varint:
                WriteTag(field, WireType.Varint);
                WriteVarint(Unsigned(ref reader));
                break;
            case Kind.SignedVarint:
                WriteTag(field, WireType.Varint);
                WriteVarint((ulong)Signed(ref reader));
                break;
            case Kind.Zigzag:
                var number = (long)Whole(ref reader, int.MinValue, int.MaxValue); // sint32 are all that are zigzag here
                WriteTag(field, WireType.Varint);
                WriteVarint((ulong)((number << 1) ^ (number >> 63)));
                break;
            case Kind.Fixed64:
                WriteFixed64(field, Unsigned(ref reader));
                break;
            case Kind.SignedFixed64:
                WriteFixed64(field, (ulong)Signed(ref reader));
                break;
            default:
                WriteFixed64(field, BitConverter.DoubleToUInt64Bits(Real(ref reader)));
                break;
        }
    }

    /// <summary>The length is known only afterwards; its five bytes are kept free (a padded varint) and filled in then.</summary>
    void WriteInner(ref Utf8JsonReader reader, string message)
    {
        const int LengthBytes = 5;
        var lengthAt = _output.WrittenCount;
        _output.GetSpan(LengthBytes);
        _output.Advance(LengthBytes);
        WriteMessage(ref reader, message);
        var length = (uint)(_output.WrittenCount - lengthAt - LengthBytes);
        var written = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_output.WrittenMemory).Span.Slice(lengthAt, LengthBytes);
        for (var i = 0; i < LengthBytes; i++, length >>= 7)
            written[i] = (byte)((length & 0x7F) | (i < LengthBytes - 1 ? 0x80u : 0));
    }

    // Beyond its range a number would become another one in silence: 2^63 in a signed field -2^63, -5 in an unsigned one 2^64 - 5.
    static long Signed(ref Utf8JsonReader reader) => (long)Whole(ref reader, long.MinValue, long.MaxValue);

    static ulong Unsigned(ref Utf8JsonReader reader) => (ulong)Whole(ref reader, 0, ulong.MaxValue);

    static decimal Whole(ref Utf8JsonReader reader, decimal least, decimal most)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : Encoding.UTF8.GetString(reader.ValueSpan);
        var shown = text.Length > 40 ? text[..40] : text;
        decimal number;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var usual))
            number = usual;
        else if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) || !decimal.IsInteger(number)) // 1e3 and 5.0 are whole
            throw new FormatException($"'{shown}' is not a whole number");
        return number >= least && number <= most ? number : throw new FormatException($"'{shown}' is not from {least} to {most}");
    }

    /// <summary>Both alphabets, padded or not, as the JSON form of protobuf has it.</summary>
    static byte[] Base64(string text)
    {
        var bare = text.TrimEnd('=').Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(bare.PadRight((bare.Length + 3) / 4 * 4, '='));
    }

    static double Real(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String ? double.Parse(reader.GetString()!, CultureInfo.InvariantCulture) : reader.GetDouble();

    static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (reader.TokenType != type)
            throw new FormatException($"{reader.TokenType} found, {type} expected");
    }

    void WriteTag(Field field, WireType type) => WriteVarint(((ulong)field.Number << 3) | (ulong)type);

    void WriteBytes(Field field, byte[] bytes)
    {
        WriteTag(field, WireType.Bytes);
        WriteVarint((ulong)bytes.Length);
        _output.Write(bytes);
    }

    void WriteFixed64(Field field, ulong value)
    {
        WriteTag(field, WireType.Fixed64);
        BinaryPrimitives.WriteUInt64LittleEndian(_output.GetSpan(8), value);
        _output.Advance(8);
    }

    void WriteVarint(ulong value)
    {
        var room = _output.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            room[length++] = (byte)(value | 0x80);
        room[length++] = (byte)value;
        _output.Advance(length);
    }

    static Field Inner(int number, string message) => new(number, Kind.Message, message);

    static Dictionary<string, Field> Data(string point) => new()
    {
        ["dataPoints"] = Inner(1, point),
        ["aggregationTemporality"] = new(2, Kind.SignedVarint),
        ["isMonotonic"] = new(3, Kind.Bool),
    };
}
