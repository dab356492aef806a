namespace Barograph.PromQL;

/// <summary>Functions of time. Calendar functions take Unix seconds and answer in UTC.</summary>
internal static class TimeFunctions
{
    // Beyond these, .NET has no calendar: years 1 to 9999.
    static readonly double MinSeconds = DateTimeOffset.MinValue.ToUnixTimeSeconds();
    static readonly double MaxSeconds = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    public static IEnumerable<FunctionDefinition> Rows =>
    [
        Calendar("day_of_month", static time => time.Day),
        Calendar("day_of_week", static time => (int)time.DayOfWeek),
        Calendar("day_of_year", static time => time.DayOfYear),
        Calendar("days_in_month", static time => DateTime.DaysInMonth(time.Year, time.Month)),
        Calendar("hour", static time => time.Hour),
        Calendar("minute", static time => time.Minute),
        Calendar("month", static time => time.Month),
        Calendar("year", static time => time.Year),
        new("time", [], ExpressionType.Scalar, static site => Now(site.Grid)) { DependsOnTime = true },
        new("timestamp", [ExpressionType.InstantVector], ExpressionType.InstantVector, static site => site.Merged(OpenTimestamp(site)))
        {
            DependsOnTime = true,
        },
        new("start_timestamp", [ExpressionType.InstantVector], ExpressionType.InstantVector, static site => site.Merged(OpenStart(site)))
        {
            Experimental = true,
        },
        Query("start", static run => run.Times.StartMs / 1000.0),
        Query("end", static run => run.Times.EndMs / 1000.0),
        Query("step", static run => run.StepSeconds),
        Query("range", static run => run.RangeSeconds),
    ];

    static ScalarNode Now(StepGrid grid) => ScalarNode.PerStep(grid.Count, step => grid.TimeMs(step) / 1000.0);

    static FunctionDefinition Query(string name, Func<QueryRun, double> value) =>
        new(name, [], ExpressionType.Scalar, site => new ScalarNode(value(site.Run))) { Experimental = true };

    static FunctionDefinition Calendar(string name, Func<DateTimeOffset, int> part)
    {
        return new(name, [ExpressionType.InstantVector], ExpressionType.InstantVector, Open) { Optional = 1, DependsOnTime = true };

        Node Open(CallSite site)
        {
            var input = site.Count == 0 ? new VectorOfScalarNode(Now(site.Grid)) : site.Vector(0);
            return site.Merged(new ElementwiseNode(site.Run, input, (value, _) => value >= MinSeconds && value <= MaxSeconds
                ? part(DateTimeOffset.FromUnixTimeSeconds((long)Math.Floor(value))) : double.NaN));
        }
    }

    // Only right on a selector is the sample's own time known; any other value has the time of its step.
    static VectorNode OpenTimestamp(CallSite site) =>
        site.Call.Arguments[0].Unwrapped is VectorSelector { Edges: RangeEdges.Plain } selector
            ? SelectorOnGrid(site, selector, SamplePart.Time)
            : new StepTimeNode(site.Run, site.Vector(0), site.Grid);

    static VectorNode OpenStart(CallSite site) =>
        site.Call.Arguments[0].Unwrapped is VectorSelector { Edges: RangeEdges.Plain } selector
            ? SelectorOnGrid(site, selector, SamplePart.StartTime)
            : new HeldNode([], []);

    static VectorNode SelectorOnGrid(CallSite site, VectorSelector selector, SamplePart part) =>
        selector.Timing.At is not null && site.Grid.Count > 1
            ? new BroadcastNode(SelectorNode.Open(site.Run, selector, site.Grid with { Count = 1 }, part))
            : SelectorNode.Open(site.Run, selector, site.Grid, part);

    sealed class StepTimeNode(QueryRun run, VectorNode input, StepGrid grid) : VectorNode
    {
        public override SeriesHead[] Heads { get; } = NegatedNode.Nameless(run, input.Heads);

        public override void Read(int series, Column into, Worker worker)
        {
            input.Read(series, into, worker);
            for (var step = 0; step < into.Count; step++)
            {
                if (into.Has(step))
                    into.Set(step, grid.TimeMs(step) / 1000.0);
            }
        }
    }
}
