using System.Net;

namespace Barograph.Client.Tests;

public sealed class EndingTests
{
    [Fact]
    public async Task Flush_sends_at_once_and_returns_when_the_server_has_answered()
    {
        await using var test = TestClient.Start();
        test.Client.Business.Record("order");
        await test.Client.FlushAsync();
        Assert.Equal(1, test.Statistics.Accepted);
        await test.Client.FlushAsync();
        Assert.Single(test.Server.Requests);
    }

    [Fact]
    public async Task Flush_waits_for_all_batches_and_can_be_given_up()
    {
        await using var test = TestClient.Start(new FakeServer().ThenHang(), static options => options.BatchEventsMax = 10);
        for (var i = 0; i < 35; i++)
            test.Client.Business.Record("order");
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => test.Client.FlushAsync(impatient.Token));
        var flush = test.Client.FlushAsync();
        await test.PassUntilAsync(() => flush.IsCompleted);
        await flush;
        Assert.Equal(35, test.Statistics.Accepted);
    }

    [Fact]
    public async Task The_end_sends_what_waits()
    {
        var test = TestClient.Start();
        for (var i = 0; i < 2_500; i++)
            test.Client.Business.Record("order");
        await test.Client.DisposeAsync(); // without that the clock moves
        Assert.Equal(2_500, test.Server.Kept.Count);
        Assert.Equal(new BarographStatistics(2_500, 2_500, 0, 0, 0, 0, 0), test.Statistics);
    }

    [Fact]
    public async Task The_end_tries_once_more_even_in_a_long_pause()
    {
        var test = TestClient.Start(new FakeServer().Then(HttpStatusCode.ServiceUnavailable, retryAfter: TimeSpan.FromMinutes(3)));
        test.Client.Business.Record("order");
        await test.PassUntilAsync(() => test.Statistics.Retries == 1);
        await test.Client.DisposeAsync();
        Assert.Single(test.Server.Kept);
    }

    [Fact]
    public async Task With_the_server_away_the_end_comes_at_its_deadline_and_what_is_left_is_counted()
    {
        var server = new FakeServer();
        for (var i = 0; i < 1_000; i++)
            server.ThenAway();
        var test = TestClient.Start(server);
        for (var i = 0; i < 1_500; i++)
            test.Client.Business.Record("order");
        await test.PassUntilAsync(() => test.Statistics.Retries > 1);
        var asked = test.Clock.GetUtcNow();
        await test.StopAsync();
        Assert.InRange((test.Clock.GetUtcNow() - asked).TotalSeconds, 4.9, 8);
        Assert.Equal((1_500, 1_500, 0), (test.Statistics.Tracked, test.Statistics.Dropped, test.Statistics.Waiting));
        Assert.Equal("Warning: 1500 events were not sent to Barograph at http://localhost:8000/ before the application ended.", test.Log.Lines[^1]);
    }

    [Fact]
    public async Task A_server_that_hangs_does_not_hold_up_the_end()
    {
        var test = TestClient.Start(new FakeServer().ThenHang());
        test.Client.Business.Record("order");
        await test.PassUntilAsync(() => test.Server.Requests.Count == 1);
        await test.StopAsync();
        Assert.Equal((1, 0), (test.Statistics.Dropped, test.Statistics.Waiting));
    }

    [Fact]
    public async Task What_is_told_after_the_end_is_counted_as_dropped_and_harms_nobody()
    {
        var test = TestClient.Start();
        var task = test.Client.Tasks.Start("late");
        await test.StopAsync();
        task.Succeed();
        test.Client.Business.Record("order");
        await test.Client.FlushAsync();
        await test.Client.DisposeAsync();
        test.Client.Dispose();
        Assert.Equal(new BarographStatistics(3, 1, 0, 0, 2, 0, 0), test.Statistics);
    }

    [Fact]
    public async Task Nobody_listening_at_the_address_is_no_trouble_for_the_application()
    {
        await using var client = BarographClient.Start(static options => (options.Endpoint, options.ShutdownTimeout) = (new Uri("http://127.0.0.1:1"), TimeSpan.FromMilliseconds(50)));
        client.Business.Record("order");
        Assert.True(SpinWait.SpinUntil(() => client.Statistics.Retries > 0, TimeSpan.FromMinutes(2)));
        Assert.Equal(1, client.Statistics.Waiting);
    }
}
