using System.Net;
using Barograph.Server.Query;
using Barograph.Server.Tests.Events;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Query;

public sealed class ReadTurnsTests
{
    static readonly string[] s_routes =
    [
        "/api/v1/events", "/api/v1/events/some", "/api/v1/tasks", "/api/v1/tasks/some", "/api/v1/pipelines", "/api/v1/models", "/api/v1/models/some",
        "/api/v1/funnel?step=login", "/api/v1/activity/journeys", "/api/v1/activity/usage", "/api/v1/activity/funnel?journey=a", "/api/v1/hosts", "/api/v1/logs",
        "/api/v1/traces/00000000000000000000000000000001",
    ];

    [Fact]
    public async Task Reads_beside_queries_wait_for_their_turn_and_are_told_to_come_back()
    {
        await using var server = await EventServer.StartAsync(static settings => settings with { QueryConcurrency = 1 });
        var gate = server.Services.GetRequiredService<QueryGate>();
        List<Task<HttpResponseMessage>> answers;
        using (await gate.EnterAsync(TestContext.Current.CancellationToken))
        {
            answers = [.. s_routes.Select(route => server.Client.GetAsync(route))];
            foreach (var answer in await Task.WhenAll(answers)) // after QueryGate.LongestWait
                Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (answer.StatusCode, answer.Headers.RetryAfter is not null));
        }

        foreach (var answer in await Task.WhenAll(s_routes.Select(route => server.Client.GetAsync(route))))
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound, $"{answer.RequestMessage!.RequestUri}: {answer.StatusCode}");
        Assert.Equal((0, 0), (gate.Waiting, gate.Computing));
    }

    [Fact]
    public async Task Reads_that_take_longer_than_the_setting_are_stopped_with_a_sentence()
    {
        await using var server = await EventServer.StartAsync(static settings => settings with { QueryTimeout = TimeSpan.Zero });
        foreach (var route in s_routes)
        {
            using var answer = await server.Client.GetAsync(route, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Contains("query-timeout", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }
}
