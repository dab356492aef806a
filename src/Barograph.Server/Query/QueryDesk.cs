using System.Diagnostics;
using Barograph.PromQL;
using Barograph.Server.Settings;
using Barograph.Server.Storage;
using Barograph.TimeSeries;

namespace Barograph.Server.Query;

/// <summary>An answer, and how long the query waited for its turn.</summary>
internal readonly record struct DeskAnswer(QueryResult Result, TimeSpan Waited);

/// <summary>Where every route that evaluates PromQL goes: the store, the limits, the turn.</summary>
internal sealed class QueryDesk(OpenedStore opened, ServerSettings settings, QueryGate gate, ResultCache cache, SlowQueries slow)
{
    readonly PreparedQueries _prepared = new(settings.QueryOptions());

    readonly LabelMemory _labels = new();

    /// <summary>The store.</summary>
    /// <exception cref="ApiErrorException">It is being opened.</exception>
    public IMetricStore Store => opened.Current ?? throw new ApiErrorException(ApiError.Starting);

    /// <summary>Parses and plans an expression.</summary>
    /// <exception cref="ApiErrorException">It is not PromQL; says where.</exception>
    public PreparedQuery Prepare(string text)
    {
        try
        {
            return _prepared.Prepare(text);
        }
        catch (Exception mistake) when (mistake is PromQLSyntaxException or ArgumentException)
        {
            throw new ApiErrorException(ApiError.Parameter("query", mistake.Message));
        }
    }

    /// <summary>Evaluates, unless the same question had an answer that is not older than the caller tolerates.</summary>
    /// <param name="question">What was asked, as it was asked.</param>
    /// <param name="nowMs">Unix milliseconds.</param>
    /// <param name="tolerated">How old an answer may be; zero: none is.</param>
    /// <param name="evaluate">One of the ways below.</param>
    public ValueTask<(QueryResult Result, bool IsKept)> RecentAsync(string question, long nowMs, TimeSpan tolerated, Func<Task<DeskAnswer>> evaluate) =>
        cache.RecentAsync(question, nowMs, tolerated, async () => (await evaluate()).Result);

    /// <summary>Waits for a turn and evaluates; the work stops when the caller hangs up.</summary>
    /// <param name="query">From <see cref="Prepare"/>.</param>
    /// <param name="times">When.</param>
    /// <param name="timeout">A shorter limit than the setting's, or null.</param>
    /// <param name="lookbackMs">Another lookback than 5 min, or null.</param>
    /// <param name="hungUp">Stops it.</param>
    /// <param name="resolution">Whether rollups may be read; null: every sample.</param>
    /// <param name="usesCache">Whether steps that an earlier query had may be taken from that.</param>
    /// <exception cref="Exception">Those of <see cref="PromQLEngine"/>; see <see cref="ApiError.Of"/>.</exception>
    public async Task<DeskAnswer> EvaluateAsync(
        PreparedQuery query, QueryTimes times, TimeSpan? timeout, long? lookbackMs, CancellationToken hungUp, bool usesCache = false, QueryResolution? resolution = null)
    {
        using var watch = slow.Begin(query, times);
        var store = Store;
        var options = _prepared.Options;
        if (timeout < options.Timeout)
            options = options with { Timeout = timeout.Value };
        if (lookbackMs is { } lookback)
            options = options with { LookbackMs = lookback };
        options = options with { Resolution = resolution ?? QueryResolution.Raw };
        var waited = TimeSpan.Zero;
        var result = usesCache
            ? await cache.AnswerAsync(query, times, $"{options.LookbackMs} {options.Resolution.Step}", store.Changes, EvaluateAsync)
            : await EvaluateAsync(times);
        return watch.Saw(new DeskAnswer(result, waited));

        async ValueTask<QueryResult> EvaluateAsync(QueryTimes wanted)
        {
            var came = Stopwatch.GetTimestamp();
            using var turn = await gate.EnterAsync(hungUp);
            waited += Stopwatch.GetElapsedTime(came);
            return PromQLEngine.Evaluate(query, new MetricStoreSource(store), wanted, options, _labels, hungUp);
        }
    }
}
