using System.Net;
using Barograph.Server.Collect.Host;
using Barograph.TimeSeries;

namespace Barograph.Server.Settings;

/// <summary>Everything that can be set from outside. Built once, before anything starts, by <see cref="SettingsReader"/>.</summary>
internal sealed record ServerSettings
{
    /// <summary>TCP port of the pages and the API.</summary>
    public int Port { get; init; } = 8000;

    /// <summary>Address to listen on. Loopback by default: whoever can connect can read.</summary>
    public IPAddress Listen { get; init; } = IPAddress.Loopback;

    /// <summary>Names, with or without a port, by which requests may call this server beside those that are its own anyway.</summary>
    public IReadOnlyList<HostAndPort> AllowedHosts { get; init; } = [];

    /// <summary>Where people reach the pages when that is not where the server listens: the address of a proxy before it; null: there is none.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>Folder of the time-series store; made when it is missing.</summary>
    public string Data { get; init; } = "./data";

    /// <summary>How often this host is measured; null: not at all.</summary>
    public TimeSpan? Collect { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long raw samples are kept; null: for ever.</summary>
    public TimeSpan? Retention { get; init; } = TimeSpan.FromDays(365);

    /// <summary>How long spans are kept after they arrived; null: for ever.</summary>
    public TimeSpan? TracesRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How many bytes of the disk spans take at most; beyond it the oldest go first.</summary>
    public long TracesBytes { get; init; } = 2L << 30;

    /// <summary>How long log records are kept after they arrived; null: for ever.</summary>
    public TimeSpan? LogsRetention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How many bytes of the disk log records take at most; beyond it the oldest go first.</summary>
    public long LogsBytes { get; init; } = 2L << 30;

    /// <summary>How long rollups are kept, resolution by resolution.</summary>
    public RollupRetention RollupRetention { get; init; } = new();

    /// <summary>How many bytes of blocks the store keeps; null: no limit.</summary>
    public long? RetentionBytes { get; init; }

    /// <summary>How much older than its series' newest sample a sample may be; null: any.</summary>
    public TimeSpan? OutOfOrderWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How many series the newest window may hold.</summary>
    public int SeriesLimit { get; init; } = 1_000_000;

    /// <summary>How many series may be new within a second.</summary>
    public int NewSeriesPerSecond { get; init; } = 100_000;

    /// <summary>How many bytes of the disk are left free for the store's own work.</summary>
    public long DiskReserveBytes { get; init; } = 256 << 20;

    /// <summary>A Prometheus configuration file whose <c>scrape_configs</c> are scraped; null: nothing is.</summary>
    public string? Scrape { get; init; }

    /// <summary>TCP port of OTLP over gRPC; null: 4317 when it is free; 0: none.</summary>
    public int? OtlpGrpcPort { get; init; }

    /// <summary>TCP port of OTLP over HTTP besides <see cref="Port"/>; null: 4318 when it is free; 0: none.</summary>
    public int? OtlpHttpPort { get; init; }

    /// <summary>Types of file systems of this host that are not shown, joined by commas.</summary>
    public string HideFilesystems { get; init; } = HiddenMounts.DefaultFilesystems;

    /// <summary>Mounts of this host that are not shown, joined by commas.</summary>
    public string HideMounts { get; init; } = HiddenMounts.DefaultPaths;

    /// <summary>UDP port of StatsD; null: none. A packet has no sender that could be asked who it is, so that nobody gets this unasked.</summary>
    public int? StatsDPort { get; init; }

    /// <summary>How long one query may take.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many samples one query may read and hold.</summary>
    public long QueryMaxSamples { get; init; } = 50_000_000;

    /// <summary>How many bytes of answers are kept for the next refresh; 0: none.</summary>
    public long QueryCacheBytes { get; init; } = 64L << 20;

    /// <summary>How many queries compute at once.</summary>
    public int QueryConcurrency { get; init; } = DefaultQueryConcurrency;

    /// <summary>From when on a query is written down as slow; null: none is.</summary>
    public TimeSpan? SlowQuery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether the experimental parts of PromQL are allowed.</summary>
    public bool PromQLExperimental { get; init; }

    /// <summary>How long events are kept.</summary>
    public TimeSpan EventsRetention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How much room events may take.</summary>
    public long EventsSizeBytes { get; init; } = 10L << 30;

    /// <summary>Whether the users, organisations and sessions of events are hashed on arrival.</summary>
    public bool EventsHashIdentities { get; init; }

    /// <summary>A file or folder of metric definitions; null: none.</summary>
    public string? Definitions { get; init; }

    /// <summary>What was set, as it was written: setting → text.</summary>
    public IReadOnlyDictionary<string, string> Written { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Twice the cores: while one query waits for the disk, another computes.</summary>
    public static int DefaultQueryConcurrency => 2 * Environment.ProcessorCount;

    /// <summary>Where a browser on this machine finds the pages.</summary>
    public string LocalUrl => Listen.Equals(IPAddress.Loopback) || Listen.Equals(IPAddress.Any) || Listen.Equals(IPAddress.IPv6Any)
        ? $"http://localhost:{Port}"
        : $"http://{new IPEndPoint(Listen, Port)}";
}
