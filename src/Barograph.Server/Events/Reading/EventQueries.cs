using System.Text.Json;
using Barograph.Server.Query;
using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>What a route of events was asked, checked.</summary>
internal static class EventQueries
{
    public const int LimitMax = 1000;

    /// <summary>The range of <c>start</c> and <c>end</c>; all of time without them.</summary>
    /// <exception cref="ApiErrorException">One is not a time.</exception>
    public static TimeRange Range(RequestParameters asked)
    {
        var endMs = asked.Time("end", long.MaxValue);
        return new TimeRange(asked.Time("start", long.MinValue), endMs == long.MaxValue ? endMs : endMs + 1);
    }

    /// <exception cref="ApiErrorException">A parameter is wrong.</exception>
    public static EventFilter Filter(RequestParameters asked, params IReadOnlyList<(string Path, string Value)> also) => new()
    {
        Range = Range(asked),
        Types = [.. asked.All("type").Where(static type => !string.IsNullOrEmpty(type)).Select(static type => type!)],
        Where = [.. asked.All("where").Select(static where => Where(where ?? "")), .. also],
        Text = asked["text"],
    };

    public static int Limit(RequestParameters asked, int otherwise = 100)
    {
        var limit = asked.Limit;
        return limit == 0 ? otherwise : Math.Min(limit, LimitMax);
    }

    public static EventCursor? Cursor(RequestParameters asked)
    {
        var text = asked["cursor"];
        if (text.Length == 0)
            return null;
        return EventCursor.TryParse(text, out var cursor) ? cursor : throw new ApiErrorException(ApiError.Parameter("cursor", "expected a next_cursor of an answer before"));
    }

    /// <summary>Writes events as JSON, each as it is kept.</summary>
    public static void WriteEvents(Utf8JsonWriter json, string name, IEnumerable<EventRecord> events)
    {
        json.WriteStartArray(name);
        foreach (var one in events)
            json.WriteRawValue(one.Json.Span, skipInputValidation: true);
        json.WriteEndArray();
    }

    static (string, string) Where(string text) => text.IndexOf(':', StringComparison.Ordinal) is > 0 and var at
        ? (text[..at], text[(at + 1)..])
        : throw new ApiErrorException(ApiError.Parameter("where", $"'{text}' is not 'field:value'"));
}
