using System.Net;
using Barograph.Server.Settings;
using Barograph.Server.Storage;
using Barograph.TimeSeries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests;

/// <summary>The whole server in this process, on a free port, with a data folder of its own that goes away with it.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    readonly WebApplication _app;

    RunningServer(WebApplication app, string folder) => (_app, Folder) = (app, folder);

    public string Folder { get; }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public IServiceProvider Services => _app.Services;

    public HttpClient Client => new() { BaseAddress = Address };

    public IMetricStore Store => Services.GetRequiredService<OpenedStore>().Current!;

    /// <summary>Starts it and waits until the store is open.</summary>
    /// <param name="collect">How often this host is measured; null: not at all.</param>
    /// <param name="configure">Other settings than the defaults.</param>
    /// <param name="replace">Other services than the server's.</param>
    public static Task<RunningServer> StartAsync(
        TimeSpan? collect = null, Func<ServerSettings, ServerSettings>? configure = null, Action<IServiceCollection>? replace = null) =>
        StartOnAsync(Directory.CreateTempSubdirectory("barograph-test-").FullName, collect, configure, replace);

    /// <summary>As <see cref="StartAsync"/>, on a data folder, which goes away with it.</summary>
    public static async Task<RunningServer> StartOnAsync(
        string folder, TimeSpan? collect = null, Func<ServerSettings, ServerSettings>? configure = null, Action<IServiceCollection>? replace = null)
    {
        var settings = new ServerSettings { Port = 0, Listen = IPAddress.Loopback, Data = folder, Collect = collect, OtlpGrpcPort = 0, OtlpHttpPort = 0 };
        var app = BarographServer.Build(configure?.Invoke(settings) ?? settings, replace);
        await app.StartAsync();
        await app.Services.GetRequiredService<OpenedStore>().Task.WaitAsync(TimeSpan.FromMinutes(2));
        return new RunningServer(app, folder);
    }

    /// <summary>Stops it; the folder stays.</summary>
    public async Task StopAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>Stops it and starts another over the same folder.</summary>
    public async Task<RunningServer> RestartAsync()
    {
        var settings = Services.GetRequiredService<ServerSettings>();
        await _app.StopAsync();
        await _app.DisposeAsync();
        var app = BarographServer.Build(settings);
        await app.StartAsync();
        await app.Services.GetRequiredService<OpenedStore>().Task.WaitAsync(TimeSpan.FromMinutes(2));
        return new RunningServer(app, Folder);
    }

    /// <summary>Appends samples of one series: time in Unix milliseconds, value.</summary>
    public async Task AppendAsync(Labels labels, params (long TimestampMs, double Value)[] samples)
    {
        var batch = new SampleBatch();
        var series = batch.AddSeries(labels);
        foreach (var (timestampMs, value) in samples)
            batch.Add(series, timestampMs, value);
        var result = await Store.AppendAsync(batch);
        Assert.Equal((samples.Length, null), (result.Accepted, result.FirstExample));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
