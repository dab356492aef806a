using System.Buffers;
using System.Buffers.Text;

namespace Barograph.Server.Ingest.Influx;

/// <summary>The value of a field that is a number or a truth: <c>1.5</c>, <c>1e3</c>, <c>2i</c>, <c>3u</c>, <c>t</c>, <c>false</c>.</summary>
internal static class FieldNumber
{
    static readonly SearchValues<byte> OfReals = SearchValues.Create("0123456789.eE+-"u8);

    /// <summary>Reads a value; what InfluxDB takes for no number is none here either.</summary>
    /// <returns>Null, or what is wrong with it, to follow the text in a sentence.</returns>
    public static string? Read(ReadOnlySpan<byte> text, out double number)
    {
        number = 0;
        if (text.IsEmpty)
            return "is not a number";
        if (text[0] != '-' && text[0] != '.' && !char.IsAsciiDigit((char)text[0]))
            return ReadTruth(text, out number);
        return text[^1] switch
        {
            (byte)'i' => ReadWhole(text[..^1], out number),
            (byte)'u' => ReadUnsigned(text[..^1], out number),
            _ => ReadReal(text, out number),
        };
    }

    static string? ReadTruth(ReadOnlySpan<byte> text, out double number)
    {
        number = text[0] is (byte)'t' or (byte)'T' ? 1 : 0;
        return text.SequenceEqual("t"u8) || text.SequenceEqual("T"u8) || text.SequenceEqual("true"u8) || text.SequenceEqual("True"u8)
            || text.SequenceEqual("TRUE"u8) || text.SequenceEqual("f"u8) || text.SequenceEqual("F"u8) || text.SequenceEqual("false"u8)
            || text.SequenceEqual("False"u8) || text.SequenceEqual("FALSE"u8) ? null : "is not a number";
    }

    static string? ReadWhole(ReadOnlySpan<byte> text, out double number)
    {
        var isRead = Utf8Parser.TryParse(text, out long whole, out var used) && used == text.Length;
        number = whole;
        return isRead ? null : IsWhole(text) ? "is beyond what an integer (i) holds" : "is not a number";
    }

    static string? ReadUnsigned(ReadOnlySpan<byte> text, out double number)
    {
        var isRead = Utf8Parser.TryParse(text, out ulong whole, out var used) && used == text.Length;
        number = whole;
        return isRead ? null : IsWhole(text) ? "is beyond what an unsigned integer (u) holds" : "is not a number";
    }

    static string? ReadReal(ReadOnlySpan<byte> text, out double number)
    {
        number = 0;
        if (text.ContainsAnyExcept(OfReals) || !Utf8Parser.TryParse(text, out number, out var used) || used != text.Length)
            return "is not a number";
        return double.IsFinite(number) ? null : "is beyond what a number holds";
    }

    static bool IsWhole(ReadOnlySpan<byte> text) =>
        text.TrimStart((byte)'-') is { IsEmpty: false } digits && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
