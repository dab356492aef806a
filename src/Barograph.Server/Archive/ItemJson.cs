using System.Text;
using System.Text.Json;
using Barograph.Server.Ingest.Otlp;
using Barograph.Server.Ingest.Wire;

namespace Barograph.Server.Archive;

/// <summary>Writes the parts of spans and log records that both have: flat, with attributes as an object; 64-bit numbers are text, as in OTLP's JSON.</summary>
internal static class ItemJson
{
    /// <summary>Attributes as an object; of a key that occurs twice, both are written.</summary>
    public static void WriteAttributes(Utf8JsonWriter writer, string name, ReadOnlySpan<byte> message, int attributesField)
    {
        writer.WriteStartObject(name);
        for (var fields = new ProtobufReader(message); fields.MoveNext();)
        {
            if (fields.Field != attributesField)
            {
                fields.Skip();
                continue;
            }

            OtlpAttributes.Split(fields.Bytes(), out var key, out var value);
            writer.WritePropertyName(Text(key));
            OtlpAttributes.WriteJson(value, writer);
        }

        writer.WriteEndObject();
    }

    /// <summary>What an item belongs to.</summary>
    public static void WriteOwner(Utf8JsonWriter writer, ReadOnlySpan<byte> resource, ReadOnlySpan<byte> scope)
    {
        WriteAttributes(writer, "resource", resource, 1);
        writer.WriteStartObject("scope");
        writer.WriteString("name", Text(OtlpItems.First(scope, 1)));
        writer.WriteString("version", Text(OtlpItems.First(scope, 2)));
        WriteAttributes(writer, "attributes", scope, 3);
        writer.WriteEndObject();
    }

    /// <summary>An id in hexadecimal; nothing when it is empty.</summary>
    public static void WriteId(Utf8JsonWriter writer, string name, ReadOnlySpan<byte> id)
    {
        if (!id.IsEmpty)
            writer.WriteString(name, Convert.ToHexStringLower(id));
    }

    /// <summary>Text of a sender; what is not UTF-8 is replaced.</summary>
    public static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
