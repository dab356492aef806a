namespace Barograph.Server.Events;

/// <summary>What one event and one request may have at most: docs/events.md.</summary>
internal static class EventLimits
{
    public const int EventsPerRequest = 50_000;
    public const int EventBytes = 64 << 10;
    public const int Fields = 200;
    public const int Depth = 8;
    public const int PathLength = 200;
    public const int IdLength = 200;
    public const int RejectionsTold = 100;

    /// <summary>A time that is a number from here on can't be meant in seconds (that were the year 5138).</summary>
    public const double MillisecondsFrom = 1e11;

    /// <summary>How far ahead of the clock an event may be.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromMinutes(10);
}
