using System.Globalization;

namespace Barograph.Server.Events;

/// <summary>What a field holds.</summary>
internal enum FieldKind : byte
{
    /// <summary>Nothing: the field is missing, or null.</summary>
    Missing,
    Text,
    Number,
    Boolean,

    /// <summary>An object, whose members have paths of their own, or a list.</summary>
    Many,
}

/// <summary>The value of a field.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Number">The number; 1 for true.</param>
/// <param name="Text">The text.</param>
internal readonly record struct FieldValue(FieldKind Kind, double Number, string? Text)
{
    public bool IsMissing => Kind == FieldKind.Missing;

    /// <summary>As a label has it: the text, the shortest number, true or false, or nothing.</summary>
    public string AsText => Kind switch
    {
        FieldKind.Text => Text!,
        FieldKind.Number => Number.ToString("R", CultureInfo.InvariantCulture),
        FieldKind.Boolean => Number != 0 ? "true" : "false",
        _ => "",
    };

    /// <summary>The number, if it is one that can be added up.</summary>
    public bool TryNumber(out double number)
    {
        number = Number;
        return Kind == FieldKind.Number && double.IsFinite(Number);
    }
}

/// <summary>A field of an event by its path: <c>value</c>, <c>context.region</c>.</summary>
internal readonly record struct Field(string Path, FieldValue Value);

/// <summary>An event as it is kept. Immutable.</summary>
internal sealed class EventRecord
{
    /// <summary>What names it for ever; unique in the log.</summary>
    public required string Id { get; init; }

    /// <summary>The hash of an id that the sender chose; 0 for one that we made, which cannot come twice.</summary>
    public required ulong IdHash { get; init; }

    /// <summary>The hash of what the sender said, without regard to the order of fields.</summary>
    public required ulong ContentHash { get; init; }

    public required string Type { get; init; }

    /// <summary>When it happened, Unix milliseconds.</summary>
    public required long TimeMs { get; init; }

    /// <summary>All fields but id, type and time, in the order of the JSON.</summary>
    public required Field[] Fields { get; init; }

    /// <summary>The event in one line of JSON: id, type and time first.</summary>
    public required ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>The value at a path; missing when there is none.</summary>
    public FieldValue this[string path]
    {
        get
        {
            foreach (var field in Fields)
            {
                if (field.Path == path)
                    return field.Value;
            }

            return path switch
            {
                "id" => new FieldValue(FieldKind.Text, 0, Id),
                "type" => new FieldValue(FieldKind.Text, 0, Type),
                _ => default,
            };
        }
    }

    /// <summary>The text at a path, or "".</summary>
    public string Text(string path) => this[path].AsText;

    /// <summary>The number at a path, or null.</summary>
    public double? Number(string path) => this[path].TryNumber(out var number) ? number : null;

    /// <summary>The time at a path, Unix milliseconds, or null.</summary>
    public long? Time(string path) => EventTime.TryRead(this[path], out var timeMs) ? timeMs : null;
}

/// <summary>Times in events: RFC 3339 or Unix seconds.</summary>
internal static class EventTime
{
    public static bool TryRead(FieldValue value, out long timeMs)
    {
        timeMs = 0;
        if (value.Kind == FieldKind.Number && Math.Abs(value.Number) < 9e12)
        {
            timeMs = (long)Math.Round(value.Number * 1000);
            return true;
        }

        return value is { Kind: FieldKind.Text, Text: { Length: >= 20 } text } && Query.RequestParameters.TryTime(text, out timeMs);
    }

    /// <summary>The first and the last time that a calendar has, Unix milliseconds.</summary>
    public const long FirstMs = -62_135_596_800_000, LastMs = 253_402_300_799_999;

    /// <summary>Whether a time can be written: of one that was worked out of what was kept before there were bounds, nobody knows.</summary>
    public static bool IsInCalendar(long timeMs) => timeMs is >= FirstMs and <= LastMs;

    /// <summary>RFC 3339, in UTC; beyond the calendar its first or last time.</summary>
    public static string Write(long timeMs) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(timeMs, FirstMs, LastMs)).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}

/// <summary>Why an event was not taken.</summary>
/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Id">Its id, when it has one.</param>
/// <param name="Type">Its type, as far as it is known, or "".</param>
/// <param name="Field">The path of the field, or "" for the event as a whole.</param>
/// <param name="Value">The value, as text, cut; null when there is none.</param>
/// <param name="Rule">What must hold.</param>
/// <param name="Event">The beginning of the event.</param>
internal sealed record Rejection(int Index, string? Id, string Type, string Field, string? Value, string Rule, string Event)
{
    public const int TextLengthMax = 200;

    public static string? Cut(string? text) => text is { Length: > TextLengthMax } ? text[..TextLengthMax] : text;
}
