using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>
/// Where the language reads series. Several selects of one query may be open at once, and readers of different series of one
/// selection are used on several threads.
/// </summary>
public interface ISeriesSource
{
    /// <summary>Finds series and opens their samples.</summary>
    /// <param name="matchers">All must hold.</param>
    /// <param name="range">Which samples are needed (half-open); more may be given, they are ignored.</param>
    /// <param name="hints">What the samples are for. A source may answer from coarser data when that gives the same answer.</param>
    /// <param name="cancel">Stops the search.</param>
    /// <returns>The series, sorted by labels. The query disposes it.</returns>
    SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range, SelectHints hints, CancellationToken cancel);
}

/// <summary>What a selector's samples are for.</summary>
/// <param name="StartMs">The first evaluation time, after offset and <c>@</c>.</param>
/// <param name="EndMs">The last evaluation time.</param>
/// <param name="StepMs">Milliseconds between evaluations; 0 when there is one.</param>
/// <param name="RangeMs">The window of a range selector, or 0 for an instant selector.</param>
/// <param name="Function">The function right around the selector, or "".</param>
/// <param name="Extended">Samples beyond the window matter (<c>anchored</c>, <c>smoothed</c>).</param>
public readonly record struct SelectHints(long StartMs, long EndMs, long StepMs, long RangeMs, string Function, bool Extended);
