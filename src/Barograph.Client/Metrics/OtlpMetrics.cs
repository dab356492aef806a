using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Barograph.Client;

/// <summary>The application's metrics, exported over OTLP to <c>/v1/metrics</c>: what .NET and database libraries measure themselves, by the names of their meters.</summary>
internal sealed class OtlpMetrics : IDisposable
{
    static readonly string[] AlwaysIn =
    [
        "Microsoft.AspNetCore.*", // http.server.*, kestrel.*, routing, rate limiting, authentication …
        "System.Net.*", // http.client.*, dns.lookup.*
        "System.Runtime", // dotnet.*: garbage collection, threads, exceptions
        "Npgsql", "Microsoft.EntityFrameworkCore", "MySqlConnector", // databases that measure themselves
    ];

    readonly MeterProvider _provider;

    public OtlpMetrics(BarographOptions options, string ownMeter) =>
        _provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService(options.ServiceName, serviceVersion: options.ServiceVersion, autoGenerateServiceInstanceId: false, serviceInstanceId: options.InstanceId))
            .AddMeter([.. AlwaysIn, ownMeter, .. options.Meters])
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                exporter.Endpoint = new Uri(options.Endpoint.AbsoluteUri.TrimEnd('/') + "/v1/metrics");
                exporter.TimeoutMilliseconds = (int)options.RequestTimeout.TotalMilliseconds;
                exporter.HttpClientFactory = () => ServerHttp.Create(options);
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.MetricsInterval.TotalMilliseconds;
                reader.TemporalityPreference = MetricReaderTemporalityPreference.Cumulative;
            })
            .Build();

    /// <summary>Exports what was measured last; waits for so long at most.</summary>
    public void Stop(TimeSpan patience) => _provider.Shutdown((int)patience.TotalMilliseconds);

    public void Dispose() => _provider.Dispose();
}
