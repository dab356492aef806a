using Barograph.Server.Definitions;
using Barograph.Server.Ingest;
using Barograph.Server.Ingest.Wire;
using Barograph.Server.Sources;
using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary><c>POST /api/v1/events</c>: docs/events.md.</summary>
internal static class EventEndpoint
{
    const string Door = "JSON events";

    /// <summary>The answer to a request, as it is written.</summary>
    internal sealed record Answer(int Accepted, int Duplicates, int Rejected, IEnumerable<RejectionAnswer> Rejections);

    internal sealed record RejectionAnswer(int Index, string? Id, string Field, string? Value, string Rule);

    public static async Task PostAsync(HttpContext http, EventDesk events, DefinitionDesk definitions, IngestDesk desk, SourceLedger sources, RejectBook rejects, TimeProvider clock)
    {
        using var body = desk.OpenBody();
        var refusal = events.Log is null ? NotOpen(events) : null;
        refusal ??= Unknown(http.Request, out var encoding) ?? await body.ReadAsync(http.Request, encoding);
        EventRequest? request = null;
        if (refusal is null)
        {
            try
            {
                request = new EventRequestReader(new EventParser(events.Identities), clock.GetUtcNow().ToUnixTimeMilliseconds(), events.Log!.OldestMs, definitions.Check).Read(body.Bytes);
                if (request.Events.Count > 0)
                    await events.Log.KeepAsync(request);
            }
            catch (TooManyEventsException tooMany)
            {
                refusal = Refusal.TooLarge($"{tooMany.Message}; nothing was taken");
            }
            catch (StoreUnavailableException failure)
            {
                refusal = Refusal.Unavailable(failure);
            }
        }

        if (refusal is not null)
        {
            desk.Note(Door, http, refusal);
            await SayAsync(http.Response, refusal);
            return;
        }

        rejects.Add(request!, hidesIdentities: events.Identities is not null);
        events.Derivation?.CountRejected(request!);
        sources.Count(Door, http, request!.AcceptedCount, request.Rejections is [var first, ..]
            ? [new Refused(RefusalReason.InvalidEvent, request.RejectedCount, $"{first.Field} {first.Rule}")] : null);
        await SayAsync(http.Response, request);
    }

    static Refusal NotOpen(EventDesk events) => events.Failure is { } failure
        ? new Refusal(StatusCodes.Status503ServiceUnavailable, $"events are not taken: {failure}", 60)
        : Refusal.Starting;

    static Refusal? Unknown(HttpRequest request, out BodyEncoding encoding)
    {
        var name = request.Headers.ContentEncoding.ToString();
        encoding = name.Equals("gzip", StringComparison.OrdinalIgnoreCase) ? BodyEncoding.Gzip : BodyEncoding.None;
        return encoding == BodyEncoding.None && name is not ("" or "identity") ? Refusal.WrongMedia($"Content-Encoding '{name}' is not taken; send gzip or none") : null;
    }

    static Task SayAsync(HttpResponse answer, EventRequest request)
    {
        answer.StatusCode = request.RejectedCount > 0 && request.AcceptedCount + request.DuplicateCount == 0 ? StatusCodes.Status400BadRequest : StatusCodes.Status200OK;
        return answer.WriteAsJsonAsync(new Answer(
            request.AcceptedCount, request.DuplicateCount, request.RejectedCount,
            request.Rejections.Select(static one => new RejectionAnswer(one.Index, one.Id, one.Field, one.Value, one.Rule))), EventsJson.Readable.Answer);
    }

    static Task SayAsync(HttpResponse answer, Refusal refusal)
    {
        answer.StatusCode = refusal.Status;
        if (refusal.RetryAfterSeconds is { } seconds)
            answer.Headers.RetryAfter = seconds.ToString();
        return TypedResults.Problem(refusal.Text, statusCode: refusal.Status).ExecuteAsync(answer.HttpContext);
    }
}
