namespace Barograph.TimeSeries;

/// <summary>How long the rollups of each resolution are kept; null keeps them for ever. Five years, if nothing else is said.</summary>
public sealed record RollupRetention
{
    /// <summary>Keeps all of them for ever.</summary>
    public static readonly RollupRetention Unlimited = new() { OneMinute = null, FiveMinutes = null, OneHour = null, OneDay = null };

    static readonly TimeSpan s_fiveYears = TimeSpan.FromDays(5 * 365);

    /// <summary>Windows of a minute.</summary>
    public TimeSpan? OneMinute { get; init; } = s_fiveYears;

    /// <summary>Windows of five minutes.</summary>
    public TimeSpan? FiveMinutes { get; init; } = s_fiveYears;

    /// <summary>Windows of an hour.</summary>
    public TimeSpan? OneHour { get; init; } = s_fiveYears;

    /// <summary>Windows of a day.</summary>
    public TimeSpan? OneDay { get; init; } = s_fiveYears;

    internal TimeSpan? Of(RollupResolution resolution) => resolution.Name switch
    {
        "1m" => OneMinute,
        "5m" => FiveMinutes,
        "1h" => OneHour,
        _ => OneDay,
    };
}
