using System.Diagnostics;
using Barograph.PromQL;
using Barograph.Server.Settings;

namespace Barograph.Server.Query;

/// <summary>A query that took longer than the setting <c>slow-query</c>.</summary>
/// <param name="Time">When it ended.</param>
/// <param name="Expression">The PromQL, cut after <see cref="SlowQueries.MaxExpressionLength"/> characters.</param>
/// <param name="Times">Its range and step.</param>
/// <param name="Total">From its arrival to its end.</param>
/// <param name="Waited">For its turn.</param>
/// <param name="Statistics">What it cost, or null when it had no answer: a limit, the timeout, or a client that hung up.</param>
internal sealed record SlowQuery(DateTimeOffset Time, string Expression, QueryTimes Times, TimeSpan Total, TimeSpan Waited, QueryStatistics? Statistics);

/// <summary>The newest of the queries that took long, in memory, and in the log.</summary>
internal sealed class SlowQueries(ServerSettings settings, TimeProvider clock, ILogger<SlowQueries> log)
{
    /// <summary>How many are kept: a bad morning's worth.</summary>
    public const int MaxKept = 200;

    /// <summary>Longer ones are machine-made; their start tells whose they are.</summary>
    public const int MaxExpressionLength = 2000;

    readonly Lock _lock = new(); // guards _newest
    readonly Queue<SlowQuery> _newest = new();

    /// <summary>From when on a query counts as slow; null: none does.</summary>
    public TimeSpan? Threshold => settings.SlowQuery;

    /// <summary>The newest ones, the last first.</summary>
    public IReadOnlyList<SlowQuery> Newest
    {
        get
        {
            lock (_lock)
                return [.. _newest.Reverse()];
        }
    }

    /// <summary>Looks at the clock until it is disposed.</summary>
    public Watch Begin(PreparedQuery query, QueryTimes times) => new(this, query, times);

    void Note(SlowQuery query)
    {
        lock (_lock)
        {
            if (_newest.Count == MaxKept)
                _newest.Dequeue();
            _newest.Enqueue(query);
        }

        if (query.Statistics is not { } cost)
        {
            QueryLog.SlowWithoutAnswer(log, query.Total.TotalSeconds, query.Expression, query.Times.StartMs, query.Times.EndMs, query.Times.StepMs);
            return;
        }

        QueryLog.Slow(
            log, query.Total.TotalSeconds, query.Waited.TotalSeconds, cost.SelectTime.TotalSeconds, cost.EvaluationTime.TotalSeconds,
            cost.SeriesSelected, cost.SamplesRead, query.Expression, query.Times.StartMs, query.Times.EndMs, query.Times.StepMs);
    }

    /// <summary>One query on its way.</summary>
    internal sealed class Watch(SlowQueries owner, PreparedQuery query, QueryTimes times) : IDisposable
    {
        readonly long _began = Stopwatch.GetTimestamp();
        DeskAnswer? _answer;

        /// <summary>It has an answer.</summary>
        public DeskAnswer Saw(DeskAnswer answer)
        {
            _answer = answer;
            return answer;
        }

        public void Dispose()
        {
            var total = Stopwatch.GetElapsedTime(_began);
            if (owner.Threshold is not { } threshold || total < threshold)
                return;
            var text = query.Text.Length <= MaxExpressionLength ? query.Text : $"{query.Text[..MaxExpressionLength]}…";
            owner.Note(new SlowQuery(owner.Now, text, times, total, _answer?.Waited ?? TimeSpan.Zero, _answer?.Result.Statistics));
        }
    }

    DateTimeOffset Now => clock.GetUtcNow();
}
