namespace Barograph.PromQL;

/// <summary>Where a selector looks at each step: the step's time or the one after <c>@</c>, less the offset.</summary>
internal readonly record struct TimeShift(StepGrid Grid, long? FixedMs, long OffsetMs)
{
    // Durations up to 2^52 ms (some 140,000 years) are exact as seconds in a double.
    const double MaxSeconds = (1L << 52) / 1000.0;

    public long FirstMs => At(0);

    public long LastMs => At(Grid.Count - 1);

    public static TimeShift Of(QueryRun run, Timing timing, StepGrid grid)
    {
        var fixedMs = timing.At switch
        {
            AtModifier.Time time => (long)Math.Round(time.Seconds * 1000),
            AtModifier.QueryStart => run.Times.StartMs,
            AtModifier.QueryEnd => run.Times.EndMs,
            _ => (long?)null,
        };
        return new TimeShift(grid, fixedMs, timing.Offset is null ? 0 : Milliseconds(run, timing.Offset));
    }

    public long At(int step) => (FixedMs ?? Grid.TimeMs(step)) - OffsetMs;

    /// <summary>A calculated duration.</summary>
    /// <exception cref="QueryException">It is not a number, or out of range.</exception>
    public static long Milliseconds(QueryRun run, DurationExpression duration)
    {
        var seconds = duration.Seconds(run.StepSeconds, run.RangeSeconds);
        if (!double.IsFinite(seconds) || Math.Abs(seconds) > MaxSeconds)
            throw new QueryException($"duration out of range: {Printer.Number(seconds)} s");
        return (long)Math.Round(seconds * 1000);
    }

    /// <summary>A calculated duration that must be positive.</summary>
    /// <exception cref="QueryException">It is not.</exception>
    public static long PositiveMilliseconds(QueryRun run, DurationExpression duration)
    {
        var milliseconds = Milliseconds(run, duration);
        return milliseconds > 0 ? milliseconds : throw new QueryException("duration must be greater than 0");
    }
}
