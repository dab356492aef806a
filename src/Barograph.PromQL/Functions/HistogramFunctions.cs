using System.Globalization;
using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>Functions of histograms: of native ones, and of classic ones made of series with the label <c>le</c>.</summary>
internal static class HistogramFunctions
{
    public static IEnumerable<FunctionDefinition> Rows =>
    [
        OfNative("histogram_count", static histogram => histogram.Count),
        OfNative("histogram_sum", static histogram => histogram.Sum),
        OfNative("histogram_avg", static histogram => histogram.Sum / histogram.Count),
        OfNative("histogram_stdvar", HistogramQuantiles.Variance),
        OfNative("histogram_stddev", static histogram => Math.Sqrt(HistogramQuantiles.Variance(histogram))),
        new("histogram_quantile", [ExpressionType.Scalar, ExpressionType.InstantVector], ExpressionType.InstantVector, static site => Quantile(site)),
        new("histogram_quantiles", [ExpressionType.InstantVector, ExpressionType.String, ExpressionType.Scalar],
            ExpressionType.InstantVector, static site => Quantiles(site))
        {
            Repeats = true,
            MaxArguments = 12,
            Experimental = true,
        },
        new("histogram_fraction", [ExpressionType.Scalar, ExpressionType.Scalar, ExpressionType.InstantVector],
            ExpressionType.InstantVector, static site => Fraction(site)),
    ];

    static FunctionDefinition OfNative(string name, Func<NativeHistogram, double> function) => new(
        name, [ExpressionType.InstantVector], ExpressionType.InstantVector,
        site => site.Merged(new NativeNode(site.Run, site.Vector(0), function)));

    static VectorNode Quantile(CallSite site)
    {
        var quantile = site.Scalar(0);
        CheckQuantile(site, 0, quantile);
        var groups = new HistogramGroups(site, argument: 1);
        return site.Merged(new QuantileNode(groups, quantile, groups.Heads));
    }

    static VectorNode Quantiles(CallSite site)
    {
        var label = site.Text(1);
        if (!Quoting.IsValidLabel(label))
            throw new QueryException($"invalid label name {Quoting.Quote(label)}");
        var groups = new HistogramGroups(site, argument: 0, readsAgain: true);
        var heads = new List<SeriesHead>();
        var nodes = new List<VectorNode>();
        for (var argument = 2; argument < site.Count; argument++)
        {
            var quantile = site.Scalar(argument);
            CheckQuantile(site, argument, quantile);
            var text = quantile[0].ToString("0.0################", CultureInfo.InvariantCulture);
            var with = Array.ConvertAll(groups.Heads, head => new SeriesHead(Labels.From(head.Labels.Where(pair => pair.Name != label).Append(new Label(label, text))), head.Nameless));
            heads.AddRange(with);
            nodes.Add(new QuantileNode(groups, quantile, with));
        }

        return site.Merged(new ConcatenatedNode(nodes, [.. heads]));
    }

    static VectorNode Fraction(CallSite site)
    {
        var (lower, upper) = (site.Scalar(0), site.Scalar(1));
        var groups = new HistogramGroups(site, argument: 2);
        return site.Merged(new FractionNode(groups, lower, upper));
    }

    static void CheckQuantile(CallSite site, int argument, ScalarNode quantile)
    {
        for (var step = 0; step < (quantile.IsConstant ? 1 : site.Grid.Count); step++)
        {
            if (!(quantile[step] >= 0 && quantile[step] <= 1))
                site.Run.Annotations.Warn(site.SpanOf(argument), AnnotationTexts.InvalidQuantile(quantile[step]));
        }
    }

    sealed class NativeNode(QueryRun run, VectorNode input, Func<NativeHistogram, double> function) : VectorNode
    {
        public override SeriesHead[] Heads { get; } = NegatedNode.Nameless(run, input.Heads);

        public override void Read(int series, Column into, Worker worker)
        {
            input.Read(series, into, worker);
            var histograms = into.Histograms;
            into.Values.Fill(Absent.Value);
            into.DropHistograms();
            for (var step = 0; histograms is not null && step < into.Count; step++)
            {
                if (histograms[step] is { } histogram)
                    into.Set(step, function(histogram));
            }
        }
    }

    sealed class ConcatenatedNode(List<VectorNode> parts, SeriesHead[] heads) : VectorNode
    {
        public override SeriesHead[] Heads => heads;

        public override void Read(int series, Column into, Worker worker)
        {
            var count = heads.Length / parts.Count;
            parts[series / count].Read(series % count, into, worker);
        }
    }

    sealed class QuantileNode(HistogramGroups groups, ScalarNode quantile, SeriesHead[] heads) : VectorNode
    {
        public override SeriesHead[] Heads => heads;

        public override void Read(int group, Column into, Worker worker) => groups.Read(group, into, worker,
            (step, buckets) => ClassicHistogram.Quantile(quantile[step], buckets, out var monotonicityForced) is var value && monotonicityForced
                ? Forced(group, value) : value,
            (step, histogram) => NativeQuantile(group, quantile[step], histogram));

        double Forced(int group, double value)
        {
            groups.Inform("input to histogram_quantile needed to be fixed for monotonicity "
                + $"(see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile){AnnotationTexts.Metric(groups.MetricOf(group))}");
            return value;
        }

        double NativeQuantile(int group, double wanted, NativeHistogram histogram)
        {
            var value = HistogramQuantiles.Quantile(wanted, histogram);
            if (double.IsNaN(histogram.Sum) && wanted >= 0 && wanted <= 1 && histogram.Count > 0)
            {
                groups.Inform($"input to histogram_quantile has NaN observations, result is {(double.IsNaN(value) ? "NaN" : "skewed higher")}"
                    + AnnotationTexts.Metric(groups.MetricOf(group)));
            }

            return value;
        }
    }

    sealed class FractionNode(HistogramGroups groups, ScalarNode lower, ScalarNode upper) : VectorNode
    {
        public override SeriesHead[] Heads => groups.Heads;

        public override void Read(int group, Column into, Worker worker) => groups.Read(group, into, worker,
            (step, buckets) => ClassicHistogram.Fraction(lower[step], upper[step], buckets),
            (step, histogram) => NativeFraction(group, lower[step], upper[step], histogram));

        double NativeFraction(int group, double from, double to, NativeHistogram histogram)
        {
            if (double.IsNaN(histogram.Sum) && histogram.Count > 0)
            {
                groups.Inform("input to histogram_fraction has NaN observations, which are excluded from all fractions"
                    + AnnotationTexts.Metric(groups.MetricOf(group)));
            }

            return HistogramQuantiles.Fraction(from, to, histogram);
        }
    }
}

/// <summary>Groups the series of a vector into histograms: by all labels but <c>le</c>, each group's buckets in the order of their bounds.</summary>
internal sealed class HistogramGroups
{
    readonly QueryRun _run;
    readonly VectorNode _input;
    readonly SourceSpan _span;
    readonly Layout _layout;

    /// <param name="site">The call.</param>
    /// <param name="argument">Which of its arguments has the buckets.</param>
    /// <param name="readsAgain">Each histogram is read several times.</param>
    public HistogramGroups(CallSite site, int argument, bool readsAgain = false)
    {
        var input = site.Vector(argument);
        (_run, _span) = (site.Run, site.SpanOf(argument));
        _layout = _run.OfLabels("histograms", input.Heads, () => Layout.Of(input.Heads));
        // A histogram is read by one thread, and its buckets may be sums of very many series.
        _input = readsAgain || !_run.OccupiesAll(Heads.Length) ? _run.Hold(input, site.Grid.Count) : input;
    }

    sealed record Layout(SeriesHead[] Heads, (int Series, double Bound)[][] Members)
    {
        public static Layout Of(SeriesHead[] buckets)
        {
            var key = GroupKey.AllBut("le");
            var groups = SeriesGroups.Of(buckets, key);
            var heads = new SeriesHead[groups.Count];
            var all = new (int Series, double Bound)[groups.Count][];
            for (var group = 0; group < groups.Count; group++)
            {
                var members = groups.Members(group);
                heads[group] = new SeriesHead(key.LabelsOf(buckets[members[0]]), nameless: true);
                all[group] = new (int, double)[members.Length];
                for (var i = 0; i < members.Length; i++)
                    all[group][i] = (members[i], ParseBound(buckets[members[i]].Labels.Get("le")));
                Array.Sort(all[group], static (left, right) => left.Bound.CompareTo(right.Bound));
            }

            return new Layout(heads, all);
        }
    }

    /// <summary>One per histogram, without <c>le</c> and name.</summary>
    public SeriesHead[] Heads => _layout.Heads;

    public string MetricOf(int group) => Heads[group].Labels.Name;

    public void Inform(string message) => _run.Annotations.Inform(_span, message);

    public void Read(
        int group, Column into, Worker worker, Func<int, Span<ClassicBucket>, double> ofClassic, Func<int, NativeHistogram, double> ofNative)
    {
        var members = _layout.Members[group];
        var columns = new Column[members.Length];
        for (var i = 0; i < members.Length; i++)
            _input.Read(members[i].Series, columns[i] = worker.Rent(into.Count), worker);
        into.Clear();
        var buckets = new ClassicBucket[members.Length];
        for (var step = 0; step < into.Count; step++)
        {
            var (count, native) = (0, (NativeHistogram?)null);
            for (var i = 0; i < members.Length; i++)
            {
                if (columns[i].Histograms?[step] is { } histogram)
                    native = histogram;
                else if (Absent.Is(columns[i].Values[step]))
                    continue;
                else if (double.IsNaN(members[i].Bound))
                    WarnBadBound(members[i].Series);
                else
                    buckets[count++] = new ClassicBucket(members[i].Bound, columns[i].Values[step]);
            }

            if (native is not null && count > 0)
                _run.Annotations.Warn(_span, $"vector contains a mix of classic and native histograms{AnnotationTexts.Metric(MetricOf(group))}");
            else if (native is not null)
                into.Set(step, ofNative(step, native));
            else if (count > 0)
                into.Set(step, ofClassic(step, buckets.AsSpan(0, count)));
        }

        foreach (var column in columns)
            worker.Return(column);
    }

    void WarnBadBound(int series)
    {
        var labels = _input.Heads[series].Labels;
        _run.Annotations.Warn(_span, $"bucket label \"le\" is missing or has a malformed value of {Quoting.Quote(labels.Get("le"))}{AnnotationTexts.Metric(labels.Name)}");
    }

    static double ParseBound(string text) => text.ToUpperInvariant() switch
    {
        "+INF" or "INF" => double.PositiveInfinity,
        "-INF" => double.NegativeInfinity,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var bound) ? bound : double.NaN,
    };
}

/// <summary>A bucket of a classic histogram: how many observations are at most its bound.</summary>
internal record struct ClassicBucket(double Bound, double Count);

/// <summary>Quantiles and fractions of classic histograms, by linear interpolation.</summary>
internal static class ClassicHistogram
{
    // Differences this small (relatively) come from adding floats and are evened out silently.
    const double Tolerance = 1e-12;

    /// <param name="quantile">From 0 to 1.</param>
    /// <param name="buckets">Ascending by bound; changed.</param>
    /// <param name="monotonicityForced">Whether a count had to be raised to that of the bucket below.</param>
    public static double Quantile(double quantile, Span<ClassicBucket> buckets, out bool monotonicityForced)
    {
        monotonicityForced = false;
        if (double.IsNaN(quantile))
            return double.NaN;
        if (quantile is < 0 or > 1)
            return quantile < 0 ? double.NegativeInfinity : double.PositiveInfinity;
        if (!double.IsPositiveInfinity(buckets[^1].Bound))
            return double.NaN;
        buckets = Coalesce(buckets);
        monotonicityForced = MakeMonotonic(buckets);
        if (buckets.Length < 2 || buckets[^1].Count is 0 or double.NaN)
            return double.NaN;
        var rank = quantile * buckets[^1].Count;
        var index = 0;
        while (index < buckets.Length - 1 && !(buckets[index].Count >= rank))
            index++;
        if (index == buckets.Length - 1)
            return buckets[^2].Bound;
        if (index == 0 && buckets[0].Bound <= 0)
            return buckets[0].Bound;
        var (start, below) = index == 0 ? (0, 0) : (buckets[index - 1].Bound, buckets[index - 1].Count);
        return start + (buckets[index].Bound - start) * ((rank - below) / (buckets[index].Count - below));
    }

    public static double Fraction(double lower, double upper, Span<ClassicBucket> buckets)
    {
        if (!double.IsPositiveInfinity(buckets[^1].Bound))
            return double.NaN;
        buckets = Coalesce(buckets);
        var count = buckets[^1].Count;
        if (count == 0 || double.IsNaN(lower) || double.IsNaN(upper))
            return double.NaN;
        if (lower >= upper)
            return 0;
        return (RankOf(upper, buckets, isLower: false) - RankOf(lower, buckets, isLower: true)) / count;
    }

    // How many observations are at most a value. A bucket without end cannot be split: it counts as nothing where it is only touched.
    static double RankOf(double value, ReadOnlySpan<ClassicBucket> buckets, bool isLower)
    {
        var (start, rank) = (double.NegativeInfinity, 0.0);
        foreach (var (bound, count) in buckets)
        {
            if (start >= value)
                return rank;
            if (bound > value)
            {
                if (double.IsInfinity(start) && bound <= 0)
                    return isLower ? count : rank;
                var from = double.IsInfinity(start) ? 0 : start;
                return double.IsInfinity(bound) || value <= from ? rank : Math.Min(rank + (count - rank) * (value - from) / (bound - from), buckets[^1].Count);
            }

            (start, rank) = (bound, count);
        }

        return buckets[^1].Count;
    }

    static Span<ClassicBucket> Coalesce(Span<ClassicBucket> buckets)
    {
        var last = 0;
        for (var i = 1; i < buckets.Length; i++)
        {
            if (buckets[i].Bound == buckets[last].Bound)
                buckets[last].Count += buckets[i].Count;
            else
                buckets[++last] = buckets[i];
        }

        return buckets[..(last + 1)];
    }

    static bool MakeMonotonic(Span<ClassicBucket> buckets)
    {
        var forced = false;
        var previous = buckets[0].Count;
        for (var i = 1; i < buckets.Length; i++)
        {
            var count = buckets[i].Count;
            if (Math.Abs(count - previous) <= Tolerance * (Math.Abs(count) + Math.Abs(previous)))
                buckets[i].Count = previous;
            else if (count < previous)
                (buckets[i].Count, forced) = (previous, true);
            previous = buckets[i].Count;
        }

        return forced;
    }
}
