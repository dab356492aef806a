using System.Runtime.CompilerServices;
using System.Text;
using Barograph.Server.Collect;
using Barograph.Server.Measures;
using Barograph.Server.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Barograph.Server.Tests.Collect;

public sealed class MetricsReferenceTests
{
    const string Introduction = """
        # Metrics that Barograph collects

        Barograph measures the host it runs on, and itself, once a second (`--collect`). Samples lie at whole multiples of the interval.
        Every series has the labels `job` (`host`, or `barograph` for the server itself) and `instance` (the host's name) beside its own.
        Names follow OpenTelemetry's semantic conventions, written the Prometheus way: dots become underscores, then comes the unit, and
        counters end in `_total`.

        What a host does not have (swap, pressure, a limit) has no series. When a disk, an interface or a process is gone, or its source
        fails, its series end with a staleness marker: no chart shows an old value as a new one.

        On systems other than 64-bit Linux there is what .NET itself offers: `system_cpu_logical_count`, `system_uptime_seconds`,
        `system_memory_limit_bytes`, `system_memory_usage_bytes` (used, free; as of the last garbage collection), the file systems without
        inodes, `system_network_io_bytes_total`, `system_network_errors_total`, `host_info`, and of the server `process_cpu_time_seconds_total`,
        `process_memory_usage_bytes`, `process_uptime_seconds`, the runtime and collecting itself. Everything else is unavailable there.

        This page is written from the catalogue in the code (`HostMetrics`) and from the instruments of a server; a test holds them together.

        """;

    [Fact]
    public void The_reference_in_docs_is_the_catalogue()
    {
        var file = Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../docs/metrics.md");
        if (Environment.GetEnvironmentVariable("BAROGRAPH_WRITE_DOCS") == "1")
            File.WriteAllText(file, Write());
        Assert.True(
            Write() == File.ReadAllText(file),
            "docs/metrics.md is not what the catalogue says. Write it anew: BAROGRAPH_WRITE_DOCS=1 dotnet test tests/Barograph.Server.Tests");
    }

    static string Write()
    {
        var page = new StringBuilder(Introduction);
        foreach (var section in HostMetrics.Sections)
        {
            page.Append($"\n## {section.Title}\n\n{section.About}\n\n| Metric | Type | Unit | Labels | Meaning |\n|---|---|---|---|---|\n");
            foreach (var metric in section.Metrics)
            {
                var labels = string.Join(", ", metric.Labels.Select(static label => $"`{label}`"));
                page.Append($"| `{metric.Name}` | {metric.Type.ToString().ToLowerInvariant()} | {metric.Unit} | {labels} | {metric.Help} |\n");
            }
        }

        page.Append("\n## Barograph itself\n\nWhat the server counts of itself, with `job=\"barograph\"`; a label's values are told in the meaning.\n\n");
        page.Append("| Metric | Type | Unit | Meaning |\n|---|---|---|---|\n");
        foreach (var family in OwnFamilies())
            page.Append($"| `{family.Name}` | {family.Type.ToString().ToLowerInvariant()} | {family.Unit} | {family.Help} |\n");
        return page.ToString();
    }

    static IReadOnlyList<MeasureFamily> OwnFamilies()
    {
        var folder = Directory.CreateTempSubdirectory("barograph-reference-").FullName;
        var app = BarographServer.Build(new ServerSettings { Port = 0, Data = folder });
        _ = app.Services.GetServices<IHostedService>().ToList(); // what counts makes its instruments when it is made
        return [.. app.Services.GetRequiredService<OwnMeasures>().Families];
    }

    static string ThisFile([CallerFilePath] string path = "") => path;
}
