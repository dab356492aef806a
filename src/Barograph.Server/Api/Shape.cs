using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Barograph.Server.Api;

/// <summary>What a value in a request or an answer looks like: a JSON schema (2020-12) that is put together in code.</summary>
/// <remarks>Types that are serialised are described by <see cref="Of{T}"/>; what is streamed by hand by the others.</remarks>
internal sealed class Shape
{
    readonly Func<Shapes, JsonObject> _schema;

    Shape(Func<Shapes, JsonObject> schema) => _schema = schema;

    /// <summary>Any JSON.</summary>
    public static readonly Shape Any = new(static _ => []);

    /// <summary>A string.</summary>
    public static readonly Shape Text = Kind("string");

    /// <summary>A number.</summary>
    public static readonly Shape Number = Kind("number");

    /// <summary>A whole number.</summary>
    public static readonly Shape Integer = Kind("integer");

    /// <summary>True or false.</summary>
    public static readonly Shape Flag = Kind("boolean");

    /// <summary><c>null</c>.</summary>
    public static readonly Shape Null = Kind("null");

    /// <summary>A time in RFC 3339, as a string.</summary>
    public static readonly Shape Time = new(static _ => new JsonObject { ["type"] = "string", ["format"] = "date-time" });

    /// <summary>Bytes that are no JSON.</summary>
    public static readonly Shape Bytes = new(static _ => new JsonObject { ["type"] = "string", ["format"] = "binary" });

    /// <summary>One of some words.</summary>
    public static Shape Words(params string[] words) => new(_ => new JsonObject { ["type"] = "string", ["enum"] = Array(words) });

    /// <summary>An array of any length.</summary>
    public static Shape List(Shape item) => new(shapes => new JsonObject { ["type"] = "array", ["items"] = item.In(shapes) });

    /// <summary>An array of as many items as are given, each with a shape of its own.</summary>
    public static Shape Tuple(params Shape[] items) => new(shapes => new JsonObject
    {
        ["type"] = "array",
        ["prefixItems"] = new JsonArray([.. items.Select(item => item.In(shapes))]),
        ["minItems"] = items.Length,
        ["maxItems"] = items.Length,
    });

    /// <summary>An object whose keys are data.</summary>
    public static Shape Map(Shape value) => new(shapes => new JsonObject { ["type"] = "object", ["additionalProperties"] = value.In(shapes) });

    /// <summary>An object of known properties.</summary>
    public static Shape Object(params Property[] properties) => new(shapes => ObjectIn(shapes, properties));

    /// <summary>One of several shapes.</summary>
    public static Shape OneOf(params Shape[] shapes) => new(all => new JsonObject { ["oneOf"] = new JsonArray([.. shapes.Select(shape => shape.In(all))]) });

    /// <summary>The shape or <c>null</c>.</summary>
    public static Shape OrNull(Shape shape) => OneOf(shape, Null);

    /// <summary>A shape that has a name of its own in the document; it may contain itself.</summary>
    public static Shape Named(string name, Func<Shape> shape) => new(shapes => shapes.Reference(name, () => shape().In(shapes)));

    /// <summary>What the serialiser writes for a type; named as the type is. For answers.</summary>
    public static Shape Of<T>(JsonTypeInfo<T> type) => Named(typeof(T).Name.Split('`')[0], () => new Shape(_ => SchemaOf(type, isRead: false)));

    /// <summary>What the serialiser reads as a type; named as the type is. For bodies: what may be null may be left out.</summary>
    public static Shape ReadAs<T>(JsonTypeInfo<T> type) => Named(typeof(T).Name.Split('`')[0], () => new Shape(_ => SchemaOf(type, isRead: true)));

    /// <summary>The schema, or a reference to it.</summary>
    /// <param name="shapes">Takes up the schemas of named shapes.</param>
    public JsonObject In(Shapes shapes) => _schema(shapes);

    static Shape Kind(string type) => new(_ => new JsonObject { ["type"] = type });

    static JsonArray Array(IEnumerable<string> words) => [.. words.Select(static word => (JsonNode)word)];

    static JsonObject ObjectIn(Shapes shapes, Property[] properties)
    {
        var schemas = new JsonObject();
        foreach (var property in properties)
        {
            var schema = property.Shape.In(shapes);
            if (property.Text is { } text)
                schema["description"] = text;
            schemas[property.Name] = schema;
        }

        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = schemas,
            ["required"] = Array(properties.Where(static property => !property.Optional).Select(static property => property.Name)),
        };
    }

    static JsonObject SchemaOf(JsonTypeInfo type, bool isRead)
    {
        var leavesOutNull = isRead || type.Options.DefaultIgnoreCondition is JsonIgnoreCondition.WhenWritingNull;
        var schema = type.GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Transform }).AsObject();
        if (schema["type"] is JsonArray) // the root may be null as far as the exporter knows
            schema["type"] = schema["type"]![0]!.DeepClone();
        return (JsonObject)Inlined(schema);

        // The exporter writes a type that comes twice as a pointer from the root, which here lies elsewhere.
        JsonNode Inlined(JsonNode node) => node switch
        {
            JsonObject { Count: 1 } map when map["$ref"] is { } pointer => Inlined(Find((string)pointer!)),
            JsonObject map => new JsonObject(map.Select(entry => KeyValuePair.Create(entry.Key, entry.Value is { } value ? Inlined(value) : null))),
            JsonArray list => new JsonArray([.. list.Select(item => item is null ? null : Inlined(item))]),
            _ => node.DeepClone(),
        };

        JsonNode Find(string pointer) => pointer.Split('/').Skip(1).Aggregate((JsonNode)schema, static (node, part) => node is JsonArray list ? list[int.Parse(part)]! : node[part]!);

        JsonNode Transform(JsonSchemaExporterContext context, JsonNode node)
        {
            if (node is not JsonObject schema || schema["properties"] is not JsonObject properties)
                return node;

            // A property that is always written is always there; one that is left out when it is null is not.
            schema["required"] = Array(properties
                .Where(property => !(leavesOutNull && property.Value is JsonObject { } one && one["type"] is JsonArray kinds && kinds.Any(static kind => (string?)kind == "null")))
                .Select(static property => property.Key));
            return schema;
        }
    }
}

/// <summary>A property of an object.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">What it holds.</param>
/// <param name="Text">What it says, where the name does not.</param>
/// <param name="Optional">Whether it may be absent.</param>
internal sealed record Property(string Name, Shape Shape, string? Text = null, bool Optional = false);

/// <summary>The shapes of a document that have names.</summary>
internal sealed class Shapes
{
    readonly SortedDictionary<string, JsonObject> _named = new(StringComparer.Ordinal);

    /// <summary>All of them, by name.</summary>
    public JsonObject All => new(_named.Select(static entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value)));

    /// <summary>A reference to a shape, which is described once.</summary>
    public JsonObject Reference(string name, Func<JsonObject> describe)
    {
        if (!_named.ContainsKey(name))
        {
            _named.Add(name, []); // so that a shape that contains itself ends
            _named[name] = describe();
        }

        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }
}
