using System.Net;
using System.Net.Sockets;
using Barograph.Server.Ingest;
using Barograph.Server.Ingest.Otlp;
using Barograph.Server.Settings;
using Barograph.Server.Storage;
using Microsoft.Extensions.DependencyInjection;
using static Barograph.Server.Tests.Ingest.OtlpMessage;

namespace Barograph.Server.Tests.Ingest;

public sealed class OtlpPortsTests
{
    [Fact]
    public async Task The_ports_that_were_asked_for_take_OTLP()
    {
        using var folder = new TemporaryFolder();
        var (grpcPort, httpPort) = (Peer.FreePort(), Peer.FreePort());
        var settings = new ServerSettings { Port = 0, Data = folder.Sub("data"), Collect = null, OtlpGrpcPort = grpcPort, OtlpHttpPort = httpPort };
        await using var app = BarographServer.Build(settings);
        await app.StartAsync();
        Assert.Equal(new DoorsStatus(true, grpcPort, httpPort, null, false), app.Services.GetRequiredService<OpenDoors>().Read(settings));
        using var client = new HttpClient();
        using var request = new ByteArrayContent(Request(static scope => scope.Gauge("g", 1)));
        request.Headers.ContentType = new("application/x-protobuf");
        await Peer.UntilAsync(async () => (await client.PostAsync($"http://127.0.0.1:{httpPort}/v1/metrics", request)).IsSuccessStatusCode, "OTLP over HTTP");

        using var call = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{grpcPort}/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 0]),
        };
        call.Content.Headers.ContentType = new("application/grpc");
        using var answer = await client.SendAsync(call);
        await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal("12", answer.TrailingHeaders.GetValues("grpc-status").Single());
        await app.StopAsync();
    }

    [Fact]
    public void A_port_that_was_asked_for_and_is_taken_stops_the_start_with_its_option_named()
    {
        using var folder = new TemporaryFolder();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var settings = new ServerSettings { Port = 0, Data = folder.Sub("data"), Collect = null, OtlpGrpcPort = port, OtlpHttpPort = 0 };
        var failure = Assert.Throws<PortInUseException>(() => BarographServer.Build(settings));
        Assert.Equal($"port {port} on 127.0.0.1 (--otlp-grpc) is in use by another program; choose another, or off", failure.Message);
    }

    [Fact]
    public async Task Two_servers_start_side_by_side_though_the_usual_ports_are_taken()
    {
        using var folder = new TemporaryFolder();
        await using var first = BarographServer.Build(new ServerSettings { Port = 0, Data = folder.Sub("a"), Collect = null });
        await using var second = BarographServer.Build(new ServerSettings { Port = 0, Data = folder.Sub("b"), Collect = null });
        await first.StartAsync();
        await second.StartAsync();
        foreach (var app in new[] { first, second })
            await app.Services.GetRequiredService<OpenedStore>().Task;
        await second.StopAsync();
        await first.StopAsync();
    }
}
