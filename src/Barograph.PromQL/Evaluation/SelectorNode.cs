using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>What of a sample a selector gives.</summary>
internal enum SamplePart
{
    Value,
    Time,
    StartTime,
}

/// <summary>An instant selector: at each step the newest sample that is younger than the lookback and not stale.</summary>
internal sealed class SelectorNode : VectorNode
{
    readonly QueryRun _run;
    readonly SeriesSelection _selection;
    readonly TimeShift _shift;
    readonly long _lookbackMs;
    readonly SamplePart _part;
    readonly bool _findsResets;

    SelectorNode(QueryRun run, SeriesSelection selection, TimeShift shift, SamplePart part, bool findsResets)
    {
        (_run, _selection, _shift, _lookbackMs, _part, _findsResets) = (run, selection, shift, run.Options.LookbackMs, part, findsResets);
        Heads = HeadsOf(run, selection, nameless: part != SamplePart.Value);
    }

    public override SeriesHead[] Heads { get; }

    public override bool HasDistinctLabels => true;

    public static SelectorNode Open(QueryRun run, VectorSelector selector, StepGrid grid, SamplePart part = SamplePart.Value) =>
        Open(run, run.Query.MatchersOf(selector), TimeShift.Of(run, selector.Timing, grid), part, run.Query.Plan.FindsResets(selector));

    public static SelectorNode Open(QueryRun run, IReadOnlyList<Matcher> matchers, TimeShift shift, SamplePart part, bool findsResets = false)
    {
        var range = new TimeRange(shift.FirstMs - run.Options.LookbackMs + 1, shift.LastMs + 1);
        var hints = new SelectHints(shift.FirstMs, shift.LastMs, shift.FixedMs is null ? shift.Grid.StepMs : 0, 0, "", Extended: false);
        return new SelectorNode(run, run.Select(matchers, range, hints), shift, part, findsResets);
    }

    public static SeriesHead[] HeadsOf(QueryRun run, SeriesSelection selection, bool nameless = false)
    {
        return run.OfLabels(nameless ? "nameless selection" : "selection", selection.Identity ?? selection, () =>
        {
            // A selection that others follow with the same series is gone by then.
            var outlives = selection.Identity is not null;
            var heads = new SeriesHead[selection.Count];
            for (var i = 0; i < heads.Length; i++)
                heads[i] = outlives ? new SeriesHead(selection.LabelsOf(i), nameless) : new SeriesHead(selection, i, nameless);
            return heads;
        });
    }

    public override void Read(int series, Column into, Worker worker)
    {
        into.DropHistograms();
        var reader = worker.Open(_selection, series);
        var newest = Newest.None;
        NativeHistogram? lastOfRun = null;
        var step = 0;
        while (step < into.Count && reader.MoveNext())
        {
            var times = reader.TimestampsMs;
            _run.CountSamples(times.Length);
            if (_part == SamplePart.Value && reader.Histograms.IsEmpty)
            {
                ReadFloats(times, reader.Values, into, ref step, ref newest);
                lastOfRun = null;
                continue;
            }

            for (var from = 0; step < into.Count; step++)
            {
                var after = from + UpperBound(times[from..], _shift.At(step));
                if (after > 0)
                    newest = Newest.Of(reader, after - 1);
                if (_findsResets && after > 0 && newest.Value.Histogram is { } histogram)
                    newest = newest with { Value = ResetHints.Find(histogram, after > 1 ? reader.Histograms[after - 2] : lastOfRun) };
                if (after == times.Length)
                    break; // the next run may hold newer ones for this step
                Give(into, step, newest);
                from = after;
            }

            lastOfRun = reader.Histograms.IsEmpty ? null : reader.Histograms[^1];
        }

        for (; step < into.Count; step++)
            Give(into, step, newest);
    }

    // The common case, one compare per sample and step.
    void ReadFloats(ReadOnlySpan<long> times, ReadOnlySpan<double> values, Column into, ref int step, ref Newest newest)
    {
        var next = 0;
        for (; step < into.Count; step++)
        {
            var at = _shift.At(step);
            while (next < times.Length && times[next] <= at)
                next++;
            if (next == times.Length)
                break; // the next run may hold newer ones for this step
            if (next == 0)
                Give(into, step, newest);
            else
                into.Set(step, times[next - 1] > at - _lookbackMs ? values[next - 1] : Absent.Value);
        }

        if (next > 0)
            newest = new Newest(times[next - 1], values[next - 1], 0);
    }

    void Give(Column into, int step, in Newest newest)
    {
        if (newest.TimeMs <= _shift.At(step) - _lookbackMs || newest.Value.IsNone || newest.Value.Histogram is { } h && StaleMarker.Is(h.Sum))
            into.Set(step, Absent.Value);
        else if (_part == SamplePart.Value)
            into.Set(step, newest.Value);
        else if (_part == SamplePart.Time)
            into.Set(step, newest.TimeMs / 1000.0);
        else
            into.Set(step, newest.StartMs / 1000.0);
    }

    /// <summary>How many of the ascending times are at most a time. Looks near the front first: steps are often close together.</summary>
    internal static int UpperBound(ReadOnlySpan<long> times, long atMost)
    {
        var bound = 1;
        while (bound <= times.Length && times[bound - 1] <= atMost)
            bound *= 2;
        var (low, high) = (bound / 2, Math.Min(bound - 1, times.Length));
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (times[middle] <= atMost)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    readonly record struct Newest(long TimeMs, SampleValue Value, long StartMs)
    {
        public static readonly Newest None = new(long.MinValue, SampleValue.None, 0);

        public static Newest Of(SampleReader reader, int index) => new(
            reader.TimestampsMs[index],
            reader.Histograms.IsEmpty ? reader.Values[index] : (SampleValue)reader.Histograms[index],
            reader.StartTimestampsMs.IsEmpty ? 0 : reader.StartTimestampsMs[index]);
    }
}

/// <summary>A range selector: the samples of the windows, without staleness markers.</summary>
internal sealed class RangeSelectorNode : RangeNode
{
    readonly QueryRun _run;
    readonly SeriesSelection _selection;
    readonly TimeShift _shift;
    readonly bool _findsResets;

    RangeSelectorNode(QueryRun run, SeriesSelection selection, TimeShift shift, long rangeMs, RangeEdges edges, bool findsResets)
    {
        (_run, _selection, _shift, RangeMs, Edges, _findsResets) = (run, selection, shift, rangeMs, edges, findsResets);
        Heads = SelectorNode.HeadsOf(run, selection);
    }

    public override SeriesHead[] Heads { get; }

    public override bool HasDistinctLabels => true;

    public override long RangeMs { get; }

    public override RangeEdges Edges { get; }

    public static RangeSelectorNode Open(QueryRun run, RangeSelector range, StepGrid grid, string function)
    {
        var selector = range.Selector;
        var rangeMs = TimeShift.PositiveMilliseconds(run, range.Range);
        var shift = TimeShift.Of(run, selector.Timing, grid);

        // Anchored and smoothed windows need the last sample before them, smoothed ones also the first after them; whether a counter was
        // reset at the first sample of a window, the one before it tells.
        var findsResets = run.Query.Plan.FindsResets(selector);
        var before = selector.Edges == RangeEdges.Plain && !findsResets ? 0 : run.Options.LookbackMs;
        var after = selector.Edges == RangeEdges.Smoothed ? run.Options.LookbackMs : 0;
        var needed = new TimeRange(shift.FirstMs - rangeMs - before + 1, shift.LastMs + after + 1);
        var hints = new SelectHints(
            shift.FirstMs, shift.LastMs, shift.FixedMs is null ? grid.StepMs : 0, rangeMs, function, selector.Edges != RangeEdges.Plain);
        var selection = run.Select(run.Query.MatchersOf(selector), needed, hints);
        return new RangeSelectorNode(run, selection, shift, rangeMs, selector.Edges, findsResets);
    }

    public override long WindowEndMs(int step) => _shift.At(step);

    public override void Read(int series, SampleBuffer into, Worker worker)
    {
        into.Clear();
        var reader = worker.Open(_selection, series);
        while (reader.MoveNext())
        {
            _run.CountSamples(reader.TimestampsMs.Length);
            Append(into, reader);
        }

        if (_findsResets && into.HasHistograms)
            into.FindResets();
    }

    internal static void Append(SampleBuffer into, SampleReader reader)
    {
        if (reader.Histograms.IsEmpty && reader.StartTimestampsMs.IsEmpty)
        {
            into.AddRun(reader.TimestampsMs, reader.Values);
            return;
        }

        for (var i = 0; i < reader.TimestampsMs.Length; i++)
        {
            if (reader.Histograms.IsEmpty)
            {
                if (StaleMarker.Is(reader.Values[i]))
                    continue;
                into.Add(reader.TimestampsMs[i], reader.Values[i]);
            }
            else
            {
                if (StaleMarker.Is(reader.Histograms[i].Sum))
                    continue;
                into.Add(reader.TimestampsMs[i], reader.Histograms[i]);
            }

            if (!reader.StartTimestampsMs.IsEmpty)
                into.SetStartTime(reader.StartTimestampsMs[i]);
        }
    }
}

/// <summary>A subquery: the values of an expression on a grid of its own, as samples.</summary>
internal sealed class SubqueryNode : RangeNode
{
    readonly QueryRun _run;
    readonly VectorNode? _inner;
    readonly StepGrid _grid;
    readonly TimeShift _shift;

    SubqueryNode(QueryRun run, VectorNode? inner, StepGrid grid, TimeShift shift, long rangeMs) =>
        (_run, _inner, _grid, _shift, RangeMs) = (run, inner, grid, shift, rangeMs);

    public override SeriesHead[] Heads => _inner?.Heads ?? [];

    public override bool HasDistinctLabels => _inner?.HasDistinctLabels ?? true;

    public override long RangeMs { get; }

    public static SubqueryNode Open(Opener opener, Subquery subquery, StepGrid outer)
    {
        var run = opener.Run;
        var rangeMs = TimeShift.PositiveMilliseconds(run, subquery.Range);
        var stepMs = subquery.Step is null ? run.Options.DefaultSubqueryStepMs : TimeShift.PositiveMilliseconds(run, subquery.Step);
        var shift = TimeShift.Of(run, subquery.Timing, outer);

        // Steps are at multiples of the step, whenever the query is made; the window is open on the left.
        var (first, last) = (FloorDivide(shift.FirstMs - rangeMs, stepMs) * stepMs + stepMs, shift.LastMs);
        var count = last < first ? 0 : (last - first) / stepMs + 1;
        if (count > run.Options.MaxSteps)
        {
            throw new TimeSeries.LimitExceededException(nameof(QueryOptions.MaxSteps),
                $"A subquery has {count:N0} steps; the limit is {run.Options.MaxSteps:N0}. Take a longer step or a shorter range, or raise MaxSteps.");
        }

        var grid = new StepGrid(first, stepMs, (int)count);
        return new SubqueryNode(run, count == 0 ? null : opener.Vector(subquery.Inner, grid), grid, shift, rangeMs);
    }

    public override long WindowEndMs(int step) => _shift.At(step);

    public override void Read(int series, SampleBuffer into, Worker worker)
    {
        into.Clear();
        var column = worker.Rent(_grid.Count);
        _inner!.Read(series, column, worker);
        for (var step = 0; step < column.Count; step++)
        {
            if (column.Histograms?[step] is { } histogram)
                into.Add(_grid.TimeMs(step), WithoutHint(histogram));
            else if (!Absent.Is(column.Values[step]))
                into.Add(_grid.TimeMs(step), column.Values[step]);
        }

        worker.Return(column);
        _run.CountSamples(into.Count);
    }

    // A hint says something of a sample and the one before it in the store; here, samples in between are left out.
    static NativeHistogram WithoutHint(NativeHistogram histogram) =>
        histogram.CounterResetHint is CounterResetHint.Unknown or CounterResetHint.Gauge
            ? histogram : histogram with { CounterResetHint = CounterResetHint.Unknown };

    static long FloorDivide(long dividend, long divisor) => (dividend - ((dividend % divisor + divisor) % divisor)) / divisor;
}
