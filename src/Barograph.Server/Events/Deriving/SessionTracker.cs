namespace Barograph.Server.Events;

/// <summary>
/// Sessions: events of one session (or user) that are at most 30 min apart. An event may begin one, prolong one, or join two; what was counted
/// before is taken back then, so that the sums are those of the events, in whatever order they came. A duration counts as the middle of its bucket: it moves only
/// when the bucket does.
/// </summary>
internal sealed class SessionTracker
{
    public const long GapMs = 30 * 60_000;

    /// <summary>When there are more keys, those that ended longest ago are forgotten earlier.</summary>
    const int KeysMax = 200_000;

    const long HourMs = 3_600_000;

    /// <summary>A session that ended so long ago takes no more events.</summary>
    const long RememberedMs = 7 * 24 * HourMs;

    public static readonly DerivedSpec Sessions = new("activity_sessions", DerivedKind.Increments, "", "Sessions, at their begin.");
    public static readonly DerivedSpec Durations = new("activity_session_duration_seconds", DerivedKind.Distribution, "seconds", "How long sessions lasted, at their begin.")
    {
        Ladder = Ladder.BetweenTimestamps,
    };

    readonly Dictionary<ulong, List<(long FirstMs, long LastMs)>> _byKey = [];
    readonly DerivedMetric _sessions = new(Sessions), _durations = new(Durations);
    long _latestMs;

    public IEnumerable<DerivedMetric> Metrics => [_sessions, _durations];

    public void Apply(EventRecord one)
    {
        var session = one.Text("session");
        var key = session.Length > 0 ? StableHash.Of("s:" + session) : one.Text("user") is { Length: > 0 } user ? StableHash.Of("u:" + user) : 0;
        if (key == 0 || one.TimeMs < _latestMs - RememberedMs)
            return;
        _latestMs = Math.Max(_latestMs, one.TimeMs);
        if (!_byKey.TryGetValue(key, out var known))
        {
            if (_byKey.Count >= KeysMax)
                Forget(24 * HourMs);
            if (_byKey.Count >= KeysMax)
                Forget(HourMs);
            if (_byKey.Count >= KeysMax)
                return;
            _byKey.Add(key, known = new List<(long, long)>(1));
        }

        Join(known, one.TimeMs);
    }

    /// <summary>Forgets sessions that ended long ago.</summary>
    void Forget(long rememberedMs)
    {
        foreach (var (key, known) in _byKey)
        {
            known.RemoveAll(one => one.LastMs < _latestMs - rememberedMs);
            if (known.Count == 0)
                _byKey.Remove(key);
        }
    }

    public void Write(BinaryWriter writer)
    {
        Forget(RememberedMs);
        writer.Write(_latestMs);
        writer.Write(_byKey.Count);
        foreach (var (key, known) in _byKey)
        {
            writer.Write(key);
            writer.Write(known.Count);
            foreach (var (firstMs, lastMs) in known)
            {
                writer.Write(firstMs);
                writer.Write(lastMs);
            }
        }
    }

    public void Read(BinaryReader reader)
    {
        _latestMs = reader.ReadInt64();
        for (var keys = reader.ReadInt32(); keys > 0; keys--)
        {
            var known = new List<(long, long)>();
            _byKey.Add(reader.ReadUInt64(), known);
            for (var count = reader.ReadInt32(); count > 0; count--)
                known.Add((reader.ReadInt64(), reader.ReadInt64()));
        }
    }

    void Join(List<(long FirstMs, long LastMs)> known, long timeMs)
    {
        var (firstMs, lastMs) = (timeMs, timeMs);
        var joined = 0;
        for (var i = known.Count - 1; i >= 0; i--)
        {
            var old = known[i];
            if (timeMs < old.FirstMs - GapMs || timeMs > old.LastMs + GapMs)
                continue;
            if (timeMs >= old.FirstMs && timeMs <= old.LastMs)
                return;
            (firstMs, lastMs) = (Math.Min(firstMs, old.FirstMs), Math.Max(lastMs, old.LastMs));
            known.RemoveAt(i);
            joined++;
            Count(old, -1);
        }

        known.Add((firstMs, lastMs));
        Count((firstMs, lastMs), 1);
    }

    void Count((long FirstMs, long LastMs) session, int weight)
    {
        _sessions.For().Add(session.FirstMs, weight);
        var bucket = Ladder.BetweenTimestamps.BucketOf((session.LastMs - session.FirstMs) / 1000.0);
        _durations.For().Observe(session.FirstMs, Ladder.BetweenTimestamps.MiddleOf(bucket), weight);
    }
}
