namespace Barograph.PromQL;

/// <summary>
/// A query that is evaluated again and again, as the live stream does it: what depends on labels alone (groups, matches, the labels of the
/// answer) is kept from one evaluation to the next for as long as the series are the same, which a <see cref="MovingSource"/> makes known.
/// The answers are those of <see cref="PromQLEngine"/>. One evaluation at a time.
/// </summary>
/// <param name="query">From <see cref="PromQLEngine.Prepare"/>.</param>
/// <param name="options">Limits and defaults.</param>
public sealed class RepeatedQuery(PreparedQuery query, QueryOptions options)
{
    readonly LabelWork _work = new();

    /// <inheritdoc cref="PromQLEngine.Evaluate(PreparedQuery, ISeriesSource, QueryTimes, CancellationToken)"/>
    public QueryResult Evaluate(ISeriesSource source, long timestampMs, CancellationToken cancel = default)
    {
        _work.Begin();
        return PromQLEngine.Evaluate(query, source, QueryTimes.Instant(timestampMs), options, _work, cancel);
    }
}
