namespace Barograph.TimeSeries;

/// <summary>A resolution at which samples are summed up, and how long such windows are kept (null: for ever).</summary>
public readonly record struct RollupResolution(TimeSpan Step, TimeSpan? Retention);

/// <summary>Windows of one series at one resolution, in columns of equal length, ascending in time. Stale markers count nowhere.</summary>
public sealed class RollupWindows
{
    readonly RollupColumns _columns;

    internal RollupWindows(RollupColumns columns) => _columns = columns;

    /// <summary>How many windows; those without samples are left out.</summary>
    public int Count => _columns.Count;

    /// <summary>Where each begins, Unix milliseconds: a multiple of the step.</summary>
    public ReadOnlySpan<long> StartsMs => _columns.StartsMs;

    /// <summary>How many samples, at least one.</summary>
    public ReadOnlySpan<long> Counts => _columns.Counts;

    /// <summary>Their sum.</summary>
    public ReadOnlySpan<double> Sums => _columns.Sums;

    /// <summary>The smallest; NaN only when all are.</summary>
    public ReadOnlySpan<double> Mins => _columns.Mins;

    /// <summary>The largest; NaN only when all are.</summary>
    public ReadOnlySpan<double> Maxes => _columns.Maxes;

    /// <summary>The last.</summary>
    public ReadOnlySpan<double> Lasts => _columns.Lasts;

    /// <summary>By how much a counter grew since the last sample before the window, resets survived; NaN when it is no counter.</summary>
    public ReadOnlySpan<double> Increases => _columns.Increases;

    /// <summary>A quantile (0 to 1) of a window's samples, within 1 %; NaN when its distribution was not kept.</summary>
    public double Quantile(int window, double quantile) => _columns.Quantile(window, quantile);
}

/// <summary>A series that has windows of a resolution.</summary>
public sealed class RollupSeries
{
    readonly IReadOnlyList<(Block Block, int Series)> _sources;
    readonly TimeRange _range;

    internal RollupSeries(Labels labels, IReadOnlyList<(Block, int)> sources, TimeRange range) => (Labels, _sources, _range) = (labels, sources, range);

    /// <summary>Its labels.</summary>
    public Labels Labels { get; }

    /// <summary>Its windows that begin in the selected range. Read them before the selection is disposed.</summary>
    public RollupWindows Read()
    {
        var windows = new RollupColumns();
        foreach (var (block, series) in _sources)
        {
            var reader = new RollupReader(block, series, _range);
            while (reader.MoveNext())
                windows.Append(reader.Windows, ..);
        }

        return new RollupWindows(windows);
    }
}

/// <summary>The answer to a select of rollups: series sorted by labels. It pins what it reads from; dispose it.</summary>
public sealed class RollupSelection : IDisposable
{
    readonly PinnedRollups _pinned;

    internal RollupSelection(IReadOnlyList<RollupSeries> series, long endMs, PinnedRollups pinned) => (Series, EndMs, _pinned) = (series, endMs, pinned);

    /// <summary>The series that match and have windows in the range.</summary>
    public IReadOnlyList<RollupSeries> Series { get; }

    /// <summary>Windows from here on are not summed up yet (Unix milliseconds): read the samples themselves.</summary>
    public long EndMs { get; }

    /// <inheritdoc/>
    public void Dispose() => _pinned.Dispose();
}
