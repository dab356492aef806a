using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>
/// Windows that are <c>anchored</c> (the last sample before the window stands for its start) or <c>smoothed</c> (values at both edges are
/// interpolated), after Prometheus' proposal PROM-52. Nothing is extrapolated.
/// </summary>
internal static class ExtendedRange
{
    public static void Read(RangeFunction function, RangeSite site, SampleBuffer samples, RangeNode range, StepGrid grid, Column into)
    {
        into.Clear();
        var lookbackMs = site.Run.Options.LookbackMs;
        for (var step = 0; step < into.Count; step++)
        {
            var end = range.WindowEndMs(step);
            var window = new ExtendedWindow(samples, site, end - range.RangeMs, end, lookbackMs);
            var value = function.Name switch
            {
                "rate" => Scaled(window.Change(range.Edges, isCounter: true), 1000.0 / range.RangeMs),
                "increase" => window.Change(range.Edges, isCounter: true),
                "delta" => window.Change(range.Edges, isCounter: false),
                _ => window.Anchored(function, grid.TimeMs(step)),
            };
            into.Set(step, value);
        }
    }

    static SampleValue Scaled(SampleValue value, double factor) =>
        value.Histogram is { } histogram ? HistogramMath.Scale(histogram, factor) : value.IsNone ? value : value.Float * factor;
}

/// <summary>One window with the samples around it that are within the lookback.</summary>
internal readonly ref struct ExtendedWindow(SampleBuffer samples, RangeSite site, long startMs, long endMs, long lookbackMs)
{
    /// <summary>Index of the first sample in the window.</summary>
    readonly int _from = SelectorNode.UpperBound(samples.Times, startMs);

    /// <summary>Index after the last sample in the window.</summary>
    readonly int _to = SelectorNode.UpperBound(samples.Times, endMs);

    bool HasBefore => _from > 0 && samples.Times[_from - 1] > startMs - lookbackMs;

    bool HasAfter => _to < samples.Count && samples.Times[_to] <= endMs + lookbackMs;

    /// <summary>The function over the window with the sample before it.</summary>
    public SampleValue Anchored(RangeFunction function, long stepMs)
    {
        if (_from == _to)
            return SampleValue.None;
        var from = HasBefore ? _from - 1 : _from;
        return function.Mixed!(new Window
        {
            Times = samples.Times[from.._to],
            Values = samples.Values[from.._to],
            Histograms = samples.HasHistograms ? samples.Histograms[from.._to] : default,
            StartMs = startMs,
            EndMs = endMs,
            StepMs = stepMs,
            First = 0,
            Second = 0,
        }, site);
    }

    /// <summary>The last value less the first, and what counter resets between took away.</summary>
    public SampleValue Change(RangeEdges edges, bool isCounter)
    {
        var smoothed = edges == RangeEdges.Smoothed;
        if (smoothed ? (_from == _to && !(HasBefore && HasAfter)) : _from == _to)
            return SampleValue.None;
        var from = HasBefore ? _from - 1 : _from;
        var to = smoothed && HasAfter && (_to == 0 || samples.Times[_to - 1] < endMs) ? _to + 1 : _to;
        var histograms = 0;
        for (var i = from; i < to; i++)
            histograms += samples.HasHistograms && samples.Histograms[i] is not null ? 1 : 0;
        if (histograms > 0 && histograms < to - from)
        {
            site.Warn(AnnotationTexts.MixedFloatsAndHistograms(site.Metric));
            return SampleValue.None;
        }

        return histograms == 0 ? FloatChange(from, to, isCounter) : HistogramChange(from, to, isCounter);
    }

    double FloatChange(int from, int to, bool isCounter)
    {
        // The first value is the one at the start of the window, or the first there is; the last likewise.
        var times = samples.Times;
        var values = samples.Values;
        var smoothedEnd = to > _to;
        var isSmoothed = smoothedEnd || IsInterpolatedAtStart(from, to);
        var first = isSmoothed && from < _from && times[from] < startMs && from + 1 < to
            ? Interpolation.Between(times[from], values[from], times[from + 1], values[from + 1], startMs, isCounter) : values[from];
        var last = smoothedEnd
            ? Interpolation.Between(times[to - 2], values[to - 2], times[to - 1], values[to - 1], endMs, isCounter) : values[to - 1];
        var (change, previous) = (last - first, first);
        for (var i = from + 1; isCounter && i < to; i++)
        {
            var value = i == to - 1 ? last : values[i];
            if (value < previous)
                change += previous;
            previous = value;
        }

        return change;
    }

    bool IsInterpolatedAtStart(int from, int to) => EdgesAreSmoothed && from < to;

    bool EdgesAreSmoothed => site.Call.Arguments[0].Unwrapped is RangeSelector { Selector.Edges: RangeEdges.Smoothed };

    SampleValue HistogramChange(int from, int to, bool isCounter)
    {
        var times = samples.Times;
        var histograms = samples.Histograms;
        if (!CheckHistograms(from, to, isCounter))
            return SampleValue.None;
        var smoothedEnd = to > _to;
        var (first, startsAfterReset) = (histograms[from]!, false);
        if (EdgesAreSmoothed && from < _from && times[from] < startMs && from + 1 < to)
        {
            startsAfterReset = isCounter && HistogramMath.IsReset(histograms[from + 1]!, histograms[from]!);
            first = Interpolation.Between(times[from], histograms[from]!, times[from + 1], histograms[from + 1]!, startMs, isCounter);
        }

        var last = smoothedEnd
            ? Interpolation.Between(times[to - 2], histograms[to - 2]!, times[to - 1], histograms[to - 1]!, endMs, isCounter)
            : histograms[to - 1]!;
        var change = new HistogramBuilder(last);
        change.Add(first, -1);
        var previous = first;
        for (var i = from + 1; isCounter && i < to; i++)
        {
            // The value at the start is already that of the counter after its reset.
            if (!(i == from + 1 && startsAfterReset) && HistogramMath.IsReset(histograms[i]!, i == from + 1 ? first : previous))
                change.Add(previous);
            previous = histograms[i]!;
        }

        change.Hint = CounterResetHint.Gauge;
        return change.Build();
    }

    bool CheckHistograms(int from, int to, bool isCounter)
    {
        var isCustom = HistogramMath.IsCustom(samples.Histograms[from]!);
        var (hasGauge, hasCounter) = (false, false);
        for (var i = from; i < to; i++)
        {
            if (HistogramMath.IsCustom(samples.Histograms[i]!) != isCustom)
            {
                site.Warn(AnnotationTexts.MixedSchemas(site.Metric));
                return false;
            }

            var isGauge = samples.Histograms[i]!.CounterResetHint == CounterResetHint.Gauge;
            hasGauge |= isGauge;
            hasCounter |= !isGauge && (i == from || i == to - 1);
        }

        if (isCounter && hasGauge)
            site.Warn(AnnotationTexts.NotCounter(site.Metric));
        else if (!isCounter && hasCounter)
            site.Warn(AnnotationTexts.NotGauge(site.Metric));
        return true;
    }
}

/// <summary>Straight lines between samples. A counter that was reset between two begins at zero at the time of the first.</summary>
internal static class Interpolation
{
    public static double Between(long fromMs, double from, long toMs, double to, long atMs, bool isCounter)
    {
        var share = (double)(atMs - fromMs) / (toMs - fromMs);
        return isCounter && to < from ? to * share : from + (to - from) * share;
    }

    public static NativeHistogram Between(long fromMs, NativeHistogram from, long toMs, NativeHistogram to, long atMs, bool isCounter)
    {
        var share = (double)(atMs - fromMs) / (toMs - fromMs);
        if (isCounter && HistogramMath.IsReset(to, from))
            return HistogramMath.Scale(to, share);
        var between = new HistogramBuilder(from, 1 - share);
        between.Add(to, share);
        between.Hint = from.CounterResetHint;
        return between.Build();
    }
}

/// <summary>An instant selector whose values are interpolated between the samples around each step.</summary>
internal sealed class SmoothedSelectorNode : VectorNode
{
    readonly QueryRun _run;
    readonly SeriesSelection _selection;
    readonly TimeShift _shift;
    readonly SourceSpan _span;

    SmoothedSelectorNode(QueryRun run, SeriesSelection selection, TimeShift shift, SourceSpan span)
    {
        (_run, _selection, _shift, _span) = (run, selection, shift, span);
        Heads = SelectorNode.HeadsOf(run, selection);
    }

    public override SeriesHead[] Heads { get; }

    public static SmoothedSelectorNode Open(QueryRun run, VectorSelector selector, StepGrid grid)
    {
        var shift = TimeShift.Of(run, selector.Timing, grid);
        var lookback = run.Options.LookbackMs;
        var hints = new SelectHints(shift.FirstMs, shift.LastMs, shift.FixedMs is null ? grid.StepMs : 0, 0, "", Extended: true);
        var selection = run.Select(run.Query.MatchersOf(selector), new TimeRange(shift.FirstMs - lookback + 1, shift.LastMs + lookback + 1), hints);
        return new SmoothedSelectorNode(run, selection, shift, selector.Span);
    }

    public override void Read(int series, Column into, Worker worker)
    {
        into.Clear();
        var samples = worker.RentBuffer();
        var reader = worker.Open(_selection, series);
        while (reader.MoveNext())
            RangeSelectorNode.Append(samples, reader);
        _run.CountSamples(samples.Count);
        for (var step = 0; step < into.Count; step++)
            into.Set(step, At(samples, _shift.At(step), Heads[series].Labels.Name));
        worker.Return(samples);
    }

    SampleValue At(SampleBuffer samples, long timeMs, string metric)
    {
        var after = SelectorNode.UpperBound(samples.Times, timeMs);
        if (after == 0 || samples.Times[after - 1] <= timeMs - _run.Options.LookbackMs)
            return SampleValue.None;
        var before = after - 1;
        var value = new SampleValue(samples.Values[before], samples.HasHistograms ? samples.Histograms[before] : null);
        if (samples.Times[before] == timeMs || after == samples.Count || samples.Times[after] > timeMs + _run.Options.LookbackMs)
            return value;
        var next = new SampleValue(samples.Values[after], samples.HasHistograms ? samples.Histograms[after] : null);
        switch (value.Histogram, next.Histogram)
        {
            case (null, null):
                return Interpolation.Between(samples.Times[before], value.Float, samples.Times[after], next.Float, timeMs, isCounter: false);
            case ({ } from, { } to) when HistogramMath.IsCustom(from) == HistogramMath.IsCustom(to):
                var isCounter = from.CounterResetHint != CounterResetHint.Gauge;
                return Interpolation.Between(samples.Times[before], from, samples.Times[after], to, timeMs, isCounter);
            case ({ }, { }):
                _run.Annotations.Warn(_span, AnnotationTexts.MixedSchemas(metric));
                return SampleValue.None;
            default:
                _run.Annotations.Warn(_span, AnnotationTexts.MixedFloatsAndHistograms(metric));
                return SampleValue.None;
        }
    }
}
