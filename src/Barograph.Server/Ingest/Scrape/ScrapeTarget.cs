using System.Text;

namespace Barograph.Server.Ingest.Scrape;

/// <summary>How a target is.</summary>
/// <param name="IsUp">Whether the last page could be read, or null before the first.</param>
/// <param name="LastError">Why it could not, or what of it was refused; nothing when all is well.</param>
/// <param name="LastScrape">When.</param>
/// <param name="LastDuration">How long it took.</param>
internal sealed record ScrapeHealth(bool? IsUp, string LastError, DateTimeOffset? LastScrape, TimeSpan LastDuration);

/// <summary>A page to be scraped: where it is and what its series are labelled with.</summary>
internal sealed class ScrapeTarget
{
    const string IntervalLabel = "__scrape_interval__";
    const string TimeoutLabel = "__scrape_timeout__";

    ScrapeTarget(ScrapeJob job, Uri address, TimeSpan interval, TimeSpan timeout, SortedDictionary<string, string> discovered, SortedDictionary<string, string> labels)
    {
        (Job, Address, Interval, Timeout, DiscoveredLabels, Labels) = (job, address, interval, timeout, discovered, labels);
        LabelBytes = [.. labels.Select(static label => (Encoding.UTF8.GetBytes(label.Key), Encoding.UTF8.GetBytes(label.Value)))];
    }

    public ScrapeJob Job { get; }

    public Uri Address { get; }

    /// <summary>The job's, unless relabelling says otherwise.</summary>
    public TimeSpan Interval { get; }

    /// <summary>How long a page may take.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Before relabelling.</summary>
    public IReadOnlyDictionary<string, string> DiscoveredLabels { get; }

    /// <summary>What every series of it gets.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; }

    /// <summary>The same in UTF-8.</summary>
    public IReadOnlyList<(byte[] Name, byte[] Value)> LabelBytes { get; }

    /// <summary>What happened last.</summary>
    public ScrapeHealth Health { get; set; } = new(null, "", null, TimeSpan.Zero);

    /// <summary>The same target discovered again has the same identity.</summary>
    public string Identity => $"{Job.Name}\n{Address}\n{Interval}\n{Timeout}\n{string.Join('\n', Labels.Select(static label => $"{label.Key}={label.Value}"))}";

    /// <summary>Makes a target of an address; null when relabelling drops it.</summary>
    /// <param name="job">Its job.</param>
    /// <param name="address">As the configuration or the discovery has it.</param>
    /// <param name="groupLabels">The labels that come with it.</param>
    /// <param name="discovered">Its labels before relabelling, also when it is dropped.</param>
    /// <exception cref="ScrapeConfigException">What relabelling left is no address, or no time.</exception>
    public static ScrapeTarget? From(
        ScrapeJob job, string address, IReadOnlyDictionary<string, string> groupLabels, out SortedDictionary<string, string> discovered)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["__address__"] = address,
            ["__scheme__"] = job.Scheme,
            ["__metrics_path__"] = job.MetricsPath,
            [IntervalLabel] = Text(job.Interval),
            [TimeoutLabel] = Text(job.Timeout),
            ["job"] = job.Name,
        };
        foreach (var (name, value) in job.Parameters)
            labels.TryAdd($"__param_{name}", value);
        foreach (var (name, value) in groupLabels)
            labels[name] = value;
        discovered = new SortedDictionary<string, string>(labels, StringComparer.Ordinal);
        foreach (var step in job.Relabel)
        {
            if (!step.Apply(labels))
                return null;
        }

        var path = labels.GetValueOrDefault("__metrics_path__", "/metrics");
        var text = $"{labels.GetValueOrDefault("__scheme__", "http")}://{labels.GetValueOrDefault("__address__", "")}{(path.StartsWith('/') ? "" : "/")}{path}{Query(job, labels)}";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new ScrapeConfigException($"job '{job.Name}': '{text}' is not an address");
        var (interval, timeout) = (Time(job, labels, IntervalLabel), Time(job, labels, TimeoutLabel));
        if (timeout > interval)
            throw new ScrapeConfigException($"job '{job.Name}', target '{text}': the timeout of {Text(timeout)} is longer than the interval of {Text(interval)}");
        labels.TryAdd("instance", labels.GetValueOrDefault("__address__", ""));
        foreach (var hidden in labels.Keys.Where(static name => name.StartsWith("__", StringComparison.Ordinal)).ToArray())
            labels.Remove(hidden);
        return new ScrapeTarget(job, uri, interval, timeout, discovered, labels);
    }

    /// <summary>A time as Prometheus writes it, in one unit.</summary>
    public static string Text(TimeSpan time) => time.Milliseconds == 0 ? $"{time.TotalSeconds}s" : $"{time.TotalMilliseconds}ms";

    static TimeSpan Time(ScrapeJob job, SortedDictionary<string, string> labels, string label) =>
        Settings.Duration.TryParse(labels.GetValueOrDefault(label, ""), out var time) && time > TimeSpan.Zero
            ? time
            : throw new ScrapeConfigException($"job '{job.Name}': relabelling made '{labels.GetValueOrDefault(label, "")}' of {label}; expected is a time such as 15s");

    /// <summary>The first value of each parameter is what relabelling made of it.</summary>
    static string Query(ScrapeJob job, SortedDictionary<string, string> labels)
    {
        const string Prefix = "__param_";
        var pairs = labels.Where(static label => label.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(static label => (Name: label.Key[Prefix.Length..], label.Value))
            .Concat(job.Parameters.GroupBy(static parameter => parameter.Name, StringComparer.Ordinal).SelectMany(static group => group.Skip(1)));
        var query = string.Join('&', pairs.Select(static pair => $"{Uri.EscapeDataString(pair.Name)}={Uri.EscapeDataString(pair.Value)}"));
        return query.Length == 0 ? "" : $"?{query}";
    }
}
