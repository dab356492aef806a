using System.Text.Json.Serialization;

namespace Barograph.Server.Http;

/// <summary>A problem (RFC 9457) of a request that never became one.</summary>
internal sealed record HeadProblem(string Title, int Status, string Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HeadProblem))]
internal sealed partial class HttpJson : JsonSerializerContext;
