using Barograph.Server.Ingest.Wire;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>What became of an OTLP request.</summary>
/// <param name="Rejected">Data points, spans or records refused, 0 when all were taken.</param>
/// <param name="Message">Why, with the first one.</param>
/// <param name="Failure">Set when nothing was written at all.</param>
internal readonly record struct OtlpOutcome(long Rejected, string Message, Refusal? Failure);

/// <summary>Takes the requests of one signal, whatever transport they came by.</summary>
internal interface IOtlpReceiver
{
    /// <summary>What senders are listed under.</summary>
    string Door { get; }

    /// <summary>The field of a partial success that counts what was refused.</summary>
    string RejectedName { get; }

    /// <summary>Takes one request; returns when what it took is on disk, and has noted the sender unless it failed.</summary>
    ValueTask<OtlpOutcome> TakeAsync(HttpContext http, RequestBody body, bool isJson);
}

/// <summary>Decodes and writes requests of metrics.</summary>
internal sealed class OtlpReceiver(IngestDesk desk, DeltaTotals totals, TimeProvider clock, IngestLimits limits) : IOtlpReceiver
{
    /// <inheritdoc/>
    public string Door => "OTLP";

    /// <inheritdoc/>
    public string RejectedName => "rejectedDataPoints";

    /// <inheritdoc/>
    public async ValueTask<OtlpOutcome> TakeAsync(HttpContext http, RequestBody body, bool isJson)
    {
        var decoded = desk.Rent();
        var metrics = new OtlpMetrics(decoded, totals, clock.GetUtcNow().ToUnixTimeMilliseconds());
        var isWritten = false;
        try
        {
            if (Decode(metrics, body, isJson) is { } refusal)
                return new OtlpOutcome(0, "", refusal);
            var outcome = await desk.WriteAsync(decoded, http.RequestAborted);
            isWritten = outcome.Failure is null;
            if (outcome.Failure is { } failure)
                return new OtlpOutcome(0, "", failure);
            desk.Note(Door, http, outcome);
            return new OtlpOutcome(Math.Min(outcome.Rejected, metrics.Points), outcome.Rejected == 0 ? "" : outcome.PartialText, null);
        }
        finally
        {
            if (!isWritten)
                metrics.Undo();
            desk.Return(decoded);
        }
    }

    Refusal? Decode(OtlpMetrics metrics, RequestBody body, bool isJson)
    {
        try
        {
            metrics.Decode(isJson ? new OtlpJson(limits.RequestBytes).ToProtobuf(body.Bytes) : body.Bytes);
            return null;
        }
        catch (MalformedRequestException malformed)
        {
            return Refusal.Malformed($"{malformed.Message}; nothing was written");
        }
        catch (RequestTooLargeException tooLarge)
        {
            return Refusal.TooLarge($"{tooLarge.Message}; nothing was written");
        }
    }
}
