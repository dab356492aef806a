namespace Barograph.EndToEnd;

/// <summary>Programs that none of us wrote ask the running server, as they would ask Prometheus. Debian's promtool is tried with the server's own tests.</summary>
public sealed class RealClientsTests(OneServer fixture) : IClassFixture<OneServer>
{
    [Fact]
    public async Task The_prometheus_query_client_for_JavaScript()
    {
        await fixture.Server.HasTicksAsync(3);
        await Sender.RunScriptAsync("prometheus-query.js", fixture.Server.Address.ToString());
    }
}
