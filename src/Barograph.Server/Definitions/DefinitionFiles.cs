using System.Text.Json;
using System.Text.Json.Nodes;
using Barograph.PromQL;
using Barograph.Server.Settings;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Barograph.Server.Definitions;

/// <summary>Definitions in files: YAML, of which JSON is a part.</summary>
internal static class DefinitionFiles
{
    /// <summary>Reads a file, or all <c>.yaml</c>, <c>.yml</c> and <c>.json</c> files of a folder; nothing when the path is null.</summary>
    /// <exception cref="DefinitionFileException">Something is wrong.</exception>
    public static IEnumerable<(string File, Definition Definition)> Read(string? path, QueryOptions options)
    {
        if (path is null)
            return [];
        if (Directory.Exists(path))
        {
            return Directory.EnumerateFiles(path).Where(static file => Path.GetExtension(file) is ".yaml" or ".yml" or ".json")
                .Order(StringComparer.Ordinal).SelectMany(file => ReadFile(file, options)).ToList();
        }

        return File.Exists(path) ? ReadFile(path, options).ToList() : throw new DefinitionFileException($"{path}: there is no such file or folder (definitions)");
    }

    static IEnumerable<(string File, Definition Definition)> ReadFile(string file, QueryOptions options)
    {
        IReadOnlyList<YamlNode> roots;
        try
        {
            roots = YamlFile.Read(file);
        }
        catch (YamlException mistake)
        {
            throw new DefinitionFileException($"{file}, line {mistake.Start.Line}: not YAML: {mistake.Message}");
        }
        catch (Exception mistake) when (mistake is IOException or UnauthorizedAccessException)
        {
            throw new DefinitionFileException($"{file}: {mistake.Message}");
        }

        foreach (var root in roots)
        {
            foreach (var node in root is YamlSequenceNode list ? list.Children : [root])
                yield return (file, Read(file, node, options));
        }
    }

    static Definition Read(string file, YamlNode node, QueryOptions options)
    {
        var json = JsonSerializer.SerializeToElement(ToJson(node) ?? new JsonObject(), DefinitionsJson.Default.JsonNode);
        var reader = new DefinitionReader(options);
        if (reader.Read(json) is { } definition)
            return definition;
        var name = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("name", out var known) ? known.ToString() : "?";
        throw new DefinitionFileException($"{file}, line {node.Start.Line}: definition '{name}': "
            + string.Join("; ", reader.Errors.Select(static error => $"{error.Field} {(error.Value is null ? "" : $"'{error.Value}' ")}{error.Rule}")));
    }

    static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(static pair => KeyValuePair.Create((pair.Key as YamlScalarNode)?.Value ?? "", ToJson(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: var text } => text switch
        {
            null or "" or "null" or "~" => null,
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            _ when double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => JsonValue.Create(number),
            _ => JsonValue.Create(text),
        },
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => null,
    };
}
