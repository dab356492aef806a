using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>The samples of one window, and where it is. Floats only, or with histograms among them.</summary>
internal readonly ref struct Window
{
    public required ReadOnlySpan<long> Times { get; init; }

    /// <summary>As many as times; absent where there is a histogram.</summary>
    public required ReadOnlySpan<double> Values { get; init; }

    /// <summary>As many as times (null for floats), or empty when there are only floats.</summary>
    public ReadOnlySpan<NativeHistogram?> Histograms { get; init; }

    /// <summary>As many as times (0 for unknown), or empty.</summary>
    public ReadOnlySpan<long> StartTimes { get; init; }

    /// <summary>The window's start, not in it.</summary>
    public required long StartMs { get; init; }

    /// <summary>The window's end, in it.</summary>
    public required long EndMs { get; init; }

    /// <summary>The time of the step.</summary>
    public required long StepMs { get; init; }

    /// <summary>The first scalar argument of the call.</summary>
    public required double First { get; init; }

    /// <summary>The second scalar argument of the call.</summary>
    public required double Second { get; init; }

    public int Count => Times.Length;

    public double RangeSeconds => (EndMs - StartMs) / 1000.0;

    public int HistogramCount
    {
        get
        {
            var count = 0;
            foreach (var histogram in Histograms)
                count += histogram is null ? 0 : 1;
            return count;
        }
    }

    public SampleValue this[int index] => new(Values[index], Histograms.IsEmpty ? null : Histograms[index]);
}

/// <summary>The result of a window of floats; absent for none.</summary>
internal delegate double FloatFunction(in Window window);

/// <summary>The result of a window that may hold histograms.</summary>
internal delegate SampleValue MixedFunction(in Window window, RangeSite site);

/// <summary>All windows of a series of floats: that of step i holds the samples From[i] to To[i].</summary>
internal readonly ref struct Windows
{
    public required ReadOnlySpan<long> Times { get; init; }

    public required ReadOnlySpan<double> Values { get; init; }

    public required ReadOnlySpan<int> From { get; init; }

    public required ReadOnlySpan<int> To { get; init; }

    public required WindowBounds Bounds { get; init; }

    /// <summary>The end of each window, in it.</summary>
    public required ReadOnlySpan<long> Ends { get; init; }

    public required long RangeMs { get; init; }

    /// <summary>The first scalar argument of the call.</summary>
    public required ScalarNode? First { get; init; }

    /// <summary>Asked now and then by what may take long.</summary>
    public required QueryRun Run { get; init; }
}

/// <summary>The results of all windows of a series of floats.</summary>
internal delegate void SlidingFunction(in Windows windows, Span<double> results);

/// <summary>Where a function over a range reports what it meets in a series.</summary>
internal readonly record struct RangeSite(QueryRun Run, Call Call, SourceSpan ArgumentSpan, string Metric)
{
    public void Warn(string message) => Run.Annotations.Warn(ArgumentSpan, message);

    public void Inform(string message) => Run.Annotations.Inform(ArgumentSpan, message);
}

/// <summary>A function over a window of samples.</summary>
/// <param name="Name">As written.</param>
/// <param name="Floats">What it gives for a window (not empty) of floats; null when there are <see cref="Sliding"/> and <see cref="Mixed"/>.</param>
internal sealed record RangeFunction(string Name, FloatFunction? Floats)
{
    /// <summary>The whole series at once, when that is faster than window by window.</summary>
    public SlidingFunction? Sliding { get; init; }

    /// <summary>What it gives when there are histograms; by default they are left out.</summary>
    public MixedFunction? Mixed { get; init; }

    /// <summary>Start timestamps matter, so that they call for <see cref="Mixed"/>.</summary>
    public bool UsesStartTimes { get; init; }

    /// <summary>The result is a sample of the series itself, so that it keeps its name.</summary>
    public bool KeepsName { get; init; }

    public bool Experimental { get; init; }

    public bool DependsOnTime { get; init; }

    /// <summary>Scalar arguments before the range.</summary>
    public int ScalarsBefore { get; init; }

    /// <summary>Scalar arguments after the range.</summary>
    public int ScalarsAfter { get; init; }

    /// <summary>Looks at the arguments of a call once, before any sample.</summary>
    public Action<CallSite>? Check { get; init; }

    /// <summary>Looks at the name of a series that has samples.</summary>
    public Action<RangeSite, Labels>? CheckSeries { get; init; }

    public FunctionDefinition Definition => new(
        Name,
        [.. Enumerable.Repeat(ExpressionType.Scalar, ScalarsBefore), ExpressionType.RangeVector, .. Enumerable.Repeat(ExpressionType.Scalar, ScalarsAfter)],
        ExpressionType.InstantVector,
        Open)
    {
        Experimental = Experimental,
        DependsOnTime = DependsOnTime,
    };

    VectorNode Open(CallSite site)
    {
        Check?.Invoke(site);
        var scalars = Enumerable.Range(0, ScalarsBefore + ScalarsAfter).Select(i => site.Scalar(i < ScalarsBefore ? i : i + 1)).ToArray();
        var node = FromRollups(site, scalars) ?? Raw(site, scalars);
        return KeepsName ? node : site.Merged(node);
    }

    RangeFunctionNode Raw(CallSite site, ScalarNode[] scalars) => new(this, site, site.Range(ScalarsBefore), site.SpanOf(ScalarsBefore), scalars);

    /// <summary>As many steps as can be from rollups, and those that come too soon for them from samples; null when there are none.</summary>
    VectorNode? FromRollups(CallSite site, ScalarNode[] scalars)
    {
        if (site.Run.Rollups is null || site.Call.Arguments[ScalarsBefore].Unwrapped is not RangeSelector { Selector: { Edges: RangeEdges.Plain } selector } range)
            return null;
        var request = new RollupNode.Request(
            site.Run.Query.MatchersOf(selector), TimeShift.Of(site.Run, selector.Timing, site.Grid), TimeShift.PositiveMilliseconds(site.Run, range.Range), Name);
        if (RollupNode.TryOpen(site.Run, request, scalars.Length > 0 ? scalars[0] : null, KeepsName, out var steps) is not { } early)
            return null;
        if (CheckSeries is { } check)
        {
            foreach (var head in early.Heads)
                check(new RangeSite(site.Run, site.Call, site.SpanOf(ScalarsBefore), head.Labels.Name), head.Labels);
        }

        if (steps == site.Grid.Count)
            return early;
        var rest = new CallSite(site.Opener, site.Call, site.Grid with { StartMs = site.Grid.TimeMs(steps), Count = site.Grid.Count - steps });
        var late = Raw(rest, [.. Enumerable.Range(0, scalars.Length).Select(i => rest.Scalar(i < ScalarsBefore ? i : i + 1))]);
        return new TimeSplitNode(early, late, steps);
    }
}

/// <summary>Slides the windows of all steps over each series.</summary>
internal sealed class RangeFunctionNode : VectorNode
{
    // A fraction of a millisecond of work between two looks whether the query is still wanted.
    const int SamplesPerLook = 1 << 16;

    readonly RangeFunction _function;
    readonly CallSite _site;
    readonly RangeNode _range;
    readonly SourceSpan _argumentSpan;
    readonly ScalarNode[] _scalars;
    readonly long[] _ends;

    public RangeFunctionNode(RangeFunction function, CallSite site, RangeNode range, SourceSpan argumentSpan, ScalarNode[] scalars)
    {
        (_function, _site, _range, _argumentSpan, _scalars) = (function, site, range, argumentSpan, scalars);
        Heads = function.KeepsName ? range.Heads : NegatedNode.Nameless(site.Run, range.Heads);
        _ends = new long[site.Grid.Count];
        for (var step = 0; step < _ends.Length; step++)
            _ends[step] = range.WindowEndMs(step);
    }

    public override bool HasDistinctLabels => _range.HasDistinctLabels;

    public override SeriesHead[] Heads { get; }

    public override void Read(int series, Column into, Worker worker)
    {
        into.DropHistograms();
        var samples = worker.RentBuffer();
        _range.Read(series, samples, worker);
        if (samples.Count == 0)
            into.Values.Fill(Absent.Value);
        else
            Read(series, samples, into, worker);
        worker.Return(samples);
    }

    void Read(int series, SampleBuffer samples, Column into, Worker worker)
    {
        if (_range.Edges != RangeEdges.Plain)
        {
            ExtendedRange.Read(_function, Site(series), samples, _range, _site.Grid, into);
            return;
        }

        if (_function.CheckSeries is { } check && HasFloats(samples))
            check(Site(series), _range.Heads[series].Labels);
        var bounds = worker.BoundsOf(this, into.Count);
        var (from, to) = (bounds.From, bounds.To);
        if (!bounds.AreFor(samples.Times))
            FindWindows(samples.Times, from, to);
        var isMixed = samples.HasHistograms || (_function.UsesStartTimes && samples.HasStartTimes);
        if (!isMixed && _function.Sliding is { } sliding)
            Slide(sliding, samples, bounds, into.Values);
        else if (isMixed)
            ReadMixed(series, samples, from, to, into);
        else
            ReadFloats(samples, from, to, into);
    }

    void FindWindows(ReadOnlySpan<long> times, Span<int> from, Span<int> to)
    {
        var (first, last, rangeMs) = (0, 0, _range.RangeMs);
        for (var step = 0; step < from.Length; step++)
        {
            var end = _ends[step];
            while (first < times.Length && times[first] <= end - rangeMs)
                first++;
            last = Math.Max(last, first);
            while (last < times.Length && times[last] <= end)
                last++;
            from[step] = first;
            to[step] = last;
        }
    }

    void Slide(SlidingFunction sliding, SampleBuffer samples, WindowBounds bounds, Span<double> results) =>
        sliding(
            new Windows
            {
                Times = samples.Times,
                Values = samples.Values,
                From = bounds.From,
                To = bounds.To,
                Bounds = bounds,
                Ends = _ends,
                RangeMs = _range.RangeMs,
                First = _scalars.Length > 0 ? _scalars[0] : null,
                Run = _site.Run,
            },
            results);

    void ReadFloats(SampleBuffer samples, ReadOnlySpan<int> from, ReadOnlySpan<int> to, Column into)
    {
        var results = into.Values;
        var untilLook = 0;
        for (var step = 0; step < results.Length; step++)
        {
            LookUp(ref untilLook, to[step] - from[step]);
            results[step] = from[step] == to[step] ? Absent.Value : _function.Floats!(WindowOf(samples, from[step], to[step], step));
        }
    }

    // By samples, not by steps: 64 steps over windows of 50 million samples are half a minute.
    void LookUp(ref int untilLook, int samples)
    {
        untilLook -= samples + 1;
        if (untilLook > 0)
            return;
        _site.Run.ThrowIfStopped();
        untilLook = SamplesPerLook;
    }

    void ReadMixed(int series, SampleBuffer samples, ReadOnlySpan<int> from, ReadOnlySpan<int> to, Column into)
    {
        var (site, untilLook) = (Site(series), 0);
        for (var step = 0; step < into.Count; step++)
        {
            LookUp(ref untilLook, to[step] - from[step]);
            if (from[step] == to[step])
                into.Set(step, Absent.Value);
            else if (_function.Mixed is { } mixed)
                into.Set(step, mixed(WindowOf(samples, from[step], to[step], step), site));
            else
                into.Set(step, IgnoreHistograms(WindowOf(samples, from[step], to[step], step), site));
        }
    }

    SampleValue IgnoreHistograms(in Window window, RangeSite site)
    {
        var ignored = window.HistogramCount;
        if (ignored == 0)
            return _function.Floats!(window);
        if (ignored == window.Count)
            return SampleValue.None;
        site.Inform(AnnotationTexts.IgnoredInRange(site.Metric));
        var (times, values, next) = (new long[window.Count - ignored], new double[window.Count - ignored], 0);
        for (var i = 0; i < window.Count; i++)
        {
            if (window.Histograms[i] is null)
                (times[next], values[next++]) = (window.Times[i], window.Values[i]);
        }

        return _function.Floats!(new Window
        {
            Times = times,
            Values = values,
            StartMs = window.StartMs,
            EndMs = window.EndMs,
            StepMs = window.StepMs,
            First = window.First,
            Second = window.Second,
        });
    }

    Window WindowOf(SampleBuffer samples, int from, int to, int step)
    {
        var end = _ends[step];
        return new Window
        {
            Times = samples.Times[from..to],
            Values = samples.Values[from..to],
            Histograms = samples.HasHistograms ? samples.Histograms[from..to] : default,
            StartTimes = samples.HasStartTimes ? samples.StartTimes[from..to] : default,
            StartMs = end - _range.RangeMs,
            EndMs = end,
            StepMs = _site.Grid.TimeMs(step),
            First = _scalars.Length > 0 ? _scalars[0][step] : 0,
            Second = _scalars.Length > 1 ? _scalars[1][step] : 0,
        };
    }

    RangeSite Site(int series) => new(_site.Run, _site.Call, _argumentSpan, _range.Heads[series].Labels.Name);

    static bool HasFloats(SampleBuffer samples)
    {
        if (!samples.HasHistograms)
            return true;
        foreach (var histogram in samples.Histograms)
        {
            if (histogram is null)
                return true;
        }

        return false;
    }
}
