using Barograph.Server.Ingest.Otlp;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Ingest;

public sealed class OtlpNamesTests
{
    [Theory]
    [InlineData("http.server.request.duration", "s", MetricType.Histogram, "http_server_request_duration_seconds", "seconds")]
    [InlineData("system.cpu.utilization", "1", MetricType.Gauge, "system_cpu_utilization_ratio", "ratio")]
    [InlineData("system.cpu.time", "s", MetricType.Counter, "system_cpu_time_seconds_total", "seconds")]
    [InlineData("requests", "1", MetricType.Counter, "requests_total", "")]
    [InlineData("requests_total", "{request}", MetricType.Counter, "requests_total", "")]
    [InlineData("total.requests", "", MetricType.Counter, "requests_total", "")]
    [InlineData("network.io", "By/s", MetricType.Gauge, "network_io_bytes_per_second", "bytes_per_second")]
    [InlineData("speed", "km/h", MetricType.Gauge, "speed_km_per_hour", "km_per_hour")]
    [InlineData("errors", "{error}/s", MetricType.Gauge, "errors_per_second", "per_second")]
    [InlineData("memory_bytes", "By", MetricType.Gauge, "memory_bytes", "bytes")]
    [InlineData("a--b..c", "", MetricType.Gauge, "a_b_c", "")]
    [InlineData("9lives", "", MetricType.Gauge, "_9lives", "")]
    [InlineData("ns:rule", "", MetricType.Gauge, "ns:rule", "")]
    [InlineData("größe", "", MetricType.Gauge, "gr_e", "")]
    [InlineData("", "", MetricType.Gauge, "", "")]
    public void Names_and_units_follow_the_compatibility_specification(string name, string unit, MetricType type, string expected, string expectedUnit) =>
        Assert.Equal((expected, expectedUnit), OtlpNames.Metric(name, unit, type));
}
