namespace Barograph.TimeSeries;

/// <summary>
/// Sums up the samples of one series, in the order of time, to windows of a resolution. What it gives does not depend on
/// how the samples are cut into runs.
/// </summary>
internal sealed class RollupBuilder(long resolutionMs)
{
    /// <summary>
    /// With fewer samples a sketch is not worth its bytes (30 samples of a percentage: 20 bytes, and 43 for the samples
    /// themselves); an hour and more always gets one.
    /// </summary>
    const int MinSketchedSamples = 64;

    const long AlwaysSketchedMs = 3_600_000;

    /// <summary>A counter falls when its process starts again; what falls with one in eight samples is none.</summary>
    const int SamplesPerFallOfCounter = 8;

    /// <summary>
    /// How far back the value before a window is looked for. After a longer silence a counter begins anew: what it counted
    /// meanwhile is in no window.
    /// </summary>
    public static long LookbackMs(long resolutionMs) => Math.Max(resolutionMs, 3_600_000);

    double[] _window = new double[64];
    int _windowCount, _places;
    double _counted; // the last sample that is a number
    bool _hasCounted;
    long _lastMs, _startMs, _sampleCount, _fallCount;

    /// <summary>The windows that are complete; after <see cref="Finish"/> all.</summary>
    public RollupColumns Windows { get; } = new();

    /// <summary>Begins a series.</summary>
    public void Begin()
    {
        Windows.Clear();
        (_windowCount, _hasCounted, _sampleCount, _fallCount) = (0, false, 0, 0);
    }

    /// <summary>Tells of samples before the first window: they only show what the counter had counted.</summary>
    public void AddBefore(ReadOnlySpan<long> timestampsMs, ReadOnlySpan<double> values)
    {
        for (var i = values.Length - 1; i >= 0; i--)
        {
            if (double.IsNaN(values[i]))
                continue;
            (_counted, _hasCounted, _lastMs) = (values[i], true, timestampsMs[i]);
            return;
        }
    }

    /// <summary>Adds samples, each later than all before.</summary>
    public void Add(ReadOnlySpan<long> timestampsMs, ReadOnlySpan<double> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (StaleMarker.Is(values[i]))
                continue;
            if (_windowCount == 0 || timestampsMs[i] >= _startMs + resolutionMs)
                Open(timestampsMs[i]);
            if (_windowCount == _window.Length)
                Array.Resize(ref _window, _windowCount * 2);
            _window[_windowCount++] = values[i];
            _lastMs = timestampsMs[i];
        }
    }

    /// <summary>Ends the series.</summary>
    public RollupColumns Finish()
    {
        Close();
        if (_fallCount > 1 && _fallCount * SamplesPerFallOfCounter > _sampleCount)
            Windows.Increases.Fill(double.NaN);
        return Windows;
    }

    /// <summary>Where the window of a time begins.</summary>
    public static long StartOf(long timestampMs, long resolutionMs) =>
        timestampMs - (timestampMs % resolutionMs + resolutionMs) % resolutionMs;

    void Open(long timestampMs)
    {
        Close();
        _startMs = StartOf(timestampMs, resolutionMs);
        _hasCounted &= timestampMs - _lastMs <= LookbackMs(resolutionMs);
    }

    void Close()
    {
        if (_windowCount == 0)
            return;
        var values = _window.AsSpan(0, _windowCount);
        var at = Windows.Count;
        Windows.Resize(at + 1);
        Windows.StartsMs[at] = _startMs;
        Windows.Counts[at] = values.Length;
        Windows.Sums[at] = ExactSum.Of(values, ref _places);
        Windows.Lasts[at] = values[^1];
        (Windows.Mins[at], Windows.Maxes[at]) = Bounds(values);
        Windows.Increases[at] = CountUp(values, out var falls);
        _fallCount += falls;
        _sampleCount += values.Length;
        var worthIt = falls > 0 && (values.Length >= MinSketchedSamples || resolutionMs >= AlwaysSketchedMs) && Windows.Mins[at] < Windows.Maxes[at];
        Windows.Sketches[at] = worthIt ? QuantileSketch.Of(values) : null;
        _windowCount = 0;
    }

    static (double Min, double Max) Bounds(ReadOnlySpan<double> values)
    {
        var (min, max) = (values[0], values[0]);
        foreach (var value in values)
        {
            if (value < min || double.IsNaN(min))
                min = value;
            if (value > max || double.IsNaN(max))
                max = value;
        }

        return (min, max);
    }

    /// <summary>What a counter counted: between two falls only the first and the last value matter.</summary>
    double CountUp(ReadOnlySpan<double> values, out int falls)
    {
        falls = 0;
        var increase = default(ExactSum);
        var from = _counted;
        foreach (var value in values)
        {
            if (double.IsNaN(value))
                continue;
            if (!_hasCounted)
            {
                (from, _hasCounted) = (value, true);
            }
            else if (value < _counted)
            {
                increase.Add(_counted);
                increase.Add(-from);
                from = 0;
                falls++;
            }

            _counted = value;
        }

        if (_hasCounted)
        {
            increase.Add(_counted);
            increase.Add(-from);
        }

        return increase.Value;
    }
}
