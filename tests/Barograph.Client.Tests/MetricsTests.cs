using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Barograph.Client.Tests;

/// <summary>An application as somebody writes it, with what it exports caught at its door.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task One_line_gives_an_application_its_metrics_and_all_trackers()
    {
        var exported = new ExportedBytes();
        using var database = new ActivitySource("Shop.Database");
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHealthChecks().AddCheck("stock", static () => HealthCheckResult.Degraded());
        builder.Services.Configure<HealthCheckPublisherOptions>(static options => options.Delay = TimeSpan.Zero);
        builder.Services.AddBarograph(options =>
        {
            options.ServiceName = "shop";
            options.InstanceId = "shop-1";
            options.HttpHandler = () => new ExportedBytes(exported);
            options.MetricsInterval = TimeSpan.FromSeconds(1);
            options.DatabaseSources.Add("Shop.Database");
        });
        await using var app = builder.Build();
        app.MapGet("/orders", (ITaskTracker tasks, IPipelineTracker pipelines, IModelTracker models, IActivityTracker activity, IBusinessEvents business, IEventTracker events) =>
        {
            using var span = database.StartActivity("SELECT orders", ActivityKind.Client)!.SetTag("db.system.name", "sqlite").SetTag("db.operation.name", "SELECT").SetTag("db.query.text", "secret");
            business.Record("order");
            return "none";
        });
        await app.StartAsync();
        using (var visitor = new HttpClient { BaseAddress = new Uri(app.Urls.First()) })
            Assert.Equal("none", await visitor.GetStringAsync("/orders"));

        string[] names =
        [
            "http.server.request.duration", "http.client.request.duration", "dotnet.gc.collections", "kestrel.active_connections", "db.client.operation.duration",
            "health.status", "health.check.status", "health.check.duration", "barograph.client.events.accepted", "barograph.client.events.dropped", "service.instance.id", "shop-1",
        ];
        Assert.True(SpinWait.SpinUntil(() => names.All(exported.Metrics.Contains), TimeSpan.FromMinutes(2)), $"missing: {string.Join(", ", names.Where(name => !exported.Metrics.Contains(name)))}");
        Assert.DoesNotContain("secret", exported.Metrics);
        await app.StopAsync();
        Assert.Equal(1, app.Services.GetRequiredService<BarographClient>().Statistics.Accepted);
    }

    [Fact]
    public async Task The_client_ends_after_everything_else_so_that_last_facts_are_sent()
    {
        var server = new FakeServer();
        var services = new ServiceCollection();
        services.AddBarograph("http://localhost:8000");
        services.AddBarograph(options => (options.HttpHandler, options.ExportMetrics) = (() => server, false));
        services.AddSingleton<IHostedService, LastWords>();
        await using var provider = services.BuildServiceProvider();
        var hosted = provider.GetServices<IHostedService>().ToArray();
        Assert.Single(hosted.OfType<BarographLifetime>());
        foreach (var service in hosted)
            await service.StartAsync(CancellationToken.None);
        foreach (var service in hosted.OfType<IHostedLifecycleService>())
            await Task.WhenAll(service.StartingAsync(CancellationToken.None), service.StartedAsync(CancellationToken.None), service.StoppingAsync(CancellationToken.None));
        foreach (var service in hosted.Reverse())
            await service.StopAsync(CancellationToken.None);
        foreach (var service in hosted.OfType<IHostedLifecycleService>())
            await service.StoppedAsync(CancellationToken.None);
        Assert.Contains("last words", Assert.Single(server.Kept));
    }

    [Fact]
    public void Its_own_counters_are_metrics()
    {
        using var meter = new Meter("Barograph.Client.Tests");
        using var listener = new MeterListener();
        var measured = new Dictionary<string, long>(StringComparer.Ordinal);
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var reason = tags.Length > 0 ? $" {tags[0].Value}" : "";
            measured[instrument.Name + reason] = measured.GetValueOrDefault(instrument.Name + reason) + value;
        });
        listener.Start();
        var ours = new ClientCounters(meter);
        for (var i = 0; i < 10; i++)
            ours.Track();
        ours.Settle(accepted: 3, duplicates: 2, rejected: 1);
        ours.Drop(DropReason.BufferFull, 2);
        ours.Drop(DropReason.TooLarge);
        ours.Retry();
        listener.RecordObservableInstruments();
        Assert.Equal(10, measured["barograph.client.events.tracked"]);
        Assert.Equal(3, measured["barograph.client.events.accepted"]);
        Assert.Equal(2, measured["barograph.client.events.duplicates"]);
        Assert.Equal(1, measured["barograph.client.events.rejected"]);
        Assert.Equal(2, measured["barograph.client.events.dropped buffer_full"]);
        Assert.Equal(1, measured["barograph.client.events.dropped too_large"]);
        Assert.Equal(1, measured["barograph.client.retries"]);
        Assert.Equal(1, measured["barograph.client.events.waiting"]);
    }

    [Theory]
    [InlineData(HealthStatus.Healthy, 1)]
    [InlineData(HealthStatus.Degraded, 0.5)]
    [InlineData(HealthStatus.Unhealthy, 0)]
    public async Task Health_is_a_number(HealthStatus status, double expected)
    {
        await using var client = BarographClient.Start(static options => options.ExportMetrics = false);
        var health = new HealthMetrics(client);
        var entries = new Dictionary<string, HealthReportEntry> { [$"check-{status}"] = new(status, null, TimeSpan.FromSeconds(2), null, null) };
        await health.PublishAsync(new HealthReport(entries, TimeSpan.FromSeconds(2)), CancellationToken.None);
        using var listener = new MeterListener();
        var measured = new List<(string, double)>();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter, client.Meter))
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            if (tags.Length > 0 && (string)tags[0].Value! == $"check-{status}")
                measured.Add((instrument.Name, value));
        });
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal([("health.check.status", expected), ("health.check.duration", 2)], measured);
    }

    [Fact]
    public void Requests_to_Barograph_are_not_in_the_applications_own_metrics()
    {
        using var listener = new MeterListener();
        var ours = new List<string>();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "System.Net.Http")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag is { Key: "server.port", Value: 1 })
                    ours.Add("seen");
            }
        });
        listener.Start();
        using (var client = BarographClient.Start(static options => (options.Endpoint, options.ShutdownTimeout) = (new Uri("http://127.0.0.1:1"), TimeSpan.FromMilliseconds(20))))
        {
            client.Business.Record("order");
            Assert.True(SpinWait.SpinUntil(() => client.Statistics.Retries > 0, TimeSpan.FromMinutes(2)));
        }

        Assert.Empty(ours);
    }

    [Theory]
    [InlineData("localhost:8000")]
    [InlineData("ftp://localhost")]
    [InlineData("")]
    [InlineData("/relative")]
    public void An_address_that_is_none_is_told_when_the_application_starts(string endpoint) =>
        Assert.Contains("http", Assert.ThrowsAny<ArgumentException>(() => BarographClient.Start(endpoint)).Message);

    [Fact]
    public void Each_option_that_cannot_be_is_named()
    {
        Check(static options => options.ServiceName = " ", "ServiceName must not be empty");
        Check(static options => options.InstanceId = "", "InstanceId must not be empty");
        Check(static options => options.MetricsInterval = TimeSpan.Zero, "MetricsInterval must be at least 1 s");
        Check(static options => options.BufferedEventsMax = 0, "BufferedEventsMax must be at least 1, not 0");
        Check(static options => options.BufferedBytesMax = 0, "BufferedBytesMax must be at least 1, not 0");
        Check(static options => options.BatchEventsMax = 60_000, "BatchEventsMax must be from 1 to 50,000, not 60000");
        Check(static options => options.BatchDelay = TimeSpan.FromSeconds(-1), "BatchDelay must not be negative");
        Check(static options => options.RequestTimeout = TimeSpan.Zero, "RequestTimeout must be more than 0");
        Check(static options => options.RetryDelayMax = TimeSpan.Zero, "RetryDelayMax must be more than 0");
        Check(static options => options.ShutdownTimeout = TimeSpan.FromSeconds(-1), "ShutdownTimeout must not be negative");

        static void Check(Action<BarographOptions> configure, string expected) =>
            Assert.Contains(expected, Assert.Throws<ArgumentException>(() => BarographClient.Start(configure)).Message);
    }

    [Fact]
    public void The_client_depends_on_nothing_of_ours() =>
        Assert.DoesNotContain(typeof(BarographClient).Assembly.GetReferencedAssemblies(),
            static assembly => assembly.Name!.StartsWith("Barograph", StringComparison.Ordinal) || assembly.Name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));

    /// <summary>Takes everything, and keeps the names in the exported metrics, which are text in their protobuf.</summary>
    sealed class ExportedBytes(ExportedBytes? parent = null) : HttpMessageHandler
    {
        volatile string _metrics = "";

        public string Metrics => _metrics;

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken).GetAwaiter().GetResult();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.AbsolutePath != "/v1/metrics")
                return FakeServer.Json(HttpStatusCode.OK, """{"accepted":1,"duplicates":0,"rejected":0}""");
            var bytes = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
            (parent ?? this)._metrics += System.Text.Encoding.Latin1.GetString(bytes);
            return new HttpResponseMessage(HttpStatusCode.OK);
        }
    }

    sealed class LastWords(IBusinessEvents business) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            business.Record("last words");
            return Task.CompletedTask;
        }
    }
}
