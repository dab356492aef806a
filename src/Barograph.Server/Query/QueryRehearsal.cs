using System.IO.Pipelines;
using Barograph.PromQL;
using Barograph.Server.Processes;
using Barograph.Server.Query.Prometheus;
using Barograph.Server.Settings;
using Barograph.Server.Storage;
using Barograph.TimeSeries;

namespace Barograph.Server.Query;

/// <summary>
/// Evaluates a few queries of what is there when the server has started, and throws the answers away. What queries are made of is compiled when it is used first, as
/// far as it could not be compiled ahead (collections of our own types): that was nine tenths of what the first query of a new server took.
/// </summary>
/// <param name="opened">The store, once it is open.</param>
/// <param name="settings">What queries are evaluated with.</param>
/// <param name="clock">When it begins.</param>
/// <param name="workers">Looks after it.</param>
internal sealed class QueryRehearsal(OpenedStore opened, ServerSettings settings, TimeProvider clock, Workers workers)
    : SupervisedService("query-rehearsal", workers)
{
    /// <summary>Not while the server starts; this host has been measured by then, and the pages of the program are let go afterwards.</summary>
    public static readonly TimeSpan AfterStart = TimeSpan.FromSeconds(2);

    /// <summary>How far back it looks for something to read.</summary>
    static readonly TimeSpan Reach = TimeSpan.FromHours(4);

    const long StepMs = 15_000;
    const int Steps = 20;
    const int MaxNames = 20;

    // What dashboards are made of, M being a metric.
    static readonly string[] Expressions =
    [
        "sum by (job) (rate(M[4h]))", "histogram_quantile(0.9, sum by (le) (rate(M[4h])))", "topk(5, M)",
        "max by (instance) (max_over_time(M{job=~\".*\"}[4h])) / on () group_left () count(M) > 0", "quantile_over_time(0.9, M[4h]) or vector(time())",
    ];

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stopping)
    {
        var store = await opened.Task.WaitAsync(stopping);
        await Task.Delay(AfterStart, clock, stopping);
        await RehearseAsync(store, stopping);
    }

    /// <summary>Evaluates and writes what there is something to read for.</summary>
    /// <returns>How many answers there were.</returns>
    public async Task<int> RehearseAsync(IMetricStore store, CancellationToken stopping)
    {
        // So that it is nothing to speak of where very much is stored.
        var options = QueryOptions.Default with
        {
            Experimental = settings.PromQLExperimental,
            LookbackMs = (long)Reach.TotalMilliseconds,
            MaxSeries = 2000,
            MaxSamples = 500_000,
            Timeout = TimeSpan.FromSeconds(5),
        };
        var (engine, memory, source) = (new PromQLEngine(options), new LabelMemory(), new MetricStoreSource(store));
        var nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (Metric() is not { } metric)
            return 0;
        var answers = 0;
        foreach (var query in Expressions.Select(expression => engine.Prepare(expression.Replace("M", metric, StringComparison.Ordinal))))
        {
            foreach (var times in (QueryTimes[])[QueryTimes.Range(nowMs - Steps * StepMs, nowMs, StepMs), QueryTimes.Instant(nowMs)])
            {
                if (TryEvaluate(query, times) is not { } result)
                    continue;
                await using var json = new JsonStream(PipeWriter.Create(Stream.Null), stopping);
                await ResultJson.WriteAsync(json, result, result.Series.Count, stats: "all", TimeSpan.Zero, TimeSpan.Zero);
                await json.FlushAsync();
                answers++;
            }
        }

        return answers;

        // One with few enough series and a plain name.
        string? Metric() => store.LabelValues(Labels.MetricName, [], new TimeRange(nowMs - options.LookbackMs, nowMs + StepMs))
            .Where(static name => name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '_') && !char.IsAsciiDigit(name[0]))
            .Take(MaxNames)
            .FirstOrDefault(name => TryEvaluate(engine.Prepare($"count(rate({name}[4h]))"), QueryTimes.Instant(nowMs)) is { Series.Count: > 0 });

        QueryResult? TryEvaluate(PreparedQuery query, QueryTimes times)
        {
            try
            {
                return PromQLEngine.Evaluate(query, source, times, options, memory, stopping);
            }
            catch (Exception limit) when (limit is LimitExceededException or QueryTimeoutException or QueryException)
            {
                return null;
            }
        }
    }
}
