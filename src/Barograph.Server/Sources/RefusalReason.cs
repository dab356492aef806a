using Barograph.TimeSeries;

namespace Barograph.Server.Sources;

/// <summary>Why something was not taken. Few, so that series, pages and the log can name them all.</summary>
internal enum RefusalReason
{
    /// <summary>A request that cannot be read; nothing of it was taken.</summary>
    MalformedRequest,

    /// <summary>A request beyond a limit; nothing of it was taken.</summary>
    RequestTooLarge,

    /// <summary>A request in another form than the door takes.</summary>
    WrongMediaType,

    /// <summary>The server can take nothing now; the sender is to come again.</summary>
    NoCapacity,

    /// <summary>A failure of the server that nobody expected.</summary>
    ServerFailure,

    /// <summary>A page of metrics that could not be had, or not be read.</summary>
    ScrapeFailed,

    /// <summary>A line, point or sample that is none.</summary>
    MalformedPart,

    /// <summary>An event that breaks a rule of its type.</summary>
    InvalidEvent,

    /// <summary>As <see cref="RejectReason.TooOld"/>.</summary>
    TooOld,

    /// <summary>As <see cref="RejectReason.TooFarInFuture"/>.</summary>
    InFuture,

    /// <summary>As <see cref="RejectReason.DuplicateTimestamp"/>.</summary>
    OtherValue,

    /// <summary>As <see cref="RejectReason.SeriesLimit"/>, and where a door holds series itself.</summary>
    TooManySeries,

    /// <summary>As <see cref="RejectReason.NewSeriesRate"/>.</summary>
    TooManyNewSeries,

    /// <summary>As <see cref="RejectReason.LabelLimit"/>.</summary>
    LabelLimit,

    /// <summary>As <see cref="RejectReason.InvalidHistogram"/>.</summary>
    InvalidHistogram,

    /// <summary>Attributes of a resource or scope that are no labels, or one too many; counted by themselves, for no sample is lost.</summary>
    LabelsLeftOut,
}

/// <summary>What was refused for one reason.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Count">How many samples, events or spans; a whole request counts as one.</param>
/// <param name="Example">The first one, in a sentence.</param>
internal readonly record struct Refused(RefusalReason Reason, long Count, string Example)
{
    /// <summary>What a store, or a queue on the way to one, did not take.</summary>
    public static IEnumerable<Refused> By(AppendResult result) =>
        result.Reasons.Select(static one => new Refused(one.Reason.ToRefusal(), one.Count, one.Example));
}

internal static class RefusalReasons
{
    /// <summary>In words, as people read it.</summary>
    public static string Text(this RefusalReason reason) => reason switch
    {
        RefusalReason.MalformedRequest => "malformed request",
        RefusalReason.RequestTooLarge => "request too large",
        RefusalReason.WrongMediaType => "wrong content type or encoding",
        RefusalReason.NoCapacity => "no capacity",
        RefusalReason.ServerFailure => "failure of the server",
        RefusalReason.ScrapeFailed => "scrape failed",
        RefusalReason.MalformedPart => "malformed part",
        RefusalReason.InvalidEvent => "invalid event",
        RefusalReason.TooOld => "too old",
        RefusalReason.InFuture => "in the future",
        RefusalReason.OtherValue => "another value at that time",
        RefusalReason.TooManySeries => "too many series",
        RefusalReason.TooManyNewSeries => "too many new series at once",
        RefusalReason.LabelLimit => "labels too long or too many",
        RefusalReason.InvalidHistogram => "no native histogram",
        RefusalReason.LabelsLeftOut => "labels left out",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    /// <summary>As the label <c>reason</c> of a series has it: the words, joined by underscores.</summary>
    public static string Label(this RefusalReason reason) => reason.Text().Replace(' ', '_');

    /// <summary>Whether samples, or what stands for some, were refused.</summary>
    public static bool CostsSamples(this RefusalReason reason) => reason != RefusalReason.LabelsLeftOut;

    /// <summary>What a store's reason is among all.</summary>
    public static RefusalReason ToRefusal(this RejectReason reason) => reason switch
    {
        RejectReason.TooOld => RefusalReason.TooOld,
        RejectReason.TooFarInFuture => RefusalReason.InFuture,
        RejectReason.DuplicateTimestamp => RefusalReason.OtherValue,
        RejectReason.SeriesLimit => RefusalReason.TooManySeries,
        RejectReason.NewSeriesRate => RefusalReason.TooManyNewSeries,
        RejectReason.LabelLimit => RefusalReason.LabelLimit,
        RejectReason.InvalidHistogram => RefusalReason.InvalidHistogram,
        _ => RefusalReason.MalformedPart,
    };
}
