using Barograph.Server.Agent;
using Barograph.Server.Tests.Ingest;
using Barograph.TimeSeries;
using Microsoft.Extensions.Logging.Abstractions;

namespace Barograph.Server.Tests.Agent;

/// <summary>Hours without a server: what was measured meanwhile lies on disk, and is far older than what a server takes once something newer came.</summary>
public sealed class OutageTests : IDisposable
{
    const int Ticks = 1500, IntervalMs = 10_000; // four hours

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Four_hours_in_the_queue_arrive_whole_once_and_in_order_and_what_is_measured_meanwhile_too()
    {
        var stop = TestContext.Current.CancellationToken;
        var nowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        long TimeOf(int tick) => nowMs - ((Ticks - tick) * (long)IntervalMs);
        using (var left = Open())
        {
            for (var tick = 0; tick < Ticks - 10; tick++)
                await left.AppendAsync(Batch(TimeOf(tick), tick), stop);
        }

        await using var store = MetricStore.Open(_folder.Sub("store"));
        await using var host = await IngestHost.StartAsync(store);
        using var queue = Open();
        var statistics = new AgentStatistics();
        using var sender = new QueueSender(
            new AgentOptions { Server = new Uri(host.Url), Instance = "web-1" }, queue, statistics, TimeProvider.System, SomeWorkers.New(), NullLogger<QueueSender>.Instance);
        await sender.StartAsync(stop);
        for (var tick = Ticks - 10; tick < Ticks; tick++)
            await queue.AppendAsync(Batch(TimeOf(tick), tick), stop);
        for (var waited = 0; queue.Bytes > 0 && waited < 6000; waited++)
            await Task.Delay(10, stop);
        await sender.StopAsync(stop);

        Assert.Equal((0, 0, 0), (queue.Bytes, queue.DroppedSamples, statistics.RefusedRequests));
        Assert.Equal(Enumerable.Range(0, Ticks).Select(tick => new Sample(TimeOf(tick), tick)), StoredSamples.Of(store, "ticks"));
    }

    SampleQueue Open() => SampleQueue.Open(_folder.Sub("queue"), 1 << 30, TimeProvider.System);

    static SampleBatch Batch(long timestampMs, int tick)
    {
        var batch = new SampleBatch();
        batch.Add(batch.AddSeries(Labels.Of("__name__", "ticks", "instance", "web-1")), timestampMs, tick);
        for (var i = 0; i < 20; i++)
            batch.Add(batch.AddSeries(Labels.Of("__name__", "other", "i", $"{i}")), timestampMs, tick * i);
        return batch;
    }
}
