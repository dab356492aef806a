using System.Globalization;

namespace Barograph.TimeSeries;

/// <summary>
/// Notices a clock that was wrong, is, or was set: samples lie in the future that no right clock lets in, or the time of day has moved
/// otherwise than the clock that nobody sets.
/// </summary>
internal sealed class ClockWatch(StoreOptions options, Timeline timeline)
{
    /// <summary>What the network's time corrects, and what a busy machine is late by, is less.</summary>
    static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    /// <summary>A clock that was set may be right now; after this nobody needs to be told any more.</summary>
    static readonly TimeSpan ToldFor = TimeSpan.FromMinutes(10);

    readonly Lock _gate = new(); // guards the fields below
    DateTimeOffset _seen = options.Clock.GetUtcNow();
    long _seenAt = options.Clock.GetTimestamp(), _movedAt;
    string? _moved;

    /// <summary>What is wrong with the clock, in a sentence that stays the same while it is so; or null.</summary>
    public string? Look()
    {
        var moved = LookForMove();
        return FindFuture() ?? moved;
    }

    string? FindFuture()
    {
        var newestMs = timeline.View.LastMs;
        if (options.MaxFuture is not { } ahead || newestMs == long.MinValue
            || newestMs <= (options.Clock.GetUtcNow() + ahead + Tolerance).ToUnixTimeMilliseconds())
            return null;
        return $"Samples are stored that lie in the future of this machine's clock, up to {Text(newestMs)}: "
            + "the clock was ahead when they came, or is behind now. What comes now is stored at the time that the clock shows.";
    }

    string? LookForMove()
    {
        lock (_gate)
        {
            var (now, at) = (options.Clock.GetUtcNow(), options.Clock.GetTimestamp());
            var move = now - _seen - options.Clock.GetElapsedTime(_seenAt, at);
            (_seen, _seenAt) = (now, at);
            if (move.Duration() > Tolerance)
            {
                _movedAt = at;
                _moved = $"This machine's clock went {Text(move.Duration())} {(move > TimeSpan.Zero ? "ahead" : "back")} at "
                    + $"{Text(now.ToUnixTimeMilliseconds())}: it was set, or the machine slept. Samples are stored at the time that it shows.";
            }
            else if (_moved is not null && options.Clock.GetElapsedTime(_movedAt, at) > ToldFor)
            {
                _moved = null;
            }

            return _moved;
        }
    }

    static string Text(long timestampMs) =>
        DateTimeOffset.FromUnixTimeMilliseconds(timestampMs).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    static string Text(TimeSpan time) => time.TotalHours >= 48 ? $"{time.TotalDays:F0} days"
        : time.TotalMinutes >= 120 ? $"{time.TotalHours:F0} hours"
        : $"{time.TotalMinutes:F0} minutes";
}
