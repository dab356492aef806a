using Barograph.Server.Collect;
using Barograph.Server.Measures;
using Barograph.Server.Sources;
using Barograph.TimeSeries;
using Microsoft.Extensions.Logging.Abstractions;

namespace Barograph.Server.Tests.Collect;

/// <summary>This host into a real store, and out again.</summary>
public sealed class CollectIntoStoreTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("barograph-collect-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_was_collected_is_there_tick_by_tick_after_the_store_was_closed()
    {
        var options = new CollectOptions(TimeSpan.FromMilliseconds(200));
        var ticks = new CollectionTicks(options.Interval, TimeProvider.System);
        await using (var store = MetricStore.Open(_folder))
        {
            using var measures = new OwnMeasures();
            using var collector = new HostCollector(
                Task.FromResult<ISampleSink>(store), options, measures,
                new SourceLedger(TimeProvider.System, measures, NullLogger<SourceLedger>.Instance), ticks, TimeProvider.System,
                SomeWorkers.New(), NullLogger<HostCollector>.Instance);
            await collector.StartAsync(TestContext.Current.CancellationToken);
            var firstMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            Assert.True(await ticks.WaitForAsync(firstMs + 1000, TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
            await collector.StopAsync(TestContext.Current.CancellationToken);
        }

        await using var reopened = MetricStore.Open(_folder);
        using var selection = reopened.Select([new Matcher(Barograph.TimeSeries.MatchType.Equal, Labels.MetricName, "barograph_collect_ticks_total")], TimeRange.All);
        var series = Assert.Single(selection.Series);
        Assert.Equal("barograph", series.Labels.Get("job"));
        Assert.Equal(Environment.MachineName, series.Labels.Get("instance"));
        var samples = Read(series);
        Assert.True(samples.Count >= 2);
        Assert.All(samples, static sample => Assert.Equal(0, sample.TimestampMs % 200));
        Assert.Equal(Enumerable.Range(0, samples.Count).Select(static count => (double)count), samples.Select(static sample => sample.Value));
        Assert.Equal(MetricType.Counter, reopened.Metadata["barograph_collect_ticks_total"].Type);
    }

    static List<Sample> Read(Series series)
    {
        var samples = new List<Sample>();
        using var reader = series.OpenReader();
        while (reader.MoveNext())
        {
            for (var i = 0; i < reader.TimestampsMs.Length; i++)
                samples.Add(new Sample(reader.TimestampsMs[i], reader.Values[i]));
        }

        return samples;
    }
}
