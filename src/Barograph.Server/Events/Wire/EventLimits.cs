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

    /// <summary>What nothing takes longer than: ten years. A larger number was meant in milliseconds, or is a time.</summary>
    public const double DurationSecondsMax = 10 * 366 * 86_400.0;

    /// <summary>Processor time of something that takes that long on 1,024 processors.</summary>
    public const double CpuSecondsMax = 1024 * DurationSecondsMax;

    /// <summary>An exbibyte.</summary>
    public const double BytesMax = 1L << 60;

    /// <summary>Up to here a double counts one by one.</summary>
    public const double CountMax = 1L << 53;

    /// <summary>What amounts, predictions and the like may be: the sum of the squares of a billion of them is still a number.</summary>
    public const double AmountMax = 1e18;

    /// <summary>How far ahead of the clock an event may be.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromMinutes(10);
}
