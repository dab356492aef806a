using System.Reflection;

namespace Barograph.Client;

/// <summary>Where an application sends what it does, and how much it keeps while that cannot be reached. Only <see cref="Endpoint"/> is needed.</summary>
public sealed class BarographOptions
{
    /// <summary>The address of the Barograph server, as in a browser. <c>http://localhost:8000</c> by default.</summary>
    public Uri Endpoint { get; set; } = new("http://localhost:8000");

    /// <summary>The application's name: the label <c>job</c> of its metrics, the field <c>service</c> of its events and the component of tasks that name none. The name of the entry assembly by default.</summary>
    public string ServiceName { get; set; } = Assembly.GetEntryAssembly()?.GetName().Name ?? "application";

    /// <summary>The application's version, in its <c>target_info</c>. That of the entry assembly by default.</summary>
    public string? ServiceVersion { get; set; } =
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    /// <summary>
    /// Which of the application's processes this is: the label <c>instance</c>. The host's name and the process's number by default, because two
    /// processes that share a name would write into the same series.
    /// </summary>
    public string InstanceId { get; set; } = $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <summary>Whether metrics are exported over OTLP: those of .NET's HTTP server and client, the runtime, databases, health checks and <see cref="Meters"/>. On by default.</summary>
    public bool ExportMetrics { get; set; } = true;

    /// <summary>How often metrics are exported: 5 s by default, at least 1 s.</summary>
    public TimeSpan MetricsInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Names of meters of the application's own; <c>*</c> stands for any characters. Those of .NET and of databases are always in.</summary>
    public IList<string> Meters { get; } = [];

    /// <summary>
    /// Names of <see cref="System.Diagnostics.ActivitySource"/>s whose database spans (client spans with <c>db.system.name</c> or <c>db.system</c>) become the metric
    /// <c>db.client.operation.duration</c>. Well-known libraries that have spans and no such metric are in it already; add an application's own.
    /// </summary>
    public IList<string> DatabaseSources { get; } =
    [
        "OpenTelemetry.Instrumentation.SqlClient",
        "OpenTelemetry.Instrumentation.EntityFrameworkCore",
        "OpenTelemetry.Instrumentation.StackExchangeRedis",
        "MongoDB.Driver.Core.Extensions.DiagnosticSources",
        "Elastic.Transport",
    ];

    /// <summary>
    /// Whether a task's processor time and allocations are measured (see <see cref="TrackedTask"/>). On by default; costs about a microsecond each time that a task goes on
    /// on another thread.
    /// </summary>
    public bool MeasureTasks { get; set; } = true;

    /// <summary>The most events that wait to be sent: 20,000 by default. When one more comes, the oldest is dropped and counted.</summary>
    public int BufferedEventsMax { get; set; } = 20_000;

    /// <summary>The most memory that waiting events take: 16 MiB by default. When more come, the oldest are dropped and counted.</summary>
    public long BufferedBytesMax { get; set; } = 16 << 20;

    /// <summary>The most events of a request: 1,000 by default.</summary>
    public int BatchEventsMax { get; set; } = 1_000;

    /// <summary>How long the first event of a batch waits for others: 500 ms by default.</summary>
    public TimeSpan BatchDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an answer is waited for before the request is repeated: 10 s by default.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest pause before a request is repeated; the first is 250 ms, and each is twice the one before, with some chance in it. 30 s by default.</summary>
    public TimeSpan RetryDelayMax { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the end of the application may take to send what waits: 5 s by default. What is left then is dropped and counted.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Makes the handler of requests to Barograph, for a proxy or for headers of one's own: one for events, one for metrics. The latter is called by the synchronous <c>Send</c>. Both are disposed with the client.</summary>
    public Func<HttpMessageHandler>? HttpHandler { get; set; }

    /// <summary>Throws when a value cannot be: a mistake of who writes the application, told when it starts.</summary>
    internal void Validate()
    {
        Require(Endpoint is { IsAbsoluteUri: true, Scheme: "http" or "https" }, $"{nameof(Endpoint)} must be an http or https address such as http://localhost:8000, not '{Endpoint}'.");
        Require(!string.IsNullOrWhiteSpace(ServiceName), $"{nameof(ServiceName)} must not be empty.");
        Require(!string.IsNullOrWhiteSpace(InstanceId), $"{nameof(InstanceId)} must not be empty.");
        Require(MetricsInterval >= TimeSpan.FromSeconds(1), $"{nameof(MetricsInterval)} must be at least 1 s, not {MetricsInterval}.");
        Require(BufferedEventsMax > 0, $"{nameof(BufferedEventsMax)} must be at least 1, not {BufferedEventsMax}.");
        Require(BufferedBytesMax > 0, $"{nameof(BufferedBytesMax)} must be at least 1, not {BufferedBytesMax}.");
        Require(BatchEventsMax is > 0 and <= 50_000, $"{nameof(BatchEventsMax)} must be from 1 to 50,000, not {BatchEventsMax}.");
        Require(BatchDelay >= TimeSpan.Zero, $"{nameof(BatchDelay)} must not be negative, not {BatchDelay}.");
        Require(RequestTimeout > TimeSpan.Zero, $"{nameof(RequestTimeout)} must be more than 0, not {RequestTimeout}.");
        Require(RetryDelayMax > TimeSpan.Zero, $"{nameof(RetryDelayMax)} must be more than 0, not {RetryDelayMax}.");
        Require(ShutdownTimeout >= TimeSpan.Zero, $"{nameof(ShutdownTimeout)} must not be negative, not {ShutdownTimeout}.");

        static void Require(bool holds, string message)
        {
            if (!holds)
                throw new ArgumentException($"Barograph: {message}");
        }
    }
}
