using System.Net;
using System.Net.Sockets;
using Barograph.Server.Api;
using Barograph.Server.Collect;
using Barograph.Server.Collect.Host;
using Barograph.Server.Data;
using Barograph.Server.Definitions;
using Barograph.Server.Events;
using Barograph.Server.Exposition;
using Barograph.Server.Hosts;
using Barograph.Server.Http;
using Barograph.Server.Ingest;
using Barograph.Server.Ingest.Otlp;
using Barograph.Server.Ingest.Scrape;
using Barograph.Server.Live;
using Barograph.Server.Logs;
using Barograph.Server.Processes;
using Barograph.Server.Query;
using Barograph.Server.Settings;
using Barograph.Server.Storage;
using Barograph.Server.Traces;
using Barograph.Server.Web;

namespace Barograph.Server;

/// <summary>The server, put together from its slices. Composition only.</summary>
internal static class BarographServer
{
    /// <summary>Runs until it is told to stop.</summary>
    /// <returns>0, or 1 when it could not start; then a sentence on the error output says why.</returns>
    public static async Task<int> RunAsync(ServerSettings settings)
    {
        try
        {
            await using var app = Build(settings);
            return await RunAsync(app, settings);
        }
        catch (Exception mistake) when (IsToldAsItIs(mistake))
        {
            return Fail(mistake.Message);
        }
    }

    /// <summary>Whether it is a sentence for who started the server; some are met while it is put together, some only when it starts.</summary>
    static bool IsToldAsItIs(Exception mistake) => mistake is PortInUseException or ScrapeConfigException or DefinitionFileException;

    static async Task<int> RunAsync(WebApplication app, ServerSettings settings)
    {
        var opened = app.Services.GetRequiredService<OpenedStore>();
        app.Lifetime.ApplicationStarted.Register(() => _ = AnnounceAsync(app, settings));
        try
        {
            await app.RunAsync();
        }
        catch (OperationCanceledException)
        {
            // Stopped before it had started: by the operator, or because the store could not be opened.
        }
        catch (IOException failure) when (failure.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            return Fail($"port {settings.Port} on {settings.Listen} is in use by another program; stop it or choose another with --port");
        }
        catch (Exception failure) when (failure is SocketException or IOException and not PortInUseException)
        {
            return Fail($"cannot listen on {settings.Listen} port {settings.Port}: {failure.Message}");
        }
#pragma warning disable CA1031 // the edge of the process
        catch (Exception failure) when (!IsToldAsItIs(failure))
#pragma warning restore CA1031
        {
            HostLog.Ended(app.Logger, failure);
            return Fail($"ended by a failure it should not have: {failure.Message}");
        }

        return opened.Failure is { } reason ? Fail(reason) : 0;
    }

    /// <summary>Builds the server without starting it.</summary>
    /// <param name="settings">Of all slices.</param>
    /// <param name="replace">For tests: puts other services in the place of the server's.</param>
    public static WebApplication Build(ServerSettings settings, Action<IServiceCollection>? replace = null)
    {
        // Published, the pages lie beside the program, wherever it is started from; built, a manifest points to them.
        var published = Directory.Exists(Path.Combine(AppContext.BaseDirectory, "wwwroot"));
        // Empty: the others read appsettings.json and the ASPNETCORE_ variables too, which are no settings of ours, and watch all folders under the
        // content's for a change, among them the data folder, which changes each second.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(BarographServer).Assembly.GetName().Name,
            ContentRootPath = published ? AppContext.BaseDirectory : null,
        });
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(static sockets => sockets.UnsafePreferInlineScheduling = ProcessTuning.IsOn); // docs/adr/0008-requests-stay-on-their-thread.md
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.LimitRequests();
            kestrel.Listen(new IPEndPoint(settings.Listen, settings.Port));
            kestrel.ListenForOtlp(settings);
        });
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(static console => (console.SingleLine, console.TimestampFormat) = (true, "yyyy-MM-dd HH:mm:ss "));
        builder.Logging.SetMinimumLevel(LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.StaticFiles", LogLevel.Error); // built and not published, there is no wwwroot folder
        var hasStarted = false; // what goes wrong before, such as a port in use, is told in a sentence and not with a stack
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => hasStarted && level >= LogLevel.Warning);

        builder.Services.AddRouting();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(settings);
        builder.Services.AddProcess();
        builder.Services.AddStorage(settings);
        builder.Services.AddData();
        builder.Services.AddCollect(new CollectOptions(settings.Collect) { Hidden = HiddenMounts.Read(settings.HideFilesystems, settings.HideMounts) });
        builder.Services.AddIngest(new IngestLimits());
        builder.Services.AddStatsD(settings);
        builder.Services.AddTraces(settings);
        builder.Services.AddLogs(settings);
        builder.Services.AddScrape(settings);
        builder.Services.AddQuery(settings);
        builder.Services.AddLive();
        builder.Services.AddDefinitions();
        builder.Services.AddEvents();
        builder.Services.AddFrontDoor(); // last: the slices' own forms of errors go before problem details

        replace?.Invoke(builder.Services);

        var app = builder.Build();
        app.Lifetime.ApplicationStarted.Register(() => hasStarted = true);
        if (ProcessTuning.IsOn)
            HangUpWatch.Use(app); // without it Kestrel reads each connection while its request runs, and sees the end of it
        app.UseFrontDoor();
        app.UseLostPage();
        app.UseQueryCompression();
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.FromSeconds(15), KeepAliveTimeout = TimeSpan.FromSeconds(15) });
        app.MapStorage();
        app.MapData();
        app.MapIngest();
        app.MapTraces();
        app.MapLogs();
        app.MapScrape();
        app.MapHosts();
        app.MapQuery();
        app.MapExposition();
        app.MapLive();
        app.MapEvents();
        app.MapDefinitions();
        app.MapApi();
        app.MapWeb();
        return app;
    }

    static async Task AnnounceAsync(WebApplication app, ServerSettings settings)
    {
        var opened = app.Services.GetRequiredService<OpenedStore>();
        await opened.Task.WaitAsync(app.Lifetime.ApplicationStopping);
        Console.WriteLine($"Barograph is at {settings.LocalUrl} (data in {settings.Data})");
        if (!IPAddress.IsLoopback(settings.Listen))
            Console.WriteLine("Everyone who can reach this address can read everything: there are no users yet.");
    }

    static int Fail(string reason)
    {
        Console.Error.WriteLine($"barograph: {reason}");
        return 1;
    }
}

internal static partial class HostLog
{
    [LoggerMessage(LogLevel.Critical, "The server ends by a failure that it should not have.")]
    public static partial void Ended(ILogger logger, Exception failure);
}
