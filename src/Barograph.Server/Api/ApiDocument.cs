using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Barograph.Server.Api;

/// <summary>The OpenAPI 3.1 document of all routes that are mapped, written from what stands beside them.</summary>
internal static class ApiDocument
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The routes that belong into the document: all but fallbacks, which are last, and those that say that they do not.</summary>
    public static IEnumerable<RouteEndpoint> RoutesOf(IEnumerable<Endpoint> endpoints) => endpoints.OfType<RouteEndpoint>()
        .Where(static endpoint => endpoint.Order < int.MaxValue)
        .Where(static endpoint => endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not { ExcludeFromDescription: true });

    /// <summary>The document, as text. The same routes give the same text.</summary>
    public static string Write(IEnumerable<Endpoint> endpoints)
    {
        var shapes = new Shapes();
        var paths = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var endpoint in RoutesOf(endpoints))
        {
            if (endpoint.Metadata.GetMetadata<RouteDescription>() is not { } description)
                continue; // a test tells whose it is
            var path = PathOf(endpoint.RoutePattern);
            if (!paths.TryGetValue(path, out var item))
                paths.Add(path, item = []);
            foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
                item[method.ToLowerInvariant()] = Operation(method, path, description, shapes);
        }

        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = Info(),
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["tags"] = new JsonArray([.. ApiChapters.All.Select(static chapter => new JsonObject { ["name"] = chapter.Tag, ["description"] = chapter.Text })]),
            ["paths"] = new JsonObject(paths.Select(static entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
            ["components"] = new JsonObject { ["schemas"] = shapes.All },
        };
        return document.ToJsonString(Indented) + "\n";
    }

    /// <summary>The path of a route without constraints: <c>/label/{name}/values</c>.</summary>
    public static string PathOf(RoutePattern pattern)
    {
        var path = new StringBuilder();
        foreach (var segment in pattern.PathSegments)
        {
            path.Append('/');
            foreach (var part in segment.Parts)
            {
                _ = part switch
                {
                    RoutePatternParameterPart parameter => path.Append('{').Append(parameter.Name).Append('}'),
                    RoutePatternLiteralPart literal => path.Append(literal.Content),
                    _ => path.Append(((RoutePatternSeparatorPart)part).Content),
                };
            }
        }

        return path.Length == 0 ? "/" : path.ToString();
    }

    // The program's version is left out: the document changes when the API does.
    static JsonObject Info() => new()
    {
        ["title"] = "Barograph",
        ["version"] = "v1",
        ["description"] = "Everything that a Barograph server answers over HTTP. Prometheus' routes have Prometheus' shapes and errors; ours tell errors as problem details (RFC 9457).",
        ["license"] = new JsonObject { ["name"] = "Apache-2.0", ["identifier"] = "Apache-2.0" },
    };

    static JsonObject Operation(string method, string path, RouteDescription route, Shapes shapes)
    {
        var operation = new JsonObject
        {
            ["tags"] = new JsonArray(route.Tag),
            ["operationId"] = Id(method, path),
            ["summary"] = route.Summary,
        };
        if (route.Details is { } details)
            operation["description"] = details;
        var isForm = route.TakesForm && HttpMethods.IsPost(method);
        var shown = route.Parameters.Where(parameter => !isForm || parameter.In != "query").ToList();
        if (shown.Count > 0)
            operation["parameters"] = new JsonArray([.. shown.Select(parameter => Parameter(parameter, shapes))]);
        if (BodyOf(method, route, isForm, shapes) is { } body)
            operation["requestBody"] = body;
        operation["responses"] = Responses(route, shapes);
        return operation;
    }

    static string Id(string method, string path)
    {
        var id = new StringBuilder(method.ToLowerInvariant());
        foreach (var word in path.Replace("/-/", "/dash/", StringComparison.Ordinal).Split(['/', '{', '}', '-', '_', '.'], StringSplitOptions.RemoveEmptyEntries))
            id.Append(char.ToUpperInvariant(word[0])).Append(word.AsSpan(1));
        return id.ToString();
    }

    static JsonObject Parameter(RouteParameter parameter, Shapes shapes) => new()
    {
        ["name"] = parameter.Name,
        ["in"] = parameter.In,
        ["required"] = parameter.Required,
        ["description"] = parameter.Text,
        ["schema"] = parameter.Shape.In(shapes),
    };

    static JsonObject? BodyOf(string method, RouteDescription route, bool isForm, Shapes shapes)
    {
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
            return null;
        var content = new JsonObject();
        if (isForm)
        {
            var fields = route.Parameters.Where(static parameter => parameter.In == "query")
                .Select(static parameter => new Property(parameter.Name, parameter.Shape, parameter.Text, !parameter.Required));
            content["application/x-www-form-urlencoded"] = new JsonObject { ["schema"] = Shape.Object([.. fields]).In(shapes) };
        }

        foreach (var body in route.Bodies)
            content[body.ContentType] = new JsonObject { ["schema"] = body.Shape.In(shapes) };
        if (content.Count == 0)
            return null;
        var requestBody = new JsonObject { ["required"] = !isForm, ["content"] = content };
        if (string.Join(' ', route.Bodies.Select(static body => body.Text).OfType<string>().Distinct(StringComparer.Ordinal)) is { Length: > 0 } text)
            requestBody["description"] = text;
        return requestBody;
    }

    static JsonObject Responses(RouteDescription route, Shapes shapes)
    {
        var responses = new JsonObject();
        foreach (var answers in route.Answers.GroupBy(static answer => answer.Status).OrderBy(static group => group.Key))
        {
            var content = new JsonObject();
            foreach (var answer in answers)
            {
                if (answer.Shape is { } shape)
                    content[answer.ContentType!] = new JsonObject { ["schema"] = shape.In(shapes) };
            }

            var response = new JsonObject { ["description"] = string.Join(' ', answers.Select(static answer => answer.Text).Distinct(StringComparer.Ordinal)) };
            if (content.Count > 0)
                response["content"] = content;
            responses[answers.Key.ToString()] = response;
        }

        return responses;
    }
}
