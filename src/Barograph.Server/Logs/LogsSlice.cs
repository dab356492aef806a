using System.Globalization;
using System.Text.Json;
using Barograph.Server.Api;
using Barograph.Server.Archive;
using Barograph.Server.Ingest.Otlp;
using Barograph.Server.Query;
using Barograph.Server.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Barograph.Server.Logs;

/// <summary>Log records: taken by OTLP, kept as they came, read back by time. Described in docs/ingest.md.</summary>
internal static class LogsSlice
{
    const string Folder = "logs";
    const int LimitMax = 10_000;
    const long NanosecondsPerMillisecond = 1_000_000;

    public static void AddLogs(this IServiceCollection services, ServerSettings settings) =>
        services.AddArchive(settings.Data, Folder, LogRecords.Kind, new ArchiveLimits(settings.LogsRetention, settings.LogsBytes, settings.DiskReserveBytes));

    public static void MapLogs(this IEndpointRouteBuilder routes)
    {
        routes.MapArchive(Folder, OtlpGrpcEndpoint.LogsPath);
        routes.MapGet("/api/v1/logs", Records).TakesATurn()
            .Describe(ApiChapters.Server, "Gives the newest log records of a window of time", static route => route
                .Query("start", "The first time that is wanted, Unix milliseconds; an hour before the end when left out.", Shape.Integer)
                .Query("end", "The first time that is not wanted, Unix milliseconds; now when left out.", Shape.Integer)
                .Query("limit", "How many at most: 100 when left out, up to 10,000.", Shape.Integer)
                .Answer(200, "`{\"records\": [ … ]}`: the newest first, each with its resource and scope.", Shape.Any)
                .Problem(400, "The window is empty, or the limit too large.")
                .Problem(503, "The logs are being opened, or there was no turn or not enough time for the answer."));
    }

    /// <summary>The newest records of a window, the newest first, as <c>{"records": [ … ]}</c>.</summary>
    /// <param name="http">Whose answer it is.</param>
    /// <param name="archive">Where they are.</param>
    /// <param name="clock">For what is left out.</param>
    /// <param name="start">The first time that is wanted, Unix milliseconds; an hour before the end when left out.</param>
    /// <param name="end">The first that is not; now when left out.</param>
    /// <param name="limit">How many at most: 100 when left out, up to 10,000.</param>
    static Results<FileContentHttpResult, ProblemHttpResult> Records(
        HttpContext http, [FromKeyedServices(Folder)] ArchiveService archive, TimeProvider clock, string? start = null, string? end = null, string? limit = null)
    {
        // Read here, not by the framework, whose refusal would not say what is wrong.
        if (!TryWhole(start, out var from) || !TryWhole(end, out var to) || !TryWhole(limit, out var most))
            return TypedResults.Problem("start and end must be Unix milliseconds, and limit a count: whole numbers.", statusCode: StatusCodes.Status400BadRequest);
        var endMs = to ?? clock.GetUtcNow().ToUnixTimeMilliseconds() + 1;
        var startMs = from ?? endMs - 3_600_000;
        var count = most ?? 100;
        if (startMs >= endMs || count is < 1 or > LimitMax)
            return TypedResults.Problem($"start ({startMs}) must lie before end ({endMs}), and limit ({count}) from 1 to {LimitMax}.", statusCode: StatusCodes.Status400BadRequest);
        return archive.Current is { } opened
            ? TypedResults.Bytes(Write(Newest(opened, Nanoseconds(startMs), Nanoseconds(endMs), (int)count, http.RequestAborted)), "application/json")
            : TypedResults.Problem("The logs are being opened.", statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Whether it is a whole number, or nothing.</summary>
    static bool TryWhole(string? text, out long? number)
    {
        number = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var read) ? read : null;
        return number is not null || string.IsNullOrEmpty(text);
    }

    static long Nanoseconds(long milliseconds) =>
        Math.Clamp(milliseconds, 0, long.MaxValue / NanosecondsPerMillisecond) * NanosecondsPerMillisecond;

    /// <summary>The newest records, each as JSON, by time; no more than the limit are held.</summary>
    static PriorityQueue<byte[], long> Newest(RequestArchive archive, long fromNs, long toNs, int limit, CancellationToken stop)
    {
        var newest = new PriorityQueue<byte[], long>();
        foreach (var (maxNs, body) in archive.Read(fromNs, toNs))
        {
            stop.ThrowIfCancellationRequested();
            if (newest.Count == limit && newest.TryPeek(out _, out var oldestNs) && maxNs <= oldestNs)
                break; // all that follows is older than what there is
            OtlpItems.Walk(body, (resource, scope, record) =>
            {
                var timeNs = LogRecords.Time(record);
                if (timeNs < fromNs || timeNs >= toNs || (newest.Count == limit && newest.TryPeek(out _, out var oldest) && timeNs <= oldest))
                    return;
                using var json = new MemoryStream();
                using (var writer = new Utf8JsonWriter(json))
                    LogRecords.Write(writer, resource, scope, record);
                newest.Enqueue(json.ToArray(), timeNs);
                if (newest.Count > limit)
                    newest.Dequeue();
            });
        }

        return newest;
    }

    static byte[] Write(PriorityQueue<byte[], long> newest)
    {
        var records = new List<byte[]>(newest.Count);
        while (newest.TryDequeue(out var record, out _))
            records.Add(record);
        records.Reverse();
        using var answer = new MemoryStream();
        using var writer = new Utf8JsonWriter(answer);
        writer.WriteStartObject();
        writer.WriteStartArray("records");
        foreach (var record in records)
            writer.WriteRawValue(record, skipInputValidation: true);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return answer.ToArray();
    }
}
