namespace Barograph.TimeSeries;

/// <summary>One series of a <see cref="SeriesSelection"/>.</summary>
public abstract class Series
{
    /// <summary>Its labels, the metric name among them.</summary>
    public abstract Labels Labels { get; }

    /// <summary>Opens a reader over its samples in the selected range. Each call starts anew; the caller disposes it.</summary>
    public abstract SampleReader OpenReader();
}

/// <summary>
/// Reads the samples of one series in ascending time, a run at a time (usually a chunk). The spans are valid until the
/// next <see cref="MoveNext"/> or <see cref="Dispose"/>.
/// </summary>
public abstract class SampleReader : IDisposable
{
    /// <summary>Steps to the next run; false at the end.</summary>
    public abstract bool MoveNext();

    /// <summary>The times of the run, ascending, Unix milliseconds.</summary>
    public abstract ReadOnlySpan<long> TimestampsMs { get; }

    /// <summary>The values of the run, as many as timestamps (NaN where the run holds histograms).</summary>
    public abstract ReadOnlySpan<double> Values { get; }

    /// <summary>The native histograms of the run, as many as timestamps, or empty when the run holds floats. A run never mixes.</summary>
    public virtual ReadOnlySpan<NativeHistogram> Histograms => default;

    /// <summary>
    /// When the counter behind each sample of the run began to count, Unix milliseconds, 0 for unknown; as many as timestamps, or
    /// empty when none is known.
    /// </summary>
    public virtual ReadOnlySpan<long> StartTimestampsMs => default;

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>
/// The answer to a select: the series, sorted by labels, at one consistent moment. It pins what it reads from; dispose it.
/// </summary>
public abstract class SeriesSelection : IDisposable
{
    /// <summary>The series that match and have (or may have) samples in the range. Not to be used after the selection is disposed.</summary>
    public abstract IReadOnlyList<Series> Series { get; }

    /// <summary>How many series there are.</summary>
    public virtual int Count => Series.Count;

    /// <summary>
    /// An object that selections share which have the same series in the same order: what was worked out from the labels of one holds for the other. Null
    /// when nothing is known of others.
    /// </summary>
    public virtual object? Identity => null;

    /// <summary>The labels of a series: those of <see cref="Series"/>, without an object for each.</summary>
    public virtual Labels LabelsOf(int series) => Series[series].Labels;

    /// <summary>Opens a reader over the samples of a series. Whoever reads many one after the other gives the last one back with each call.</summary>
    /// <param name="series">Its place in <see cref="Series"/>.</param>
    /// <param name="idle">A reader that this selection opened and that nobody needs any more: it is used again, or disposed. Null: none.</param>
    /// <returns>A reader that the caller disposes, or gives back.</returns>
    public virtual SampleReader OpenReader(int series, SampleReader? idle)
    {
        idle?.Dispose();
        return Series[series].OpenReader();
    }

    /// <inheritdoc/>
    public abstract void Dispose();
}
