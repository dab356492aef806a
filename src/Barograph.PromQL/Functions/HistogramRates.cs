using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>Functions over windows that hold histograms, or floats with start timestamps.</summary>
internal static class HistogramRates
{
    public static SampleValue Extrapolate(in Window window, RangeSite site, bool isCounter, bool isRate)
    {
        var histograms = window.HistogramCount;
        if (histograms > 0 && histograms < window.Count)
        {
            site.Warn(AnnotationTexts.MixedFloatsAndHistograms(site.Metric));
            return SampleValue.None;
        }

        // A counter that began to count inside the window was zero then: that moment is its first sample.
        var startMs = isCounter && !window.StartTimes.IsEmpty ? window.StartTimes[0] : 0;
        var hasStart = startMs != 0 && startMs > window.StartMs && startMs < window.Times[0];
        if (window.Count < 2 && !hasStart)
            return SampleValue.None;
        if (isCounter)
            StartTimes.CheckOverlaps(window, site);
        var change = histograms == 0 ? FloatChange(window, isCounter, hasStart) : HistogramChange(window, site, isCounter, hasStart);
        if (change.IsNone)
            return change;
        var size = change.Histogram?.Count ?? change.Float;
        var first = histograms == 0 ? window.Values[0] : window.Histograms[0]!.Count;
        var firstMs = hasStart ? startMs : window.Times[0];
        var average = window.Count < 2 ? 0 : (window.Times[^1] - window.Times[0]) / 1000.0 / (window.Count - 1);
        var extrapolation = Extrapolation.Of(firstMs, window.Times[^1], 2, window.StartMs, window.EndMs) with { Average = average };
        if (hasStart)
            extrapolation = extrapolation with { ToStart = 0, ToEnd = window.Count < 2 ? 0 : extrapolation.ToEnd };
        var factor = extrapolation.Factor(size, hasStart ? 0 : first, isCounter, isRate);
        return change.Histogram is { } histogram ? HistogramMath.Scale(histogram, factor) : change.Float * factor;
    }

    static double FloatChange(in Window window, bool isCounter, bool startsAtZero)
    {
        var change = window.Values[^1] - (startsAtZero ? 0 : window.Values[0]);
        for (var i = 1; isCounter && i < window.Count; i++)
        {
            if (window.Values[i] < window.Values[i - 1] || StartTimes.IsReset(window, i))
                change += window.Values[i - 1];
        }

        return change;
    }

    static SampleValue HistogramChange(in Window window, RangeSite site, bool isCounter, bool startsAtZero)
    {
        var (first, last) = (window.Histograms[0]!, window.Histograms[^1]!);
        if (isCounter)
            WarnUnlessCounters(window, site);
        else if (first.CounterResetHint != CounterResetHint.Gauge || last.CounterResetHint != CounterResetHint.Gauge)
            site.Warn(AnnotationTexts.NotGauge(site.Metric));

        // When the counter was reset after the first sample, that sample's buckets do not matter.
        var previous = first;
        if (startsAtZero)
            previous = HistogramMath.EmptyLike(first);
        else if (isCounter && (HistogramMath.IsReset(window.Histograms[1]!, first) || StartTimes.IsReset(window, 1)))
            previous = HistogramMath.EmptyLike(window.Histograms[1]!);
        var usesCustom = HistogramMath.IsCustom(previous);
        for (var i = startsAtZero ? 0 : 1; i < window.Count; i++)
        {
            if ((isCounter || i == window.Count - 1) && HistogramMath.IsCustom(window.Histograms[i]!) != usesCustom)
            {
                site.Warn(AnnotationTexts.MixedSchemas(site.Metric));
                return SampleValue.None;
            }
        }

        var change = new HistogramBuilder(last);
        change.Add(previous, -1);
        if (change.Notes.HasFlag(HistogramNotes.Reconciled))
            site.Inform(AnnotationTexts.Reconciled("subtraction"));
        if (isCounter)
            AddResets(window, site, previous, startsAtZero ? first : previous, change);
        change.Hint = CounterResetHint.Gauge;
        return change.Build();
    }

    static void AddResets(in Window window, RangeSite site, NativeHistogram subtracted, NativeHistogram previous, HistogramBuilder change)
    {
        for (var i = 1; i < window.Count; i++)
        {
            var current = window.Histograms[i]!;
            if (!(ReferenceEquals(previous, subtracted) && previous.Count == 0)
                && (HistogramMath.IsReset(current, previous) || StartTimes.IsReset(window, i)))
            {
                change.Add(previous);
                if (change.Notes.HasFlag(HistogramNotes.Reconciled))
                    site.Inform(AnnotationTexts.Reconciled("addition"));
            }

            previous = current;
        }
    }

    static void WarnUnlessCounters(in Window window, RangeSite site)
    {
        foreach (var histogram in window.Histograms)
        {
            if (histogram!.CounterResetHint == CounterResetHint.Gauge)
            {
                site.Warn(AnnotationTexts.NotCounter(site.Metric));
                return;
            }
        }
    }

    public static SampleValue LastTwo(in Window window, RangeSite site, bool isRate)
    {
        if (window.Count < 2)
            return SampleValue.None;
        var seconds = (window.Times[^1] - window.Times[^2]) / 1000.0;
        var (previous, last) = (window[window.Count - 2], window[window.Count - 1]);
        var isReset = isRate && StartTimes.IsReset(window, window.Count - 1);
        switch (previous.Histogram, last.Histogram)
        {
            case (null, null):
                var change = isReset || (isRate && last.Float < previous.Float) ? last.Float : last.Float - previous.Float;
                return isRate ? change / seconds : change;
            case ({ } before, { } now):
                return LastTwo(before, now, site, isRate, isReset) is { } difference
                    ? isRate ? HistogramMath.Scale(difference, 1 / seconds) : difference
                    : SampleValue.None;
            default:
                site.Warn(AnnotationTexts.MixedFloatsAndHistograms(site.Metric));
                return SampleValue.None;
        }
    }

    static NativeHistogram? LastTwo(NativeHistogram previous, NativeHistogram last, RangeSite site, bool isRate, bool isReset)
    {
        var gauges = (previous.CounterResetHint == CounterResetHint.Gauge ? 1 : 0) + (last.CounterResetHint == CounterResetHint.Gauge ? 1 : 0);
        if (isRate && gauges > 0)
            site.Warn(AnnotationTexts.NotCounter(site.Metric));
        else if (!isRate && gauges < 2)
            site.Warn(AnnotationTexts.NotGauge(site.Metric));
        var change = new HistogramBuilder(last);
        if (!isRate || !(isReset || HistogramMath.IsReset(last, previous)))
        {
            if (HistogramMath.IsCustom(previous) != HistogramMath.IsCustom(last))
            {
                site.Warn(AnnotationTexts.MixedSchemas(site.Metric));
                return null;
            }

            change.Add(previous, -1);
        }

        if (change.Notes.HasFlag(HistogramNotes.Reconciled))
            site.Inform(AnnotationTexts.Reconciled("subtraction"));
        change.Hint = CounterResetHint.Gauge;
        return change.Build();
    }

    public static SampleValue Resets(in Window window)
    {
        var count = 0;
        for (var i = 1; i < window.Count; i++)
        {
            var isReset = (window[i - 1].Histogram, window[i].Histogram) switch
            {
                (null, null) => window.Values[i] < window.Values[i - 1],
                ({ } previous, { } current) => HistogramMath.IsReset(current, previous),
                _ => true,
            };
            count += isReset || StartTimes.IsReset(window, i) ? 1 : 0;
        }

        return (double)count;
    }

    public static SampleValue Changes(in Window window)
    {
        var count = 0;
        for (var i = 1; i < window.Count; i++)
        {
            var (previous, current) = (window[i - 1], window[i]);
            var isSame = (previous.Histogram, current.Histogram) switch
            {
                (null, null) => previous.Float.Equals(current.Float),
                ({ } before, { } now) => HistogramMath.AreEqual(before, now),
                _ => false,
            };
            count += isSame ? 0 : 1;
        }

        return (double)count;
    }

    public static SampleValue Sum(in Window window, RangeSite site, bool isMean, FloatFunction floats)
    {
        var histograms = window.HistogramCount;
        if (histograms == 0)
            return floats(window);
        if (histograms < window.Count)
        {
            site.Warn(AnnotationTexts.MixedFloatsAndHistograms(site.Metric));
            return SampleValue.None;
        }

        var sum = new HistogramSum(isMean);
        foreach (var histogram in window.Histograms)
            sum.Add(histogram!);
        if (sum.IsMixed)
        {
            site.Warn(AnnotationTexts.MixedSchemas(site.Metric));
            return SampleValue.None;
        }

        if (sum.Notes.HasFlag(HistogramNotes.Reconciled))
            site.Inform(AnnotationTexts.Reconciled("aggregation"));
        if (sum.Notes.HasFlag(HistogramNotes.ConflictingResets))
            site.Warn($"{AnnotationTexts.ConflictingResets} aggregation");
        return sum.Result;
    }
}

/// <summary>What the start timestamps of counters tell (experimental).</summary>
internal static class StartTimes
{
    /// <summary>
    /// Whether the counter began anew between a sample and the one before. Right at the time of the one before counts only when that had
    /// a valid start itself (a delta); else it is how OpenTelemetry marks an unknown start.
    /// </summary>
    public static bool IsReset(in Window window, int index)
    {
        if (window.StartTimes.IsEmpty)
            return false;
        var (start, previousStart) = (window.StartTimes[index], window.StartTimes[index - 1]);
        var (time, previous) = (window.Times[index], window.Times[index - 1]);
        return start != 0 && start < time
            && (start > previous || (start == previous && previousStart != 0 && previousStart < previous));
    }

    public static void CheckOverlaps(in Window window, RangeSite site)
    {
        for (var i = 1; i < window.StartTimes.Length; i++)
        {
            var start = window.StartTimes[i];
            if (start != 0 && start < window.Times[i - 1] && start != window.StartTimes[i - 1])
            {
                site.Warn($"sample has start time that overlaps with previous sample timestamp for metric {Quoting.Quote(site.Metric)}");
                return;
            }
        }
    }
}
