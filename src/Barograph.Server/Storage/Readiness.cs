using System.Text.Json.Serialization;
using Barograph.Server.Processes;

namespace Barograph.Server.Storage;

/// <summary>The body of <c>/readyz</c>.</summary>
/// <param name="Status"><c>ready</c>, <c>starting</c>, <c>read_only</c> or <c>failing</c>.</param>
/// <param name="Reason">A sentence, where there is something to say.</param>
/// <param name="Warnings">What a person should know and the server lives with; left out when there is nothing.</param>
/// <param name="Workers">The workers that failed since the start; left out when none did.</param>
internal sealed record Readiness(string Status, string? Reason, IReadOnlyList<string>? Warnings = null, IReadOnlyList<WorkerStatus>? Workers = null);

/// <summary>The body of <c>/health</c>, as InfluxDB's clients expect it.</summary>
/// <param name="Name">Of the program.</param>
/// <param name="Message">A sentence.</param>
/// <param name="Status"><c>pass</c> or <c>fail</c>.</param>
/// <param name="Version">Of the program.</param>
internal sealed record Health(string Name, string Message, string Status, string Version);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Readiness))]
[JsonSerializable(typeof(Health))]
internal sealed partial class StorageJson : JsonSerializerContext;
