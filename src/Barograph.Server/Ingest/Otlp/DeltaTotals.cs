using Barograph.Server.Ingest.Wire;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>
/// Makes running totals of delta points, since PromQL's counters are totals. A total starts with the first point that this
/// server sees and starts anew with the server, which <c>rate</c> takes for the reset that it is. A point that is not newer
/// than the last one of its series was counted before: a repeated request changes nothing.
/// </summary>
internal sealed class DeltaTotals(TimeProvider clock)
{
    /// <summary>Series beyond it are refused: totals are memory, and labels are the sender's to invent.</summary>
    const int SeriesMax = 200_000;

    static readonly TimeSpan ForgetAfter = TimeSpan.FromHours(1);

    readonly Lock _lock = new(); // guards the totals and what is in them
    readonly Dictionary<byte[], Total> _totals = new(KeyComparer.Instance);
    DateTimeOffset _lastSweep = clock.GetUtcNow();

    /// <summary>What happened to a delta.</summary>
    public enum Answer
    {
        Added,
        CountedBefore,
        TooManySeries,
    }

    /// <summary>A change that can be taken back when it could not be written.</summary>
    internal readonly record struct Change(Total Total, double Delta, long LastMsBefore);

    /// <summary>The running total of one series.</summary>
    internal sealed class Total
    {
        public double Value;
        public long LastMs = long.MinValue;
        public DateTimeOffset TouchedAt;
    }

    /// <summary>Adds a delta to the total of its series.</summary>
    /// <param name="key">The series' key.</param>
    /// <param name="timestampMs">The end of the delta's interval.</param>
    /// <param name="delta">What happened within it.</param>
    /// <param name="changes">Gets the change.</param>
    /// <param name="value">The total, when the delta was added.</param>
    public Answer Add(ReadOnlySpan<byte> key, long timestampMs, double delta, List<Change> changes, out double value)
    {
        lock (_lock)
        {
            value = 0;
            var byKey = _totals.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (!byKey.TryGetValue(key, out var total))
            {
                if (_totals.Count >= SeriesMax && !Sweep())
                    return Answer.TooManySeries;
                byKey[key] = total = new Total();
            }

            if (timestampMs <= total.LastMs)
                return Answer.CountedBefore;
            changes.Add(new Change(total, delta, total.LastMs));
            (total.LastMs, total.TouchedAt) = (timestampMs, clock.GetUtcNow());
            value = total.Value += delta;
            return Answer.Added;
        }
    }

    /// <summary>Takes changes back whose samples were not written, newest first: the sender will repeat them.</summary>
    public void Undo(List<Change> changes)
    {
        lock (_lock)
        {
            for (var i = changes.Count - 1; i >= 0; i--)
            {
                var (total, delta, lastMsBefore) = changes[i];
                total.Value -= delta;
                total.LastMs = lastMsBefore;
            }
        }
    }

    /// <summary>Forgets series that ended; at most once a minute, for it looks at all of them.</summary>
    bool Sweep()
    {
        var now = clock.GetUtcNow();
        if (now - _lastSweep < TimeSpan.FromMinutes(1))
            return false;
        _lastSweep = now;
        foreach (var (key, total) in _totals)
        {
            if (now - total.TouchedAt > ForgetAfter)
                _totals.Remove(key);
        }

        return _totals.Count < SeriesMax;
    }
}
