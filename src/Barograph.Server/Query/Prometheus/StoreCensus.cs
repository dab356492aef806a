using System.Runtime.InteropServices;
using System.Text;
using Barograph.TimeSeries;

namespace Barograph.Server.Query.Prometheus;

/// <summary>
/// Counts the store's series for who asks. A count is told again for 20 times as long as it took, and one at a time is made: asking
/// all the time costs a twentieth of one core, however many series there are.
/// </summary>
internal sealed class StoreCensus(TimeProvider clock)
{
    const int WorthTimesItsCost = 20;

    readonly Lock _lock = new(); // guards _census and _made
    Task<(SeriesCensus Census, TimeSpan Took)>? _census;
    long _made;

    /// <summary>A count that is new enough.</summary>
    public async Task<SeriesCensus> TakeAsync(IMetricStore store, CancellationToken hungUp)
    {
        Task<(SeriesCensus Census, TimeSpan Took)> census;
        lock (_lock)
        {
            if (_census is not { } known || known.IsFaulted
                || (known.IsCompletedSuccessfully && clock.GetElapsedTime(_made) > WorthTimesItsCost * known.Result.Took))
                (_census, _made) = (Task.Run(() => Count(store), CancellationToken.None), clock.GetTimestamp()); // for all who wait, whoever hangs up
            census = _census;
        }

        return (await census.WaitAsync(hungUp)).Census;
    }

    (SeriesCensus Census, TimeSpan Took) Count(IMetricStore store)
    {
        var began = clock.GetTimestamp();
        var census = SeriesCensus.Take(store);
        return (census, clock.GetElapsedTime(began));
    }
}

/// <summary>How many series there are, by what they have: one walk over all of them.</summary>
internal sealed class SeriesCensus
{
    public Dictionary<string, long> SeriesByMetric { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, long> SeriesByPair { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, long> ValuesByName { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, long> BytesByName { get; } = new(StringComparer.Ordinal);

    public long SeriesCount { get; private set; }

    public long? OldestMs { get; private init; }

    public static SeriesCensus Take(IMetricStore store)
    {
        var census = new SeriesCensus { OldestMs = store.Status.OldestMs };
        var byLabel = new Dictionary<Label, long>();
        using (var all = store.Select([], TimeRange.All))
        {
            foreach (var series in all.Series)
            {
                census.SeriesCount++;
                foreach (var label in series.Labels.Pairs)
                    CollectionsMarshal.GetValueRefOrAddDefault(byLabel, label, out _)++;
            }
        }

        foreach (var ((name, value), count) in byLabel)
        {
            if (name == Labels.MetricName)
                census.SeriesByMetric[value] = count;
            census.SeriesByPair[$"{name}={value}"] = count;
            census.ValuesByName[name] = census.ValuesByName.GetValueOrDefault(name) + 1;
            census.BytesByName[name] = census.BytesByName.GetValueOrDefault(name) + Encoding.UTF8.GetByteCount(value);
        }

        return census;
    }
}
