using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Barograph.PromQL;
using Barograph.Server.Storage;
using Barograph.TimeSeries;

namespace Barograph.Server.Definitions;

/// <summary>An entry of the kept definitions that this program cannot take, such as one of a later version. It stays in the file as it is.</summary>
/// <param name="Name">Its name, as far as it has one, or "".</param>
/// <param name="Written">As it is in the file.</param>
/// <param name="Errors">Why it cannot be taken.</param>
internal sealed record UnknownDefinition(string Name, JsonElement Written, IReadOnlyList<DefinitionError> Errors);

/// <summary>
/// The file of the definitions that came over the API: a list in JSON, replaced whole. What is damaged in it is never written over: the file is
/// kept beside first.
/// </summary>
internal sealed class KeptDefinitions(string path, QueryOptions options, TimeProvider clock)
{
    string? _damage;

    /// <summary>What is wrong with the file and where, and where it is kept; or null.</summary>
    public string? Damage { get; private set; }

    /// <summary>Reads all entries: of a damaged file those before the damage.</summary>
    public (List<Definition> Known, List<UnknownDefinition> Unknown) Read()
    {
        var (known, unknown) = (new List<Definition>(), new List<UnknownDefinition>());
        foreach (var one in ReadEntries())
        {
            var reader = new DefinitionReader(options);
            if (reader.Read(one) is { } definition)
                known.Add(definition);
            else
                unknown.Add(new UnknownDefinition(NameOf(one), one, [.. reader.Errors]));
        }

        if (_damage is not null)
            Damage = $"{_damage}. The {known.Count + unknown.Count} definitions before that place are in use; before anything is written, the file is kept beside as it is";
        return (known, unknown);
    }

    /// <summary>Replaces the file; durable on return.</summary>
    /// <exception cref="IOException">The disk did not take it; nothing has changed.</exception>
    public void Write(IEnumerable<JsonElement> entries)
    {
        if (_damage is not null && Path.Exists(path))
        {
            var kept = DamagedFile.Keep(path, clock);
            (Damage, _damage) = ($"{_damage}. The damaged file is kept as {kept}", null);
        }

        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartArray();
            foreach (var one in entries)
                json.WriteRawValue(JsonMarshal.GetRawUtf8Value(one), skipInputValidation: true);
            json.WriteEndArray();
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        DurableFile.Replace(path, bytes.WrittenSpan);
    }

    List<JsonElement> ReadEntries()
    {
        var entries = new List<JsonElement>();
        try
        {
            if (Path.Exists(path))
                Parse(File.ReadAllBytes(path), entries);
        }
        catch (JsonException broken)
        {
            _damage = $"{path}, line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}: no whole list of definitions: {broken.Message.Split(" LineNumber:")[0].TrimEnd('.')}";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _damage = Directory.Exists(path) ? $"{path} is a folder, where a file must be" : $"{path} cannot be read: {failure.Message.TrimEnd('.')}";
        }

        return entries;
    }

    void Parse(byte[] bytes, List<JsonElement> entries)
    {
        var reader = new Utf8JsonReader(bytes);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            _damage = $"{path}, line 1: a list of definitions is expected";
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            entries.Add(JsonElement.ParseValue(ref reader));
        reader.Read(); // nothing may follow
    }

    static string NameOf(JsonElement one)
    {
        try
        {
            return one.ValueKind == JsonValueKind.Object && one.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : "";
        }
        catch (InvalidOperationException)
        {
            return ""; // no UTF-8
        }
    }
}
