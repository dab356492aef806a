using Barograph.PromQL;
using Barograph.TimeSeries;

namespace Barograph.Server.Live;

/// <summary>A parsed expression that viewers watch: evaluated at each tick, and over a window for its history.</summary>
internal sealed class LiveExpression
{
    /// <summary>How old a sample may be that still counts, unless the viewer says otherwise: upstream's lookback.</summary>
    public const long DefaultLookbackMs = 300_000;

    // What takes longer than ten ticks is not live.
    static readonly TimeSpan LongestEvaluation = TimeSpan.FromSeconds(10);

    readonly PreparedQuery _query;
    readonly QueryOptions _options;
    RepeatedQuery _repeated;

    LiveExpression(PreparedQuery query, QueryOptions options, long lookbackMs)
    {
        _query = query;
        _options = options with { LookbackMs = lookbackMs, Timeout = options.Timeout < LongestEvaluation ? options.Timeout : LongestEvaluation };
        _repeated = new RepeatedQuery(query, _options);
    }

    /// <summary>Expressions with the same key have the same values at the same time.</summary>
    public (string Text, long LookbackMs) Key => (_query.Text, _options.LookbackMs);

    /// <summary>Parses an expression that gives an instant vector or a scalar.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="options">As the settings have them.</param>
    /// <param name="lookbackMs">How old a sample may be that still counts.</param>
    /// <exception cref="LiveTroubleException">It is not one; says where.</exception>
    public static LiveExpression Parse(string text, QueryOptions options, long lookbackMs = DefaultLookbackMs)
    {
        try
        {
            var query = new PromQLEngine(options).Prepare(text);
            return query.Expression.Type is ExpressionType.InstantVector or ExpressionType.Scalar
                ? new LiveExpression(query, options, lookbackMs)
                : throw new LiveTroubleException(new LiveTrouble("bad_expression", $"expected an instant vector or a scalar, not a {query.Expression.Type.ToString().ToLowerInvariant()}"));
        }
        catch (Exception mistake) when (mistake is PromQLSyntaxException or ArgumentException)
        {
            throw new LiveTroubleException(new LiveTrouble("bad_expression", mistake.Message), mistake);
        }
    }

    /// <summary>Its value at a time; one call at a time.</summary>
    /// <exception cref="LiveTroubleException">It has none; says why.</exception>
    public LiveVector Instant(ISeriesSource source, long timestampMs, CancellationToken cancel)
    {
        var result = InstantOrAnew(source, timestampMs, cancel);
        if (result.Kind == ResultKind.Scalar)
            return new LiveVector([Labels.Empty], [result.Scalar]);
        var (series, values) = (new Labels[result.Series.Count], new double[result.Series.Count]);
        for (var i = 0; i < series.Length; i++)
            (series[i], values[i]) = (result.Series[i].Labels, result.Series[i].Values[0]);
        return new LiveVector(series, values);
    }

    /// <summary>Its values at the points of a window; "no value" is a NaN.</summary>
    /// <exception cref="LiveTroubleException">It has none; says why.</exception>
    public (Labels[] Series, double[][] Columns) Range(IMetricStore store, LiveWindow window, CancellationToken cancel)
    {
        var times = QueryTimes.Range(window.StartMs, window.EndMs, window.StepMs);
        var result = OrTrouble(() => PromQLEngine.Evaluate(_query, new MetricStoreSource(store), times, _options, cancel));
        return ([.. result.Series.Select(static series => series.Labels)], [.. result.Series.Select(static series => series.Values)]);
    }

    QueryResult InstantOrAnew(ISeriesSource source, long timestampMs, CancellationToken cancel)
    {
        try
        {
            return OrTrouble(() => _repeated.Evaluate(source, timestampMs, cancel));
        }
        catch (Exception failure) when (failure is not (LiveTroubleException or OperationCanceledException))
        {
            _repeated = new RepeatedQuery(_query, _options); // what it remembered may be half of two ticks
            throw;
        }
    }

    static QueryResult OrTrouble(Func<QueryResult> evaluate)
    {
        try
        {
            return evaluate();
        }
        catch (QueryTimeoutException failure)
        {
            throw new LiveTroubleException(new LiveTrouble("timeout", failure.Message), failure);
        }
        catch (LimitExceededException failure)
        {
            throw new LiveTroubleException(new LiveTrouble("limit", failure.Message), failure);
        }
        catch (QueryException failure)
        {
            throw new LiveTroubleException(new LiveTrouble("execution", failure.Message), failure);
        }
    }
}
