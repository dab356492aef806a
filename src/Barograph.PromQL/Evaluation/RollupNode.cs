using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>A function over windows, answered from rollups: for steps whose windows are summed up as a whole.</summary>
internal sealed class RollupNode : VectorNode
{
    /// <summary>Queries of shorter ranges read every sample, unless told otherwise.</summary>
    const long LongRangeMs = 7 * 86_400_000L;

    readonly QueryRun _run;
    readonly RollupSelection _selection;
    readonly RollupFunction _function;
    readonly Request _request;
    readonly ScalarNode? _first;

    RollupNode(QueryRun run, RollupSelection selection, RollupFunction function, Request request, ScalarNode? first, bool keepsName)
    {
        (_run, _selection, _function, _request, _first) = (run, selection, function, request, first);
        Heads = [.. selection.Series.Select(series => new SeriesHead(series.Labels, !keepsName))];
    }

    /// <summary>What is asked for.</summary>
    /// <param name="Shift">Where the windows end.</param>
    /// <param name="RangeMs">How long they are.</param>
    internal readonly record struct Request(IReadOnlyList<Matcher> Matchers, TimeShift Shift, long RangeMs, string Function)
    {
        public long StartMs => Shift.FirstMs - RangeMs;

        public bool Fits(long stepMs) =>
            RangeMs % stepMs == 0 && Shift.FirstMs % stepMs == 0 && (Shift.Grid.Count == 1 || Shift.Grid.StepMs % stepMs == 0);
    }

    public override SeriesHead[] Heads { get; }

    public override bool HasDistinctLabels => true;

    /// <summary>
    /// Opens the steps that rollups can answer, or null when there are none: the windows do not fit, or the range is neither long nor older than
    /// raw samples, or some series has only histograms, which are not summed up.
    /// </summary>
    /// <param name="run">The query.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="scalar">The function's scalar argument.</param>
    /// <param name="keepsName">Whether the result is a sample of the series itself.</param>
    /// <param name="steps">How many steps, from the first on, are answered.</param>
    public static RollupNode? TryOpen(QueryRun run, Request request, ScalarNode? scalar, bool keepsName, out int steps)
    {
        steps = 0;
        if (run.Rollups is not { } source || RollupFunctions.Of(request.Function) is not { } function || request.Shift.FixedMs is not null)
            return null;
        var (wanted, oldestRawMs) = (run.Options.Resolution.Step, source.OldestRawMs);

        // Distributions are not kept of all windows; who has the samples asks them.
        var isLong = wanted is not null || (request.Shift.LastMs - request.StartMs >= LongRangeMs && request.Function != "quantile_over_time");
        if (!isLong && oldestRawMs <= request.StartMs + 1)
            return null;
        foreach (var (name, step) in QueryResolution.Rollups)
        {
            if (!request.Fits((long)step.TotalMilliseconds) || (wanted is not null && wanted != step))
                continue;
            var selection = source.SelectRollups(request.Matchers, new TimeRange(request.StartMs, request.Shift.LastMs), step);
            if (selection is null)
                return null;
            run.Own(selection);
            steps = StepsBefore(request.Shift, selection.EndMs);

            // Where raw samples are at hand a short range reads them; a store that has just begun has lost nothing.
            if (!isLong)
                steps = selection.StartMs + (long)step.TotalMilliseconds > oldestRawMs ? 0 : Math.Min(steps, StepsBefore(request.Shift, oldestRawMs + request.RangeMs));
            if (steps == 0 || !HasAllSeries(source, request, steps, selection, run) || (wanted is null && !AreCounters(request, selection)))
            {
                steps = 0;
                continue;
            }

            run.NoteResolution(steps == request.Shift.Grid.Count ? name : $"{name} before {DateTimeOffset.FromUnixTimeMilliseconds(request.Shift.At(steps)):yyyy-MM-dd'T'HH:mm:ss'Z'}");
            return new RollupNode(run, selection, function, request, scalar, keepsName);
        }

        return null;
    }

    public override void Read(int series, Column into, Worker worker)
    {
        into.DropHistograms();
        _run.ThrowIfStopped();
        var windows = _selection.Series[series].Read();
        _run.CountSamples(windows.Count);
        var starts = windows.StartsMs;
        var (from, to) = (0, 0);
        for (var step = 0; step < into.Count; step++)
        {
            var end = _request.Shift.At(step);
            while (from < starts.Length && starts[from] < end - _request.RangeMs)
                from++;
            to = Math.Max(to, from);
            while (to < starts.Length && starts[to] < end)
                to++;
            into.Values[step] = from == to ? Absent.Value : _function(windows, from..to, _first?[step] ?? 0, _request.RangeMs / 1000.0);
        }
    }

    static int StepsBefore(TimeShift shift, long endMs)
    {
        if (shift.FirstMs > endMs)
            return 0;
        return shift.Grid.Count == 1 ? 1 : (int)Math.Min(shift.Grid.Count, (endMs - shift.FirstMs) / shift.Grid.StepMs + 1);
    }

    // Of what falls too often to be a counter no increase is kept.
    static bool AreCounters(Request request, RollupSelection selection) =>
        request.Function is not ("rate" or "increase")
        || selection.Series.All(static series => !series.Read().Increases.ContainsAnyExceptInRange(double.NegativeInfinity, double.PositiveInfinity));

    // A series of histograms has no windows; a query that meets one reads all samples.
    static bool HasAllSeries(IRollupSource source, Request request, int steps, RollupSelection selection, QueryRun run)
    {
        var known = selection.Series.Select(static series => series.Labels).ToHashSet();
        var hints = new SelectHints(request.Shift.FirstMs, request.Shift.At(steps - 1), request.Shift.Grid.StepMs, request.RangeMs, request.Function, Extended: false);
        using var raw = source.Select(request.Matchers, new TimeRange(request.StartMs, request.Shift.At(steps - 1)), hints, run.Cancel);
        return raw.Series.All(series => known.Contains(series.Labels));
    }
}

/// <summary>The first steps from one vector, the others from another one, by series.</summary>
internal sealed class TimeSplitNode : VectorNode
{
    readonly VectorNode _early, _late;
    readonly int _split;
    readonly (int Early, int Late)[] _parts; // -1 for none

    public TimeSplitNode(VectorNode early, VectorNode late, int split)
    {
        (_early, _late, _split) = (early, late, split);
        var places = new Dictionary<SeriesHead, int>();
        var parts = new List<(int Early, int Late)>();
        var heads = new List<SeriesHead>();
        for (var i = 0; i < early.Heads.Length; i++)
        {
            places.Add(early.Heads[i], i);
            heads.Add(early.Heads[i]);
            parts.Add((i, -1));
        }

        for (var i = 0; i < late.Heads.Length; i++)
        {
            if (places.TryGetValue(late.Heads[i], out var place))
            {
                parts[place] = (place, i);
                continue;
            }

            heads.Add(late.Heads[i]);
            parts.Add((-1, i));
        }

        (Heads, _parts) = ([.. heads], [.. parts]);
    }

    public override SeriesHead[] Heads { get; }

    public override bool HasDistinctLabels => true;

    public override void Read(int series, Column into, Worker worker)
    {
        into.Clear();
        var (early, late) = _parts[series];
        if (early >= 0)
            Copy(_early, early, into, 0, _split, worker);
        if (late >= 0)
            Copy(_late, late, into, _split, into.Count - _split, worker);
    }

    static void Copy(VectorNode from, int series, Column into, int start, int count, Worker worker)
    {
        var column = worker.Rent(count);
        from.Read(series, column, worker);
        for (var step = 0; step < count; step++)
        {
            if (column.Has(step))
                into.Set(start + step, column[step]);
        }

        worker.Return(column);
    }
}
