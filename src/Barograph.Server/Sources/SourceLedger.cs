using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Barograph.Server.Measures;

namespace Barograph.Server.Sources;

/// <summary>
/// Who sends, through which door, how much, and what was wrong with it. Whatever is refused anywhere comes here, and so is counted as
/// a series, kept with an example, and logged once for each door, sender and reason. In memory: it starts anew with the server.
/// </summary>
internal sealed class SourceLedger(TimeProvider clock, OwnMeasures measures, ILogger<SourceLedger> log)
{
    /// <summary>What this server makes itself of what it has, when the store refuses some of it.</summary>
    public const string DerivedDoor = "derived series";

    /// <summary>What this server measures itself, when the store refuses some of it.</summary>
    public const string OwnDoor = "this host";

    /// <summary>Senders beyond it are counted together: addresses are the sender's to choose.</summary>
    const int SendersMax = 1000;

    readonly ConcurrentDictionary<(string Door, string Sender), Entry> _entries = new();
    readonly Counter<long> _refused = measures.Meter.CreateCounter<long>(
        "barograph_refused_samples_total", "",
        "Samples, events and spans that were not taken, and whole requests, by door and reason (see /api/v1/sources for senders and examples).");

    /// <summary>Every sender, by door and name.</summary>
    public IReadOnlyList<SourceStatus> All =>
        [.. _entries.Select(entry => entry.Value.Read(entry.Key, NowMs)).OrderBy(static source => (source.Door, source.Sender))];

    /// <summary>Counts one request of a sender.</summary>
    /// <param name="door">The protocol.</param>
    /// <param name="http">Whose request it is.</param>
    /// <param name="samples">Samples taken.</param>
    /// <param name="refused">What was not, by reason; a request that could not be read counts as one.</param>
    /// <param name="lastSampleMs">The time of its last sample, Unix ms, where there is one.</param>
    public void Count(string door, HttpContext http, int samples, IEnumerable<Refused>? refused = null, long? lastSampleMs = null)
    {
        var agent = http.Request.Headers.UserAgent.ToString();
        var address = http.Connection.RemoteIpAddress?.ToString() ?? "unknown";
        Count(door, agent.Length == 0 ? address : $"{address} {(agent.Length > 80 ? agent[..80] : agent)}", samples, refused, lastSampleMs);
    }

    /// <summary>Counts what came in, or was fetched, without a request.</summary>
    /// <param name="door">The protocol.</param>
    /// <param name="sender">Who it is.</param>
    /// <param name="samples">Samples taken.</param>
    /// <param name="refused">What was not, by reason.</param>
    /// <param name="lastSampleMs">The time of the last sample, Unix ms, where there is one.</param>
    public void Count(string door, string sender, int samples, IEnumerable<Refused>? refused = null, long? lastSampleMs = null)
    {
        if (!_entries.TryGetValue((door, sender), out var entry))
            entry = _entries.GetOrAdd(_entries.Count < SendersMax ? (door, sender) : (door, "others"), static _ => new Entry());
        entry.Count(NowMs, samples, lastSampleMs);
        foreach (var one in refused ?? [])
        {
            if (one.Count == 0)
                continue;
            if (one.Reason.CostsSamples())
                _refused.Add(one.Count, new("door", door), new("reason", one.Reason.Label()));
            if (entry.CountRefused(NowMs, one))
                log.Refused(door, sender, one.Reason.Text(), one.Example);
        }
    }

    long NowMs => clock.GetUtcNow().ToUnixTimeMilliseconds();

    sealed class Entry
    {
        const double MeanOverMs = 60_000;

        readonly Lock _lock = new(); // guards all fields
        double _recent; // samples, each worth less the older it is: e times less after a minute
        double? _lagSeconds;
        long _firstMs, _lastMs, _requests, _samples, _rejected;
        readonly Dictionary<RefusalReason, SourceRejection> _rejections = [];
        SourceRejection? _newest; // not the one with the highest time: of two in a millisecond it is the second

        public void Count(long nowMs, int samples, long? lastSampleMs)
        {
            lock (_lock)
            {
                if (_requests++ == 0)
                    _firstMs = nowMs;
                _recent = (_recent * Faded(nowMs - _lastMs)) + samples;
                _lagSeconds = lastSampleMs is { } last ? (nowMs - last) / 1000.0 : _lagSeconds;
                _lastMs = nowMs;
                _samples += samples;
            }
        }

        /// <returns>Whether this reason is new here.</returns>
        public bool CountRefused(long nowMs, Refused refused)
        {
            lock (_lock)
            {
                var isKnown = _rejections.TryGetValue(refused.Reason, out var known);
                var rejection = new SourceRejection(refused.Reason.Text(), (known?.Count ?? 0) + refused.Count, nowMs, refused.Example);
                _rejections[refused.Reason] = rejection;
                if (refused.Reason.CostsSamples())
                    (_rejected, _newest) = (_rejected + refused.Count, rejection);
                return !isKnown;
            }
        }

        public SourceStatus Read((string Door, string Sender) key, long nowMs)
        {
            lock (_lock)
            {
                return new SourceStatus(
                    key.Door, key.Sender, _firstMs, _lastMs, _requests, _samples, RateAt(nowMs), _lagSeconds,
                    _rejected, _newest?.LastMs, _newest?.Example,
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
