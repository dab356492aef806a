using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Barograph.Server.Ingest.Wire;
using Barograph.Server.Query;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>
/// Attributes (<c>KeyValue { key = 1, value = 2 }</c>, <c>AnyValue { string = 1, bool = 2, int = 3, double = 4, array = 5,
/// kvlist = 6, bytes = 7 }</c>) as labels. Two keys that become one label name share it: their values, in the order of the keys,
/// joined by semicolons.
/// </summary>
internal static class OtlpAttributes
{
    const int DepthMax = 32;

    /// <summary>Splits an attribute.</summary>
    public static void Split(ReadOnlySpan<byte> attribute, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        // As nearly all are: both there, in this order, with lengths of one byte.
        if (attribute.Length >= 4 && attribute[0] == 0x0A && attribute[1] is < 0x80 and var keyLength && 4 + keyLength <= attribute.Length
            && attribute[2 + keyLength] == 0x12 && attribute[3 + keyLength] < 0x80 && 4 + keyLength + attribute[3 + keyLength] == attribute.Length)
        {
            key = attribute.Slice(2, keyLength);
            value = attribute[(4 + keyLength)..];
            return;
        }

        key = default;
        value = default;
        var fields = new ProtobufReader(attribute);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 1:
                    key = fields.Bytes();
                    break;
                case 2:
                    value = fields.Bytes();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }
    }

    /// <summary>Adds the attributes that a message holds in a field as labels; those already there stay as they are.</summary>
    [SkipLocalsInit] // of 1 KB for each point
    public static void AddLabels(ReadOnlySpan<byte> message, int attributesField, SeriesKeyBuilder labels, string prefix = "")
    {
        var before = labels.Count;
        Span<byte> name = stackalloc byte[1024]; // what is longer no store takes
        Span<byte> scratch = stackalloc byte[64];
        var prefixLength = Encoding.UTF8.GetBytes(prefix, name);
        var fields = new ProtobufReader(message);
        while (fields.MoveNext())
        {
            if (fields.Field != attributesField)
            {
                fields.Skip();
                continue;
            }

            Split(fields.Bytes(), out var key, out var value);
            if (key.IsEmpty)
                continue;
            key = key[..Math.Min(key.Length, name.Length - prefixLength - 4)];
            var length = prefixLength + OtlpNames.Label(key, name[prefixLength..]);
            if (!labels.Contains(name[..length]))
            {
                labels.Add(name[..length], Text(value, scratch));
            }
            else if (labels.ContainsAfter(before, name[..length]))
            {
                labels.Truncate(before);
                AddMerged(message, attributesField, labels, prefix);
                return;
            }
        }
    }

    /// <summary>A value as a label shows it.</summary>
    /// <param name="value">An <c>AnyValue</c>.</param>
    /// <param name="scratch">Room for a number.</param>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> value, Span<byte> scratch)
    {
        if (value.Length >= 2 && value[0] == 0x0A && value[1] < 0x80 && 2 + value[1] == value.Length)
            return value[2..]; // a text, as nearly all are
        var fields = new ProtobufReader(value);
        while (fields.MoveNext())
        {
            var length = 0;
            switch (fields.Field)
            {
                case 1:
                    return fields.Bytes();
                case 2:
                    return fields.UInt64() != 0 ? "true"u8 : "false"u8;
                case 3:
                    Utf8Formatter.TryFormat(fields.Int64(), scratch, out length);
                    return scratch[..length];
                case 4:
                    return scratch[..NumberText.Value(fields.Double(), scratch)];
                case 5 or 6 or 7:
                    return Encoding.UTF8.GetBytes(Json(value));
                default:
                    fields.Skip();
                    break;
            }
        }

        return default;
    }

    /// <summary>Structured values are shown as JSON.</summary>
    static string Json(ReadOnlySpan<byte> value)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
            WriteJson(value, writer, 0);
        var text = Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        return text is ['"', .. var bare, '"'] ? bare : text; // bytes alone are base64 without quotes
    }

    /// <summary>Writes an <c>AnyValue</c>.</summary>
    /// <exception cref="MalformedRequestException">It is none, or nested too deep.</exception>
    public static void WriteJson(ReadOnlySpan<byte> value, Utf8JsonWriter writer, int depth = 0)
    {
        if (depth > DepthMax)
            throw new MalformedRequestException($"a value is nested more than {DepthMax} deep");
        var fields = new ProtobufReader(value);
        if (!fields.MoveNext())
        {
            writer.WriteNullValue();
            return;
        }

        switch (fields.Field)
        {
            case 1:
                writer.WriteStringValue(Encoding.UTF8.GetString(fields.Bytes()));
                break;
            case 2:
                writer.WriteBooleanValue(fields.UInt64() != 0);
                break;
            case 3:
                writer.WriteNumberValue(fields.Int64());
                break;
            case 4 when fields.Double() is var number:
                if (double.IsFinite(number))
                    writer.WriteNumberValue(number);
                else
                    writer.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
                break;
            case 5:
                writer.WriteStartArray();
                for (var items = new ProtobufReader(fields.Bytes()); items.MoveNext();)
                    WriteJson(items.Bytes(), writer, depth + 1);
                writer.WriteEndArray();
                break;
            case 6:
                writer.WriteStartObject();
                for (var items = new ProtobufReader(fields.Bytes()); items.MoveNext();)
                {
                    Split(items.Bytes(), out var key, out var inner);
                    writer.WritePropertyName(Encoding.UTF8.GetString(key));
                    WriteJson(inner, writer, depth + 1);
                }

                writer.WriteEndObject();
                break;
            case 7:
                writer.WriteBase64StringValue(fields.Bytes());
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    /// <summary>The rare case: label names collide. Plain rather than fast.</summary>
    static void AddMerged(ReadOnlySpan<byte> message, int attributesField, SeriesKeyBuilder labels, string prefix)
    {
        var valuesByName = new SortedDictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        var name = new byte[SeriesKeyBuilder.NameBytesMax];
        var scratch = new byte[64];
        var fields = new ProtobufReader(message);
        while (fields.MoveNext())
        {
            if (fields.Field != attributesField)
            {
                fields.Skip();
                continue;
            }

            Split(fields.Bytes(), out var key, out var value);
            key = key[..Math.Min(key.Length, name.Length - 4)];
            var label = prefix + Encoding.UTF8.GetString(name, 0, OtlpNames.Label(key, name));
            if (!valuesByName.TryGetValue(label, out var values))
                valuesByName[label] = values = new SortedDictionary<string, string>(StringComparer.Ordinal);
            values.TryAdd(Encoding.UTF8.GetString(key), Encoding.UTF8.GetString(Text(value, scratch)));
        }

        foreach (var (label, values) in valuesByName)
        {
            if (label.Length > prefix.Length && !labels.Contains(Encoding.UTF8.GetBytes(label)))
                labels.Add(label, string.Join(';', values.Values));
        }
    }
}
