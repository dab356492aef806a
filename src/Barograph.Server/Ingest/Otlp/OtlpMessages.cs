using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>The answers of OTLP, which are small: <c>ExportMetricsServiceResponse</c> (those of traces and logs look the same) and <c>google.rpc.Status</c>.</summary>
internal static class OtlpMessages
{
    /// <summary>Read in terminals and logs, and never part of a page.</summary>
    static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary><c>partial_success = 1 { rejected_data_points = 1, error_message = 2 }</c>; nothing when all was taken.</summary>
    public static byte[] Success(OtlpOutcome outcome) =>
        outcome.Rejected == 0 ? [] : Bytes(1, [.. Varint(1, (ulong)outcome.Rejected), .. Text(2, outcome.Message)]);

    /// <summary>The same in JSON, where 64-bit numbers are text.</summary>
    public static byte[] SuccessJson(OtlpOutcome outcome, string rejectedName)
    {
        var answer = new JsonObject();
        if (outcome.Rejected > 0)
            answer["partialSuccess"] = new JsonObject { [rejectedName] = outcome.Rejected.ToString(), ["errorMessage"] = outcome.Message };
        return Encoding.UTF8.GetBytes(answer.ToJsonString(Readable));
    }

    /// <summary><c>google.rpc.Status</c> in JSON.</summary>
    public static byte[] StatusJson(int code, string message) =>
        Encoding.UTF8.GetBytes(new JsonObject { ["code"] = code, ["message"] = message }.ToJsonString(Readable));

    /// <summary><c>code = 1, message = 2</c></summary>
    public static byte[] Status(int code, string message) => [.. Varint(1, (ulong)code), .. Text(2, message)];

    /// <summary>
    /// The same with when to come again, without which a sender of OTLP need not: <c>details = 3 { type_url = 1, value = 2 }</c>, of
    /// <c>google.rpc.RetryInfo { retry_delay = 1 { seconds = 1 } }</c>.
    /// </summary>
    public static byte[] RetryStatus(int code, string message, int seconds) =>
    [
        .. Status(code, message),
        .. Bytes(3, [.. Text(1, "type.googleapis.com/google.rpc.RetryInfo"), .. Bytes(2, Bytes(1, Varint(1, (ulong)seconds)))]),
    ];

    /// <summary>The gRPC code that says what an HTTP status says.</summary>
    public static int GrpcCode(int httpStatus) => httpStatus switch
    {
        StatusCodes.Status400BadRequest => 3, // INVALID_ARGUMENT
        StatusCodes.Status403Forbidden or StatusCodes.Status421MisdirectedRequest => 7, // PERMISSION_DENIED
        StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed => 12, // UNIMPLEMENTED
        StatusCodes.Status413PayloadTooLarge => 8, // RESOURCE_EXHAUSTED, not retried
        StatusCodes.Status415UnsupportedMediaType => 12, // UNIMPLEMENTED
        _ => 14, // UNAVAILABLE: come again
    };

    static byte[] Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    static byte[] Bytes(int field, byte[] bytes) => [(byte)((field << 3) | 2), .. Number((ulong)bytes.Length), .. bytes];

    static byte[] Varint(int field, ulong value) => [(byte)(field << 3), .. Number(value)];

    static List<byte> Number(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return bytes;
    }
}

/// <summary><c>google.rpc.Status</c></summary>
internal sealed record OtlpStatus(int Code, string Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OtlpStatus))]
internal sealed partial class OtlpJsonContext : JsonSerializerContext;
