using System.Text.Json.Serialization;

namespace Barograph.Server.Storage;

/// <summary>The body of <c>/readyz</c>.</summary>
/// <param name="Status"><c>ready</c>, <c>starting</c> or <c>read_only</c>.</param>
/// <param name="Reason">A sentence, where there is something to say.</param>
internal sealed record Readiness(string Status, string? Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Readiness))]
internal sealed partial class StorageJson : JsonSerializerContext;
