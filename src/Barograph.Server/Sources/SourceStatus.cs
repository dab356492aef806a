namespace Barograph.Server.Sources;

/// <summary>What is known of one sender at one door.</summary>
/// <param name="Door">The protocol, as in docs/ingest.md.</param>
/// <param name="Sender">Its address and what it calls itself; of a scrape the job and the target.</param>
/// <param name="FirstSeenMs">When it came first, Unix ms.</param>
/// <param name="LastSeenMs">When it came last, Unix ms.</param>
/// <param name="Requests">Requests, refused ones too.</param>
/// <param name="Samples">Samples taken.</param>
/// <param name="SamplesPerSecond">Samples taken within a second, averaged over about the last minute.</param>
/// <param name="LagSeconds">How old the last sample of its newest request was when it came, or null where the door does not say.</param>
/// <param name="Rejected">Samples, or whole requests that could not be read, refused.</param>
/// <param name="LastRejectionMs">When something was refused last, Unix ms, or null.</param>
/// <param name="LastRejection">Why, with an example, or null.</param>
/// <param name="Rejections">All reasons there were, the most frequent first; "labels left out" cost no sample and are not in the sum.</param>
internal sealed record SourceStatus(
    string Door, string Sender, long FirstSeenMs, long LastSeenMs, long Requests, long Samples, double SamplesPerSecond,
    double? LagSeconds, long Rejected, long? LastRejectionMs, string? LastRejection, IReadOnlyList<SourceRejection> Rejections);

/// <summary>What was refused for one reason.</summary>
/// <param name="Reason">In a word or two, such as "too old".</param>
/// <param name="Count">How many samples or whole requests.</param>
/// <param name="LastMs">When it happened last, Unix ms.</param>
/// <param name="Example">The last one, in a sentence.</param>
internal sealed record SourceRejection(string Reason, long Count, long LastMs, string Example);
