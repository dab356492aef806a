using Barograph.Server.Query.Prometheus;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Query;

public sealed class StoreCensusTests
{
    /// <summary>Time goes on by a second with each look at it, so that a count takes one.</summary>
    sealed class StepClock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds++;
    }

    [Fact]
    public async Task A_count_is_told_again_for_a_while_and_then_made_anew()
    {
        await using var server = await RunningServer.StartAsync();
        var clock = new StepClock();
        var census = new StoreCensus(clock);
        await server.AppendAsync(Labels.Of("__name__", "up", "job", "a"), (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 1));
        var first = await census.TakeAsync(server.Store, default);
        Assert.Equal((1, 1, 2), (first.SeriesCount, first.SeriesByMetric["up"], first.SeriesByPair.Count));
        await server.AppendAsync(Labels.Of("__name__", "up", "job", "b"), (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 1));
        Assert.Same(first, await census.TakeAsync(server.Store, default));
        clock.Seconds += 30;
        var second = await census.TakeAsync(server.Store, default);
        Assert.Equal((2, 2, 2), (second.SeriesCount, second.SeriesByMetric["up"], second.ValuesByName["job"]));
    }

    [Fact]
    public async Task Who_hangs_up_does_not_end_the_count_of_others()
    {
        await using var server = await RunningServer.StartAsync();
        var census = new StoreCensus(TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => census.TakeAsync(server.Store, new CancellationToken(canceled: true)));
        Assert.Equal(0, (await census.TakeAsync(server.Store, default)).SeriesCount);
    }
}
