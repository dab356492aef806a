using Barograph.Base;
using Barograph.Server.Settings;
using YamlDotNet.Core;

namespace Barograph.Server.Ingest.Scrape;

/// <summary>Targets that belong together, with the labels that they all have.</summary>
internal sealed record TargetGroup(IReadOnlyList<string> Targets, IReadOnlyDictionary<string, string> Labels);

/// <summary>One entry of <c>scrape_configs</c>.</summary>
internal sealed record ScrapeJob
{
    public required string Name { get; init; }

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    public string MetricsPath { get; init; } = "/metrics";

    public string Scheme { get; init; } = "http";

    /// <summary>Parameters of the query, in order.</summary>
    public IReadOnlyList<(string Name, string Value)> Parameters { get; init; } = [];

    public bool HonorLabels { get; init; }

    public bool HonorTimestamps { get; init; } = true;

    public bool FollowRedirects { get; init; } = true;

    public int SampleLimit { get; init; } = 50_000;

    /// <summary>Labels of a series, those of its target included; a page with more counts as none. 0: the store's own limit, which refuses the series.</summary>
    public int LabelLimit { get; init; }

    /// <summary>Bytes of a label's name, likewise.</summary>
    public int LabelNameLengthLimit { get; init; }

    /// <summary>Bytes of a label's value, likewise.</summary>
    public int LabelValueLengthLimit { get; init; }

    /// <summary>Targets of the job; when there are more, all of them are down. 0: any number.</summary>
    public int TargetLimit { get; init; }

    /// <summary>How many dropped targets are told.</summary>
    public int KeepDroppedTargets { get; init; } = 1000;

    /// <summary>Bytes of a page, decompressed; never more than a request may have.</summary>
    public int BodySizeLimit { get; init; } = 32 << 20;

    /// <summary>The value of the Authorization header, or null.</summary>
    public Func<string>? Authorization { get; init; }

    public string? CaFile { get; init; }

    /// <summary>The certificate that is shown to targets, in PEM; with <see cref="KeyFile"/>.</summary>
    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    /// <summary>The name that the target's certificate must have, when it is not that of its address.</summary>
    public string? ServerName { get; init; }

    public bool SkipsTlsVerification { get; init; }

    public IReadOnlyList<TargetGroup> StaticTargets { get; init; } = [];

    /// <summary>Patterns of files that hold groups of targets, and how often to look.</summary>
    public IReadOnlyList<string> TargetFiles { get; init; } = [];

    public TimeSpan TargetFilesInterval { get; init; } = TimeSpan.FromMinutes(5);

    public IReadOnlyList<RelabelStep> Relabel { get; init; } = [];

    public IReadOnlyList<RelabelStep> MetricRelabel { get; init; } = [];
}

/// <summary>The file is not a scrape configuration; the message says where and what is allowed.</summary>
internal sealed class ScrapeConfigException(string message) : Exception(message);

/// <summary>
/// Reads <c>global</c> and <c>scrape_configs</c> of a Prometheus configuration file. Other parts of such a file are passed over;
/// within a scrape configuration, what is not known is a mistake, since leaving it out could scrape the wrong thing.
/// </summary>
internal static class ScrapeConfig
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="ScrapeConfigException">It cannot be read or has a mistake.</exception>
    public static IReadOnlyList<ScrapeJob> Read(string path)
    {
        try
        {
            return YamlFile.Read(path) is [var root, ..] ? ReadRoot(new YamlMap(path, root)) : [];
        }
        catch (YamlException mistake)
        {
            throw new ScrapeConfigException($"{path}, line {mistake.Start.Line}: not YAML: {mistake.Message}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ScrapeConfigException($"cannot read '{path}': {failure.Message}");
        }
    }

    static List<ScrapeJob> ReadRoot(YamlMap root)
    {
        var defaults = new ScrapeJob { Name = "" };
        if (root.Map("global") is { } global)
        {
            defaults = defaults with { Interval = global.Time("scrape_interval") ?? defaults.Interval };
            defaults = defaults with { Timeout = global.Time("scrape_timeout") ?? defaults.Timeout };
        }

        var jobs = root.Maps("scrape_configs").Select(job => ReadJob(job, defaults)).ToList();
        if (jobs.GroupBy(static job => job.Name, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } twice)
            throw new ScrapeConfigException($"{root.Path}: the job '{twice.Key}' occurs twice");
        return jobs;
    }

    static ScrapeJob ReadJob(YamlMap map, ScrapeJob defaults)
    {
        var interval = map.Time("scrape_interval") ?? defaults.Interval;
        var files = map.Maps("file_sd_configs").ToArray();
        var tls = map.Map("tls_config");
        var job = new ScrapeJob
        {
            Name = map.Text("job_name") ?? throw map.Mistake("job_name is missing"),
            Interval = interval,
            Timeout = map.Time("scrape_timeout") ?? (defaults.Timeout < interval ? defaults.Timeout : interval),
            MetricsPath = map.Text("metrics_path") ?? defaults.MetricsPath,
            Scheme = map.OneOf("scheme", "http", "https") ?? defaults.Scheme,
            Parameters = ReadParameters(map.Map("params")),
            HonorLabels = map.Truth("honor_labels") ?? false,
            HonorTimestamps = map.Truth("honor_timestamps") ?? true,
            FollowRedirects = map.Truth("follow_redirects") ?? true,
            SampleLimit = map.Whole("sample_limit") is > 0 and var samples ? samples : defaults.SampleLimit,
            LabelLimit = map.Whole("label_limit") ?? 0,
            LabelNameLengthLimit = map.Whole("label_name_length_limit") ?? 0,
            LabelValueLengthLimit = map.Whole("label_value_length_limit") ?? 0,
            TargetLimit = map.Whole("target_limit") ?? 0,
            KeepDroppedTargets = map.Whole("keep_dropped_targets") is > 0 and var kept ? kept : defaults.KeepDroppedTargets,
            BodySizeLimit = map.Bytes("body_size_limit") is > 0 and var bytes ? bytes : defaults.BodySizeLimit,
            Authorization = ReadAuthorization(map),
            CaFile = tls?.FilePath("ca_file"),
            CertificateFile = tls?.FilePath("cert_file"),
            KeyFile = tls?.FilePath("key_file"),
            ServerName = tls?.Text("server_name"),
            SkipsTlsVerification = tls?.Truth("insecure_skip_verify") ?? false,
            StaticTargets = [.. map.Maps("static_configs").Select(ReadGroup)],
            TargetFiles = [.. files.SelectMany(static file => file.Texts("files"))],
            TargetFilesInterval = files.Select(static file => file.Time("refresh_interval")).FirstOrDefault(static time => time is not null) ?? defaults.TargetFilesInterval,
            Relabel = [.. map.Maps("relabel_configs").Select(ReadRelabel)],
            MetricRelabel = [.. map.Maps("metric_relabel_configs").Select(ReadRelabel)],
        };
        if (job.CertificateFile is null != job.KeyFile is null)
            throw map.Mistake("cert_file and key_file belong together");
        if (job.Timeout > job.Interval)
            throw map.Mistake("scrape_timeout is longer than scrape_interval");
        foreach (var rest in files.Append(tls).Append(map))
            rest?.RefuseRest();
        return job;
    }

    /// <summary>A group of targets, as static configurations and target files have them.</summary>
    public static TargetGroup ReadGroup(YamlMap map)
    {
        var labels = map.Map("labels");
        var group = new TargetGroup([.. map.Texts("targets")], labels?.AllTexts() ?? []);
        map.RefuseRest();
        return group;
    }

    static List<(string, string)> ReadParameters(YamlMap? parameters) =>
        parameters is null ? [] : [.. parameters.Keys.SelectMany(name => parameters.Texts(name).Select(value => (name, value)))];

    static Func<string>? ReadAuthorization(YamlMap map)
    {
        if (map.Map("basic_auth") is { } basic)
        {
            var user = basic.Text("username") ?? "";
            var password = Secret(basic, "password");
            basic.RefuseRest();
            return () => "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{user}:{password()}"));
        }

        if (map.Map("authorization") is { } authorization)
        {
            var type = authorization.Text("type") ?? "Bearer";
            var credentials = Secret(authorization, "credentials");
            authorization.RefuseRest();
            return () => $"{type} {credentials()}";
        }

        return null;
    }

    /// <summary>A secret in the file or, read again each time, in a file of its own.</summary>
    static Func<string> Secret(YamlMap map, string key)
    {
        var text = map.Text(key);
        var file = map.FilePath($"{key}_file");
        return file is null ? () => text ?? "" : () => File.ReadAllText(file).Trim();
    }

    static RelabelStep ReadRelabel(YamlMap map)
    {
        var action = map.Text("action") ?? "replace";
        if (!Enum.TryParse<RelabelAction>(action, ignoreCase: true, out var known))
            throw map.Mistake($"action: '{action}' is not allowed; allowed is {string.Join(", ", Enum.GetNames<RelabelAction>()).ToLowerInvariant()}");
        try
        {
            var step = new RelabelStep
            {
                Action = known,
                SourceLabels = [.. map.Texts("source_labels")],
                Separator = map.Text("separator") ?? ";",
                TargetLabel = map.Text("target_label") ?? "",
                Replacement = map.Text("replacement") ?? "$1",
                Modulus = (ulong)(map.Whole("modulus") ?? 0),
                Regex = Re2.Parse(map.Text("regex") ?? "(.*)"),
            };
            if (known == RelabelAction.HashMod && step.Modulus == 0)
                throw map.Mistake("modulus: a whole number above 0 is needed");
            map.RefuseRest();
            return step;
        }
        catch (ArgumentException mistake)
        {
            throw map.Mistake($"regex: {mistake.Message}");
        }
    }
}
