using Microsoft.Extensions.Logging;

namespace Barograph.Client;

/// <summary>What an operator of the application should read about sending: once when it begins, once when it ends, and never more than a line a minute.</summary>
internal sealed partial class SenderLog(ILogger logger, Uri endpoint, ClientCounters counters, TimeProvider clock)
{
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    bool _troubled;
    long? _lastRejection;
    long _unsaidRejections;

    public void Trouble(string trouble)
    {
        if (!_troubled)
            Unreachable(logger, endpoint, trouble);
        _troubled = true;
    }

    public void Answered()
    {
        if (_troubled)
            ReachedAgain(logger, endpoint, counters.Dropped(DropReason.BufferFull));
        _troubled = false;
    }

    public void Rejected(int count, string? first)
    {
        _unsaidRejections += count;
        if (_lastRejection is { } last && clock.GetElapsedTime(last) < Pause)
            return;
        EventsRejected(logger, _unsaidRejections, first ?? "no reason was given");
        _lastRejection = clock.GetTimestamp();
        _unsaidRejections = 0;
    }

    public void Ended(int left)
    {
        if (left > 0)
            LeftUnsent(logger, left, endpoint);
    }

    [LoggerMessage(LogLevel.Warning, "Barograph at {Endpoint} does not take events: {Trouble}. They wait, and are sent when it does.")]
    static partial void Unreachable(ILogger logger, Uri endpoint, string trouble);

    [LoggerMessage(LogLevel.Information, "Barograph at {Endpoint} takes events again; {Dropped} were dropped so far because the buffer was full.")]
    static partial void ReachedAgain(ILogger logger, Uri endpoint, long dropped);

    [LoggerMessage(LogLevel.Warning, "Barograph rejected {Count} events; the first: {Rejection}.")]
    static partial void EventsRejected(ILogger logger, long count, string rejection);

    [LoggerMessage(LogLevel.Warning, "{Count} events were not sent to Barograph at {Endpoint} before the application ended.")]
    static partial void LeftUnsent(ILogger logger, int count, Uri endpoint);
}
