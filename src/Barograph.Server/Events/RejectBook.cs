namespace Barograph.Server.Events;

/// <summary>A kind of rejection, and how often it happened.</summary>
internal sealed record RejectCount(string Type, string Field, string Rule, long Count, DateTimeOffset LastSeen);

/// <summary>A rejected event.</summary>
internal sealed record RejectedEvent(DateTimeOffset Time, string Type, string? Id, string Field, string? Value, string Rule, string Event);

/// <summary>What was rejected, so that its owner can see it. In memory, bounded: it starts anew with the server.</summary>
internal sealed class RejectBook(TimeProvider clock)
{
    const int RecentMax = 1000, RulesMax = 1000;

    readonly Lock _gate = new(); // guards everything below
    readonly Queue<RejectedEvent> _recent = new();
    readonly Dictionary<(string Type, string Field, string Rule), (long Count, DateTimeOffset Last)> _byRule = [];
    long _total;

    public long Total
    {
        get
        {
            lock (_gate)
                return _total;
        }
    }

    /// <summary>Notes what a request had rejected; of more than were told only the number.</summary>
    /// <param name="request">The request.</param>
    /// <param name="hidesIdentities">Whether the text of an event, which tells whose it is, must not be kept: only its sender sees it.</param>
    public void Add(EventRequest request, bool hidesIdentities)
    {
        if (request.RejectedCount == 0)
            return;
        lock (_gate)
        {
            _total += request.RejectedCount;
            foreach (var rejection in request.Rejections)
                Note(rejection, hidesIdentities);
        }
    }

    /// <summary>Notes an event that was kept, and of which not everything that follows could be made.</summary>
    /// <param name="one">The event.</param>
    /// <param name="failure">Why.</param>
    /// <param name="hidesIdentities">As for <see cref="Add"/>.</param>
    public void SetAside(EventRecord one, Exception failure, bool hidesIdentities)
    {
        lock (_gate)
        {
            _total++;
            var text = System.Text.Encoding.UTF8.GetString(one.Json.Span[..Math.Min(one.Json.Length, Rejection.TextLengthMax)]);
            Note(new Rejection(0, one.Id, one.Type, "", null, $"was set aside, for the server failed at it: {failure.Message}", text), hidesIdentities);
        }
    }

    void Note(Rejection rejection, bool hidesIdentities)
    {
        var now = clock.GetUtcNow();
        if (_recent.Count == RecentMax)
            _recent.Dequeue();
        _recent.Enqueue(new RejectedEvent(
            now, rejection.Type, rejection.Id, rejection.Field,
            hidesIdentities && (rejection.Field.Length == 0 || IdentityHash.Applies(rejection.Field.Split('.')[0])) ? null : rejection.Value,
            rejection.Rule, hidesIdentities ? "" : rejection.Event));
        var key = (rejection.Type, rejection.Field, Digits(rejection.Rule));
        if (_byRule.Count < RulesMax || _byRule.ContainsKey(key))
            _byRule[key] = (_byRule.GetValueOrDefault(key).Count + 1, now);
    }

    public (long Total, IReadOnlyList<RejectCount> ByRule, IReadOnlyList<RejectedEvent> Recent) Read(int limit)
    {
        lock (_gate)
        {
            return (_total,
                [.. _byRule.Select(static one => new RejectCount(one.Key.Type, one.Key.Field, one.Key.Rule, one.Value.Count, one.Value.Last)).OrderByDescending(static one => one.Count)],
                [.. _recent.Reverse().Take(limit)]);
        }
    }

    /// <summary>A rule without the moment that it names, so that the same rule is counted once.</summary>
    static string Digits(string rule) => rule.IndexOf("20", StringComparison.Ordinal) is > 0 and var at && rule.Contains('T', StringComparison.Ordinal) && at + 4 < rule.Length && rule[at + 4] == '-'
        ? rule[..at].TrimEnd(' ', '(') + " …" : rule;
}
