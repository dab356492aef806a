using System.Runtime.InteropServices;
using Barograph.Server.Ingest;
using Barograph.Server.Ingest.Otlp;
using Barograph.Server.Ingest.Wire;
using Barograph.Server.Sources;
using Barograph.TimeSeries;

namespace Barograph.Server.Archive;

/// <summary>What was found in a request of spans or log records.</summary>
/// <param name="Request">What is to be known of it; without items when nothing is to be kept.</param>
/// <param name="Rejected">Items that cannot be kept.</param>
/// <param name="FirstRejection">Why the first of them cannot.</param>
internal readonly record struct ScannedRequest(ArchivedRequest Request, int Rejected, string? FirstRejection)
{
    /// <summary>The same as it is counted.</summary>
    public IReadOnlyList<Refused> Refused => Rejected == 0 ? [] : [new Refused(RefusalReason.MalformedPart, Rejected, FirstRejection!)];
}

/// <summary>One kind of item: how a request of it is called, and what makes one of it good.</summary>
/// <param name="Door">What senders are listed under.</param>
/// <param name="Things">Several of them, in a sentence.</param>
/// <param name="RejectedName">The field of a partial success.</param>
/// <param name="JsonMessage">The message in <see cref="OtlpJson"/>.</param>
/// <param name="Check">Why an item cannot be kept, or null. Throws <see cref="MalformedRequestException"/> for what is broken.</param>
/// <param name="Describe">An item's times, Unix nanoseconds, and the id of its trace, or nothing.</param>
internal sealed record ItemKind(string Door, string Things, string RejectedName, string JsonMessage, ItemKind.ItemCheck Check, ItemKind.ItemDescription Describe)
{
    public delegate string? ItemCheck(ReadOnlySpan<byte> item);

    public delegate ReadOnlySpan<byte> ItemDescription(ReadOnlySpan<byte> item, out long minNs, out long maxNs);
}

/// <summary>Takes OTLP requests of one kind of item into its archive.</summary>
internal sealed class ArchiveReceiver(ItemKind kind, ArchiveService archive, IngestDesk desk, IngestLimits limits) : IOtlpReceiver
{
    /// <inheritdoc/>
    public string Door => kind.Door;

    /// <inheritdoc/>
    public string RejectedName => kind.RejectedName;

    /// <inheritdoc/>
    public async ValueTask<OtlpOutcome> TakeAsync(HttpContext http, RequestBody body, bool isJson)
    {
        if (archive.Current is not { } opened)
            return new OtlpOutcome(0, "", Refusal.Starting);
        var bytes = body.Memory;
        ScannedRequest scanned;
        try
        {
            if (isJson)
                bytes = new OtlpJson(limits.RequestBytes).ToProtobuf(bytes.Span, kind.JsonMessage).ToArray();
            scanned = Scan(bytes.Span);
            if (scanned.Rejected > 0)
                bytes = OtlpItems.Filter(bytes.Span, item => kind.Check(item) is null);
        }
        catch (MalformedRequestException malformed)
        {
            return new OtlpOutcome(0, "", Refusal.Malformed($"{malformed.Message}; nothing was written"));
        }
        catch (RequestTooLargeException tooLarge)
        {
            return new OtlpOutcome(0, "", Refusal.TooLarge($"{tooLarge.Message}; nothing was written"));
        }

        try
        {
            if (scanned.Request.Items > 0)
                await opened.AppendAsync(scanned.Request, bytes);
        }
        catch (StoreUnavailableException failure)
        {
            return new OtlpOutcome(0, "", Refusal.Unavailable(failure));
        }

        var outcome = new Outcome(scanned.Request.Items, scanned.Refused, null) { Things = kind.Things };
        desk.Note(Door, http, outcome);
        return new OtlpOutcome(outcome.Rejected, outcome.Rejected == 0 ? "" : outcome.PartialText, null);
    }

    ScannedRequest Scan(ReadOnlySpan<byte> request)
    {
        var (items, rejected, minNs, maxNs) = (0, 0, long.MaxValue, long.MinValue);
        string? firstRejection = null;
        var traces = new HashSet<UInt128>();
        OtlpItems.Walk(request, (_, _, item) =>
        {
            if (items + rejected >= limits.RequestSamples)
                throw new RequestTooLargeException($"the request has more than {limits.RequestSamples} items: send smaller requests");
            if (kind.Check(item) is { } problem)
            {
                rejected++;
                firstRejection ??= problem;
                return;
            }

            items++;
            var traceId = kind.Describe(item, out var firstNs, out var lastNs);
            (minNs, maxNs) = (Math.Min(minNs, firstNs), Math.Max(maxNs, lastNs));
            if (traceId.Length == ArchiveIndex.TraceIdBytes)
                traces.Add(MemoryMarshal.Read<UInt128>(traceId));
        });
        var ids = MemoryMarshal.AsBytes(traces.ToArray().AsSpan()).ToArray();
        return new ScannedRequest(new ArchivedRequest(items, minNs, maxNs, ids), rejected, firstRejection);
    }
}
