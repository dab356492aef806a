using System.Text.Json.Nodes;

namespace Barograph.Server.Tests.Api;

/// <summary>
/// Holds a value against a schema of the API's document: the part of JSON Schema that the document uses. What stands in the value
/// and not in the schema is a mistake, too: the document is to be complete.
/// </summary>
internal sealed class SchemaCheck(JsonNode document)
{
    /// <summary>What is wrong with a value, each with its place; none when it fits.</summary>
    public IReadOnlyList<string> Of(JsonNode? value, JsonNode schema)
    {
        var mistakes = new List<string>();
        Check(value, schema.AsObject(), "$", mistakes);
        return mistakes;
    }

    void Check(JsonNode? value, JsonObject schema, string place, List<string> mistakes)
    {
        if (schema["$ref"] is { } reference)
            schema = document["components"]!["schemas"]![((string)reference!).Split('/')[^1]]!.AsObject();
        if (schema["oneOf"] is JsonArray choices)
        {
            var fitting = choices.Count(choice => Of(value, choice!).Count == 0);
            if (fitting == 0)
                mistakes.Add($"{place}: fits none of {choices.Count} shapes; nearest: {choices.Select(choice => Of(value, choice!)).MinBy(static list => list.Count)![0]}");
            return;
        }

        if (schema["type"] is { } type && !(type is JsonArray kinds ? kinds.Select(static kind => (string)kind!) : [(string)type!]).Any(kind => IsKind(value, kind)))
        {
            mistakes.Add($"{place}: expected {type.ToJsonString()}, found {value?.ToJsonString() ?? "null"}");
            return;
        }

        if (schema["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value)))
            mistakes.Add($"{place}: {value?.ToJsonString()} is none of {words.ToJsonString()}");
        if (value is JsonArray list)
            CheckItems(list, schema, place, mistakes);
        if (value is JsonObject map)
            CheckProperties(map, schema, place, mistakes);
    }

    void CheckItems(JsonArray list, JsonObject schema, string place, List<string> mistakes)
    {
        if (schema["prefixItems"] is JsonArray tuple)
        {
            if (tuple.Count != list.Count)
                mistakes.Add($"{place}: expected {tuple.Count} items, found {list.Count}");
            for (var i = 0; i < Math.Min(tuple.Count, list.Count); i++)
                Check(list[i], tuple[i]!.AsObject(), $"{place}[{i}]", mistakes);
        }
        else if (schema["items"] is JsonObject item)
        {
            for (var i = 0; i < list.Count; i++)
                Check(list[i], item, $"{place}[{i}]", mistakes);
        }
    }

    void CheckProperties(JsonObject map, JsonObject schema, string place, List<string> mistakes)
    {
        foreach (var name in schema["required"]?.AsArray() ?? [])
        {
            if (!map.ContainsKey((string)name!))
                mistakes.Add($"{place}: '{name}' is not there");
        }

        foreach (var (name, value) in map)
        {
            if (schema["properties"]?[name] is JsonObject property)
                Check(value, property, $"{place}.{name}", mistakes);
            else if (schema["additionalProperties"] is JsonObject other)
                Check(value, other, $"{place}.{name}", mistakes);
            else if (schema["properties"] is not null)
                mistakes.Add($"{place}: '{name}' is not described");
        }
    }

    static bool IsKind(JsonNode? value, string kind) => (kind, value?.GetValueKind()) switch
    {
        ("null", null) => true,
        ("string", System.Text.Json.JsonValueKind.String) => true,
        ("number", System.Text.Json.JsonValueKind.Number) => true,
        ("integer", System.Text.Json.JsonValueKind.Number) => value!.ToJsonString().All(static c => char.IsAsciiDigit(c) || c == '-'),
        ("boolean", System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False) => true,
        ("array", System.Text.Json.JsonValueKind.Array) => true,
        ("object", System.Text.Json.JsonValueKind.Object) => true,
        _ => false,
    };
}
