namespace Barograph.Client;

/// <summary>What became of the events since the client was started. The same are metrics of the meter <c>Barograph.Client</c>.</summary>
/// <param name="Tracked">Events that the application told.</param>
/// <param name="Accepted">Events that the server has on disk.</param>
/// <param name="Duplicates">Events that were sent again after a lost answer, and that the server had already: counted once there.</param>
/// <param name="Rejected">Events that the server refused for good; the log says which field and rule.</param>
/// <param name="Dropped">Events that were given up here: the buffer was full, the application ended, or they could not be written.</param>
/// <param name="Waiting">Events in the buffer and on the way.</param>
/// <param name="Retries">Requests that were repeated.</param>
public readonly record struct BarographStatistics(
    long Tracked, long Accepted, long Duplicates, long Rejected, long Dropped, long Waiting, long Retries);
