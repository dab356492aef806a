using System.Text.Json.Serialization;

namespace Barograph.Server.Query.MetricsApi;

/// <summary>One figure of <c>GET /api/monitoring/metrics</c>: where it stands in the answer, and the PromQL that it is.</summary>
/// <param name="Name">Group and name: <c>system.cpu</c>.</param>
/// <param name="Text">What it is, with its unit.</param>
/// <param name="Template">The expression; <c>F</c> after a brace or comma stands for the request's filters.</param>
internal sealed record CurrentFigure(string Name, string Text, string Template)
{
    const string Requests = "http_server_request_duration_seconds";
    const string Statements = "db_client_operation_duration_seconds";

    /// <summary>All of them. Names follow OpenTelemetry; connections are also PostgreSQL's own count as its exporter tells it.</summary>
    public static readonly IReadOnlyList<CurrentFigure> All =
    [
        new("system.cpu", "Busy processors in percent, over the last minute; of several hosts the average.",
            """100 * (1 - avg(avg_over_time(system_cpu_utilization_ratio{cpu_mode="idle",F}[1m])))"""),
        new("system.memory", "Used memory in percent; of several hosts the average.",
            """100 * avg(system_memory_utilization_ratio{system_memory_state="used",F})"""),
        new("system.uptime", "Seconds since the host was started; of several hosts the youngest.",
            "min(system_uptime_seconds{F})"),
        new("application.responseTime", "Milliseconds that a request took, on average over 5 minutes.",
            $"1000 * sum(rate({Requests}_sum{{F}}[5m])) / sum(rate({Requests}_count{{F}}[5m]))"),
        new("application.requestRate", "Requests a minute, over 5 minutes.",
            $"60 * sum(rate({Requests}_count{{F}}[5m]))"),
        new("application.errorCount", "Requests that ended in a server error (5xx) within the last hour.",
            $$"""sum(increase({{Requests}}_count{http_response_status_code=~"5..",F}[1h])) or 0 * sum(increase({{Requests}}_count{F}[1h]))"""),
        new("database.connections", "Connections to databases in use.",
            """sum(db_client_connection_count{db_client_connection_state="used",F}) or sum(pg_stat_activity_count{state="active",F})"""),
        new("database.avgQueryTime", "Milliseconds that a statement took, on average over 5 minutes.",
            $"1000 * sum(rate({Statements}_sum{{F}}[5m])) / sum(rate({Statements}_count{{F}}[5m]))"),
    ];

    /// <summary>The expression with filters, as PromQL writes them between braces; "" for none.</summary>
    public string Expression(string filters) => Template.Replace(",F}", filters.Length > 0 ? $",{filters}}}" : "}").Replace("{F}", filters.Length > 0 ? $"{{{filters}}}" : "");
}

/// <summary>The answer without a metric's name. A figure that has no data is null.</summary>
/// <param name="Timestamp">When.</param>
/// <param name="System">The host, or the hosts.</param>
/// <param name="Application">Requests that applications served.</param>
/// <param name="Database">What applications asked of databases.</param>
/// <param name="Expressions">The PromQL of each figure, by its name (<c>system.cpu</c>).</param>
/// <param name="Cached">Whether all of it was there already.</param>
/// <param name="Warnings">Why figures may be wrong.</param>
internal sealed record MonitoringFigures(
    DateTimeOffset Timestamp, SystemFigures System, ApplicationFigures Application, DatabaseFigures Database,
    IReadOnlyDictionary<string, string> Expressions, bool Cached, IReadOnlyList<string> Warnings);

internal sealed record SystemFigures(double? Cpu, double? Memory, double? Uptime);

internal sealed record ApplicationFigures(double? ResponseTime, double? RequestRate, double? ErrorCount);

internal sealed record DatabaseFigures(double? Connections, double? AvgQueryTime);

/// <summary>The answer with names of metrics.</summary>
internal sealed record MonitoringMetrics(
    DateTimeOffset Timestamp, IReadOnlyList<CurrentMetric> Metrics, bool Cached, IReadOnlyList<string> Warnings);

/// <summary>What a metric is now.</summary>
/// <param name="Metric">Its name, as it was asked for.</param>
/// <param name="Aggregation">How its series were made one.</param>
/// <param name="Expression">The PromQL that was evaluated.</param>
/// <param name="Values">One for each group.</param>
internal sealed record CurrentMetric(string Metric, string Aggregation, string Expression, IReadOnlyList<CurrentValue> Values);

/// <summary>A value, and the labels that it was grouped by; null where JSON has no number for it.</summary>
internal sealed record CurrentValue(double? Value, IReadOnlyDictionary<string, string> Tags);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MonitoringFigures))]
[JsonSerializable(typeof(MonitoringMetrics))]
internal sealed partial class MonitoringJson : JsonSerializerContext;
