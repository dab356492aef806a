using System.Text.Json;
using Barograph.Server.Events;
using Barograph.Server.Query;
using Barograph.TimeSeries;

namespace Barograph.Server.Definitions;

/// <summary>The routes of definitions.</summary>
internal static class DefinitionRoutes
{
    const int BodyBytesMax = 256 << 10;

    public static async Task ListAsync(HttpContext http, DefinitionDesk desk, DefinitionStates states)
    {
        var all = await states.AllAsync(http.RequestAborted);
        http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter, DefinitionsJson.Writing);
        json.WriteStartObject();
        json.WriteStartArray("definitions");
        foreach (var (one, state) in all.OrderBy(static one => one.Key.Definition.Name, StringComparer.Ordinal))
            Write(json, one, state);
        json.WriteEndArray();
        json.WriteStartArray("not_understood");
        foreach (var one in desk.Unknown)
            Write(json, one);
        json.WriteEndArray();
        json.WriteString("damage", desk.Damage);
        json.WriteEndObject();
    }

    public static async Task GetAsync(string name, HttpContext http, DefinitionDesk desk, DefinitionStates states)
    {
        if (!desk.All.TryGetValue(name, out var one))
        {
            await Missing(name).ExecuteAsync(http);
            return;
        }

        await WriteAsync(http, StatusCodes.Status200OK, one, await states.OfAsync(one.Definition, http.RequestAborted));
    }

    public static async Task PostAsync(HttpContext http, DefinitionDesk desk)
    {
        if (await ReadAsync(http, desk) is not { } definition)
            return;
        if (desk.All.ContainsKey(definition.Name))
            await TypedResults.Problem($"There is a definition '{definition.Name}' already; PUT replaces it.", statusCode: StatusCodes.Status409Conflict).ExecuteAsync(http);
        else
            await PutAsync(http, desk, definition);
    }

    public static async Task PutAsync(string name, HttpContext http, DefinitionDesk desk)
    {
        if (await ReadAsync(http, desk, name) is { } definition)
            await PutAsync(http, desk, definition);
    }

    public static IResult Delete(string name, DefinitionDesk desk)
    {
        var isKnown = desk.All.TryGetValue(name, out var one);
        if (!isKnown && !desk.HasUnknown(name))
            return Missing(name);
        if (one?.File is { } file)
            return OfFile(name, file);
        try
        {
            desk.Remove(name);
            return TypedResults.NoContent();
        }
        catch (IOException failure)
        {
            return NotKept(failure);
        }
    }

    public static async Task DryRunAsync(HttpContext http, EventDesk events, DefinitionDesk desk, QueryDesk queries, QueryGate gate, TimeProvider clock)
    {
        if (events.Log is not { } log)
        {
            await EventRoutes.Starting().ExecuteAsync(http);
            return;
        }

        if (await ReadAsync(http, desk) is not { } definition)
            return;
        var minutes = int.TryParse(http.Request.Query["minutes"], out var asked) ? Math.Clamp(asked, 1, 30 * 24 * 60) : 60;
        var nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var range = new TimeRange(nowMs - minutes * 60_000L, nowMs);
        ExpressionDryRun? expression = null;
        try
        {
            if (definition.PromQL is not null)
                expression = await ExpressionDryRun.EvaluateAsync(definition, queries, range, http.RequestAborted);
        }
        catch (Exception failure) when (failure is not OperationCanceledException && ApiError.Of(failure) is { } why)
        {
            await SayAsync(http, [new DefinitionError("source.promql", definition.PromQL, $"must be PromQL that can be evaluated: {why.Text}")]);
            return;
        }

        using var memory = new MemoryStream();
        try
        {
            using var turn = expression is null ? await gate.EnterAsync(http.RequestAborted) : null;
            await using var json = new Utf8JsonWriter(memory, DefinitionsJson.Writing);
            json.WriteStartObject();
            if (expression is not null)
                expression.Write(json);
            else
                new DryRun(definition, log, desk.Identities, range).Write(json, http.RequestAborted);
            json.WriteEndObject();
        }
        catch (ApiErrorException noTurn)
        {
            await Problems.Of(noTurn.Error, http).ExecuteAsync(http);
            return;
        }

        await TypedResults.Bytes(memory.GetBuffer().AsMemory(0, (int)memory.Length), "application/json").ExecuteAsync(http);
    }

    public static IResult Rejects(RejectBook rejects, int? limit)
    {
        var (total, byRule, recent) = rejects.Read(Math.Clamp(limit ?? 100, 1, 1000));
        return TypedResults.Json(new RejectsAnswer(total, byRule, recent), DefinitionsJson.Readable.RejectsAnswer);
    }

    static async Task PutAsync(HttpContext http, DefinitionDesk desk, Definition definition)
    {
        if (desk.All.TryGetValue(definition.Name, out var known) && known.File is { } file)
            await OfFile(definition.Name, file).ExecuteAsync(http);
        else if (known is null && desk.HasUnknown(definition.Name))
        {
            await TypedResults.Problem(
                $"A definition '{definition.Name}' that this version does not understand is kept; DELETE removes it, if it is not wanted any more.",
                statusCode: StatusCodes.Status409Conflict).ExecuteAsync(http);
        }
        else if (known is null && !desk.HasRoom)
            await TypedResults.Problem("There are 1,000 definitions, which is the most.", statusCode: StatusCodes.Status409Conflict).ExecuteAsync(http);
        else
        {
            try
            {
                var isNew = desk.Put(definition);
                await WriteAsync(http, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK, desk.All[definition.Name], default);
            }
            catch (IOException failure)
            {
                await NotKept(failure).ExecuteAsync(http);
            }
        }
    }

    /// <summary>Reads the definition of a request; answers itself when it is wrong.</summary>
    static async Task<Definition?> ReadAsync(HttpContext http, DefinitionDesk desk, string? name = null)
    {
        var reader = desk.NewReader();
        List<DefinitionError> errors;
        try
        {
            using var bytes = new MemoryStream();
            var limited = new byte[BodyBytesMax + 1];
            var length = await http.Request.Body.ReadAtLeastAsync(limited, limited.Length, throwOnEndOfStream: false, http.RequestAborted);
            if (length > BodyBytesMax)
                throw new JsonException($"it has more than {BodyBytesMax} bytes");
            using var json = JsonDocument.Parse(limited.AsMemory(0, length));
            var definition = reader.Read(json.RootElement);
            errors = [.. reader.Errors];
            if (name is not null && definition is not null && definition.Name != name)
                errors.Add(new DefinitionError("name", definition.Name, $"must be '{name}', as in the address"));
            if (errors.Count == 0)
                return definition;
        }
        catch (JsonException broken)
        {
            errors = [new DefinitionError("", null, $"must be JSON: {broken.Message}")];
        }
        catch (InvalidOperationException)
        {
            // The parser takes it, and whoever reads the text finds out.
            errors = [new DefinitionError("", null, "must be valid Unicode: half a surrogate pair stands alone in it")];
        }

        await SayAsync(http, errors);
        return null;
    }

    static Task SayAsync(HttpContext http, IReadOnlyList<DefinitionError> errors)
    {
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        return http.Response.WriteAsJsonAsync(new ErrorsAnswer(errors), DefinitionsJson.Readable.ErrorsAnswer);
    }

    static async Task WriteAsync(HttpContext http, int status, CompiledDefinition one, DefinitionState state)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter, DefinitionsJson.Writing);
        Write(json, one, state);
    }

    static void Write(Utf8JsonWriter json, CompiledDefinition one, DefinitionState state)
    {
        json.WriteStartObject();
        foreach (var member in one.Definition.Written.EnumerateObject())
            member.WriteTo(json);
        json.WriteString("origin", one.File is null ? "api" : "file");
        json.WriteString("kind", one.Definition.Kind);
        json.WriteString("expression", one.Definition.Expression);
        json.WriteNumber("matched", one.Seen.Matched);
        json.WriteNumber("missing_field", one.Seen.Missing);
        json.WriteNumber("folded", one.Rules.Sum(static rule => rule.Metric.Folded));
        var lastMs = one.Rules.Count == 0 ? 0 : one.Rules.Max(static rule => rule.LastMs);
        json.WriteString("last_matched", lastMs == 0 ? null : EventTime.Write(lastMs));
        json.WriteStartObject("state");
        if (state.Value is { } value)
            json.WriteNumber("value", value);
        else
            json.WriteNull("value");
        json.WriteString("severity", state.Severity);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, UnknownDefinition one)
    {
        json.WriteStartObject();
        json.WriteString("name", one.Name);
        json.WritePropertyName("written");
        json.WriteRawValue(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(one.Written), skipInputValidation: true);
        json.WriteStartArray("errors");
        foreach (var error in one.Errors)
        {
            json.WriteStartObject();
            json.WriteString("field", error.Field);
            json.WriteString("value", error.Value);
            json.WriteString("rule", error.Rule);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    static IResult Missing(string name) => TypedResults.Problem($"There is no definition '{name}'.", statusCode: StatusCodes.Status404NotFound);

    static IResult OfFile(string name, string file) => TypedResults.Problem($"The definition '{name}' is from {file}; change it there.", statusCode: StatusCodes.Status409Conflict);

    static IResult NotKept(IOException failure) => TypedResults.Problem($"The disk did not take it: {failure.Message}", statusCode: StatusCodes.Status503ServiceUnavailable);
}
