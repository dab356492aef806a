using System.Net;
using System.Text.Json;

namespace Barograph.Client.Tests;

public sealed class SendingTests
{
    [Fact]
    public async Task Events_wait_a_little_for_others_and_go_in_one_request()
    {
        await using var test = TestClient.Start();
        for (var i = 0; i < 5; i++)
            test.Client.Business.Record("order", i, "EUR");
        await test.PassUntilSettledAsync();
        Assert.Equal(5, Assert.Single(test.Server.Requests).Count);
        Assert.Equal(new BarographStatistics(5, 5, 0, 0, 0, 0, 0), test.Statistics);
    }

    [Fact]
    public async Task A_full_batch_goes_at_once()
    {
        await using var test = TestClient.Start(configure: static options => options.BatchEventsMax = 10);
        for (var i = 0; i < 10; i++)
            test.Client.Business.Record("order");
        Assert.True(SpinWait.SpinUntil(() => test.Statistics.Accepted == 10, TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public async Task Large_requests_are_compressed_and_small_ones_are_not()
    {
        await using var test = TestClient.Start();
        test.Client.Business.Record("order");
        await test.PassUntilSettledAsync();
        for (var i = 0; i < 100; i++)
            test.Client.Business.Record("order");
        await test.PassUntilSettledAsync();
        Assert.Equal(["", "gzip"], test.Server.Encodings);
        Assert.Equal(101, test.Server.Kept.Count);
    }

    [Fact]
    public async Task A_lost_answer_counts_once_since_the_same_bytes_go_again()
    {
        await using var test = TestClient.Start(new FakeServer().ThenLoseAnswer());
        TellOneOfEach(test.Client);
        await test.PassUntilSettledAsync();
        Assert.Equal(2, test.Server.Requests.Count);
        Assert.Equal(test.Server.Requests[0], test.Server.Requests[1]);
        Assert.Equal(test.Server.Requests[0], test.Server.Kept);
        Assert.Equal(test.Statistics.Tracked, test.Statistics.Duplicates);
        Assert.Equal(1, test.Statistics.Retries);
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.BadGateway)]
    [InlineData(HttpStatusCode.GatewayTimeout)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.MisdirectedRequest)]
    [InlineData(HttpStatusCode.Found)]
    public async Task What_was_not_taken_is_sent_again(HttpStatusCode status)
    {
        await using var test = TestClient.Start(new FakeServer().Then(status).Then(status).ThenAway());
        test.Client.Business.Record("order");
        await test.PassUntilSettledAsync();
        Assert.Equal(new BarographStatistics(1, 1, 0, 0, 0, 0, 3), test.Statistics);
        Assert.Single(test.Server.Kept);
    }

    [Fact]
    public async Task Whatever_a_handler_of_the_application_throws_it_is_tried_again()
    {
        await using var test = TestClient.Start(new FakeServer().Then(static (_, _, _) => throw new InvalidOperationException("no token")).Then(static (_, _, _) => throw new OperationCanceledException()));
        test.Client.Business.Record("order");
        await test.PassUntilSettledAsync();
        Assert.Equal(new BarographStatistics(1, 1, 0, 0, 0, 0, 2), test.Statistics);
        Assert.Contains("does not take events: no token", test.Log.Lines[0]);
    }

    [Fact]
    public async Task The_pause_that_the_server_asks_for_is_kept()
    {
        await using var test = TestClient.Start(new FakeServer().Then(HttpStatusCode.ServiceUnavailable, retryAfter: TimeSpan.FromSeconds(40)));
        test.Client.Business.Record("order");
        await test.PassUntilAsync(() => test.Statistics.Retries == 1);
        var asked = test.Clock.GetUtcNow();
        await test.PassUntilSettledAsync();
        Assert.InRange((test.Clock.GetUtcNow() - asked).TotalSeconds, 39.5, 60);
    }

    [Fact]
    public async Task A_date_to_come_back_at_is_understood()
    {
        var server = new FakeServer();
        await using var test = TestClient.Start(server);
        var date = test.Clock.GetUtcNow() + TimeSpan.FromSeconds(30);
        server.Then((_, _, _) =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            response.Headers.RetryAfter = new(date);
            return Task.FromResult(response);
        });
        test.Client.Business.Record("order");
        await test.PassUntilSettledAsync();
        Assert.True(test.Clock.GetUtcNow() >= date);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_asked_again()
    {
        await using var test = TestClient.Start(new FakeServer().ThenHang());
        test.Client.Business.Record("order");
        await test.PassUntilSettledAsync();
        Assert.Equal(1, test.Statistics.Retries);
        Assert.Single(test.Server.Kept);
        Assert.Contains("no answer within 10 s", test.Log.Lines[0]);
    }

    [Theory]
    [InlineData("<html>Welcome to the hotel</html>")]
    [InlineData("[]")]
    [InlineData("{\"accepted\":\"yes\"}")]
    [InlineData("{\"accepted\":{}}")]
    [InlineData("")]
    public async Task A_200_that_is_not_the_servers_acknowledges_nothing(string body)
    {
        await using var test = TestClient.Start(new FakeServer().Then(HttpStatusCode.OK, body));
        test.Client.Business.Record("order");
        await test.PassUntilSettledAsync();
        Assert.Equal(new BarographStatistics(1, 1, 0, 0, 0, 0, 1), test.Statistics);
    }

    [Fact]
    public async Task Rejected_events_are_counted_told_once_a_minute_and_not_sent_again()
    {
        const string Answer = """{"accepted":0,"duplicates":0,"rejected":1,"rejections":[{"index":0,"id":null,"field":"name","value":null,"rule":"is required"}]}""";
        await using var test = TestClient.Start(new FakeServer().Then(HttpStatusCode.BadRequest, Answer).Then(HttpStatusCode.BadRequest, Answer));
        for (var i = 0; i < 2; i++)
        {
            test.Client.Business.Record(null!);
            await test.PassUntilSettledAsync();
        }

        Assert.Equal(new BarographStatistics(2, 0, 0, 2, 0, 0, 0), test.Statistics);
        Assert.Equal(["Warning: Barograph rejected 1 events; the first: field 'name' is required, and is ''."], test.Log.Lines);
    }

    [Fact]
    public async Task A_part_that_is_rejected_does_not_hold_back_the_rest()
    {
        var answer = """{"accepted":2,"duplicates":1,"rejected":1,"rejections":[]}""";
        await using var test = TestClient.Start(new FakeServer().Then(HttpStatusCode.OK, answer));
        for (var i = 0; i < 4; i++)
            test.Client.Business.Record("order");
        await test.PassUntilSettledAsync();
        Assert.Equal(new BarographStatistics(4, 2, 1, 1, 0, 0, 0), test.Statistics);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.UnprocessableEntity)]
    public async Task A_request_that_somebody_else_refuses_for_good_does_not_come_back_for_ever(HttpStatusCode status)
    {
        await using var test = TestClient.Start(new FakeServer().Then(status, "no"));
        test.Client.Business.Record("order");
        await test.PassUntilSettledAsync();
        Assert.Equal(1, test.Statistics.Rejected);
        Assert.Single(test.Server.Requests);
    }

    [Fact]
    public async Task What_is_too_much_for_the_server_goes_in_halves_and_an_event_that_is_too_much_alone_is_rejected()
    {
        var server = new FakeServer();
        Task<HttpResponseMessage> AtMostTwo(FakeServer self, IReadOnlyList<string> events, CancellationToken cancel) =>
            Task.FromResult(events.Count > 2 || events[0].Contains("huge") ? new HttpResponseMessage(HttpStatusCode.RequestEntityTooLarge) : self.Keep(events));
        for (var i = 0; i < 20; i++)
            server.Then(AtMostTwo);
        await using var test = TestClient.Start(server);
        test.Client.Business.Record("huge");
        for (var i = 0; i < 6; i++)
            test.Client.Business.Record("order");
        await test.PassUntilSettledAsync();
        Assert.Equal((6, 1), (test.Statistics.Accepted, test.Statistics.Rejected));
        Assert.Equal(6, server.Kept.Count);
    }

    [Fact]
    public async Task A_server_that_does_not_know_gzip_gets_plain_text_from_then_on()
    {
        await using var test = TestClient.Start(new FakeServer().Then(HttpStatusCode.UnsupportedMediaType));
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 100; i++)
                test.Client.Business.Record("order");
            await test.PassUntilSettledAsync();
        }

        Assert.Equal(["gzip", "", ""], test.Server.Encodings);
        Assert.Equal(200, test.Statistics.Accepted);
    }

    [Fact]
    public async Task While_the_server_is_away_the_oldest_are_dropped_and_counted_and_the_newest_arrive()
    {
        var server = new FakeServer();
        for (var i = 0; i < 10; i++)
            server.ThenAway();
        await using var test = TestClient.Start(server, static options => (options.BufferedEventsMax, options.BatchEventsMax) = (100, 10));
        for (var i = 0; i < 1_000; i++)
            test.Client.Business.Record("order", i, "EUR");
        Assert.InRange(test.Statistics.Dropped, 890, 900);
        await test.PassUntilAsync(() => test.Statistics.Waiting == 0, stepMs: 2_000);
        var (dropped, accepted) = (test.Statistics.Dropped, test.Statistics.Accepted);
        Assert.Equal(1_000, dropped + accepted);
        Assert.Equal(accepted, server.Kept.Count);
        Assert.Equal(999, JsonDocument.Parse(server.Kept[^1]).RootElement.GetProperty("value").GetInt32());
        Assert.Equal(2, test.Log.Lines.Count);
        Assert.StartsWith("Warning: Barograph at http://localhost:8000/ does not take events: Connection refused", test.Log.Lines[0]);
        Assert.Equal($"Information: Barograph at http://localhost:8000/ takes events again; {dropped} were dropped so far because the buffer was full.", test.Log.Lines[1]);
    }

    [Fact]
    public async Task Many_threads_lose_and_double_nothing()
    {
        await using var test = TestClient.Start();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 1_000; i++)
                test.Client.Business.Record("order", (thread * 1_000) + i, "EUR");
        })));
        await test.PassUntilSettledAsync();
        var values = test.Server.Kept.Select(static json => JsonDocument.Parse(json).RootElement.GetProperty("value").GetInt32());
        Assert.Equal(Enumerable.Range(0, 8_000), values.Order());
    }

    [Fact]
    public async Task Whatever_the_server_does_each_event_has_one_end_and_counts_once()
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            var server = new FakeServer();
            for (var i = 0; i < 25; i++)
                AddTrouble(server, random.Next(7));
            await using var test = TestClient.Start(server, options => options.BatchEventsMax = random.Next(1, 20));
            for (var i = 0; i < 60; i++)
                test.Client.Business.Record("order", i, "EUR");
            await test.PassUntilAsync(() => test.Statistics.Waiting == 0, stepMs: 2_000);
            var end = test.Statistics;
            Assert.True(end is { Tracked: 60, Dropped: 0, Waiting: 0 } && end.Accepted + end.Duplicates + end.Rejected == 60, $"seed {seed}: {end}");
            Assert.True(end.Accepted + end.Duplicates == server.Kept.Count && server.Kept.Distinct().Count() == server.Kept.Count, $"seed {seed}: {end}, {server.Kept.Count} kept");
        }

        static void AddTrouble(FakeServer server, int kind)
        {
            _ = kind switch
            {
                0 => server.ThenAway(),
                1 => server.ThenLoseAnswer(),
                2 => server.Then(HttpStatusCode.ServiceUnavailable, retryAfter: TimeSpan.FromSeconds(2)),
                3 => server.Then(static (self, events, _) => Task.FromResult(events.Count > 1 ? new HttpResponseMessage(HttpStatusCode.RequestEntityTooLarge) : self.Keep(events))),
                4 => server.Then(HttpStatusCode.OK, "<html>"),
                5 => server.ThenHang(),
                _ => server.Then(static (self, events, _) => Task.FromResult(self.Keep(events))),
            };
        }
    }

    static void TellOneOfEach(BarographClient client)
    {
        using (client.Tasks.Start(client.Tasks.Queue("mail", "mails")))
        {
        }

        using (var run = client.Pipelines.Start("night"))
            run.Stage("load").Dispose();
        client.Models.Predict("fraud", "p1", true);
        client.Models.Outcome("fraud", "p1", false);
        client.Activity.Feature("export", new("ann"));
        client.Business.Record("order");
        client.Events.Record("door.opened", ("id", "d-1"));
    }
}
