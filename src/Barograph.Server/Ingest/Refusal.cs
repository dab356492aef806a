using Barograph.Server.Sources;
using Barograph.TimeSeries;

namespace Barograph.Server.Ingest;

/// <summary>Why a request was not, or not wholly, taken. Each door says it in its protocol's own form.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Text">A sentence: what, where, what was expected, with the values.</param>
/// <param name="RetryAfterSeconds">When to come back, or null when it would not help.</param>
internal sealed record Refusal(int Status, string Text, int? RetryAfterSeconds = null)
{
    /// <summary>How it is counted.</summary>
    public Refused Refused => new(
        Status switch
        {
            StatusCodes.Status413PayloadTooLarge => RefusalReason.RequestTooLarge,
            StatusCodes.Status415UnsupportedMediaType => RefusalReason.WrongMediaType,
            StatusCodes.Status503ServiceUnavailable => RefusalReason.NoCapacity,
            _ => RefusalReason.MalformedRequest,
        }, 1, Text);

    public static readonly Refusal Starting =
        new(StatusCodes.Status503ServiceUnavailable, "the store is being opened; nothing was written, send it again", 1);

    /// <summary>
    /// 503 and not 429: every protocol's senders repeat a 503, while Prometheus throws away what was answered with 429 unless
    /// told otherwise. The wait is spread, so that the senders do not all come back at once.
    /// </summary>
    public static Refusal Overloaded(long queueBytes) => new(
        StatusCodes.Status503ServiceUnavailable,
        $"requests of {queueBytes} bytes are being worked on, which is the limit; nothing was written, send it again",
        Random.Shared.Next(1, 6));

    public static Refusal TooLarge(string text) => new(StatusCodes.Status413PayloadTooLarge, text);

    public static Refusal Malformed(string text) => new(StatusCodes.Status400BadRequest, text);

    public static Refusal WrongMedia(string text) => new(StatusCodes.Status415UnsupportedMediaType, text);

    public static Refusal Unavailable(StoreUnavailableException failure) =>
        new(StatusCodes.Status503ServiceUnavailable, $"{failure.Message}; nothing was written, send it again", 10);
}
