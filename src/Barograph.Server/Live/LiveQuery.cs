using System.Text.Json;
using Barograph.PromQL;
using Barograph.TimeSeries;

namespace Barograph.Server.Live;

/// <summary>One evaluation of a live query: who watches it reads the same one. Immutable.</summary>
/// <param name="TickMs">The time it was evaluated at.</param>
/// <param name="Version">Changes when <paramref name="Series"/> does.</param>
/// <param name="Series">The series, in a stable order; only ever grown until it is pruned.</param>
/// <param name="Values">One value for each series; NaN for none.</param>
internal sealed record LiveResult(long TickMs, int Version, Labels[] Series, double[] Values);

/// <summary>
/// One distinct expression and step, however many watch it: evaluated once a tick. Called by the ticker only, one call at a time.
/// </summary>
internal sealed class LiveQuery(LiveExpression expression, long stepMs)
{
    // A series that came and went (a process, a container) is dropped from the frames when this many others are there.
    const int PruneAt = 64;

    readonly long _lookMs = LiveWindow.LookMs(stepMs);
    readonly Dictionary<Labels, int> _places = [];
    LiveResult _latest = new(long.MinValue, 0, [], []);

    /// <summary>What is evaluated.</summary>
    public LiveExpression Expression => expression;

    /// <summary>Distance of its points.</summary>
    public long StepMs => stepMs;

    /// <summary>Whether it has a point at this tick: a step is over, or it is time to look at one that is not.</summary>
    public bool IsDue(long tickMs) => tickMs % stepMs == 0 || (_lookMs > 0 && tickMs % _lookMs == 0);

    /// <summary>How many subscriptions watch it; guarded by the ticker.</summary>
    public int Watchers { get; set; }

    /// <summary>Whether an evaluation that takes long is still under way; guarded by the ticker.</summary>
    public bool Busy { get; set; }

    /// <summary>How long the last evaluation took.</summary>
    public TimeSpan Cost { get; private set; }

    /// <summary>The newest evaluation.</summary>
    public LiveResult Latest => Volatile.Read(ref _latest);

    /// <summary>What went wrong at the newest evaluation, or null.</summary>
    public LiveTrouble? Trouble { get; private set; }

    /// <summary>Evaluates at a time.</summary>
    public void Evaluate(ISeriesSource source, long tickMs, TimeProvider clock, CancellationToken stopping)
    {
        var started = clock.GetTimestamp();
        try
        {
            Publish(tickMs, expression.Instant(source, tickMs, stopping));
            Trouble = null;
        }
        catch (LiveTroubleException failure)
        {
            Trouble = failure.Trouble;
        }

        Cost = clock.GetElapsedTime(started);
    }

    /// <summary>It failed in a way that nobody expected.</summary>
    public void Fail(LiveTrouble trouble) => Trouble = trouble;

    void Publish(long tickMs, LiveVector vector)
    {
        var latest = _latest;
        var values = vector.Values;
        if (!SameSeries(latest.Series, vector))
        {
            latest = Grow(latest, vector);
            values = new double[latest.Series.Length];
            Array.Fill(values, double.NaN);
            for (var i = 0; i < vector.Count; i++)
                values[_places[vector.Series[i]]] = vector.Values[i];
        }

        Volatile.Write(ref _latest, latest with { TickMs = tickMs, Values = values });
    }

    LiveResult Grow(LiveResult latest, LiveVector vector)
    {
        var unknown = vector.Series.Count(series => !_places.ContainsKey(series));
        if (unknown == 0)
            return latest; // some have no sample now; they keep their places
        var kept = latest.Series.Length + unknown > Math.Max(PruneAt, 2 * vector.Count) ? [] : latest.Series;
        if (kept.Length == 0)
            _places.Clear();
        var series = new List<Labels>(kept);
        foreach (var labels in vector.Series)
        {
            if (_places.TryAdd(labels, series.Count))
                series.Add(labels);
        }

        return new LiveResult(latest.TickMs, latest.Version + 1, [.. series], []);
    }

    static bool SameSeries(Labels[] known, LiveVector vector)
    {
        if (known.Length != vector.Count)
            return false;
        for (var i = 0; i < known.Length; i++)
        {
            if (!known[i].Equals(vector.Series[i]))
                return false;
        }

        return true;
    }

    /// <summary>The message that lists a subscription's series.</summary>
    public static byte[] SeriesText(int id, int generation, IReadOnlyList<Labels> series) =>
        JsonSerializer.SerializeToUtf8Bytes(new SeriesMessage(id, generation, series), LiveJson.Default.SeriesMessage);
}
