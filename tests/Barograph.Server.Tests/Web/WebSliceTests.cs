using System.Net;

namespace Barograph.Server.Tests.Web;

public sealed class WebSliceTests
{
    [Fact]
    public async Task Every_answer_carries_the_headers_that_protect_the_page()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client;
        var answer = await client.GetAsync("/healthz");
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("GET", "/api/nothing")]
    [InlineData("POST", "/api/v1/nothing")]
    [InlineData("GET", "/ws/nothing")]
    public async Task An_unknown_route_of_the_API_is_told_and_never_answered_with_the_page(string method, string path)
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client;
        var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains($"{method} {path}", await answer.Content.ReadAsStringAsync());
    }
}
