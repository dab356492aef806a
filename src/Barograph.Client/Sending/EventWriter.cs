using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Barograph.Client;

/// <summary>One event as JSON, in the names of the wire. What is null is left out.</summary>
internal sealed class EventWriter
{
    const int LargestKept = 64 << 10; // one huge event does not stay in the memory of every thread

    [ThreadStatic]
    static EventWriter? _ofThread;

    readonly ArrayBufferWriter<byte> _bytes = new(512);
    readonly Utf8JsonWriter _json;

    EventWriter() => _json = new Utf8JsonWriter(_bytes, new JsonWriterOptions { SkipValidation = true });

    /// <summary>An empty writer, this thread's own if it is not in use: a value that is written may tell events itself.</summary>
    public static EventWriter Rent()
    {
        var writer = _ofThread ?? new EventWriter();
        _ofThread = null;
        writer._bytes.ResetWrittenCount();
        writer._json.Reset();
        return writer;
    }

    public void Begin(string type)
    {
        _json.WriteStartObject();
        _json.WriteString("type"u8, type);
    }

    /// <summary>The event's bytes; the writer goes back to its thread.</summary>
    public byte[] End()
    {
        _json.WriteEndObject();
        _json.Flush();
        var json = _bytes.WrittenSpan.ToArray();
        if (_bytes.Capacity <= LargestKept)
            _ofThread = this;
        return json;
    }

    public void Text(string name, string? value)
    {
        if (value is not null)
            _json.WriteString(name, value);
    }

    public void Number(string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            _json.WriteNumber(name, number);
        else if (value is not null) // JSON has no word for it; as text the server says which field it is
            _json.WriteString(name, value.Value.ToString(CultureInfo.InvariantCulture));
    }

    public void Number(string name, decimal? value)
    {
        if (value is { } number)
            _json.WriteNumber(name, number);
    }

    public void Number(string name, long? value)
    {
        if (value is { } number)
            _json.WriteNumber(name, number);
    }

    public void Truth(string name, bool? value)
    {
        if (value is { } truth)
            _json.WriteBoolean(name, truth);
    }

    public void Time(string name, DateTimeOffset? value)
    {
        if (value is { } time)
            _json.WriteString(name, time.UtcDateTime);
    }

    public void Seconds(string name, TimeSpan? value)
    {
        if (value is { } span)
            _json.WriteNumber(name, span.TotalSeconds);
    }

    /// <summary>The fields as one object; nothing when there are none.</summary>
    public void Context(ReadOnlySpan<(string Name, object? Value)> fields)
    {
        if (fields.IsEmpty)
            return;
        _json.WriteStartObject("context"u8);
        Fields(fields);
        _json.WriteEndObject();
    }

    /// <summary>Fields of the application's own, as they are.</summary>
    public void Fields(ReadOnlySpan<(string Name, object? Value)> fields)
    {
        foreach (var (name, value) in fields)
            Field(name, value);
    }

    void Field(string name, object? value)
    {
        switch (value)
        {
            case null: break;
            case string text: Text(name, text); break;
            case bool truth: Truth(name, truth); break;
            case double number: Number(name, number); break;
            case float number: Number(name, (double)number); break;
            case decimal number: Number(name, number); break;
            case byte or sbyte or short or ushort or int or uint or long: Number(name, Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case DateTimeOffset time: Time(name, time); break;
            case DateTime time: Time(name, new DateTimeOffset(time)); break;
            case TimeSpan span: Seconds(name, span); break;
            case IFormattable formattable: Text(name, formattable.ToString(null, CultureInfo.InvariantCulture)); break;
            default: Text(name, value.ToString()); break;
        }
    }
}
