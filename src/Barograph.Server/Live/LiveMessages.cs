using System.Text.Json;
using System.Text.Json.Serialization;
using Barograph.TimeSeries;

namespace Barograph.Server.Live;

/// <summary>What a client may send; which fields matter depends on <paramref name="Type"/> (docs/live-protocol.md).</summary>
internal sealed record ClientMessage(
    string? Type, int Id = 0, string? Expr = null, long StepMs = 0, long? RangeMs = null, long? StartMs = null, long? EndMs = null, long? LookbackMs = null);

/// <summary>The first message of a socket.</summary>
/// <param name="StartedMs">Since when the server runs.</param>
/// <param name="Host">The label <c>instance</c> of the server's own host; null when it does not collect it.</param>
internal sealed record HelloMessage(string Version, long NowMs, long StartedMs, long TickMs, long CollectMs, string? Host)
{
    public string Type { get; } = "hello";
}

/// <summary>The series of a subscription, in the order of the values in its frames.</summary>
internal sealed record SeriesMessage(int Id, int Generation, IReadOnlyList<Labels> Series)
{
    public string Type { get; } = "series";
}

/// <summary>Something about one subscription went wrong.</summary>
internal sealed record ErrorMessage(int Id, string Code, string Message)
{
    public string Type { get; } = "error";
}

/// <summary>How the store is: <c>starting</c>, <c>ok</c> or <c>read_only</c>; and what is wrong with the server's clock, if anything.</summary>
internal sealed record StatusMessage(string Storage, string? Message = null, long? SinceMs = null, string? Clock = null)
{
    public string Type { get; } = "status";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(LabelsConverter)])]
[JsonSerializable(typeof(ClientMessage))]
[JsonSerializable(typeof(HelloMessage))]
[JsonSerializable(typeof(SeriesMessage))]
[JsonSerializable(typeof(ErrorMessage))]
[JsonSerializable(typeof(StatusMessage))]
internal sealed partial class LiveJson : JsonSerializerContext;

/// <summary>Labels as an object: <c>{"__name__": "up", "instance": "a"}</c>.</summary>
internal sealed class LabelsConverter : JsonConverter<Labels>
{
    public override Labels Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("The server only writes labels.");

    public override void Write(Utf8JsonWriter writer, Labels value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, text) in value)
            writer.WriteString(name, text);
        writer.WriteEndObject();
    }
}
