using System.Collections.Concurrent;

namespace Barograph.Server.Ingest;

/// <summary>What is known of one sender at one door.</summary>
/// <param name="Door">The protocol, as in docs/ingest.md.</param>
/// <param name="Sender">Its address and what it calls itself.</param>
/// <param name="FirstSeenMs">When it came first, Unix ms.</param>
/// <param name="LastSeenMs">When it came last, Unix ms.</param>
/// <param name="Requests">Requests, refused ones too.</param>
/// <param name="Samples">Samples taken.</param>
/// <param name="SamplesPerSecond">Samples taken within a second, averaged over about the last minute.</param>
/// <param name="LagSeconds">How old the last sample of its newest request was when it came, or null where the door does not say.</param>
/// <param name="Rejected">Samples, or whole requests that could not be read, refused.</param>
/// <param name="LastRejectionMs">When something was refused last, Unix ms, or null.</param>
/// <param name="LastRejection">Why, with an example, or null.</param>
/// <param name="Rejections">All reasons there were, the most frequent first.</param>
internal sealed record SourceStatus(
    string Door, string Sender, long FirstSeenMs, long LastSeenMs, long Requests, long Samples, double SamplesPerSecond,
    double? LagSeconds, long Rejected, long? LastRejectionMs, string? LastRejection, IReadOnlyList<SourceRejection> Rejections);

/// <summary>What was refused for one reason.</summary>
/// <param name="Reason">In a word or two, such as "too old".</param>
/// <param name="Count">How many samples or whole requests; of a request with several reasons all count for its first.</param>
/// <param name="LastMs">When it happened last, Unix ms.</param>
/// <param name="Example">The last one, in a sentence.</param>
internal sealed record SourceRejection(string Reason, long Count, long LastMs, string Example);

/// <summary>Who sends, through which door, how much, and what was wrong with it. In memory: it starts anew with the server.</summary>
internal sealed class SourceLedger(TimeProvider clock)
{
    /// <summary>Senders beyond it are counted together: addresses are the sender's to choose.</summary>
    const int SendersMax = 1000;

    readonly ConcurrentDictionary<(string Door, string Sender), Entry> _entries = new();

    /// <summary>Every sender, by door and name.</summary>
    public IReadOnlyList<SourceStatus> All =>
        [.. _entries.Select(entry => entry.Value.Read(entry.Key, NowMs)).OrderBy(static source => (source.Door, source.Sender))];

    /// <summary>Counts one request of a sender.</summary>
    /// <param name="door">The protocol.</param>
    /// <param name="http">Whose request it is.</param>
    /// <param name="samples">Samples taken.</param>
    /// <param name="rejected">Samples refused; a request that could not be read counts as one.</param>
    /// <param name="rejection">Why: the reason in a word or two out of few, and an example; or null.</param>
    /// <param name="lastSampleMs">The time of its last sample, Unix ms, where there is one.</param>
    public void Count(string door, HttpContext http, int samples, int rejected, (string Reason, string Example)? rejection, long? lastSampleMs = null)
    {
        var agent = http.Request.Headers.UserAgent.ToString();
        Count(door, (http.Connection.RemoteIpAddress?.ToString(), agent.Length > 80 ? agent[..80] : agent), samples, rejected, rejection, lastSampleMs);
    }

    /// <summary>Counts something that came in without HTTP.</summary>
    public void Count(string door, (string? Address, string Agent) sender, int samples, int rejected, (string Reason, string Example)? rejection, long? lastSampleMs = null)
    {
        var name = sender.Agent.Length == 0 ? sender.Address ?? "unknown" : $"{sender.Address} {sender.Agent}";
        if (!_entries.TryGetValue((door, name), out var entry))
            entry = _entries.GetOrAdd(_entries.Count < SendersMax ? (door, name) : (door, "others"), static _ => new Entry());
        entry.Count(NowMs, samples, rejected, rejection, lastSampleMs);
    }

    long NowMs => clock.GetUtcNow().ToUnixTimeMilliseconds();

    sealed class Entry
    {
        const double MeanOverMs = 60_000;

        readonly Lock _lock = new(); // guards all fields
        double _recent; // samples, each worth less the older it is: e times less after a minute
        double? _lagSeconds;
        long _firstMs, _lastMs, _requests, _samples, _rejected;
        readonly Dictionary<string, SourceRejection> _rejections = new(StringComparer.Ordinal);
        SourceRejection? _newest; // not the one with the highest time: of two in a millisecond it is the second

        public void Count(long nowMs, int samples, int rejected, (string Reason, string Example)? rejection, long? lastSampleMs)
        {
            lock (_lock)
            {
                if (_requests++ == 0)
                    _firstMs = nowMs;
                _recent = (_recent * Faded(nowMs - _lastMs)) + samples;
                _lagSeconds = lastSampleMs is { } last ? (nowMs - last) / 1000.0 : _lagSeconds;
                _lastMs = nowMs;
                _samples += samples;
                _rejected += rejected;
                if (rejection is var (reason, example))
                    _rejections[reason] = _newest = new SourceRejection(reason, (_rejections.GetValueOrDefault(reason)?.Count ?? 0) + rejected, nowMs, example);
            }
        }

        public SourceStatus Read((string Door, string Sender) key, long nowMs)
        {
            lock (_lock)
            {
                return new SourceStatus(
                    key.Door, key.Sender, _firstMs, _lastMs, _requests, _samples, RateAt(nowMs), _lagSeconds, _rejected, _newest?.LastMs, _newest?.Example,
                    [.. _rejections.Values.OrderByDescending(static rejection => rejection.Count)]);
            }
        }

        // What a sender that came a moment ago has sent is spread over the time that it has been here, a second at least.
        double RateAt(long nowMs)
        {
            var weighed = MeanOverMs * (1 - Faded(Math.Max(1000, nowMs - _firstMs)));
            return _recent * Faded(nowMs - _lastMs) / weighed * 1000;
        }

        static double Faded(long elapsedMs) => Math.Exp(-Math.Max(0, elapsedMs) / MeanOverMs);
    }
}
