using Barograph.PromQL;
using Barograph.TimeSeries;

namespace Barograph.Server.Query;

/// <summary>
/// Answers of range queries, so that a dashboard that refreshes pays for the new steps only. An answer is found by its expression, step and
/// phase (start modulo step): what is given is, step by step, what evaluating would have given. What the store says has changed since
/// is evaluated anew, and so is all of an expression whose values depend on the query's own start or end. Safe from many threads.
/// </summary>
/// <param name="limitBytes">How much is kept, about; the answers that were not asked for longest go first. 0: nothing.</param>
internal sealed class ResultCache(long limitBytes)
{
    // An answer that grows with each refresh is cut back to what was asked for when it is this many times as long.
    const int LongestFactor = 4;

    readonly Lock _gate = new(); // guards the fields below
    readonly Dictionary<Key, LinkedListNode<Entry>> _entries = [];
    readonly LinkedList<Entry> _byUse = new(); // the newest first
    long _sizeBytes;

    /// <summary>What identifies answers that fit together.</summary>
    /// <param name="Expression">As it was written: warnings tell places in it.</param>
    /// <param name="Variant">What else makes answers differ: lookback, resolution.</param>
    internal readonly record struct Key(string Expression, long StepMs, long PhaseMs, string Variant);

    /// <summary>An answer as the store was at a version; of a question as it was at a time, Unix milliseconds.</summary>
    sealed record Entry(Key Key, QueryResult Result, long Version)
    {
        public long SizeBytes { get; } = 2 * Key.Expression.Length + ResultParts.SizeBytes(Result);
    }

    /// <summary>How many bytes are kept, about.</summary>
    public long SizeBytes
    {
        get
        {
            lock (_gate)
                return _sizeBytes;
        }
    }

    /// <summary>Answers a query from what is kept as far as that goes.</summary>
    /// <param name="query">The query.</param>
    /// <param name="times">When.</param>
    /// <param name="variant">See <see cref="Key"/>.</param>
    /// <param name="changes">Of the store that is read.</param>
    /// <param name="evaluate">Evaluates it at some of the times.</param>
    public async ValueTask<QueryResult> AnswerAsync(
        PreparedQuery query, QueryTimes times, string variant, StoreChanges changes, Func<QueryTimes, ValueTask<QueryResult>> evaluate)
    {
        if (limitBytes == 0 || times.IsInstant || query.ReachMs(times.StepMs) is not { } reachMs)
            return await evaluate(times);
        var key = new Key(query.Text, times.StepMs, (times.StartMs % times.StepMs + times.StepMs) % times.StepMs, variant);
        var version = changes.Version; // before anything is read: what comes meanwhile counts as changed
        var known = Find(key);
        var stable = known is null ? 0 : StableSteps(known, changes, reachMs);
        var from = known is null ? 0 : (times.StartMs - known.Result.StartMs) / times.StepMs;
        if (known is null || from < 0 || from >= stable)
        {
            var answer = await evaluate(times);
            Keep(new Entry(key, answer, version));
            return answer;
        }

        var wanted = (int)((times.EndMs - times.StartMs) / times.StepMs) + 1;
        var kept = (int)Math.Min(wanted, stable - from);
        if (kept == wanted)
            return Free(ResultParts.Slice(known.Result, (int)from, kept), kept);
        var rest = await evaluate(QueryTimes.Range(times.StartMs + kept * times.StepMs, times.EndMs, times.StepMs));
        if (rest.Series.Any(static series => series.Histograms is not null))
            return await evaluate(times);
        var longer = stable + wanted - kept <= LongestFactor * wanted
            ? ResultParts.Join(ResultParts.Slice(known.Result, 0, stable), rest)
            : ResultParts.Join(ResultParts.Slice(known.Result, (int)from, kept), rest);
        longer = longer with { Statistics = longer.Statistics with { Rollups = [.. known.Result.Statistics.Rollups.Union(rest.Statistics.Rollups, StringComparer.Ordinal)] } };
        Keep(new Entry(key, longer, version));
        var result = ResultParts.Slice(longer, longer.Steps - wanted, wanted);
        return result with { Statistics = Costs(longer.Statistics, result, kept) };
    }

    /// <summary>Gives the answer that a question had not long ago, for who does not ask for the newest.</summary>
    /// <param name="question">What was asked, as it was asked: also where "now" stood for a time.</param>
    /// <param name="nowMs">Unix milliseconds.</param>
    /// <param name="tolerated">How old an answer may be; zero: it is always evaluated, and not kept.</param>
    /// <param name="evaluate">Evaluates it.</param>
    /// <returns>The answer, and whether it was kept from before.</returns>
    public async ValueTask<(QueryResult Result, bool IsKept)> RecentAsync(string question, long nowMs, TimeSpan tolerated, Func<ValueTask<QueryResult>> evaluate)
    {
        if (tolerated <= TimeSpan.Zero)
            return (await evaluate(), false);
        var key = new Key(question, 0, 0, "question"); // no range query has no step
        if (Find(key) is { } known && nowMs - known.Version is >= 0 and var ageMs && ageMs <= tolerated.TotalMilliseconds)
            return (known.Result, true);
        var answer = await evaluate();
        Keep(new Entry(key, answer, nowMs));
        return (answer, false);
    }

    /// <summary>How many steps of an answer, from its start, are still what evaluating would give.</summary>
    static int StableSteps(Entry known, StoreChanges changes, long reachMs)
    {
        var changedMs = changes.OldestSince(known.Version);
        var (startMs, steps) = (known.Result.StartMs, known.Result.Steps);
        if (changedMs == long.MaxValue)
            return steps;
        if (changedMs <= startMs || changedMs - startMs <= reachMs)
            return 0;
        return (int)Math.Min(steps, (changedMs - reachMs - 1 - startMs) / known.Result.StepMs + 1);
    }

    static QueryResult Free(QueryResult result, int steps) =>
        result with { Statistics = Costs(new QueryStatistics { Rollups = result.Statistics.Rollups }, result, steps) };

    static QueryStatistics Costs(QueryStatistics costs, QueryResult result, int cachedSteps) => costs with
    {
        Steps = result.Steps,
        CachedSteps = cachedSteps,
        SamplesReturned = result.Series.Sum(static series => (long)series.Values.Length),
    };

    Entry? Find(Key key)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var node))
                return null;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value;
        }
    }

    void Keep(Entry entry)
    {
        if (entry.SizeBytes > limitBytes / 4 || entry.Result.Series.Any(static series => series.Histograms is not null))
            return;
        lock (_gate)
        {
            if (_entries.TryGetValue(entry.Key, out var old))
            {
                if (old.Value.Version > entry.Version)
                    return; // another request was faster and knows more
                Drop(old);
            }

            _entries[entry.Key] = _byUse.AddFirst(entry);
            _sizeBytes += entry.SizeBytes;
            while (_sizeBytes > limitBytes)
                Drop(_byUse.Last!);
        }
    }

    void Drop(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Key);
        _sizeBytes -= node.Value.SizeBytes;
    }
}
