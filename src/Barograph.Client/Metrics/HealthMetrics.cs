using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Barograph.Client;

/// <summary>
/// The application's health checks as metrics: <c>health.check.status</c> is 1 (healthy), 0.5 (degraded) or 0 (unhealthy) by check, <c>health.check.duration</c> how long it
/// took, <c>health.status</c> the worst of them. .NET's publisher runs the checks, every 30 s unless <c>HealthCheckPublisherOptions</c> says otherwise.
/// </summary>
internal sealed class HealthMetrics : IHealthCheckPublisher
{
    volatile HealthReport? _last;

    public HealthMetrics(BarographClient client)
    {
        var meter = client.Meter;
        meter.CreateObservableGauge("health.status", Overall, description: "The worst of the application's health checks: 1 healthy, 0.5 degraded, 0 unhealthy.");
        meter.CreateObservableGauge("health.check.status", () => OfChecks(static check => Value(check.Status)), description: "A health check's result: 1 healthy, 0.5 degraded, 0 unhealthy.");
        meter.CreateObservableGauge("health.check.duration", () => OfChecks(static check => check.Duration.TotalSeconds), "s", "How long a health check took.");
    }

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        _last = report;
        return Task.CompletedTask;
    }

    static double Value(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => 1,
        HealthStatus.Degraded => 0.5,
        _ => 0,
    };

    IEnumerable<Measurement<double>> Overall()
    {
        if (_last is { Entries.Count: > 0 } report)
            yield return new(Value(report.Status));
    }

    IEnumerable<Measurement<double>> OfChecks(Func<HealthReportEntry, double> value)
    {
        foreach (var (name, check) in _last?.Entries ?? new Dictionary<string, HealthReportEntry>())
            yield return new(value(check), new KeyValuePair<string, object?>("health.check.name", name));
    }
}
