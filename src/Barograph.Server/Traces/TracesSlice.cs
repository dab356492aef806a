using System.Text.Json;
using Barograph.Server.Api;
using Barograph.Server.Archive;
using Barograph.Server.Ingest.Otlp;
using Barograph.Server.Query;
using Barograph.Server.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Barograph.Server.Traces;

/// <summary>Spans: taken by OTLP, kept as they came, read back by trace. Described in docs/ingest.md.</summary>
internal static class TracesSlice
{
    const string Folder = "traces";

    public static void AddTraces(this IServiceCollection services, ServerSettings settings) =>
        services.AddArchive(settings.Data, Folder, Spans.Kind, new ArchiveLimits(settings.TracesRetention, settings.TracesBytes, settings.DiskReserveBytes));

    public static void MapTraces(this IEndpointRouteBuilder routes)
    {
        routes.MapArchive(Folder, OtlpGrpcEndpoint.TracesPath);
        routes.MapGet("/api/v1/traces/{traceId}", Trace).TakesATurn()
            .Describe(ApiChapters.Server, "Gives the spans of a trace", static route => route
                .Path("traceId", "The trace's id, 32 hexadecimal digits.")
                .Answer(200, "`{\"traceId\", \"spans\": [ … ]}`: each span once, in the order of arrival, with its resource and scope.", Shape.Any)
                .Problem(400, "That is no trace id.")
                .Problem(404, "Nothing of this trace is kept.")
                .Problem(503, "The traces are being opened, or there was no turn or not enough time for the answer."));
    }

    /// <summary>All spans of a trace, in the order of their arrival, as <c>{"traceId", "spans": [ … ]}</c>.</summary>
    static Results<FileContentHttpResult, ProblemHttpResult> Trace(
        string traceId, HttpContext http, [FromKeyedServices(Folder)] ArchiveService archive)
    {
        if (traceId.Length != 2 * ArchiveIndex.TraceIdBytes || !traceId.All(char.IsAsciiHexDigit))
            return TypedResults.Problem($"'{traceId}' is no trace id; expected are 32 hexadecimal digits.", statusCode: StatusCodes.Status400BadRequest);
        if (archive.Current is not { } opened)
            return TypedResults.Problem("The traces are being opened.", statusCode: StatusCodes.Status503ServiceUnavailable);
        var id = Convert.FromHexString(traceId);
        using var answer = new MemoryStream();
        using var writer = new Utf8JsonWriter(answer);
        writer.WriteStartObject();
        writer.WriteString("traceId", traceId.ToLowerInvariant());
        writer.WriteStartArray("spans");
        var seen = new HashSet<ulong>();
        foreach (var body in opened.Find(id))
        {
            http.RequestAborted.ThrowIfCancellationRequested();
            OtlpItems.Walk(body, (resource, scope, span) =>
            {
                // A request that was sent twice was kept twice; a span has its id once.
                if (Spans.IsOf(span, id) && seen.Add(BitConverter.ToUInt64(OtlpItems.First(span, 2))))
                    Spans.Write(writer, resource, scope, span);
            });
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return seen.Count > 0
            ? TypedResults.Bytes(answer.ToArray(), "application/json")
            : TypedResults.Problem($"No span of the trace {traceId} is kept.", statusCode: StatusCodes.Status404NotFound);
    }
}
