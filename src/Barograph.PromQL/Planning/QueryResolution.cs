using System.Diagnostics.CodeAnalysis;
using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>A source that also keeps samples summed up.</summary>
public interface IRollupSource : ISeriesSource
{
    /// <summary>The time of the oldest raw sample, Unix milliseconds.</summary>
    long OldestRawMs { get; }

    /// <summary>Opens the windows of one of <see cref="QueryResolution.Rollups"/> that begin in a range; null when there are none.</summary>
    RollupSelection? SelectRollups(IReadOnlyList<Matcher> matchers, TimeRange range, TimeSpan step);
}

/// <summary>What a query reads: every sample, or samples summed up where step, window and function allow it.</summary>
/// <param name="Step">The windows to take; null: the coarsest that fit, and only where the range is long or raw samples are gone.</param>
public sealed record QueryResolution(TimeSpan? Step)
{
    /// <summary>Every sample.</summary>
    public static readonly QueryResolution Raw = new(TimeSpan.Zero);

    /// <summary>Rollups for long ranges, and for times whose raw samples are gone.</summary>
    public static readonly QueryResolution Auto = new((TimeSpan?)null);

    /// <summary>The windows there are, the coarsest first.</summary>
    public static IReadOnlyList<(string Name, TimeSpan Step)> Rollups { get; } =
        [("1d", TimeSpan.FromDays(1)), ("1h", TimeSpan.FromHours(1)), ("5m", TimeSpan.FromMinutes(5)), ("1m", TimeSpan.FromMinutes(1))];

    /// <summary>Reads <c>auto</c>, <c>raw</c>, <c>1m</c>, <c>5m</c>, <c>1h</c> or <c>1d</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out QueryResolution? resolution)
    {
        resolution = text switch
        {
            "auto" => Auto,
            "raw" => Raw,
            _ when Rollups.FirstOrDefault(known => known.Name == text) is { Name: not null } known => new QueryResolution(known.Step),
            _ => null,
        };
        return resolution is not null;
    }
}
