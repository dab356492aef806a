using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Barograph.Server.Collect.Host;

namespace Barograph.Server.Settings;

/// <summary>
/// One setting: the same row makes the command-line option <c>--name</c>, the environment variable <c>BAROGRAPH_NAME</c>, the
/// key in barograph.yaml, the help text and the line in docs/configuration.md.
/// </summary>
/// <param name="Name">Lower case, words joined by dashes.</param>
/// <param name="Default">As it would be written.</param>
/// <param name="Allowed">What may be written, as the end of the sentence "allowed is …".</param>
/// <param name="Help">One sentence.</param>
/// <param name="Apply">The settings with the value in them, or null when the value is not allowed.</param>
internal sealed record Setting(string Name, string Default, string Allowed, string Help, Func<ServerSettings, string, ServerSettings?> Apply)
{
    /// <summary>What the option means when it stands without a value, or null when it needs one.</summary>
    public string? Implied { get; init; }

    /// <summary>The environment variable of this setting.</summary>
    public string EnvironmentVariable => "BAROGRAPH_" + Name.Replace('-', '_').ToUpperInvariant();
}

/// <summary>Another environment variable that sets something; the setting's own variable wins over it.</summary>
/// <param name="Variable">Its name.</param>
/// <param name="Setting">The setting that it stands for.</param>
/// <param name="Allowed">What may be written.</param>
/// <param name="Translate">The value as the setting would be written, "" for "says nothing", or null when it is not allowed.</param>
internal sealed record EnvironmentAlias(string Variable, string Setting, string Allowed, Func<string, string?> Translate);

/// <summary>All settings there are.</summary>
internal static class SettingsCatalogue
{
    public static readonly IReadOnlyList<Setting> All =
    [
        new("port", "8000", "a whole number from 1 to 65535", "TCP port of the pages and the API.",
            static (settings, text) => TryWhole(text, 1, 65535, out var port) ? settings with { Port = port } : null),

        new("listen", "127.0.0.1", "an IP address, \"localhost\" or \"*\" for all addresses",
            "Address to listen on. Everyone who can connect to it can read everything and write samples.",
            static (settings, text) => TryAddress(text, out var address) ? settings with { Listen = address } : null),

        new("allowed-hosts", "none", "host names separated by commas, each with or without a port, such as baro,baro.example.com, or none",
            "Names by which requests may call this server, beside localhost and, where it listens to other machines, its IP addresses.",
            static (settings, text) => TryHosts(text, out var hosts) ? settings with { AllowedHosts = hosts } : null),

        new("public-url", "none", "an http or https address without a path, such as https://baro.example.com, or none",
            "Where people reach the pages when that is not where the server listens: the address of the proxy before it.",
            static (settings, text) => TryPublicUrl(text, out var url) ? settings with { PublicUrl = url } : null),

        new("data", "./data", "a path to a folder", "Folder in which everything is kept; made when it is missing.",
            static (settings, text) => text.Trim().Length > 0 && !text.Contains('\0') ? settings with { Data = text } : null),

        new("collect", "1s", "a whole number of seconds from 1s to 1h, such as 1s, 10s or 1m, or off",
            "How often this host is measured.",
            static (settings, text) =>
                IsOff(text) ? settings with { Collect = null }
                : Duration.TryParse(text, out var interval) && interval >= TimeSpan.FromSeconds(1) && interval <= TimeSpan.FromHours(1) && interval.Milliseconds == 0
                    ? settings with { Collect = interval }
                    : null),

        new("hide-filesystems", HiddenMounts.DefaultFilesystems, "types of file systems, joined by commas, or none",
            "Types of file systems that are not shown; overlay at / always is. What is written replaces the default.",
            static (settings, text) => HiddenMounts.AreFilesystems(text) ? settings with { HideFilesystems = text } : null),

        new("hide-mounts", HiddenMounts.DefaultPaths, "paths, joined by commas, with ! in front to show one after all, or none",
            "Mounts that are not shown, with all below them; the longest path that fits decides. What is written replaces the default.",
            static (settings, text) => HiddenMounts.ArePaths(text) ? settings with { HideMounts = text } : null),

        new("retention", "365d", "a time of at least 1h, such as 12h, 30d or 5y, or unlimited", "How long raw samples are kept.",
            static (settings, text) => TryRetention(text, out var kept) ? settings with { Retention = kept } : null),

        new("retention-1m", "5y", RollupTimes, "How long windows of a minute are kept.",
            static (settings, text) => TryRetention(text, out var kept) ? settings with { RollupRetention = settings.RollupRetention with { OneMinute = kept } } : null),

        new("retention-5m", "5y", RollupTimes, "How long windows of five minutes are kept.",
            static (settings, text) => TryRetention(text, out var kept) ? settings with { RollupRetention = settings.RollupRetention with { FiveMinutes = kept } } : null),

        new("retention-1h", "5y", RollupTimes, "How long windows of an hour are kept.",
            static (settings, text) => TryRetention(text, out var kept) ? settings with { RollupRetention = settings.RollupRetention with { OneHour = kept } } : null),

        new("retention-1d", "5y", RollupTimes, "How long windows of a day are kept.",
            static (settings, text) => TryRetention(text, out var kept) ? settings with { RollupRetention = settings.RollupRetention with { OneDay = kept } } : null),

        new("retention-size", "unlimited", "a size of at least 64MB, such as 50GB, or unlimited", "How much disk the store's blocks take at most; beyond it the oldest samples go first.",
            static (settings, text) =>
                text == "unlimited" ? settings with { RetentionBytes = null }
                : Bytes.TryParse(text, out var bytes) && bytes >= 64L << 20 ? settings with { RetentionBytes = bytes } : null),

        new("out-of-order-window", "1h", "a time such as 10m or 1d, or unlimited", "How much older than its series' newest sample a sample may be; unlimited for back-fill.",
            static (settings, text) =>
                text == "unlimited" ? settings with { OutOfOrderWindow = null }
                : Duration.TryParse(text, out var window) ? settings with { OutOfOrderWindow = window } : null),

        new("series-limit", "1000000", "a whole number from 1000 to 50000000", "How many series may be written to within two hours; new ones beyond it are refused, known ones never.",
            static (settings, text) => TryWhole(text, 1000, 50_000_000, out var series) ? settings with { SeriesLimit = series } : null),

        new("new-series-per-second", "100000", "a whole number from 100 to 10000000", "How many series may be new within a second; more are refused for now.",
            static (settings, text) => TryWhole(text, 100, 10_000_000, out var series) ? settings with { NewSeriesPerSecond = series } : null),

        new("disk-reserve", "256MB", "a size such as 256MB or 1GB, or off",
            "How much of its disk the store leaves free (never more than a twentieth of it): samples are refused before the disk is full.",
            static (settings, text) =>
                IsOff(text) ? settings with { DiskReserveBytes = 0 }
                : Bytes.TryParse(text, out var bytes) ? settings with { DiskReserveBytes = bytes } : null),

        new("traces-retention", "7d", "a time of at least 1h, such as 12h or 30d, or unlimited", "How long spans of traces are kept.",
            static (settings, text) =>
                text == "unlimited" ? settings with { TracesRetention = null }
                : Duration.TryParse(text, out var retention) && retention >= TimeSpan.FromHours(1) ? settings with { TracesRetention = retention } : null),

        new("traces-size", "2GB", "a size of at least 1MB, such as 512MB or 20GB", "How much disk spans of traces take at most; beyond it the oldest go first.",
            static (settings, text) => Bytes.TryParse(text, out var bytes) && bytes >= 1 << 20 ? settings with { TracesBytes = bytes } : null),

        new("logs-retention", "30d", "a time of at least 1h, such as 12h or 30d, or unlimited", "How long log records are kept.",
            static (settings, text) =>
                text == "unlimited" ? settings with { LogsRetention = null }
                : Duration.TryParse(text, out var retention) && retention >= TimeSpan.FromHours(1) ? settings with { LogsRetention = retention } : null),

        new("logs-size", "2GB", "a size of at least 1MB, such as 512MB or 20GB", "How much disk log records take at most; beyond it the oldest go first.",
            static (settings, text) => Bytes.TryParse(text, out var bytes) && bytes >= 1 << 20 ? settings with { LogsBytes = bytes } : null),

        new("scrape", "off", "a path to a Prometheus configuration file, or off", "What is scraped: the scrape_configs of that file.",
            static (settings, text) => text.Trim().Length > 0 && !text.Contains('\0') ? settings with { Scrape = IsOff(text) ? null : text } : null),

        new("otlp-grpc", "auto", "a whole number from 1 to 65535, auto (4317 when it is free) or off", "TCP port of OTLP over gRPC.",
            static (settings, text) => TryOtlpPort(text, out var port) ? settings with { OtlpGrpcPort = port } : null),

        new("otlp-http", "auto", "a whole number from 1 to 65535, auto (4318 when it is free) or off",
            "TCP port of OTLP over HTTP, which is also taken on the main port.",
            static (settings, text) => TryOtlpPort(text, out var port) ? settings with { OtlpHttpPort = port } : null),

        new("statsd", "off", "a whole number from 1 to 65535 (8125 is usual), or off", "UDP port of StatsD, on the address of --listen.",
            static (settings, text) =>
                IsOff(text) ? settings with { StatsDPort = null } : TryWhole(text, 1, 65535, out var port) ? settings with { StatsDPort = port } : null),

        new("query-timeout", "30s", "a time from 1s to 1h, such as 10s or 2m", "How long one query may take.",
            static (settings, text) =>
                Duration.TryParse(text, out var timeout) && timeout >= TimeSpan.FromSeconds(1) && timeout <= TimeSpan.FromHours(1)
                    ? settings with { QueryTimeout = timeout }
                    : null),

        new("query-max-samples", "50000000", "a whole number from 1 to 2000000000", "How many samples one query may read and hold.",
            static (settings, text) => TryWhole(text, 1, 2_000_000_000, out var samples) ? settings with { QueryMaxSamples = samples } : null),

        new("query-cache-mb", "64", "a whole number from 0 (nothing is kept) to 65536", "How many MiB of answers of range queries are kept, so that a refresh computes only what is new.",
            static (settings, text) => TryWhole(text, 0, 65_536, out var mebibytes) ? settings with { QueryCacheBytes = (long)mebibytes << 20 } : null),

        new("query-concurrency", "auto", "a whole number from 1 to 1024, or auto (twice the cores)",
            "How many queries compute at once; others wait up to 10 s for their turn.",
            static (settings, text) =>
                text == "auto" ? settings with { QueryConcurrency = ServerSettings.DefaultQueryConcurrency }
                : TryWhole(text, 1, 1024, out var queries) ? settings with { QueryConcurrency = queries } : null),

        new("slow-query", "1s", "a time from 1ms to 1h, such as 500ms or 2s, or off", "From when on a query is written to the log and to /api/v1/status/slow_queries.",
            static (settings, text) =>
                IsOff(text) ? settings with { SlowQuery = null }
                : Duration.TryParse(text, out var threshold) && threshold >= TimeSpan.FromMilliseconds(1) && threshold <= TimeSpan.FromHours(1)
                    ? settings with { SlowQuery = threshold }
                    : null),

        new("promql-experimental", "false", "true or false", "Whether the parts of PromQL that Prometheus calls experimental may be used.",
            static (settings, text) => bool.TryParse(text, out var allowed) ? settings with { PromQLExperimental = allowed } : null)
            { Implied = "true" },

        new("events-retention", "30d", "a time of at least 1h, such as 12h, 30d or 1y", "How long events are kept; the series made of them are kept as all others.",
            static (settings, text) => Duration.TryParse(text, out var retention) && retention >= TimeSpan.FromHours(1) ? settings with { EventsRetention = retention } : null),

        new("events-size", "10GB", "a size of at least 64MB, such as 512MB or 20GB", "How much disk events take at most; beyond it the oldest go first.",
            static (settings, text) => Bytes.TryParse(text, out var bytes) && bytes >= 64L << 20 ? settings with { EventsSizeBytes = bytes } : null),

        new("events-hash-identities", "false", "true or false", "Whether user, organisation and session of events are hashed on arrival.",
            static (settings, text) => bool.TryParse(text, out var hashed) ? settings with { EventsHashIdentities = hashed } : null)
            { Implied = "true" },

        new("definitions", "off", "a path to a file or a folder, or off", "Metric definitions that are read when the server starts.",
            static (settings, text) => text.Trim().Length > 0 && !text.Contains('\0') ? settings with { Definitions = IsOff(text) ? null : text } : null),
    ];

    const string RollupTimes = "a time of at least 1h, such as 30d or 5y, or unlimited";

    /// <summary>Names that other systems' operators know.</summary>
    public static readonly IReadOnlyList<EnvironmentAlias> Aliases =
    [
        new("MONITORING_INTERVAL", "collect", "a whole number of milliseconds from 1000 to 3600000, in steps of 1000",
            static text => TryWhole(text, 1000, 3_600_000, out var ms) && ms % 1000 == 0 ? $"{ms / 1000}s" : null),
        new("MONITORING_RETENTION_DAYS", "retention", "a whole number of days from 1 to 36500",
            static text => TryWhole(text, 1, 36_500, out var days) ? $"{days}d" : null),

        // The last one wins, so that "false" switches off whatever interval was set above.
        new("MONITORING_ENABLED", "collect", "true or false",
            static text => bool.TryParse(text, out var enabled) ? (enabled ? "" : "off") : null),
    ];

    /// <summary>The setting of a name, or null.</summary>
    public static Setting? Find(string name) => All.FirstOrDefault(setting => setting.Name == name);

    static bool IsOff(string text) => text is "off" or "false"; // YAML 1.1 reads a bare off as false; people write both

    static bool TryWhole(string text, int min, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= min && number <= max;

    static bool TryRetention(string text, out TimeSpan? retention)
    {
        var isTime = Duration.TryParse(text, out var time) && time >= TimeSpan.FromHours(1);
        retention = isTime ? time : null;
        return isTime || text == "unlimited";
    }

    static bool TryHosts(string text, out IReadOnlyList<HostAndPort> hosts)
    {
        hosts = [];
        if (text == "none")
            return true;
        var names = text.Split(',', StringSplitOptions.TrimEntries);
        hosts = [.. names.Select(static name => HostAndPort.TryParse(name, out var host) ? host : null).OfType<HostAndPort>()];
        return hosts.Count == names.Length;
    }

    static bool TryPublicUrl(string text, out Uri? url)
    {
        url = null;
        return text == "none"
            || (Uri.TryCreate(text, UriKind.Absolute, out url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
                && url.PathAndQuery == "/" && url.Fragment.Length == 0 && url.UserInfo.Length == 0 && HostAndPort.TryParse(url.Authority, out _));
    }

    static bool TryOtlpPort(string text, out int? port)
    {
        port = IsOff(text) ? 0 : TryWhole(text, 1, 65535, out var number) ? number : null;
        return port is not null || text == "auto";
    }

    static bool TryAddress(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = text switch { "localhost" => IPAddress.Loopback, "*" => IPAddress.Any, _ => null };
        return address is not null || IPAddress.TryParse(text, out address);
    }
}
