using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>
/// <c>info(v, {matchers})</c>: adds the labels of info metrics (by default <c>target_info</c>) to the series with the same
/// <c>instance</c> and <c>job</c> (experimental).
/// </summary>
internal static class InfoFunction
{
    public static IEnumerable<FunctionDefinition> Rows =>
    [
        new("info", [ExpressionType.InstantVector, ExpressionType.InstantVector], ExpressionType.InstantVector, static site => Open(site))
        {
            Optional = 1,
            Experimental = true,
        },
    ];

    static VectorNode Open(CallSite site)
    {
        LabelMatcher[] given = site.Count > 1 ? [.. ((VectorSelector)site.Call.Arguments[1]).Matchers] : [];
        LabelMatcher[] onName = [.. given.Where(static matcher => matcher.Name == Labels.MetricName)];
        if (onName.Length == 0)
            onName = [new LabelMatcher(MatchType.Equal, Labels.MetricName, "target_info")];
        else if (onName.All(static matcher => matcher.Match is MatchType.NotEqual or MatchType.NotRegex))
            onName = [new LabelMatcher(MatchType.Regex, Labels.MetricName, ".+_info"), .. onName];
        LabelMatcher[] onData = [.. given.Where(static matcher => matcher.Name != Labels.MetricName)];
        var join = new InfoJoin(site, Compile(onName), Compile(onData));
        return MergedNode.Exactly(site.Run, join.Run(site.Vector(0)));
    }

    static Matcher[] Compile(LabelMatcher[] matchers) =>
        Array.ConvertAll(matchers, static matcher => new Matcher(matcher.Match, matcher.Name, matcher.Value));
}

/// <summary>One join: which info series are there at each step, and what they add.</summary>
internal sealed class InfoJoin(CallSite site, Matcher[] onName, Matcher[] onData)
{
    static readonly string[] Identifying = ["instance", "job"];

    readonly Dictionary<(SeriesHead Head, string Added), int> _results = [];
    readonly List<SeriesHead> _heads = [];
    readonly List<Column> _columns = [];

    public HeldNode Run(VectorNode input)
    {
        var steps = site.Grid.Count;
        var held = site.Run.Hold(input, steps);
        var (heads, times) = ReadInfo(steps);
        var byIdentity = new Dictionary<(string, string), List<int>>();
        for (var i = 0; i < heads.Length; i++)
        {
            var identity = IdentityOf(heads[i].Labels);
            if (!byIdentity.TryGetValue(identity, out var list))
                byIdentity.Add(identity, list = []);
            list.Add(i);
        }

        for (var series = 0; series < held.Heads.Length; series++)
        {
            site.Run.ThrowIfStopped();
            var head = held.Heads[series];
            var isInfo = onName.All(matcher => matcher.Matches(head.Labels.Name));
            var candidates = isInfo ? null : byIdentity.GetValueOrDefault(IdentityOf(head.Labels));
            for (var step = 0; step < steps; step++)
            {
                if (held[series].Has(step))
                    Add(head, held[series][step], step, isInfo, candidates, heads, times);
            }
        }

        return new HeldNode([.. _heads], [.. _columns]);
    }

    void Add(SeriesHead head, SampleValue value, int step, bool isInfo, List<int>? candidates, SeriesHead[] infoHeads, Column[] times)
    {
        var chosen = Newest(candidates, step, infoHeads, times);
        if (chosen.Count == 0 && !isInfo && onData.Any(static matcher => !matcher.Matches("")))
            return;
        var key = (head, string.Join(',', chosen));
        if (!_results.TryGetValue(key, out var result))
        {
            _results.Add(key, result = _heads.Count);
            _heads.Add(new SeriesHead(Enriched(head.Labels, chosen.Select(info => infoHeads[info].Labels)), head.Nameless));
            _columns.Add(new Column(site.Grid.Count));
            _columns[result].Clear();
        }

        _columns[result].Set(step, value);
    }

    // Of the info series with one name, the one with the newest sample.
    static List<int> Newest(List<int>? candidates, int step, SeriesHead[] heads, Column[] times)
    {
        var chosen = new List<int>();
        foreach (var info in candidates ?? [])
        {
            if (Absent.Is(times[info].Values[step]))
                continue;
            var rival = chosen.FindIndex(other => heads[other].Labels.Name == heads[info].Labels.Name);
            if (rival < 0)
                chosen.Add(info);
            else if (times[info].Values[step] > times[chosen[rival]].Values[step])
                chosen[rival] = info;
            else if (times[info].Values[step] == times[chosen[rival]].Values[step])
                throw new QueryException($"found duplicate series for info metric: existing {heads[chosen[rival]].Labels}, new {heads[info].Labels}");
        }

        return chosen;
    }

    Labels Enriched(Labels labels, IEnumerable<Labels> infos)
    {
        var added = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var info in infos)
        {
            foreach (var (name, value) in info)
            {
                var wanted = onData.Length == 0 || Array.Exists(onData, matcher => matcher.Name == name);
                if (!wanted || name == Labels.MetricName || Identifying.Contains(name) || labels.TryGet(name, out _))
                    continue;
                if (!added.TryAdd(name, value) && added[name] != value)
                    throw new QueryException($"conflicting label: {name}");
            }
        }

        return added.Count == 0 ? labels : Labels.From(labels.Concat(added.Select(static pair => new Label(pair.Key, pair.Value))));
    }

    (SeriesHead[] Heads, Column[] Times) ReadInfo(int steps)
    {
        var shift = ShiftOf(site.Call.Arguments[0]);
        Matcher[] matchers = [.. onName, .. onData];
        var values = site.Run.Hold(SelectorNode.Open(site.Run, matchers, shift, SamplePart.Value), steps);
        for (var i = 0; i < values.Heads.Length; i++)
        {
            if (values[i].Histograms is not null)
                throw new QueryException($"info metrics must have floats, this one has histograms: {values.Heads[i].Labels}");
        }

        var held = site.Run.Hold(SelectorNode.Open(site.Run, matchers, shift, SamplePart.Time), steps);
        var columns = new Column[held.Heads.Length];
        for (var i = 0; i < columns.Length; i++)
            columns[i] = held[i];
        return (Array.ConvertAll(held.Heads, static head => head with { Nameless = false }), columns);
    }

    // Info series are looked up at the time that the samples are from: the offsets and @ down to the first selector count.
    TimeShift ShiftOf(Expression expression)
    {
        var shift = new TimeShift(site.Grid, null, 0);
        for (Expression? next = expression; next is not null; next = next.Children.FirstOrDefault(static child => child.Type >= ExpressionType.InstantVector))
        {
            var timing = next switch
            {
                VectorSelector selector => selector.Timing,
                RangeSelector range => range.Selector.Timing,
                Subquery subquery => subquery.Timing,
                _ => Timing.None,
            };
            var own = TimeShift.Of(site.Run, timing, site.Grid);
            shift = own.FixedMs is not null ? own : shift with { OffsetMs = shift.OffsetMs + own.OffsetMs };
        }

        return shift;
    }

    static (string, string) IdentityOf(Labels labels) => (labels.Get(Identifying[0]), labels.Get(Identifying[1]));
}
