using System.Net;
using System.Net.Http.Headers;
using Barograph.Server.Ingest;
using Barograph.Server.Storage;
using Barograph.TimeSeries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Barograph.Server.Tests.Ingest;

/// <summary>The doors on a free port, over the store of a test.</summary>
internal sealed class IngestHost : IAsyncDisposable
{
    readonly WebApplication _app;

    IngestHost(WebApplication app)
    {
        _app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        GrpcUrl = app.Urls.Last();
    }

    public HttpClient Client { get; }

    /// <summary>Where HTTP/2 without TLS is spoken.</summary>
    public string GrpcUrl { get; }

    public string Url => Client.BaseAddress!.ToString().TrimEnd('/');

    public IServiceProvider Services => _app.Services;

    public static async Task<IngestHost> StartAsync(IMetricStore store, IngestLimits? limits = null, bool opened = true, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Listen(IPAddress.Loopback, 0, static grpc => grpc.Protocols = HttpProtocols.Http2);
        });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(provider => ActivatorUtilities.CreateInstance<OpenedStore>(provider, () => store));
        if (opened)
            builder.Services.AddHostedService(static provider => provider.GetRequiredService<OpenedStore>());
        builder.Services.AddIngest(limits ?? new IngestLimits());
        var app = builder.Build();
        app.MapIngest();
        await app.StartAsync();
        if (opened)
            await app.Services.GetRequiredService<OpenedStore>().Task;
        return new IngestHost(app);
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task<(int Status, string Text, HttpResponseMessage Answer)> PostAsync(
        string path, byte[] body, string? contentType = null, string? encoding = null)
    {
        using var content = new ByteArrayContent(body);
        if (contentType is not null)
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (encoding is not null)
            content.Headers.ContentEncoding.Add(encoding);
        var answer = await Client.PostAsync(path, content);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
