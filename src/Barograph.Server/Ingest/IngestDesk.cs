using Barograph.Server.Ingest.Wire;
using Barograph.Server.Sources;
using Barograph.Server.Storage;
using Barograph.TimeSeries;
using Microsoft.Extensions.ObjectPool;

namespace Barograph.Server.Ingest;

/// <summary>What became of a request's samples.</summary>
/// <param name="Accepted">Samples on disk, native histograms among them.</param>
/// <param name="Refused">What was not, by the door or the store, those of the door first.</param>
/// <param name="Failure">Set when nothing was written at all, and why.</param>
/// <param name="LastSampleMs">The time of the last sample, Unix ms, where there is one.</param>
internal readonly record struct Outcome(int Accepted, IReadOnlyList<Refused> Refused, Refusal? Failure, long? LastSampleMs = null)
{
    /// <summary>Samples refused.</summary>
    public long Rejected => Refused?.Where(static one => one.Reason.CostsSamples()).Sum(static one => one.Count) ?? 0;

    /// <summary>How many of the accepted samples are native histograms.</summary>
    public int AcceptedHistograms { get; init; }

    /// <summary>Exemplars on disk; others were passed over.</summary>
    public int AcceptedExemplars { get; init; }

    public static Outcome Failed(Refusal failure) => new(0, [], failure);

    /// <summary>What was counted.</summary>
    public string Things { get; init; } = "samples";

    /// <summary>Whether only the limits on series refused: the sender is not wrong, there are just too many.</summary>
    public bool IsSeriesLimit => Refused.Where(static one => one.Reason.CostsSamples()).All(static one => one.Reason is RefusalReason.TooManySeries or RefusalReason.TooManyNewSeries);

    /// <summary>The sentence for a sender whose samples were not all taken.</summary>
    public string PartialText =>
        $"{Rejected} of {Accepted + Rejected} {Things} were refused, the other {Accepted} are written; the first: {Refused.First(static one => one.Reason.CostsSamples()).Example}";
}

/// <summary>What all doors share: room for bodies, decoders' memory, the way into the store, and the book of senders.</summary>
internal sealed class IngestDesk(OpenedStore opened, IngestLimits limits, SourceLedger sources, KnownMetadata known)
{
    readonly IngestBudget _budget = new(limits);
    readonly ObjectPool<DecodedRequest> _decoded = new DefaultObjectPool<DecodedRequest>(new Policy(limits, known));

    /// <summary>Bytes of requests being worked on now.</summary>
    public long BytesInWork => _budget.TakenBytes;

    /// <summary>Room for one body; the caller disposes it.</summary>
    public RequestBody OpenBody() => new(limits, _budget);

    /// <summary>Memory to decode into; give it back with <see cref="Return"/>.</summary>
    public DecodedRequest Rent()
    {
        var decoded = _decoded.Get();
        decoded.Begin();
        return decoded;
    }

    /// <summary>Takes the memory back.</summary>
    public void Return(DecodedRequest decoded) => _decoded.Return(decoded);

    /// <summary>Why no request can be taken now, before anything of it is read; or null.</summary>
    public Refusal? Closed => opened.Current is null ? Refusal.Starting : null;

    /// <summary>Writes what was decoded.</summary>
    public async ValueTask<Outcome> WriteAsync(DecodedRequest decoded, CancellationToken hungUp)
    {
        if (opened.Current is not { } store)
            return Outcome.Failed(Refusal.Starting);
        foreach (var (metric, metadata) in decoded.Metadata)
            store.SetMetadata(metric, metadata);
        var result = default(AppendResult);
        try
        {
            if (decoded.Batch.SampleCount + decoded.Batch.HistogramCount + decoded.Batch.ExemplarCount > 0)
                result = await store.AppendAsync(decoded.Batch, hungUp);
        }
        catch (StoreUnavailableException failure)
        {
            return Outcome.Failed(Refusal.Unavailable(failure));
        }

        return new Outcome(
            result.Accepted, [.. decoded.Refused, .. Refused.By(result)], null,
            decoded.Batch.TimestampsMs is [.., var last] ? last : decoded.Batch.Histograms is [.., var histogram] ? histogram.TimestampMs : null)
        {
            AcceptedHistograms = result.AcceptedHistograms,
            AcceptedExemplars = result.AcceptedExemplars,
        };
    }

    /// <summary>Notes a request that was taken, wholly or in part.</summary>
    public void Note(string door, HttpContext http, Outcome outcome) =>
        sources.Count(door, http, outcome.Accepted, outcome.Refused,
            outcome.Accepted > 0 ? outcome.LastSampleMs : null); // what was not taken says nothing about how late its sender is

    /// <summary>Notes what came without a request; of a failure nothing was taken.</summary>
    public void Note(string door, string sender, Outcome outcome) =>
        sources.Count(door, sender, outcome.Accepted, outcome.Failure is { } failure ? [failure.Refused] : outcome.Refused, outcome.LastSampleMs);

    /// <summary>Notes a request that was refused as a whole.</summary>
    public void Note(string door, HttpContext http, Refusal refusal) => sources.Count(door, http, 0, [refusal.Refused]);

    sealed class Policy(IngestLimits limits, KnownMetadata known) : PooledObjectPolicy<DecodedRequest>
    {
        public override DecodedRequest Create() => new(limits, known);

        public override bool Return(DecodedRequest decoded) => decoded.IsSmall;
    }
}
