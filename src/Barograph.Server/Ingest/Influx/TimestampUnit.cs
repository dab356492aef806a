namespace Barograph.Server.Ingest.Influx;

/// <summary>What a timestamp of the line protocol counts: so many of these make a millisecond, or so many milliseconds one.</summary>
internal readonly record struct TimestampUnit(long PerMillisecond, long Milliseconds)
{
    /// <summary>Reads the query's <c>precision</c> (or <c>epoch</c>); nanoseconds when it is not given.</summary>
    public static TimestampUnit? Of(string precision) => precision switch
    {
        "" or "ns" or "n" => new(1_000_000, 1),
        "us" or "u" or "µ" or "µs" => new(1000, 1),
        "ms" => new(1, 1),
        "s" => new(1, 1000),
        "m" => new(1, 60_000),
        "h" => new(1, 3_600_000),
        _ => null,
    };

    /// <summary>Rounds down; what lies beyond a long stays at its end, where the store refuses it.</summary>
    public long ToMilliseconds(long time)
    {
        if (PerMillisecond > 1)
            return (long)Math.Floor((decimal)time / PerMillisecond);
        return (long)Int128.Clamp((Int128)time * Milliseconds, long.MinValue, long.MaxValue);
    }
}
