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

    readonly List<double> _window = [];
    ExactSum _sum, _increase;
    double _min, _max, _last;
    bool _hasLast, _falls;
    long _lastMs, _startMs, _sampleCount, _fallCount;

    /// <summary>The windows that are complete; after <see cref="Finish"/> all.</summary>
    public RollupColumns Windows { get; } = new();

    /// <summary>Begins a series.</summary>
    public void Begin()
    {
        Windows.Clear();
        _window.Clear();
        (_hasLast, _sampleCount, _fallCount) = (false, 0, 0);
    }

    /// <summary>Tells of samples before the first window: they only show what the counter had counted.</summary>
    public void AddBefore(ReadOnlySpan<long> timestampsMs, ReadOnlySpan<double> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!StaleMarker.Is(values[i]))
                Remember(timestampsMs[i], values[i]);
        }
    }

    /// <summary>Adds samples, each later than all before.</summary>
    public void Add(ReadOnlySpan<long> timestampsMs, ReadOnlySpan<double> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!StaleMarker.Is(values[i]))
                Add(timestampsMs[i], values[i]);
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

    void Add(long timestampMs, double value)
    {
        if (_window.Count == 0 || timestampMs >= _startMs + resolutionMs)
            Open(timestampMs, value);
        _window.Add(value);
        _sampleCount++;
        _sum.Add(value);
        if (value < _min || double.IsNaN(_min))
            _min = value;
        if (value > _max || double.IsNaN(_max))
            _max = value;
        if (_hasLast && timestampMs - _lastMs <= LookbackMs(resolutionMs))
        {
            _increase.Add(value);
            if (value < _last)
            {
                _falls = true;
                _fallCount++;
            }
            else
            {
                _increase.Add(-_last);
            }
        }

        Remember(timestampMs, value);
    }

    void Remember(long timestampMs, double value) => (_last, _lastMs, _hasLast) = (value, timestampMs, true);

    void Open(long timestampMs, double value)
    {
        Close();
        _startMs = StartOf(timestampMs, resolutionMs);
        (_sum, _increase, _min, _max, _falls) = (default, default, value, value, false);
    }

    void Close()
    {
        if (_window.Count == 0)
            return;
        var at = Windows.Count;
        Windows.Resize(at + 1);
        Windows.StartsMs[at] = _startMs;
        Windows.Counts[at] = _window.Count;
        Windows.Sums[at] = _sum.Value;
        (Windows.Mins[at], Windows.Maxes[at], Windows.Lasts[at]) = (_min, _max, _last);
        Windows.Increases[at] = _increase.Value;
        var worthIt = _falls && (_window.Count >= MinSketchedSamples || resolutionMs >= AlwaysSketchedMs) && _min < _max;
        Windows.Sketches[at] = worthIt ? QuantileSketch.Of(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_window)) : null;
        _window.Clear();
    }
}
