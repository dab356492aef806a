namespace Barograph.TimeSeries;

/// <summary>Why a sample was not taken.</summary>
public enum RejectReason
{
    None,

    /// <summary>Older than the out-of-order window (or than the retention) allows.</summary>
    TooOld,

    /// <summary>Further in the future than allowed.</summary>
    TooFarInFuture,

    /// <summary>The series has another value at that time already; the first one stays.</summary>
    DuplicateTimestamp,

    /// <summary>The series is new and the limit on series is reached.</summary>
    SeriesLimit,

    /// <summary>The series is new and too many new ones came within a second.</summary>
    NewSeriesRate,

    /// <summary>Too many labels, or a name or value is too long.</summary>
    LabelLimit,

    /// <summary>The key is not a series key: truncated, no labels, a name twice, not UTF-8.</summary>
    InvalidLabels,

    /// <summary>A native histogram that is none: its buckets and spans, or schema and bounds, do not fit each other, or there are too many.</summary>
    InvalidHistogram,
}

/// <summary>What became of a batch. Samples that were taken are on disk.</summary>
/// <param name="Accepted">Samples taken, histograms among them; exact duplicates of stored ones count as taken.</param>
/// <param name="Rejected">Samples refused, histograms among them.</param>
/// <param name="FirstReason">Why the first refused sample was refused.</param>
/// <param name="FirstExample">A sentence on the first refused sample: series, value, limit, and how to mend it.</param>
public readonly record struct AppendResult(int Accepted, int Rejected, RejectReason FirstReason, string? FirstExample)
{
    /// <summary>What was refused by reason, in the order in which the reasons came up; empty when nothing was.</summary>
    public IReadOnlyList<RejectedSamples> Reasons
    {
        get => field ?? (Rejected == 0 ? [] : [new RejectedSamples(FirstReason, Rejected, FirstExample ?? "")]);
        init;
    }

    /// <summary>How many of the accepted samples are native histograms.</summary>
    public int AcceptedHistograms { get; init; }

    /// <summary>Exemplars taken; exact duplicates count as taken. Others are left out silently, and refuse nothing else.</summary>
    public int AcceptedExemplars { get; init; }
}

/// <summary>Samples of a batch that were refused for one reason.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Count">How many, histograms among them.</param>
/// <param name="Example">A sentence on the first of them.</param>
public readonly record struct RejectedSamples(RejectReason Reason, int Count, string Example);

/// <summary>The store takes no writes for now (disk full, failing disk); nothing of the batch was acknowledged.</summary>
public class StoreUnavailableException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>
/// The store found a bug of its own while it wrote, and takes no more writes until it is opened again: nothing heals by waiting. What
/// was acknowledged is in the log; the batch at hand was not acknowledged, and may be there after the restart.
/// </summary>
/// <param name="bug">What was thrown.</param>
public sealed class StoreBrokenException(Exception bug) : StoreUnavailableException(
    $"Internal error: {bug.Message} Nothing is written until the program is restarted; nothing acknowledged is lost.", bug);

/// <summary>A limit was passed; the message names the limit, its value and how to raise it.</summary>
public sealed class LimitExceededException(string limit, string message) : InvalidOperationException(message)
{
    /// <summary>The name of the limit's setting.</summary>
    public string Limit { get; } = limit;
}
