using Barograph.TimeSeries;
using MatchType = Barograph.TimeSeries.MatchType;

namespace Barograph.Server.Tests.Ingest;

/// <summary>Reads what a real store has of a series, plainly.</summary>
internal static class StoredSamples
{
    public static List<Sample> Of(IMetricStore store, string metric, params (string Name, string Value)[] labels)
    {
        Matcher[] matchers =
        [
            new(MatchType.Equal, Labels.MetricName, metric),
            .. labels.Select(static label => new Matcher(MatchType.Equal, label.Name, label.Value)),
        ];
        using var selection = store.Select(matchers, TimeRange.All);
        var samples = new List<Sample>();
        foreach (var series in selection.Series)
        {
            using var reader = series.OpenReader();
            while (reader.MoveNext())
            {
                for (var i = 0; i < reader.TimestampsMs.Length; i++)
                    samples.Add(new Sample(reader.TimestampsMs[i], reader.Values[i]));
            }
        }

        return samples;
    }
}
