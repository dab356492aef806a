namespace Barograph.TimeSeries;

/// <summary>A step of the rollups, and how much time one of its files covers.</summary>
/// <param name="Name">The name of its folder.</param>
/// <param name="StepMs">The length of a window.</param>
/// <param name="PeriodMs">
/// The span of a file, a multiple of the step. A file is rewritten whenever samples of its span are flushed: long spans have
/// few files to open for a year, short ones less to rewrite.
/// </param>
internal sealed record RollupResolution(string Name, long StepMs, long PeriodMs)
{
    const long Minute = 60_000, Hour = 60 * Minute, Day = 24 * Hour;

    /// <summary>All that a store keeps, the finest first.</summary>
    public static readonly IReadOnlyList<RollupResolution> All =
    [
        new("1m", Minute, Day),
        new("5m", 5 * Minute, 8 * Day),
        new("1h", Hour, 32 * Day),
        new("1d", Day, 512 * Day),
    ];
}
