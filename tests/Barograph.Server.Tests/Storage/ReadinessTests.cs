using System.Net;

namespace Barograph.Server.Tests.Storage;

public sealed class ReadinessTests
{
    [Fact]
    public async Task An_open_store_is_ready()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client;
        var answer = await client.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("""{"status":"ready"}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal("ok\n", await client.GetStringAsync("/healthz"));
        Assert.Equal("""{"status":"ready"}""", await client.GetStringAsync("/ready"));
        Assert.StartsWith("""{"name":"barograph","message":"ready for queries and writes","status":"pass","version":""", await client.GetStringAsync("/health"));
    }
}
