using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>
/// Evaluates PromQL over any source of series. Stateless but for its options; safe from many threads.
/// </summary>
/// <param name="options">Limits and defaults; null for <see cref="QueryOptions.Default"/>.</param>
public sealed class PromQLEngine(QueryOptions? options = null)
{
    /// <summary>Limits and defaults.</summary>
    public QueryOptions Options { get; } = options ?? QueryOptions.Default;

    /// <summary>Parses and plans a query, for one or many evaluations.</summary>
    /// <exception cref="PromQLSyntaxException">The text is not PromQL, or experimental where that is off.</exception>
    public PreparedQuery Prepare(string text) => new(text, Parser.Parse(text), Options.Experimental);

    /// <summary>Evaluates a query.</summary>
    /// <exception cref="PromQLSyntaxException">The text is not PromQL.</exception>
    /// <inheritdoc cref="Evaluate(PreparedQuery, ISeriesSource, QueryTimes, CancellationToken)"/>
    public QueryResult Evaluate(string text, ISeriesSource source, QueryTimes times, CancellationToken cancel = default) =>
        Evaluate(Prepare(text), source, times, cancel);

    /// <summary>Evaluates a query.</summary>
    /// <param name="query">From <see cref="Prepare"/>.</param>
    /// <param name="source">Where the samples are.</param>
    /// <param name="times">One moment, or a range with a step.</param>
    /// <param name="cancel">Stops the work at once.</param>
    /// <exception cref="QueryException">The data does not allow an answer.</exception>
    /// <exception cref="LimitExceededException">A limit of <see cref="Options"/> was passed.</exception>
    /// <exception cref="QueryTimeoutException">It took too long.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public QueryResult Evaluate(PreparedQuery query, ISeriesSource source, QueryTimes times, CancellationToken cancel = default) =>
        Evaluate(query, source, times, Options, cancel);

    /// <summary>Evaluates a query with options of its own (another lookback or timeout).</summary>
    /// <inheritdoc cref="Evaluate(PreparedQuery, ISeriesSource, QueryTimes, CancellationToken)"/>
    public static QueryResult Evaluate(
        PreparedQuery query, ISeriesSource source, QueryTimes times, QueryOptions options, CancellationToken cancel = default) =>
        Evaluate(query, source, times, options, work: null, cancel);

    /// <summary>Evaluates a query that may be asked again.</summary>
    /// <param name="query">From <see cref="Prepare"/>; asked again, the same object.</param>
    /// <param name="source">Where the samples are.</param>
    /// <param name="times">One moment, or a range with a step.</param>
    /// <param name="options">Limits and defaults.</param>
    /// <param name="memory">What the evaluations before left, and this one leaves.</param>
    /// <param name="cancel">Stops the work at once.</param>
    /// <inheritdoc cref="Evaluate(PreparedQuery, ISeriesSource, QueryTimes, CancellationToken)"/>
    public static QueryResult Evaluate(
        PreparedQuery query, ISeriesSource source, QueryTimes times, QueryOptions options, LabelMemory memory, CancellationToken cancel = default)
    {
        var work = memory.Take(query);
        work.Begin();
        var result = Evaluate(query, source, times, options, work, cancel);
        // Where nothing tells that series are the same ones, nothing could be used again.
        if (!work.HasUnknownSeries)
            memory.Return(query, work, result.Statistics.SeriesSelected);
        return result;
    }

    internal static QueryResult Evaluate(
        PreparedQuery query, ISeriesSource source, QueryTimes times, QueryOptions options, LabelWork? work, CancellationToken cancel)
    {
        using var run = new QueryRun(query, source, times, options, work, cancel);
        try
        {
            return Answer.Of(run);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new QueryTimeoutException(options.Timeout);
        }
    }
}
