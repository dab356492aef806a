using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Barograph.Client;

/// <summary>
/// An application's connection to Barograph: what it tells through the trackers is buffered, and sent in the background; its metrics are exported over OTLP. Nothing here
/// waits for the server or throws because of it. One instance an application, for all threads; disposing it sends what waits.
/// </summary>
/// <remarks>With hosting, <c>services.AddBarograph(…)</c> makes and ends it. Without: <c>await using var barograph = BarographClient.Start("http://localhost:8000");</c></remarks>
public sealed class BarographClient : IAsyncDisposable, IDisposable
{
    const string MeterName = "Barograph.Client";

    static int _clientCount;

    readonly BarographOptions _options;
    readonly ClientCounters _counters;
    readonly HttpClient _http;
    readonly EventSender _sender;
    readonly DatabaseDurations _databases;
    readonly OtlpMetrics? _metrics;
    readonly Lazy<Task> _stop;

    internal BarographClient(BarographOptions options, ILoggerFactory? loggers = null, TimeProvider? clock = null, Random? random = null)
    {
        options.Validate();
        clock ??= TimeProvider.System;
        _options = options;
        // Meters are told apart by name alone: a second client of the process has a name of its own, or each would export what both measured.
        Meter = new Meter(Interlocked.Increment(ref _clientCount) is > 1 and var number ? $"{MeterName}.{number}" : MeterName);
        _counters = new ClientCounters(Meter);
        _http = ServerHttp.Create(options);
        var buffer = new EventBuffer(options.BufferedEventsMax, options.BufferedBytesMax);
        ILogger logger = loggers?.CreateLogger<BarographClient>() ?? NullLogger<BarographClient>.Instance;
        _sender = new EventSender(options, buffer, _counters, _http, logger, clock, random ?? Random.Shared);
        var door = new EventDoor(buffer, _counters, clock, options.ServiceName, _sender.Arrived);
        Tasks = new TaskTracker(door, options.MeasureTasks);
        Pipelines = new PipelineTracker(door);
        Models = new ModelTracker(door);
        Activity = new ActivityTracker(door);
        Business = new BusinessEvents(door);
        Events = new EventTracker(door);
        _databases = new DatabaseDurations(Meter, options.DatabaseSources);
        _metrics = options.ExportMetrics ? new OtlpMetrics(options, Meter.Name) : null;
        _stop = new Lazy<Task>(StopOnceAsync);
    }

    /// <summary>Tasks: jobs, messages, imports, whatever has a beginning and an end.</summary>
    public ITaskTracker Tasks { get; }

    /// <summary>Pipelines: records that go through stages.</summary>
    public IPipelineTracker Pipelines { get; }

    /// <summary>Models: predictions, and what turned out to be true.</summary>
    public IModelTracker Models { get; }

    /// <summary>What people do.</summary>
    public IActivityTracker Activity { get; }

    /// <summary>Orders, views, revenue.</summary>
    public IBusinessEvents Business { get; }

    /// <summary>Events of a type of one's own, for metric definitions.</summary>
    public IEventTracker Events { get; }

    /// <summary>What became of the events so far.</summary>
    public BarographStatistics Statistics => _counters.Read();

    /// <summary>What the client itself measures: what became of events, database spans, health checks.</summary>
    internal Meter Meter { get; }

    /// <summary>Starts a client that sends to an address.</summary>
    /// <exception cref="ArgumentException">It is not an http or https address.</exception>
    public static BarographClient Start(string endpoint) => Start(options => options.Endpoint = Address(endpoint));

    /// <summary>Starts a client.</summary>
    /// <param name="configure">Sets the options.</param>
    /// <param name="loggers">Where it logs; nowhere by default.</param>
    /// <param name="clock">The clock of all times and pauses.</param>
    /// <exception cref="ArgumentException">An option cannot be; the message says which.</exception>
    public static BarographClient Start(Action<BarographOptions> configure, ILoggerFactory? loggers = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new BarographOptions();
        configure(options);
        return new BarographClient(options, loggers, clock);
    }

    /// <summary>Sends at once what waits, and returns when the server has answered for all that was told before this call (or it was dropped because the buffer was full).</summary>
    /// <param name="cancel">How long to wait: a server that is away makes it wait.</param>
    public Task FlushAsync(CancellationToken cancel = default) => _sender.FlushAsync(cancel);

    /// <summary>Sends what waits, within <see cref="BarographOptions.ShutdownTimeout"/>; what is told afterwards is dropped and counted. May be called more than once.</summary>
    public Task StopAsync() => _stop.Value;

    /// <inheritdoc cref="StopAsync"/>
    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>Like <see cref="DisposeAsync"/>, and waits for it.</summary>
    public void Dispose() => Task.Run(StopAsync).GetAwaiter().GetResult();

    internal static Uri Address(string endpoint) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var address)
            ? address
            : throw new ArgumentException($"Barograph: the endpoint must be an http or https address such as http://localhost:8000, not '{endpoint}'.", nameof(endpoint));

    async Task StopOnceAsync()
    {
        var metrics = Task.Run(() => _metrics?.Stop(_options.ShutdownTimeout));
        await _sender.StopAsync(_options.ShutdownTimeout);
        await metrics;
        _metrics?.Dispose();
        _databases.Dispose();
        _sender.Dispose();
        _http.Dispose();
        Meter.Dispose();
    }
}
